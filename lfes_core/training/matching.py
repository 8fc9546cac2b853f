"""Stage 1, matching: LSE and VSE learn which sentence belongs to which picture, and are then frozen (Sec. 3.2)."""

import math
from contextlib import closing
from typing import Any

from torch import nn
from torch.nn.utils import clip_grad_norm_

from lfes_core import weights
from lfes_core.encoders import LanguageVisualSemanticNetwork
from lfes_core.losses import language_visual_matching_loss
from lfes_core.training.compute import StopReason
from lfes_core.training.held_out import measure_matching
from lfes_core.training.run import Run, adam


def train_matching(
    run: Run, encoders: LanguageVisualSemanticNetwork, generator: nn.Module, discriminators: nn.Module
) -> StopReason | None:
    """Trains both encoders with L_LVM, freezes them, and writes them into the run's folder.

    The generator and the discriminators wait in its checkpoints for the second stage.

    With several processes each one matches within its own share of the batch. Retrieval on held-out people is
    measured at every ``checkpoint_interval`` and at the end. Returns why it stopped before the end, or None.
    """
    settings, losses, fabric = run.config.matching, run.config.losses, run.fabric
    # Without the word term the region projection is not trained; several processes must know that beforehand.
    encoders.visual_semantic_encoder.region_projection.requires_grad_(losses.word_matching)
    trained = [parameter for parameter in encoders.parameters() if parameter.requires_grad]
    wrapped, optimizer = fabric.setup(encoders, adam(trained, settings.learning_rate, settings.betas))
    networks = {"encoders": encoders, "generator": generator, "discriminators": discriminators}
    if not run.enter("matching", networks, {"encoders": optimizer.optimizer}):
        run.save()
    wrapped.train()
    measured: dict[str, Any] | None = None
    with closing(run.steps(settings.same_person)) as steps:
        for step, batch in steps:
            language, visual = wrapped(batch.target, batch.tokens, batch.lengths)
            loss = language_visual_matching_loss(visual, language, batch.labels, losses)
            optimizer.zero_grad()
            fabric.backward(loss)
            clip_grad_norm_(encoders.language_semantic_encoder.parameters(), settings.gradient_clip)
            run.update(optimizer.optimizer)

            run.means.add({"matching": float(loss.detach())})
            if step % settings.log_interval == 0:
                run.bar.set_postfix(loss=f"{run.losses()['matching']:.3f}")
            stopped = run.stop.reason() if step < settings.steps else None
            due = step % settings.checkpoint_interval == 0
            if run.is_first and (due or step == settings.steps):
                measured = look(run, encoders)
            if stopped or due:
                run.save()
            if stopped:
                return stopped
    run.check_finite()
    freeze(run, encoders, measured)
    return None


def take_encoders(run: Run, encoders: LanguageVisualSemanticNetwork) -> None:
    """Freezes encoders that are trained already: another run's, or this run's own in its checkpoint."""
    if run.checkpoint is not None:
        run.checkpoint.restore({"encoders": encoders}, {})
    freeze(run, encoders, keep=run.has_matching and not run.folder.matching.exists())


def freeze(
    run: Run, encoders: LanguageVisualSemanticNetwork, measured: dict[str, Any] | None = None, *, keep: bool = True
) -> None:
    """From now on both encoders are fixed functions, batch statistics included (Sec. 3.2).

    They are kept in full precision, with what was ``measured`` of them.
    """
    run.fabric.to_device(encoders).eval().requires_grad_(False)
    if keep and run.is_first:
        told = measured or look(run, encoders, in_row=False)
        run.export(run.folder.matching, weights.MATCHING, encoders.state_dict(), run.config.matching.steps, told)


def look(run: Run, encoders: LanguageVisualSemanticNetwork, *, in_row: bool = True) -> dict[str, Any]:
    """Retrieval of the encoders as they are now, as a header of weights tells it; also as a row and a line.

    The spread is that over the groups, None where there is one.
    """
    mode = encoders.training
    encoders.eval()
    found, row = measure_matching(run.fabric, encoders, run.held_out_pairs)
    encoders.train(mode)
    if in_row:
        run.row(row)
        run.log.line(
            f"matching, step {run.step}: held-out retrieval: {found.in_words()}; woman or man is "
            f"{row['gender_share']:.0%} of the variance of sentence vectors"
        )
    asked = {"image_to_sentence": found.image_to_sentence, "sentence_to_image": found.sentence_to_image}
    spreads = {f"r1_{name}_spread": None if math.isnan(it.spread) else it.spread for name, it in asked.items()}
    return row | spreads | {"groups": found.groups, "group_size": found.group_size, "group_seed": found.seed}

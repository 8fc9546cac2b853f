"""Stage 1, matching: LSE and VSE learn which sentence belongs to which picture, and are then frozen (Sec. 3.2)."""

import json

from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_

from lfes_core.config import LossConfig, NetworksConfig
from lfes_core.datasets.pairs import ExpressionPairs
from lfes_core.losses import language_visual_matching_loss
from lfes_core.networks.action_unit_encoder import language_encoder
from lfes_core.networks.language_semantic_encoder import LanguageFeatures
from lfes_core.networks.visual_semantic_encoder import VisualFeatures, VisualSemanticEncoder
from lfes_core.training.checkpoint import Checkpoint, write_tensors
from lfes_core.training.clock import StopReason
from lfes_core.training.held_out_matching import HeldOutMatching, measure_matching
from lfes_core.training.session import Session, adam

STAGE = "matching"


class LanguageVisualSemanticNetwork(nn.Module):
    """LVSN, the lower half of Fig. 2: both encoders behind one ``forward``, as several processes need it."""

    def __init__(self, config: NetworksConfig, vocabulary_size: int) -> None:
        super().__init__()
        self.language_semantic_encoder = language_encoder(config.language, vocabulary_size)
        self.visual_semantic_encoder = VisualSemanticEncoder(config.visual)

    def forward(
        self,
        images: Float[Tensor, "batch 3 height width"],
        tokens: Int[Tensor, "batch words"],
        lengths: Int[Tensor, " batch"],
    ) -> tuple[LanguageFeatures, VisualFeatures]:
        """Read the sentences and look at the pictures."""
        return self.language_semantic_encoder(tokens, lengths), self.visual_semantic_encoder(images)


def train_matching(
    session: Session, encoders: LanguageVisualSemanticNetwork, checkpoint: Checkpoint | None
) -> tuple[StopReason | None, int]:
    """Trains both encoders with L_LVM and freezes them.

    With several processes each one matches within its own share of the batch. Retrieval on held-out people is
    measured at every ``checkpoint_interval`` and at the end.

    Args:
        session: the run.
        encoders: LSE and VSE; they are changed in place, and frozen in evaluation mode at the end.
        checkpoint: where to continue; if it is of the next stage, its encoders are taken and nothing is trained.

    Returns:
        why it stopped before the end (or None), and the steps made so far.
    """
    settings, fabric = session.config.matching, session.fabric
    if checkpoint is not None and checkpoint.facts["stage"] != STAGE:
        checkpoint.restore({"encoders": encoders}, {})
        freeze(session, encoders)
        return None, settings.steps

    use_only_what_the_loss_needs(encoders, session.config.losses)
    trained = [parameter for parameter in encoders.parameters() if parameter.requires_grad]
    wrapped, optimizer = fabric.setup(encoders, adam(trained, settings.learning_rate, settings.betas))
    session.seed(STAGE)
    first = 0
    if checkpoint is not None:
        checkpoint.restore({"encoders": encoders}, {"encoders": optimizer.optimizer})
        session.continue_from(checkpoint)
        first = int(checkpoint.facts["step"])

    def save(step: int) -> None:
        session.save(
            STAGE, step, {"encoders": encoders}, {"encoders": optimizer.optimizer}, settings.batch_size
        )

    held_out = ExpressionPairs(session.pairs.dataset, "test", session.vocabulary, seed=session.config.seed)
    measured: HeldOutMatching | None = None
    wrapped.train()
    stopped: StopReason | None = None
    with session.bar(STAGE, first, settings.steps) as bar:
        steps = range(first + 1, settings.steps + 1)
        batches = session.batches(settings.batch_size, first, settings.same_person)
        for step, batch in zip(steps, batches, strict=False):
            language, visual = wrapped(batch.target, batch.tokens, batch.lengths)
            loss = language_visual_matching_loss(visual, language, batch.labels, session.config.losses)
            optimizer.zero_grad()
            fabric.backward(loss)
            clip_grad_norm_(encoders.language_semantic_encoder.parameters(), settings.gradient_clip)
            session.update(optimizer.optimizer)

            session.means.add({"matching": float(loss.detach())})
            bar.update()
            if step % settings.log_interval == 0:
                losses = session.write_losses(STAGE, step, settings.batch_size)
                bar.set_postfix(loss=f"{losses['matching']:.3f}")
            stopped = session.stop.reason() if step < settings.steps else None
            if session.is_first and (step % settings.checkpoint_interval == 0 or step == settings.steps):
                measured = look(session, encoders, held_out)
                session.write_row(STAGE, step, measured.row())
                session.report(f"matching, step {step}: {measured.in_words()}")
            if stopped or step % settings.checkpoint_interval == 0:
                save(step)
            if stopped:
                return stopped, step
    freeze(session, encoders)
    if session.is_first:
        measured = measured or look(session, encoders, held_out)
        facts = {"step": settings.steps, "seconds": session.seconds, "data": dict(session.data)}
        header = {
            "config": json.dumps(session.config.to_json()),
            "vocabulary": json.dumps(session.vocabulary.to_json()),
            "facts": json.dumps(facts | {"held_out": measured.facts()}),
        }
        write_tensors(session.folder.matching, encoders.state_dict(), header)
    return None, settings.steps


def look(
    session: Session, encoders: LanguageVisualSemanticNetwork, held_out: ExpressionPairs
) -> HeldOutMatching:
    """Held-out numbers of the encoders as they are now; their mode is as before afterwards."""
    mode = encoders.training
    encoders.eval()
    measured = measure_matching(session.fabric, encoders, held_out)
    encoders.train(mode)
    return measured


def use_only_what_the_loss_needs(encoders: LanguageVisualSemanticNetwork, losses: LossConfig) -> None:
    """Without the word term the region projection is not trained; several processes must know that beforehand."""
    encoders.visual_semantic_encoder.region_projection.requires_grad_(losses.word_matching)


def freeze(session: Session, encoders: LanguageVisualSemanticNetwork) -> None:
    """From now on both encoders are fixed functions, batch statistics included (Sec. 3.2)."""
    session.fabric.to_device(encoders).eval().requires_grad_(False)

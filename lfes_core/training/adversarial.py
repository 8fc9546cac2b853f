"""Stage 2, adversarial training: the generator learns against five discriminators (Sec. 2.3, Eq. 2-6).

The paper's "sum of all" losses cannot be minimized at once, since the discriminators and the generator pull in
opposite directions. Each step therefore updates first the one side, then the other.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from lfes_core import weights
from lfes_core.config import AdversarialConfig, LossConfig
from lfes_core.datasets.pairs import mirrored
from lfes_core.encoders import LanguageVisualSemanticNetwork
from lfes_core.losses import gradient_penalty
from lfes_core.networks import Discriminators, Generator, image_levels
from lfes_core.objectives import discriminator_objective, generator_objective
from lfes_core.training.compute import StopReason
from lfes_core.training.log import RunFolder
from lfes_core.training.run import Run, adam

SNAPSHOTS = (0, 1_000, 3_000, 10_000, 30_000, 100_000)
"""Steps at which a run keeps its networks, to be looked at afterwards (chapter 11)."""
SHOWN = ("generator", "discriminator")


def train_adversarially(
    run: Run, encoders: LanguageVisualSemanticNetwork, generator: Generator, discriminators: Discriminators
) -> StopReason | None:
    """Trains generator and discriminators; the encoders, LSE and VSE, stay as they are.

    Returns why it stopped before the end, or None.
    """
    fabric, config, settings = run.fabric, run.config, run.config.adversarial
    fabric.to_device(generator)
    average = averaged(generator, settings.ema_decay)
    learned: dict[str, nn.Module] = {"generator": generator, "discriminators": discriminators}
    rate, betas = settings.learning_rate, settings.betas
    optimizers = {name: adam(network.parameters(), rate, betas) for name, network in learned.items()}
    wrapped_generator, generator_optimizer = fabric.setup(generator, optimizers["generator"])
    wrapped_discriminators, discriminator_optimizer = fabric.setup(discriminators, optimizers["discriminators"])
    networks = {"encoders": encoders, **learned, "average": average.module}
    resumed = run.enter("adversarial", networks, optimizers)
    average.n_averaged.fill_(run.step + 1)  # of the update that comes
    language_encoder, visual_encoder = encoders.language_semantic_encoder, encoders.visual_semantic_encoder
    wrapped_generator.train()
    wrapped_discriminators.train()
    stopped: StopReason | None = None
    if not resumed:
        look(run, encoders, average.module)
        run.save()
    export(run, language_encoder, average.module, discriminators)  # which a kill after the checkpoint has prevented

    with closing(run.steps()) as steps:
        for step, batch in steps:
            for optimizer in optimizers.values():
                for group in optimizer.param_groups:
                    group["lr"] = learning_rate_at(settings, step)

            # ---------------------------------------------------------------- 1. synthesize
            batch = mirrored(batch) if settings.mirror else batch
            with torch.no_grad(), fabric.autocast():
                language = language_encoder(batch.tokens, batch.lengths)
            generated = wrapped_generator(
                batch.neutral,
                language.words,
                language.sentence,
                language.mask,
                hidden=settings.condition_dropout,
            )

            # ---------------------------------------------------------------- 2. discriminators (Eq. 2, 3, 4)
            warming_up = step <= settings.warmup
            losses, gradients = {}, {}
            if not warming_up:
                losses["discriminator"], judged = discriminator_objective(
                    wrapped_discriminators,
                    generated,
                    batch.neutral,
                    batch.target,
                    batch.labels,
                    config.losses,
                )
                losses |= judged
                if weight := config.losses.gradient_penalty:
                    true = tuple(image.detach().requires_grad_() for image in image_levels(batch.target))
                    verdicts = discriminators(true, batch.neutral, generated.condition.sample)
                    losses["gradient_penalty"] = gradient_penalty(verdicts, true)
                    losses["discriminator"] = losses["discriminator"] + weight / 2 * losses["gradient_penalty"]
                discriminator_optimizer.zero_grad()
                fabric.backward(losses["discriminator"])
                gradients["discriminator_gradient"] = run.update(optimizers["discriminators"], settings.gradient_clip)

            # ---------------------------------------------------------------- 3. generator (Eq. 5, 6), L_LVM, KL
            # The networks themselves are fixed functions here; only what the generator made carries a gradient.
            with fabric.autocast():
                losses["generator"], wanted = generator_objective(
                    discriminators,
                    generator.facial_feature_encoder,
                    visual_encoder,
                    generated,
                    language,
                    batch.neutral,
                    batch.target,
                    batch.flow,
                    batch.labels,
                    reconstruction_alone(config.losses) if warming_up else config.losses,
                )
            losses |= wanted
            generator_optimizer.zero_grad()
            fabric.backward(losses["generator"])
            gradients["generator_gradient"] = run.update(optimizers["generator"], settings.gradient_clip)

            # ---------------------------------------------------------------- 4. average, log, look, save
            average.update_parameters(generator)
            run.means.add(as_numbers(losses) | gradients)
            if step % settings.log_interval == 0 or step == settings.warmup:
                row = run.losses()
                run.bar.set_postfix({name[0].upper(): f"{row[name]:.2f}" for name in SHOWN if name in row})
            stopped = run.stop.reason() if step < settings.steps else None
            last = stopped is not None or step == settings.steps
            if last or step % settings.grid_interval == 0 or step in SNAPSHOTS:
                look(run, encoders, average.module)
            if last or step % settings.checkpoint_interval == 0 or step in SNAPSHOTS:
                run.save()
                export(run, language_encoder, average.module, discriminators)
            if stopped:
                break
    return stopped


def averaged(generator: nn.Module, decay: float) -> AveragedModel:
    """An exponential moving average of the generator: what is looked at, measured and exported.

    The paper does not mention it; StackGAN's line of models [12, 13] uses it. ``decay``, in 0..1, is the largest share
    of the old value that an update keeps (`kept_share`).
    """

    def follow(averages: Sequence[Tensor], values: Sequence[Tensor], number: Tensor) -> None:
        kept = kept_share(decay, int(number))
        for average, value in zip(averages, values, strict=True):
            average.lerp_(value.to(average.dtype), 1 - kept)

    average = AveragedModel(generator, multi_avg_fn=follow)  # type: ignore[arg-type]
    average.n_averaged.fill_(1)
    average.eval().requires_grad_(False)
    return average


def kept_share(decay: float, number: int) -> float:
    """The share of the averaged weights that update ``number`` keeps, which rises to ``decay``.

    It starts small, so that a short run does not remember its random beginning.
    """
    return min(decay, (1 + number) / (10 + number))


def look(run: Run, encoders: LanguageVisualSemanticNetwork, average: nn.Module) -> None:
    """Draws the sample grid and measures the held-out pairs, with the averaged generator."""
    language_encoder, visual_encoder = encoders.language_semantic_encoder, encoders.visual_semantic_encoder
    run.numbers = run.held_out.measure(run.fabric, language_encoder, visual_encoder, average)
    if run.is_first:
        run.log.grid(run.stage, run.step, run.held_out.grid(run.fabric, language_encoder, average))
    run.row(run.numbers)
    run.log.line(
        "step {step}: held-out SSIM {ssim:.3f} (copy {copy_ssim:.3f}), moved region {ssim_moved:.3f} "
        "(copy {copy_ssim_moved:.3f}), n = {pairs}".format(step=run.step, **run.numbers)
    )


def export(run: Run, language_encoder: nn.Module, average: nn.Module, discriminators: nn.Module) -> None:
    """Writes what synthesis needs, LSE and the averaged FFE, conditioning augmentation and MES; and its other side.

    At the steps of `SNAPSHOTS` both are kept as they are then.
    """
    if run.is_first:
        synthesizer = language_encoder.state_dict(prefix="language_semantic_encoder.") | average.state_dict()
        folders = [run.folder]
        if run.step in SNAPSHOTS:
            folders.append(RunFolder(run.folder.snapshots / f"step_{run.step:06d}"))
            folders[-1].path.mkdir(parents=True, exist_ok=True)
        for folder in folders:
            run.export(
                folder.discriminators, weights.DISCRIMINATORS, discriminators.state_dict(), run.step, run.numbers
            )
            run.export(folder.synthesizer, weights.SYNTHESIZER, synthesizer, run.step, run.numbers)


def reconstruction_alone(losses: LossConfig) -> LossConfig:
    """What the generator minimizes while it warms up: the L1 distance (and the KL term, where it has a weight)."""
    return replace(losses, adversarial=0.0, identity=0.0, language_visual=0.0)


def learning_rate_at(settings: AdversarialConfig, step: int) -> float:
    """The learning rate of step number ``step``: the same for most of the run, then on a straight line to zero."""
    left = settings.steps + 1 - step
    return settings.learning_rate * min(1.0, left / (settings.decay + 1))


def as_numbers(values: dict[str, Tensor]) -> dict[str, float]:
    """Scalars of one step as Python numbers; one transfer from the device instead of a dozen."""
    numbers = torch.stack([value.detach().float() for value in values.values()]).tolist()
    return dict(zip(values, numbers, strict=True))

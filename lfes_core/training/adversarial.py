"""Stage 2, adversarial training: the generator learns against five discriminators (Sec. 2.3, Eq. 2-6).

The paper's "sum of all" losses cannot be minimized at once, since the discriminators and the generator pull in
opposite directions. Each step therefore updates first the one side, then the other.
"""

from dataclasses import replace

import torch
from torch import Tensor, nn

from lfes_core.config import LEVEL_SIZES, AdversarialConfig, LossConfig
from lfes_core.datasets.pairs import mirrored
from lfes_core.networks.discriminators import Discriminators
from lfes_core.networks.generator import Generator
from lfes_core.objectives import discriminator_objective, generator_objective
from lfes_core.training.average import AveragedModule
from lfes_core.training.checkpoint import Checkpoint
from lfes_core.training.clock import StopReason
from lfes_core.training.held_out import describe
from lfes_core.training.matching import LanguageVisualSemanticNetwork
from lfes_core.training.session import Session, adam, set_learning_rate
from lfes_core.weights import save_synthesizer

STAGE = "adversarial"
SHOWN = ("generator", "discriminator")


def train_adversarially(
    session: Session,
    encoders: LanguageVisualSemanticNetwork,
    generator: Generator,
    discriminators: Discriminators,
    checkpoint: Checkpoint | None,
) -> tuple[StopReason | None, int]:
    """Trains generator and discriminators; the encoders stay as they are.

    Args:
        session: the run.
        encoders: LSE and VSE, frozen.
        generator: FFE, conditioning augmentation and MES.
        discriminators: all five.
        checkpoint: where to continue, if it is of this stage.

    Returns:
        why it stopped before the end (or None), and the steps made so far.
    """
    fabric, config, settings = session.fabric, session.config, session.config.adversarial
    fabric.to_device(generator)
    average = AveragedModule(generator, settings.ema_decay)
    wrapped_generator, generator_optimizer = fabric.setup(
        generator, adam(generator.parameters(), settings.learning_rate, settings.betas)
    )
    wrapped_discriminators, discriminator_optimizer = fabric.setup(
        discriminators, adam(discriminators.parameters(), settings.learning_rate, settings.betas)
    )
    networks = {
        "encoders": encoders,
        "generator": generator,
        "discriminators": discriminators,
        "average": average.module,
    }
    optimizers = {
        "generator": generator_optimizer.optimizer,
        "discriminators": discriminator_optimizer.optimizer,
    }
    session.seed(STAGE)
    first = 0
    if checkpoint is not None and checkpoint.facts["stage"] == STAGE:
        checkpoint.restore(networks, optimizers)
        session.continue_from(checkpoint)
        first = int(checkpoint.facts["step"])
    language_encoder = encoders.language_semantic_encoder
    visual_encoder = encoders.visual_semantic_encoder
    wrapped_generator.train()
    wrapped_discriminators.train()
    stopped: StopReason | None = None
    step = first
    if first == 0:
        look(session, language_encoder, average, 0)
        session.save(STAGE, 0, networks, optimizers, settings.batch_size)

    with session.bar(STAGE, first, settings.steps) as bar:
        steps = range(first + 1, settings.steps + 1)
        for step, batch in zip(steps, session.batches(settings.batch_size, first), strict=False):
            for optimizer in optimizers.values():
                set_learning_rate(optimizer, learning_rate_at(settings, step))

            # ---------------------------------------------------------------- 1. synthesize
            batch = mirrored(batch) if settings.mirror else batch
            with torch.no_grad(), fabric.autocast():
                language = language_encoder(batch.tokens, batch.lengths)
            generated = wrapped_generator(
                batch.neutral,
                language.words,
                language.sentence,
                language.mask,
                levels=levels_at(settings, step),
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
                discriminator_optimizer.zero_grad()
                fabric.backward(losses["discriminator"])
                gradients["discriminator_gradient"] = session.update(
                    optimizers["discriminators"], settings.gradient_clip
                )

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
                    batch.labels,
                    reconstruction_alone(config.losses) if warming_up else config.losses,
                )
            losses |= wanted
            generator_optimizer.zero_grad()
            fabric.backward(losses["generator"])
            gradients["generator_gradient"] = session.update(optimizers["generator"], settings.gradient_clip)

            # ---------------------------------------------------------------- 4. average, log, look, save
            average.update(generator, step)
            session.means.add(as_numbers(losses) | gradients)
            bar.update()
            if step % settings.log_interval == 0 or step == settings.warmup:
                row = session.write_losses(STAGE, step, settings.batch_size)
                bar.set_postfix({name[0].upper(): f"{row[name]:.2f}" for name in SHOWN if name in row})
            stopped = session.stop.reason() if step < settings.steps else None
            last = stopped is not None or step == settings.steps
            if last or step % settings.grid_interval == 0:
                look(session, language_encoder, average, step)
            if last or step % settings.checkpoint_interval == 0:
                session.save(STAGE, step, networks, optimizers, settings.batch_size)
                export(session, language_encoder, average, step)
            if stopped:
                break
    return stopped, step


def look(
    session: Session, language_encoder: nn.Module, average: AveragedModule[Generator], step: int
) -> None:
    """Draws the sample grid and measures SSIM on the held-out pairs, with the averaged generator."""
    levels = levels_at(session.config.adversarial, step)
    numbers = session.held_out.measure(session.fabric, language_encoder, average.module, levels)
    session.numbers = numbers
    if session.is_first:
        session.write_grid(
            STAGE, step, session.held_out.grid(session.fabric, language_encoder, average.module, levels)
        )
    session.write_row(STAGE, step, numbers.row())
    session.report(f"step {step}: {describe(numbers)}")


def export(
    session: Session, language_encoder: nn.Module, average: AveragedModule[Generator], step: int
) -> None:
    """Writes what synthesis needs, in float16: LSE and the averaged FFE, conditioning augmentation and MES."""
    if session.is_first:
        facts = {
            "step": step,
            "seconds": round(session.seconds),
            "data": session.data,
            "held_out": session.numbers and session.numbers.row(),
        }
        networks = {"language_semantic_encoder": language_encoder, **dict(average.module.named_children())}
        save_synthesizer(session.folder.synthesizer, networks, session.config, session.vocabulary, facts)


def reconstruction_alone(losses: LossConfig) -> LossConfig:
    """What the generator minimizes while it warms up: the L1 distance (and the KL term, where it has a weight)."""
    return replace(losses, adversarial=0.0, identity=0.0, language_visual=0.0)


def levels_at(settings: AdversarialConfig, step: int) -> int:
    """How many levels step number ``step`` synthesizes."""
    return 1 if step <= settings.level_1_alone else len(LEVEL_SIZES)


def learning_rate_at(settings: AdversarialConfig, step: int) -> float:
    """The learning rate of step number ``step``: the same for most of the run, then on a straight line to zero."""
    left = settings.steps + 1 - step
    return settings.learning_rate * min(1.0, left / (settings.decay + 1))


def as_numbers(values: dict[str, Tensor]) -> dict[str, float]:
    """Scalars of one step as Python numbers; one transfer from the device instead of a dozen."""
    numbers = torch.stack([value.detach().float() for value in values.values()]).tolist()
    return dict(zip(values, numbers, strict=True))

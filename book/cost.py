"""What one training step costs: counted, not timed, so that the network may be larger than the machine."""

from dataclasses import replace

from lfes_core.config import FEATURES, Config
from lfes_core.losses import as_fixed_function
from lfes_core.networks.discriminators import Discriminators
from lfes_core.networks.generator import Generator
from lfes_core.networks.language_semantic_encoder import LanguageFeatures
from lfes_core.networks.visual_semantic_encoder import VisualSemanticEncoder
from lfes_core.objectives import discriminator_objective, generator_objective
from lfes_core.weights import without_numbers

import torch
from torch.utils.flop_counter import FlopCounterMode

#: Pictures in the step that is counted.
BATCH = 2

#: Words in each of its sentences.
WORDS = 12


def flops_per_picture(config: Config) -> float:
    """Floating-point operations of one adversarial step, forward and backward, for each picture of its batch.

    The networks are built on PyTorch's ``meta`` device, where tensors have shapes and no numbers, so nothing
    is computed. A multiplication and the addition after it count as two. LSE, the matching loss behind VSE
    and the optimizers are left out: together less than a hundredth.
    """
    losses = replace(config.losses, language_visual=0.0)
    with without_numbers():
        generator = Generator(config.networks)
        discriminators = Discriminators(config.networks.discriminator)
        visual = VisualSemanticEncoder(config.networks.visual).eval()
        neutral, target = (torch.empty(BATCH, 3, 256, 256) for _ in range(2))
        flow = torch.empty(BATCH, 3, 64, 64)
        labels = torch.empty(BATCH, dtype=torch.long)
        language = LanguageFeatures(
            words=torch.empty(BATCH, FEATURES, WORDS),
            sentence=torch.empty(BATCH, FEATURES),
            mask=torch.empty(BATCH, WORDS, dtype=torch.bool),
        )
        with FlopCounterMode(display=False) as counter:
            generated = generator(neutral, *language)
            loss, _ = discriminator_objective(
                discriminators, generated, neutral, target, labels, losses
            )
            loss.backward()
            loss, _ = generator_objective(
                discriminators,
                generator.facial_feature_encoder,
                visual,
                generated,
                language,
                neutral,
                target,
                flow,
                labels,
                losses,
            )
            if config.losses.language_visual:
                seen = as_fixed_function(visual)(generated.levels.images[-1])
                loss = loss + seen.image.sum() + seen.regions.sum()
            loss.backward()
    return counter.get_total_flops() / BATCH

"""What a training step minimizes: the losses of Sec. 2.3 put together, with every gradient where it belongs.

The paper's "sum of all" losses cannot be minimized at once, for the discriminators and the generator pull in opposite
directions. Training alternates: first `discriminator_objective`, then `generator_objective`. Both return the loss and
its parts by name, detached.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor

from lfes_core.config import LossConfig
from lfes_core.losses import (
    adversarial_loss,
    as_fixed_function,
    discriminator_total_loss,
    flow_loss,
    generator_total_loss,
    identity_loss,
    kl_divergence,
    language_visual_matching_loss,
    moved_weights,
    reconstruction_loss,
    verification_loss,
)
from lfes_core.networks.blocks import image_levels
from lfes_core.networks.discriminators import Discriminators, Images, Verdict, Verdicts
from lfes_core.networks.facial_feature_encoder import FacialFeatureEncoder
from lfes_core.networks.generator import Generated
from lfes_core.networks.language_semantic_encoder import LanguageFeatures
from lfes_core.networks.visual_semantic_encoder import VisualFeatures, VisualSemanticEncoder

Parts = dict[str, Tensor]


def discriminator_objective(
    discriminators: Callable[[Images, Tensor, Tensor], Verdicts],
    generated: Generated,
    neutral: Float[Tensor, "batch 3 256 256"],
    target: Float[Tensor, "batch 3 256 256"],
    labels: Int[Tensor, " batch"],
    config: LossConfig,
) -> tuple[Float[Tensor, ""], Parts]:
    """L_D,total (Eq. 4). Only the discriminators get a gradient.

    True and synthesized pictures go through each discriminator in one batch, which no layer of theirs mixes.

    Args:
        discriminators: all five, as they are trained (wrapped for several devices or not).
        generated: what the generator made.
        neutral: I_i, values in [-1, 1].
        target: I_t.
        labels: equal for pairs with the same Action Units and intensities.
        config: whether mismatched sentences are shown too.
    """
    batch = len(neutral)
    condition = generated.condition.sample.detach()
    true = image_levels(target)
    sets = [(true, condition), (tuple(image.detach() for image in generated.levels.images), condition)]
    if config.mismatched_sentences:
        sets.append((true, condition.roll(1, dims=0)))
    first, second, third = (torch.cat([images[level].float() for images, _ in sets]) for level in range(3))
    verdicts = discriminators((first, second, third), neutral, torch.cat([shown for _, shown in sets]))

    def loss(verdict: Verdict) -> Tensor:
        chunks = zip(*(torch.split(logits, batch) for logits in verdict), strict=True)
        true, synthesized, *mismatched = (Verdict(*chunk) for chunk in chunks)
        if not mismatched:
            return verification_loss(true, synthesized)
        really = labels != labels.roll(1, dims=0)
        wrong = torch.where(really, mismatched[0].conditional, synthesized.conditional)
        return verification_loss(true, synthesized, wrong)

    face_1, face_2 = map(loss, verdicts.face)
    expression_1, expression_2 = map(loss, verdicts.expression)
    synthesis = loss(verdicts.synthesis)
    total = discriminator_total_loss(synthesis, (face_1, face_2), (expression_1, expression_2))
    parts = {"face_1": face_1, "face_2": face_2, "expression_1": expression_1, "expression_2": expression_2}
    return total, _detached(parts | {"synthesis": synthesis} | _right(verdicts, batch))


def _right(verdicts: Verdicts, batch: int) -> Parts:
    """How often the discriminators are right about true and about synthesized pictures, shares of all judgments."""
    logits = verdicts.logits()  # of the true pictures first, then of as many that were synthesized
    return {
        "right_about_true": (logits[:batch] > 0).float().mean(),
        "right_about_synthesized": (logits[batch : 2 * batch] < 0).float().mean(),
    }


def generator_objective(
    discriminators: Discriminators,
    encoder: FacialFeatureEncoder,
    visual_encoder: VisualSemanticEncoder,
    generated: Generated,
    language: LanguageFeatures,
    neutral: Float[Tensor, "batch 3 256 256"],
    target: Float[Tensor, "batch 3 256 256"],
    flow: Float[Tensor, "batch 3 64 64"],
    labels: Int[Tensor, " batch"],
    config: LossConfig,
) -> tuple[Float[Tensor, ""], Parts]:
    """L_G,total (Eq. 6) with L_LVM and the KL term. Only the generator gets a gradient.

    Discriminators, FFE inside L_id and VSE are used as fixed functions: gradients pass through them to the pictures and
    stop there. Give the networks themselves, not a wrapper for several devices.

    Args:
        discriminators: all five.
        encoder: FFE, for L_id.
        visual_encoder: VSE, for L_LVM.
        generated: what the generator made.
        language: features of the sentences, from the frozen LSE.
        neutral: I_i, values in [-1, 1].
        target: I_t.
        flow: true flow fields, for the extension (see `lfes_core.datasets.pairs.Batch`).
        labels: equal for pairs with the same Action Units and intensities.
        config: weights and readings. A term with weight 0 is not computed, and is absent from the parts, which are
            unweighted and summed over levels.
    """
    images, condition = generated.levels.images, generated.condition
    parts: Parts = {}
    adversarial = identity = [torch.zeros((), device=neutral.device)] * len(images)
    if config.adversarial:
        verdicts: Verdicts = as_fixed_function(discriminators)(images, neutral, condition.sample)
        heard = (config.face_adversarial, verdicts.face), (config.expression_adversarial, verdicts.expression)
        first, second = (
            sum((adversarial_loss(pair[level]) for asked, pair in heard if asked), adversarial[level])
            for level in range(2)
        )
        adversarial = [first, second, adversarial_loss(verdicts.synthesis)]
        parts["adversarial"] = torch.stack(adversarial).sum()
    levels = list(zip(images, image_levels(target), image_levels(neutral), strict=True))
    if config.identity:
        identity = [identity_loss(encoder, image, true) for image, true, _ in levels]
        parts["identity"] = torch.stack(identity).sum()
    reconstruction = []
    for image, true, before in levels:
        weights = moved_weights(before, true, config.reconstruction_moved)  # 1 everywhere in the paper
        reconstruction.append(reconstruction_loss(image, true, config.reconstruction_reduction, weights))
    parts["reconstruction"] = torch.stack(reconstruction).sum()
    parts["kl"] = kl_divergence(condition.mean.float(), condition.log_variance.float())
    total = generator_total_loss(adversarial, identity, reconstruction, config) + config.kl * parts["kl"]
    movements = generated.levels.movements
    if config.flow and movements:
        weights = moved_weights(levels[0][2], levels[0][1], config.reconstruction_moved)
        parts["flow"] = torch.stack([flow_loss(each.flow, flow, weights) for each in movements]).sum()
        total = total + config.flow * parts["flow"]
    if config.occlusion and movements:
        parts["occlusion"] = torch.stack([each.mask.mean() for each in movements]).sum()
        total = total + config.occlusion * parts["occlusion"]
    if config.language_visual:
        visual: VisualFeatures = as_fixed_function(visual_encoder)(images[-1])
        parts["language_visual"] = language_visual_matching_loss(visual, language, labels, config)
        total = total + config.language_visual * parts["language_visual"]
    return total, _detached(parts)


def _detached(parts: Parts) -> Parts:
    return {name: value.detach() for name, value in parts.items()}

"""The losses of Sec. 2.3: one free function for each equation.

Discriminators give logits x, the paper writes probabilities D = sigmoid(x). Then -log D = softplus(-x) and
-log(1 - D) = softplus(x), which stay finite for any x. All losses are averages over the batch.
"""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.func import functional_call

from lfes_core.config import IMAGE_SIZE, LossConfig
from lfes_core.metrics import MOVED_THRESHOLD
from lfes_core.networks.discriminators import Verdict, Verdicts
from lfes_core.networks.language_semantic_encoder import LanguageFeatures
from lfes_core.networks.visual_semantic_encoder import VisualFeatures

Scalar = Float[Tensor, ""]


def verification_loss(true: Verdict, synthesized: Verdict, mismatched: Float[Tensor, " batch"] | None = None) -> Scalar:
    """Loss of one discriminator: L_FV (Eq. 2), L_EV (Eq. 3) and, at level 3, L_syn.

    The equations differ only in what the discriminator looks at. We read Eq. 2's last term as
    log(1 - D(I_s; w-hat_N)); its printed brackets close too early.

    Args:
        true: logits of target pictures.
        synthesized: logits of synthesized pictures, which must be detached.
        mismatched: conditional logits of target pictures beside the sentence of another picture. They then
            share the place of ``synthesized.conditional``, half and half. The paper has no such term.
    """
    not_fitting = F.softplus(synthesized.conditional)
    if mismatched is not None:
        not_fitting = 0.5 * (not_fitting + F.softplus(mismatched))
    unconditional = F.softplus(-true.unconditional) + F.softplus(synthesized.unconditional)
    conditional = F.softplus(-true.conditional) + not_fitting
    return 0.5 * unconditional.mean() + 0.5 * conditional.mean()


def discriminator_total_loss(synthesis: Scalar, face: Sequence[Scalar], expression: Sequence[Scalar]) -> Scalar:
    """L_D,total (Eq. 4): L_syn, and of levels 1 and 2 L_FV (``face``) and L_EV (``expression``)."""
    total = synthesis
    for face_loss, expression_loss in zip(face, expression, strict=True):
        total = total + face_loss + expression_loss
    return total


def gradient_penalty(verdicts: Verdicts, images: Sequence[Float[Tensor, "batch 3 _ _"]]) -> Scalar:
    """R1 (Mescheder et al., 2018, Eq. 9), our extension: how steep the judgments of true pictures are.

    Each of the ``images``, of which the verdicts are, must require a gradient. The squared length of the slope is
    summed over the levels; where it is small, a discriminator that is nearly always right still shows a direction.
    """
    slopes = torch.autograd.grad(verdicts.logits().sum(), images, create_graph=True)
    return torch.stack([slope.square().sum((1, 2, 3)).mean() for slope in slopes]).sum()


def adversarial_loss(synthesized: Verdict) -> Scalar:
    """L_adv of one level (Eq. 5): how far the generator is from being believed.

    Level m asks D_FV^m for m = 1, 2 and the Synthesis Discriminator for m = 3. The equation leaves D_EV out, so that it
    would never teach the generator; the setting ``expression_adversarial`` adds the same term for D_EV^1 and D_EV^2.
    """
    return 0.5 * (F.softplus(-synthesized.unconditional) + F.softplus(-synthesized.conditional)).mean()


def identity_loss(
    encoder: nn.Module, image: Float[Tensor, "batch 3 size size"], target: Float[Tensor, "batch 3 size size"]
) -> Scalar:
    """L_id of one level (Sec. 2.3): mean squared difference of the features of I_s^m and I_t^m from FFE, the encoder.

    FFE sees both pictures enlarged to 256x256, because 64x64 pixels would shrink to less than one place of f_f. It is
    used as a fixed function, and the target's features are constants: otherwise the cheapest way to a small loss would
    be an FFE that gives the same answer for every face.
    """
    fixed = as_fixed_function(encoder)
    with torch.no_grad():
        wanted = fixed(_enlarged(target))
    return F.mse_loss(fixed(_enlarged(image)).float(), wanted.float())


def _enlarged(image: Float[Tensor, "batch 3 size size"]) -> Float[Tensor, "batch 3 256 256"]:
    """The picture at 256x256, between its pixels with linear weights."""
    if image.shape[-1] == IMAGE_SIZE:
        return image
    pixels = image.contiguous(memory_format=torch.channels_last)  # quicker, and FFE reads them so
    return F.interpolate(pixels, (IMAGE_SIZE, IMAGE_SIZE), mode="bilinear")


def reconstruction_loss(
    image: Float[Tensor, "batch 3 size size"],
    target: Float[Tensor, "batch 3 size size"],
    reduction: Literal["sum", "mean"],
    weights: Float[Tensor, "batch 1 size size"] | None = None,
) -> Scalar:
    """L_recon of one level (Sec. 2.3): L1 distance of I_s^m and I_t^m, whose values are in [-1, 1].

    Args:
        image: I_s^m.
        target: I_t^m.
        reduction: ``sum`` over the numbers of a picture, or their ``mean``. At 256x256 they differ by a factor of
            196,608, and only the sum makes the paper's weight of 0.005 count.
        weights: how much each place counts, from `moved_weights`; 1 everywhere in the paper.
    """
    distance = (image.float() - target.float()).abs()
    if weights is not None:
        distance = distance * weights
    distance = distance.flatten(1)
    return (distance.sum(dim=1) if reduction == "sum" else distance.mean(dim=1)).mean()


def moved_weights(
    neutral: Float[Tensor, "batch 3 size size"], target: Float[Tensor, "batch 3 size size"], extra: float
) -> Float[Tensor, "batch 1 size size"]:
    """How much each place counts in L_recon: 1, and 1 + ``extra`` where the face truly moves (our extension).

    L1 asks for the median. At a lid that moves in one picture of seven, the median is no movement at all, and a
    synthesizer that cannot yet tell those pictures from the others learns to leave the lid alone (chapter 10).
    A place has moved by the rule of the evaluation, `lfes_core.metrics.MOVED_THRESHOLD`.
    """
    difference = (target.float() - neutral.float()).abs().mean(dim=1, keepdim=True)
    moved = difference > 2 * MOVED_THRESHOLD  # a share of the range, and from -1 to 1 the range is 2
    return 1 + extra * moved


def flow_loss(
    flow: Float[Tensor, "batch 2 size size"],
    true: Float[Tensor, "batch 3 64 64"],
    weights: Float[Tensor, "batch 1 64 64"],
) -> Scalar:
    """L_flow, our extension: mean L1 distance of a flow field to the true one, where the neutral face shows the point.

    Args:
        flow: in halves of the picture's width, at 64x64 or 128x128.
        true: the true field, and the share of each place that the neutral picture shows, 0..1.
        weights: how much each place counts, from `moved_weights`.
    """
    distance = (F.adaptive_avg_pool2d(flow.float(), true.shape[-1]) - true[:, :2]).abs().sum(dim=1, keepdim=True)
    return (distance * true[:, 2:] * weights).mean()


def generator_total_loss(
    adversarial: Sequence[Scalar],
    identity: Sequence[Scalar],
    reconstruction: Sequence[Scalar],
    config: LossConfig,
) -> Scalar:
    """L_G,total (Eq. 6): the three losses of each level, weighted by lambda_1, lambda_2 and lambda_3.

    Args:
        adversarial: L_adv of levels 1, 2, 3.
        identity: L_id of levels 1, 2, 3.
        reconstruction: L_recon of levels 1, 2, 3.
        config: where the weights are.
    """
    levels = [
        config.adversarial * adv + config.identity * id_ + config.reconstruction * recon
        for adv, id_, recon in zip(adversarial, identity, reconstruction, strict=True)
    ]
    return torch.stack(levels).sum()


def kl_divergence(mean: Float[Tensor, "batch features"], log_variance: Float[Tensor, "batch features"]) -> Scalar:
    """KL divergence from the condition's distribution to the standard normal one, per number of w-hat_N.

    The term belongs to conditioning augmentation (reference [12] of the paper); Eq. 2-6 do not show it. It is averaged
    over the 512 numbers, as a weight of 1 supposes.
    """
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).mean()


def language_visual_matching_loss(
    visual: VisualFeatures, language: LanguageFeatures, labels: Int[Tensor, " batch"], config: LossConfig
) -> Scalar:
    """L_LVM (Sec. 2.3, after reference [15] of the paper): each picture must find its sentence, and back.

    The sentence term compares f_s with sentence vectors by their cosine. The word term lets each word gather the
    regions that suit it and compares the two. Each is a choice among the batch, scored by cross-entropy. Pairs with the
    same Action Units and intensities, which have equal labels, are no wrong answers to each other: they are left out.
    """
    excluded = (labels[:, None] == labels[None, :]).fill_diagonal_(False)
    with torch.autocast(visual.image.device.type, enabled=False):
        image, sentence = visual.image.float(), language.sentence.float()
        cosine = F.normalize(image, dim=1) @ F.normalize(sentence, dim=1).T
        loss = _choice_loss(config.gamma_3 * cosine, excluded)
        if config.word_matching:
            similarity = word_similarity(
                visual.regions.float(), language.words.float(), language.mask, config.gamma_1, config.gamma_2
            )
            loss = loss + _choice_loss(config.gamma_3 * similarity, excluded)
    return loss


def word_similarity(
    regions: Float[Tensor, "pictures features height width"],
    words: Float[Tensor, "sentences features n"],
    mask: Bool[Tensor, "sentences n"],
    gamma_1: float,
    gamma_2: float,
) -> Float[Tensor, "pictures sentences"]:
    """How well every sentence's words are found in every picture (reference [15] of the paper).

    Scalar products of words and regions; softmax over the words; times gamma_1; softmax over the regions;
    each word's weighted sum of regions is its context. R = log sum_n exp(gamma_2 cos(context_n, word_n)).
    """
    places = regions.flatten(2)
    # pictures x features x r
    scores = torch.einsum("pfr,sfn->psnr", places, words)
    scores = scores.masked_fill(~mask[None, :, :, None], float("-inf")).softmax(dim=2)
    attention = (gamma_1 * scores).softmax(dim=3)
    context = torch.einsum("psnr,pfr->psfn", attention, places)
    product = torch.einsum("psfn,sfn->psn", context, words)
    cosine = product / (context.norm(dim=2) * words.norm(dim=1)).clamp(min=1e-8)
    # pictures x sentences x n
    found: Tensor = (gamma_2 * cosine).masked_fill(~mask[None], float("-inf")).logsumexp(dim=2)
    return found


def as_fixed_function(module: nn.Module) -> Callable[..., Any]:
    """Return what ``module`` computes, with its weights as constants: gradients pass to its inputs only."""
    state = module.state_dict()  # which has them detached
    return lambda *inputs: functional_call(module, state, inputs)


def _choice_loss(scores: Tensor, excluded: Tensor) -> Tensor:
    """Cross-entropy of the diagonal among the columns of its row plus that among the rows of its column."""
    scores = scores.masked_fill(excluded, float("-inf"))
    right = torch.arange(len(scores), device=scores.device)
    return F.cross_entropy(scores, right) + F.cross_entropy(scores.T, right)

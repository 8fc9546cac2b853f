"""The reference schedule: training as the public recipe of AttnGAN (reference [15] of the paper) orders it.

Networks, losses, and the order of a step are ours; AttnGAN's own differ from them, and no ratio of two models would say
anything about a schedule. What differs is listed in `MEASURES`: for each measure of ours what the recipe does in its
place, written as plainly as it is there. Without all of them the training loop is the reference schedule; without one,
the measure's own price is seen. A test holds that both compute the same losses and weights.

In two places the recipe is already as quick as we are, and the reference is, too: it synthesizes once a step, for both
sides, and a discriminator judges with and without the sentence from one encoding of a picture.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.swa_utils import AveragedModel

from lfes_core.config import IMAGE_SIZE, LossConfig
from lfes_core.losses import discriminator_total_loss, verification_loss
from lfes_core.networks import AttendedWords, ExpressiveWordAttention, Generated, Verdict, image_levels
from lfes_core.networks.blocks import Enlarge
from lfes_core.objectives import Parts
from lfes_core.training.adversarial import kept_share


@dataclass(frozen=True)
class Measure:
    """What we do to be quicker, what the recipe does, and which names of the package are put back for it."""

    ours: str
    recipe: str
    put_back: tuple[tuple[str, Any], ...] = ()


def passes_alone(
    discriminators: Callable[..., Any],
    generated: Generated,
    neutral: Float[Tensor, "batch 3 256 256"],
    target: Float[Tensor, "batch 3 256 256"],
    labels: Int[Tensor, " batch"],
    config: LossConfig,
) -> tuple[Float[Tensor, ""], Parts]:
    """L_D,total (Eq. 4): true and synthesized pictures in passes of their own, each with the neutral pictures."""
    condition, true = generated.condition.sample.detach(), image_levels(target)
    judged = [discriminators(true, neutral, condition)]
    judged.append(discriminators(tuple(image.detach() for image in generated.levels.images), neutral, condition))
    if config.mismatched_sentences:
        judged.append(discriminators(true, neutral, condition.roll(1, dims=0)))
    really = labels != labels.roll(1, dims=0)

    def loss(true: Verdict, synthesized: Verdict, mismatched: Verdict | None = None) -> Tensor:
        wrong = mismatched and torch.where(really, mismatched.conditional, synthesized.conditional)
        return verification_loss(true, synthesized, wrong)

    face_1, face_2, expression_1, expression_2, synthesis = (
        loss(*verdicts) for verdicts in zip(*((*v.face, *v.expression, v.synthesis) for v in judged), strict=True)
    )
    return discriminator_total_loss(synthesis, (face_1, face_2), (expression_1, expression_2)), {}


def sentence_after_sentence(
    regions: Float[Tensor, "pictures features height width"],
    words: Float[Tensor, "sentences features n"],
    mask: Bool[Tensor, "sentences n"],
    gamma_1: float,
    gamma_2: float,
) -> Float[Tensor, "pictures sentences"]:
    """`lfes_core.losses.word_similarity`: the words of one sentence at a time, copied beside every picture."""
    places, found = regions.flatten(2), []
    for sentence, its_mask in zip(words, mask, strict=True):
        query = sentence[:, its_mask].expand(len(places), -1, -1).contiguous()
        scores = torch.bmm(places.transpose(1, 2), query).softmax(dim=2)
        # pictures x r x n
        attention = (gamma_1 * scores.transpose(1, 2)).softmax(dim=2)
        context = torch.bmm(places, attention.transpose(1, 2))
        cosine = (context * query).sum(1) / (context.norm(dim=1) * query.norm(dim=1)).clamp(min=1e-8)
        found.append((gamma_2 * cosine).logsumexp(dim=1))
    return torch.stack(found, dim=1)


def doubled_then_convolved(self: Enlarge, x: Float[Tensor, "batch c h w"]) -> Float[Tensor, "batch d 2*h 2*w"]:
    """`lfes_core.networks.blocks.Enlarge`: every pixel four times, and a 3x3 convolution over them."""
    enlarged: Tensor = self.activate(self.convolution(F.interpolate(x, scale_factor=2.0, mode="nearest")))
    return enlarged


def attention_by_planes(
    self: ExpressiveWordAttention,
    q: Float[Tensor, "batch c h w"],
    words: Float[Tensor, "batch f n"],
    mask: Bool[Tensor, "batch n"],
) -> AttendedWords:
    """`lfes_core.networks.ExpressiveWordAttention`: products of whole planes, the mask copied to every place."""
    refined = self.refine(words)
    places = q.flatten(2)
    scores = torch.bmm(refined.transpose(1, 2), places).float()
    # batch x n x (h w)
    beta = scores.masked_fill(~mask[:, :, None].expand_as(scores), float("-inf")).softmax(dim=1)
    alpha = torch.bmm(refined, beta.to(refined.dtype))
    return AttendedWords(alpha=alpha.view_as(q), beta=beta.view(*beta.shape[:2], *q.shape[2:]))


def resized(image: Float[Tensor, "batch 3 size size"]) -> Float[Tensor, "batch 3 256 256"]:
    """`lfes_core.losses._enlarged`, for pictures of every size alike."""
    return F.interpolate(image, (IMAGE_SIZE, IMAGE_SIZE), mode="bilinear")


def adam_by_parameter(
    parameters: Iterable[nn.Parameter], learning_rate: float, betas: tuple[float, float]
) -> Optimizer:
    """Adam, one parameter after the other. The recipe has an optimizer for each discriminator: the same work."""
    return torch.optim.Adam(parameters, lr=learning_rate, betas=betas, foreach=False, fused=False)


def average_by_parameter(generator: nn.Module, decay: float) -> AveragedModel:
    """`lfes_core.training.adversarial.averaged`, one parameter after the other."""

    def follow(average: Tensor, value: Tensor, number: Tensor | int) -> Tensor:
        kept = kept_share(decay, int(number))
        return average.mul_(kept).add_(value, alpha=1 - kept)

    average = AveragedModel(generator, avg_fn=follow)
    average.n_averaged.fill_(1)
    average.eval().requires_grad_(False)
    return average


def itself(module: nn.Module) -> nn.Module:
    """`lfes_core.losses.as_fixed_function` for discriminators and VSE: their weights get gradients nobody uses."""
    return module


MEASURES = {
    "bfloat16": Measure("products in bfloat16 where the hardware has them", "float32 throughout"),
    "channels last": Measure("the channels of a pixel lie side by side", "each channel is a plane"),
    "kept memory": Measure("freed memory is kept for the next step", "it goes back to the system"),
    "one batch": Measure(
        "true and synthesized pictures go through a discriminator in one batch, neutral ones once",
        "a pass for each, with the neutral ones",
        (("lfes_core.training.adversarial.discriminator_objective", passes_alone),),
    ),
    "fixed functions": Measure(
        "weights that rest get no gradient",
        "the generator's backward pass fills the discriminators' gradients, too",
        (("lfes_core.objectives.as_fixed_function", itself),),
    ),
    "one convolution": Measure(
        "doubling and convolution are one transposed convolution",
        "every pixel is copied four times, then convolved",
        (("lfes_core.networks.blocks.Enlarge.forward", doubled_then_convolved),),
    ),
    "all sentences": Measure(
        "L_LVM compares all sentences with all pictures at once",
        "one sentence after the other",
        (("lfes_core.losses.word_similarity", sentence_after_sentence),),
    ),
    "normalization": Measure(
        "group normalization in float32, whose backward pass is quicker there",
        "in the number format of the convolutions",
        (("lfes_core.networks.blocks._GroupNorm.forward", nn.GroupNorm.forward),),
    ),
    "attention by pixels": Measure(
        "the word attention keeps the channels of a pixel side by side",
        "each channel is a plane, and the weights of the words, too",
        (("lfes_core.networks.word_attention.ExpressiveWordAttention.forward", attention_by_planes),),
    ),
    "enlarged": Measure(
        "L_id leaves pictures of 256 pixels as they are, and enlarges the others with the channels of a pixel together",
        "every picture is resized, plane by plane",
        (("lfes_core.losses._enlarged", resized),),
    ),
    "fused update": Measure(
        "Adam in one pass, the average of all weights in one call",
        "one weight after the other",
        (
            ("lfes_core.training.matching.adam", adam_by_parameter),
            ("lfes_core.training.adversarial.adam", adam_by_parameter),
            ("lfes_core.training.adversarial.averaged", average_by_parameter),
        ),
    ),
}
"""What makes our schedule quicker, by a short name."""


@contextmanager
def switched_off(measures: Iterable[str]) -> Iterator[None]:
    """While the block runs, the package computes without these measures (those that are not a matter of set-up)."""
    with ExitStack() as stack:
        for name in measures:
            for place, plain in MEASURES[name].put_back:
                stack.enter_context(patch(place, plain))
        yield

"""Courtroom: the same pictures before all five trained discriminators of a set (chapters 8 to 10).

Every picture is of a person for validation, on whom neither side has trained, and every sentence
names one Action Unit at its strongest (a jaw that drops parts the lips, too).
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import NamedTuple

from figures import COLORS
from lfes_core import shipped, weights
from lfes_core.config import Config
from lfes_core.datasets import ScanFaces, to_tensor
from lfes_core.metrics import MOVED_THRESHOLD
from lfes_core.networks.blocks import image_levels
from lfes_core.networks.discriminators import (
    Discriminators,
    Images,
    Verdict,
    Verdicts,
)
from lfes_core.sentences import describe
from lfes_core.synthesis import Synthesizer

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from torch import Tensor

#: Three of the upper face, three of the mouth: three places further on is another part.
UNITS = (1, 4, 5, 12, 20, 26)

#: What stands before the discriminators, beside the right sentence but for the third.
EXHIBITS = ("true", "synthesized", "wrong sentence", "wrong person", "copy")

Asked = Callable[[Verdicts], Verdict]


class Hearing(NamedTuple):
    """What the discriminators of a set said about each exhibit, and what they need to say it.

    steps, config: of their training. verdicts: for each of `EXHIBITS`, on all pairs.
    pictures: the exhibits, [pairs 3 256 256]. sentences: the right ones. people: in the pairs.
    levels: the synthesized pictures of all three levels. neutral: the neutral faces.
    condition, wrong: w-hat_N of the right and of the wrong sentences.
    """

    steps: int
    config: Config
    verdicts: Mapping[str, Verdicts]
    pictures: Mapping[str, Tensor]
    sentences: list[str]
    people: int
    discriminators: Discriminators
    levels: Images
    neutral: Tensor
    condition: Tensor
    wrong: Tensor


@torch.no_grad()
def hearing(name: str, faces: ScanFaces) -> Hearing:
    """Let the discriminators of a shipped set or run folder judge all people for validation.

    The condition is that of the set's own generator: the mean of w-hat_N, so nothing is drawn.
    """
    synthesizer, discriminators = Synthesizer.load(name), Discriminators.load(name)
    file = weights.load(shipped.discriminators_file(name), weights.DISCRIMINATORS)
    sentences, true, neutral = asked_pairs(faces)
    levels, conditions = [], []
    for sentence, face in zip(sentences, neutral.split(1), strict=True):
        tokens = torch.tensor([synthesizer.vocabulary.encode(sentence)])
        said = synthesizer.language_semantic_encoder(
            tokens, torch.tensor([tokens.shape[1]])
        )
        generated = synthesizer.forward(face, *said, sample=False)
        levels.append(generated.levels.images)
        conditions.append(generated.condition.mean)
    condition = torch.cat(conditions)
    first, second, third = (torch.cat(each) for each in zip(*levels, strict=True))
    somebody = true.unflatten(0, (-1, len(UNITS))).roll(2, dims=0).flatten(0, 1)
    pictures = dict(zip(EXHIBITS, (true, third, true, somebody, neutral), strict=True))
    wrong = another_part(condition)
    verdicts = {}
    for exhibit, picture in pictures.items():
        images = image_levels(picture)
        if exhibit == "synthesized":  # every level is judged by its own picture
            images = first, second, third
        beside = wrong if exhibit == "wrong sentence" else condition
        verdicts[exhibit] = discriminators(images, neutral, beside)
    return Hearing(
        steps=file.facts["step"],
        config=file.config,
        verdicts=verdicts,
        pictures=pictures,
        sentences=sentences,
        people=len(faces.validation_subjects),
        discriminators=discriminators,
        levels=(first, second, third),
        neutral=neutral,
        condition=condition,
        wrong=wrong,
    )


@cache
def asked_pairs(faces: ScanFaces) -> tuple[list[str], Tensor, Tensor]:
    """Sentence, true picture and neutral face of each pair, [pairs 3 256 256], once for all sets."""
    sentences, trues, neutrals = [], [], []
    for subject in faces.validation_subjects:
        neutral = to_tensor(faces.face(faces.neutral(subject)))
        for unit in UNITS:
            frame = faces.truth(subject, {unit: 5})
            if frame is None:
                raise ValueError(f"{subject} has no frame with Action Unit {unit} at E")
            sentences.append(describe(frame.description, "with", seed=0))
            trues.append(to_tensor(faces.face(frame)))
            neutrals.append(neutral)
    return sentences, torch.stack(trues), torch.stack(neutrals)


def another_part(pairs: Tensor) -> Tensor:
    """For each pair that of the same person with a movement in another part of the face."""
    return pairs.unflatten(0, (-1, len(UNITS))).roll(3, dims=1).flatten(0, 1)


def compares(true: Verdict, wrong_person: Verdict) -> bool:
    """Whether a discriminator sees the neutral face; to any other a wrong person is one more true picture."""
    one, other = (
        verdict.unconditional.sort().values for verdict in (true, wrong_person)
    )
    return not torch.allclose(one, other, atol=1e-4)


def shares(heard: Hearing, asked: Mapping[str, Asked]) -> Iterator[str]:
    """Lines of a table: how often each head says "true", and how often it is right in a comparison.

    Args:
        heard: of one set.
        asked: by name, which verdict each discriminator gives.
    """
    yield f'n = {len(heard.sentences)} pairs of {heard.people} people; said "true":'
    head = f"{'true':>5}{'synthesized':>12}{'wrong':>6}{'copy':>5}"
    yield f"{'':19}{head}  {'true>synthesized':>16}{'>wrong':>7}{'>person':>8}"
    for name, ask in asked.items():
        verdicts = [ask(heard.verdicts[exhibit]) for exhibit in EXHIBITS]
        for kind in Verdict._fields:
            true, synthesized, wrong, person, copy = (
                getattr(verdict, kind) for verdict in verdicts
            )
            said = [share_of(logits > 0) for logits in (true, synthesized, wrong, copy)]
            above = [share_of(true > logits) for logits in (synthesized, wrong, person)]
            if kind == "unconditional":  # it does not see the sentence
                said[2] = above[1] = "-"
            if not compares(verdicts[0], verdicts[3]):
                above[2] = "-"
            yield (
                f"{name:6}{kind:13}{said[0]:>5}{said[1]:>12}{said[2]:>6}{said[3]:>5}"
                f"  {above[0]:>16}{above[1]:>7}{above[2]:>8}"
            )


def share_of(said: Tensor) -> str:
    """A share of judgments in percent."""
    return f"{said.float().mean():.0%}"


def voices(heard: Hearing, asked: Mapping[str, Asked]) -> Iterator[str]:
    """Lines of a table: how hard each discriminator pulls at the synthesized pictures, where, and for whom.

    The pull is the gradient of each half of L_adv (Eq. 5) with respect to one picture, at weight 1.
    """
    images = [level.clone().requires_grad_() for level in heard.levels]
    first, second, third = images
    right, wrong = (
        heard.discriminators((first, second, third), heard.neutral, beside)
        for beside in (heard.condition, heard.wrong)
    )
    fits = image_levels(heard.pictures["true"])
    regions = [
        _moved(*pair) for pair in zip(fits, image_levels(heard.neutral), strict=True)
    ]
    yield f"length of the pull; the face moves in {regions[-1].mean():.0%} of the picture"
    head = f"{'unconditional':>13}{'conditional':>12}{'where it moves':>15}"
    yield f"{'':6}{head}{'by the sentence':>17}{'toward':>8}"
    for name, ask in asked.items():
        level, alone = _slope(ask(right).unconditional, images)
        _, beside = _slope(ask(right).conditional, images)
        _, other = _slope(ask(wrong).conditional, images)
        alone, own = (
            slope * torch.sigmoid(-logits.detach())[:, None, None, None] / 2
            for slope, logits in zip((alone, beside), ask(right), strict=True)
        )
        lengths = [pull.flatten(1).norm(dim=1).mean() for pull in (alone, own)]
        squared = (alone + own).square()
        inside = (squared * regions[level]).sum((1, 2, 3)) / squared.sum((1, 2, 3))
        target = fits[level]
        decided, toward = by_the_sentence(beside, other, target, another_part(target))
        yield (
            f"{name:6}{lengths[0]:13.2f}{lengths[1]:12.2f}{inside.mean():15.0%}"
            f"{decided.mean():17.0%}{toward.float().mean():8.0%}"
        )


def _moved(picture: Tensor, neutral: Tensor) -> Tensor:
    """1 where a picture differs from the neutral face as the evaluation counts it, else 0."""
    return (
        (picture - neutral).abs().mean(dim=1, keepdim=True) > 2 * MOVED_THRESHOLD
    ).float()


def _slope(logits: Tensor, images: list[Tensor]) -> tuple[int, Tensor]:
    """The level of the picture that the logits are about, and their gradient there."""
    slopes = torch.autograd.grad(
        logits.sum(), images, retain_graph=True, allow_unused=True
    )
    return next(
        (level, slope) for level, slope in enumerate(slopes) if slope is not None
    )


def by_the_sentence(
    right: Tensor, wrong: Tensor, fits: Tensor, other: Tensor
) -> tuple[Tensor, Tensor]:
    """How much of a pull the sentence decides, and whether that part leads to the sentence's picture.

    Args:
        right: gradients of logits at pictures, beside the right sentence.
        wrong: those beside another sentence.
        fits: pictures that show what the right sentence says.
        other: the same people, as the other sentence says.

    Returns:
        For each picture the share, from 0 (the sentence changes nothing) to 1 (everything); and whether
        the change points from the other sentence's picture to the right one's.
    """
    change = (right - wrong).flatten(1)
    lengths = right.flatten(1).norm(dim=1) + wrong.flatten(1).norm(dim=1)
    toward = (change * (fits - other).flatten(1)).sum(dim=1) > 0
    return change.norm(dim=1) / lengths.clamp(min=1e-12), toward


def show(hearings: Mapping[str, Hearing], ask: Asked) -> None:
    """Draw what one discriminator said: for each set its two heads, a dot for each pair.

    The wrong person is left out: such pairs no discriminator has met, and their logits lie far away.
    """
    size = (7, 2.2 * len(hearings) + 0.5)
    _, axes = plt.subplots(len(hearings), 2, figsize=size, squeeze=False)
    shown = [exhibit for exhibit in EXHIBITS if exhibit != "wrong person"]
    for row, (name, heard) in zip(axes, hearings.items(), strict=True):
        for axis, kind in zip(row, Verdict._fields, strict=True):
            said = {e: getattr(ask(heard.verdicts[e]), kind) for e in shown}
            if kind == "unconditional":  # it does not see the sentence
                said["wrong sentence"] = torch.tensor([])
            draw_logits(axis, said)
            _ = axis.set_title(f"{name}, {kind}")
        _ = row[1].tick_params(labelleft=False)
    for axis in axes.flat:
        axis.locator_params(axis="x", nbins=4)
    for axis in axes[-1]:
        _ = axis.set_xlabel("logit")
    plt.show()


def draw_logits(axis: Axes, said: Mapping[str, Tensor]) -> None:
    """Draw a row of dots for each group of logits, shaken apart, and a line at their mean."""
    looks = zip(COLORS.values(), "osDv^", strict=False)
    for place, (logits, (color, marker)) in enumerate(
        zip(said.values(), looks, strict=False)
    ):
        across = place + 0.6 * (np.arange(len(logits)) / max(1, len(logits)) - 0.5)
        _ = axis.plot(
            logits, across, marker, color=color, alpha=0.55, markersize=4, mew=0
        )
        if len(logits):
            _ = axis.vlines(
                logits.mean(), place - 0.42, place + 0.42, color=color, linewidth=2.5
            )
    _ = axis.axvline(0, color=COLORS["ink"], linewidth=0.8)
    _ = axis.set_yticks(range(len(said)), list(said))
    _ = axis.set_ylim(len(said) - 0.5, -0.5)

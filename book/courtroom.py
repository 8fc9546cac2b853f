"""Courtroom: the same pictures before all five trained discriminators of a set (chapters 8 to 10).

Every picture is of a person for validation, whom neither side has trained on, and every sentence
names one Action Unit at its strongest (a jaw that drops parts the lips, too).
"""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from figures import COLORS
from lfes_core import shipped, weights
from lfes_core.config import Config
from lfes_core.datasets import ScanFaces, to_tensor
from lfes_core.networks.blocks import image_levels
from lfes_core.networks.discriminators import Discriminators, Verdict, Verdicts
from lfes_core.sentences import describe
from lfes_core.synthesis import Synthesizer

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import Tensor

#: Three of the upper face, three of the mouth: three places further on is another part.
UNITS = (1, 4, 5, 12, 20, 26)

#: What stands before the judges, beside the right sentence but for the third.
EXHIBITS = ("true", "made", "wrong\nsentence", "copy")


class Hearing(NamedTuple):
    """What the discriminators of a set said about each exhibit.

    steps, config: of their training. verdicts: for each of `EXHIBITS`, on all pairs.
    pictures: the exhibits, [pairs 3 256 256]. sentences: the right ones. people: in the pairs.
    """

    steps: int
    config: Config
    verdicts: Mapping[str, Verdicts]
    pictures: Mapping[str, Tensor]
    sentences: list[str]
    people: int


@torch.no_grad()
def hearing(name: str, faces: ScanFaces) -> Hearing:
    """Let the discriminators of a shipped set or run folder judge all people for validation.

    The condition is that of the set's own generator: the mean of w-hat_N, so nothing is drawn.
    """
    synthesizer, judges = Synthesizer.load(name), Discriminators.load(name)
    file = weights.load(shipped.discriminators_file(name), weights.DISCRIMINATORS)
    told: dict[str, list[Tensor]] = {exhibit: [] for exhibit in EXHIBITS}
    levels: list[tuple[Tensor, ...]] = []
    sentences, neutrals, conditions = [], [], []
    for subject in faces.validation_subjects:
        neutral = to_tensor(faces.face(faces.neutral(subject)))
        for unit in UNITS:
            frame = faces.truth(subject, {unit: 5})
            if frame is None:
                raise ValueError(f"{subject} has no frame with Action Unit {unit} at E")
            sentence = describe(frame.description, "with", seed=0)
            true = to_tensor(faces.face(frame))
            tokens = torch.tensor([synthesizer.vocabulary.encode(sentence)])
            said = synthesizer.language_semantic_encoder(
                tokens, torch.tensor([tokens.shape[1]])
            )
            made = synthesizer.forward(neutral[None], *said, sample=False)
            levels.append(made.levels.images)
            conditions.append(made.condition.mean)
            sentences.append(sentence)
            neutrals.append(neutral)
            shown = (true, made.levels.images[-1][0], true, neutral)
            for exhibit, picture in zip(EXHIBITS, shown, strict=True):
                told[exhibit].append(picture)
    pictures = {exhibit: torch.stack(each) for exhibit, each in told.items()}
    condition, neutral = torch.cat(conditions), torch.stack(neutrals)
    wrong = condition.unflatten(0, (-1, len(UNITS))).roll(3, dims=1).flatten(0, 1)
    verdicts = {}
    for exhibit, picture in pictures.items():
        images = image_levels(picture)
        if exhibit == "made":  # every level is judged by its own picture
            images = tuple(torch.cat(each) for each in zip(*levels, strict=True))
        beside = wrong if "wrong" in exhibit else condition
        verdicts[exhibit] = judges(images, neutral, beside)
    people = len(faces.validation_subjects)
    return Hearing(
        steps=file.facts["step"],
        config=file.config,
        verdicts=verdicts,
        pictures=pictures,
        sentences=sentences,
        people=people,
    )


def shares(
    heard: Hearing, judges: Mapping[str, Callable[[Verdicts], Verdict]]
) -> Iterator[str]:
    """Lines of a table: how often each judgment says "true", and how often it is right in a comparison.

    Args:
        heard: of one set.
        judges: by name, which verdict each gives.
    """
    yield f'n = {len(heard.sentences)} pairs of {heard.people} people; said "true":'
    head = [f"{word:>6}" for word in ("true", "made", "wrong", "copy")]
    yield " " * 19 + " ".join((*head, "   true>made", "true>wrong"))
    for name, judge in judges.items():
        verdicts = [judge(heard.verdicts[exhibit]) for exhibit in EXHIBITS]
        for kind in Verdict._fields:
            true, made, wrong, copy = (getattr(verdict, kind) for verdict in verdicts)
            said = [share_of(logits > 0) for logits in (true, made, wrong, copy)]
            above = [share_of(true > made), share_of(true > wrong)]
            if kind == "unconditional":  # it does not see the sentence
                said[2] = above[1] = "-"
            cells = [f"{share:>6}" for share in said]
            cells += [f"{above[0]:>12}", f"{above[1]:>10}"]
            yield f"{name:6}{kind:13}" + " ".join(cells)


def share_of(said: Tensor) -> str:
    """A share of judgments in percent."""
    return f"{said.float().mean():.0%}"


def show(hearings: Mapping[str, Hearing], judge: Callable[[Verdicts], Verdict]) -> None:
    """Draw what one judge said: for each set its two heads, a dot for each pair."""
    _, axes = plt.subplots(1, 2 * len(hearings), figsize=(8.6, 2.9))
    panels = [(name, kind) for name in hearings for kind in Verdict._fields]
    for axis, (name, kind) in zip(axes, panels, strict=True):
        exhibits = [e for e in EXHIBITS if kind == "conditional" or "wrong" not in e]
        for place, exhibit in enumerate(exhibits):
            logits = getattr(judge(hearings[name].verdicts[exhibit]), kind)
            across = place + 0.5 * (np.arange(len(logits)) / len(logits) - 0.5)
            color = list(COLORS.values())[EXHIBITS.index(exhibit)]
            _ = axis.plot(across, logits, ".", color=color, alpha=0.6, markersize=4)
            _ = axis.hlines(logits.mean(), across.min(), across.max(), color=color)
        _ = axis.axhline(0, color=COLORS["ink"], linewidth=0.8)
        _ = axis.set_xticks(range(len(exhibits)), exhibits, fontsize=7)
        _ = axis.set_title(f"{name}\n{kind}", fontsize=9)
    _ = axes[0].set_ylabel("logit")
    plt.show()

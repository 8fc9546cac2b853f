"""How much does one vector hold? LSE and a linear layer learn to give intensities back.

``book/runs/readback.csv`` is what `measure` found; ``python book/readback.py`` adds what it lacks.
"""

import csv
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from figures import COLORS
from lfes_core.action_units import (
    DISFA_PLUS_ACTION_UNITS,
    INTENSITY_ADVERBS,
    INTENSITY_LETTERS,
)
from lfes_core.config import FEATURES, preset
from lfes_core.networks import LanguageFeatures, LanguageSemanticEncoder
from lfes_core.sentences import PROTOCOLS, Description, Vocabulary, describe

import matplotlib.pyplot as plt
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

RECORD = Path(__file__).with_name("runs") / "readback.csv"
VOCABULARY = Vocabulary()
UNITS = DISFA_PLUS_ACTION_UNITS


class Told(NamedTuple):
    """Sentences as numbers, and what they say.

    tokens: [batch words], 0 after the end. lengths: [batch]. intensities: [batch 12], 0 for a unit that is
    not named.
    """

    tokens: Int[Tensor, "batch words"]
    lengths: Int[Tensor, " batch"]
    intensities: Float[Tensor, "batch 12"]


def draw(chance: random.Random, count: int, units: Sequence[int]) -> Told:
    """Random descriptions in random words, in all three protocols.

    Args:
        chance: what draws.
        count: how many sentences.
        units: how many Action Units a sentence may name; each number is equally likely.
    """
    rows, intensities = [], torch.zeros(count, len(UNITS))
    for row in range(count):
        named = chance.sample(range(len(UNITS)), chance.choice(units))
        for unit in named:
            intensities[row, unit] = chance.randint(1, 5)
        levels = {UNITS[unit]: int(intensities[row, unit]) for unit in named}
        face = Description("person", None, levels)
        sentence = describe(face, chance.choice(list(PROTOCOLS)), chance)
        rows.append(torch.tensor(VOCABULARY.encode(sentence)))
    lengths = torch.tensor([len(row) for row in rows])
    return Told(pad_sequence(rows, batch_first=True), lengths, intensities)


def final_states(language: LanguageFeatures) -> Float[Tensor, "batch 512"]:
    """Our reading of the sentence vector, and AttnGAN's: both directions at their ends."""
    return language.sentence


def last_word(language: LanguageFeatures) -> Float[Tensor, "batch 512"]:
    """The paper's w_N to the letter: the last column of w."""
    last = language.mask.sum(dim=1) - 1
    return language.words[torch.arange(len(last)), :, last]


def mean_word(language: LanguageFeatures) -> Float[Tensor, "batch 512"]:
    """The mean of the columns of w that are words; padding is zero there."""
    return language.words.sum(dim=2) / language.mask.sum(dim=1, keepdim=True)


Reading = Callable[[LanguageFeatures], Tensor]
READINGS: dict[str, Reading] = {
    "final states": final_states,
    "last word": last_word,
    "mean word": mean_word,
}
"""Three ways to one vector for a sentence."""


class UnitReader(nn.Module):
    """LSE, one vector for the sentence, and a linear layer that gives twelve intensities back.

    With a ``bottleneck`` the vector has to pass through so many numbers.
    """

    def __init__(
        self, reading: Reading = final_states, bottleneck: int | None = None
    ) -> None:
        super().__init__()
        config = preset("tiny").networks.language
        self.encoder = LanguageSemanticEncoder(config, len(VOCABULARY))
        self.reading = reading
        narrow = bottleneck or FEATURES
        self.squeeze = (
            nn.Identity() if narrow == FEATURES else nn.Linear(FEATURES, narrow)
        )
        self.answer = nn.Linear(narrow, len(UNITS))

    def forward(
        self, tokens: Int[Tensor, "batch words"], lengths: Int[Tensor, " batch"]
    ) -> Float[Tensor, "batch 12"]:
        """Read sentences and answer with an intensity for each unit, 0 if it is not named."""
        vector = self.reading(self.encoder(tokens, lengths))
        answers: Tensor = self.answer(self.squeeze(vector))
        return answers


def teach(
    reader: UnitReader,
    steps: int,
    units: Sequence[int],
    seed: int,
) -> float:
    """Train, with new sentences in each step; returns the error at the end."""
    optimizer = torch.optim.Adam(reader.parameters(), lr=5e-3, fused=True)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.1, steps)
    chance, losses = random.Random(f"teach {seed}"), []
    for _ in range(steps):
        told = draw(chance, 32, units)
        answers = reader(told.tokens, told.lengths)
        loss = nn.functional.mse_loss(answers, told.intensities)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
    return sum(losses[-10:]) / len(losses[-10:])


class Right(NamedTuple):
    """What a reader gets right of new sentences, 0..1, after rounding its answers.

    letters: of the units that are named, the share with the right intensity. whole: the share of
    sentences of which all twelve intensities are right.
    """

    letters: float
    whole: float


@torch.no_grad()
def right_shares(reader: UnitReader, units: int, count: int = 300) -> Right:
    """Ask about new sentences, the same for every reader, that name so many units."""
    told = draw(random.Random(f"ask {units}"), count, [units])
    right = reader.eval()(told.tokens, told.lengths).round() == told.intensities
    named = told.intensities > 0
    return Right(
        right[named].float().mean().item(), right.all(dim=1).float().mean().item()
    )


ASKED = (1, 2, 3, 5, 7)
"""How many units the sentences of the record name; they are taught with 1 to 7."""


def measure(steps: int, reading: str, seed: int) -> list[dict[str, str | int | float]]:
    """One reader, taught and asked: a row of the record for each number of units."""
    torch.manual_seed(seed)
    reader = UnitReader(READINGS[reading])
    teach(reader, steps, range(1, 8), seed)
    rows: list[dict[str, str | int | float]] = []
    for units in ASKED:
        right = right_shares(reader, units)
        rows.append(
            {
                "reading": reading,
                "steps": steps,
                "seed": seed,
                "units": units,
                "letters": round(right.letters, 4),
                "whole": round(right.whole, 4),
            }
        )
    return rows


PLAN = (
    *(
        (440, reading, seed)
        for seed in range(3)
        for reading in ("final states", "last word")
    ),
    (1760, "final states", 0),
)
"""Steps, reading and seed of each reader in the record."""

LINES = {
    (440, "final states"): ("two final states", "blue", "^-"),
    (440, "last word"): ("last word", "vermilion", "o--"),
    (1760, "final states"): ("final states, 4x longer", "green", "s:"),
}


def record() -> list[dict[str, str]]:
    """The rows of the record; none if there is no file."""
    if not RECORD.is_file():
        return []
    with RECORD.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def show_adverbs(reader: UnitReader) -> None:
    """What is read back for each of the fifteen adverbs: a dot for each sentence, a mark for their mean."""
    answers = _answers_by_adverb(reader)
    _, axis = plt.subplots(figsize=(7, 4.4))
    place = 0
    names = []
    for level, marker in enumerate("osD^v", start=1):
        color = list(COLORS.values())[level - 1]
        for adverb in INTENSITY_ADVERBS[level]:
            values = answers[adverb]
            spread = torch.linspace(-0.25, 0.25, len(values))
            axis.plot(values, place + spread, ".", color=color, ms=4, alpha=0.35)
            axis.plot(
                sum(values) / len(values), place, marker, color=color, ms=8, mec="white"
            )
            axis.plot(
                [level, level], [place - 0.4, place + 0.4], color=COLORS["ink"], lw=1
            )
            names.append(f"{adverb}  {INTENSITY_LETTERS[level - 1]}")
            place += 1
    axis.set_yticks(range(place), names)
    axis.set_xticks(range(7), ["absent", *INTENSITY_LETTERS, ""])
    axis.set(xlabel="intensity read back", xlim=(-0.2, 6.2))
    axis.grid(axis="y", visible=False)
    plt.show()
    plt.close()


@torch.no_grad()
def _answers_by_adverb(reader: UnitReader) -> dict[str, list[float]]:
    """Answers for the named unit in sentences that name one, by the adverb of the sentence."""
    answers: dict[str, list[float]] = {
        adverb: [] for adverbs in INTENSITY_ADVERBS.values() for adverb in adverbs
    }
    for column, unit in enumerate(UNITS):
        for level, adverbs in INTENSITY_ADVERBS.items():
            face = Description("person", None, {unit: level})
            texts = [
                describe(face, protocol, seed)
                for protocol in PROTOCOLS
                for seed in range(5)
            ]
            rows = [torch.tensor(VOCABULARY.encode(text)) for text in texts]
            lengths = torch.tensor([len(row) for row in rows])
            given = reader.eval()(pad_sequence(rows, batch_first=True), lengths)[
                :, column
            ]
            for text, answer in zip(texts, given.tolist(), strict=True):
                adverb = next(each for each in adverbs if each in text)
                answers[adverb].append(answer)
    return answers


def show_record() -> None:
    """Right answers against units in a sentence: a dot for each seed, a line for the mean over seeds."""
    _, axes = plt.subplots(1, 2, figsize=(7, 3.5), sharey=True)
    rows = record()
    for axis, share, title in zip(
        axes,
        ("letters", "whole"),
        ("intensities right", "whole descriptions right"),
        strict=True,
    ):
        for (steps, reading), (name, color, style) in LINES.items():
            found: dict[int, list[float]] = {units: [] for units in ASKED}
            for row in rows:
                if (int(row["steps"]), row["reading"]) == (steps, reading):
                    found[int(row["units"])].append(100 * float(row[share]))
            if not found[ASKED[0]]:
                continue
            means = [sum(each) / len(each) for each in found.values()]
            label = f"{name}, n={len(found[1])}"
            axis.plot(ASKED, means, style, color=COLORS[color], label=label)
            for units, each in found.items():
                dots = [units] * len(each)
                axis.plot(dots, each, style[0], color=COLORS[color], ms=3, alpha=0.5)
        axis.set_title(title, loc="left")
        axis.set(xlabel="Action Units in the sentence", xticks=ASKED, ylim=(0, 103))
    axes[0].set_ylabel("% of new sentences")
    axes[0].legend(loc="lower left")
    plt.show()
    plt.close()


def _record_what_is_missing() -> None:
    columns = ["reading", "steps", "seed", "units", "letters", "whole"]
    done = {(int(row["steps"]), row["reading"], int(row["seed"])) for row in record()}
    with RECORD.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        if not done:
            writer.writeheader()
        for steps, reading, seed in PLAN:
            if (steps, reading, seed) not in done:
                writer.writerows(measure(steps, reading, seed))
                file.flush()


if __name__ == "__main__":
    torch.set_num_threads(1)
    _record_what_is_missing()

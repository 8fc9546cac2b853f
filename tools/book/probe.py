"""Questions to a synthesizer whose answers tell a healthy one from one that has failed.

Test people and fixed sentences go in. Out come how much its pictures differ from person to person and from sentence
to sentence, both against the true pictures, and how attention shares itself among the words.
"""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lfes_core.datasets import ScanFaces
from lfes_core.synthesis import Synthesizer

PEOPLE = 3

SINGLE: tuple[tuple[str, dict[int, int]], ...] = (
    ("A person with highly parted lips.", {25: 5}),
    ("A person with highly closed eyes.", {43: 5}),
    ("A person with a highly wrinkled nose.", {9: 5}),
)
"""Sentences for diversity, and the Action Units that they name."""

DOUBLE: tuple[str, ...] = (
    "A person with highly parted lips and a fairly raised inner brow.",
    "A person with a highly wrinkled nose and a slightly raised chin.",
)
"""Sentences for attention; a second phrase gives it something to choose from."""


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What a probe found. Diversity of 1 is that of the true pictures; 0 is one picture for all.

    Attributes:
        between_people: mean difference of the pictures of two people with one sentence, over the true difference.
        between_sentences: mean difference of two sentences' pictures of one person, over the true difference.
        top_share: share that the strongest word has, averaged over the places of a level; one number for each level.
        top_word: for each level the word with the largest share, if it is the same one for all people and sentences;
            else nothing.
        top_places: part of the places at which one and the same word is the strongest, for each level.
        even_share: what each word would have if all had the same.
    """

    between_people: float
    between_sentences: float
    top_share: tuple[float, ...]
    top_word: tuple[str, ...]
    top_places: tuple[float, ...]
    even_share: float

    def row(self) -> dict[str, float | str]:
        """One flat row for a table; levels count from 1."""
        row: dict[str, float | str] = {
            "between_people": self.between_people,
            "between_sentences": self.between_sentences,
            "even_share": self.even_share,
        }
        levels = zip(self.top_share, self.top_places, self.top_word, strict=True)
        for level, (share, places, word) in enumerate(levels, 1):
            row |= {f"top_share_{level}": share, f"top_places_{level}": places, f"top_word_{level}": word}
        return row


def probe(synthesizer: Synthesizer, faces: ScanFaces) -> Answers:
    """Ask all questions: `PEOPLE` test people, `SINGLE` for diversity and `DOUBLE` for attention."""
    people = faces.test_subjects[:PEOPLE]
    neutral = {person: faces.face(faces.neutral(person)) for person in people}
    made: dict[tuple[str, str], NDArray[Any]] = {}
    true: dict[tuple[str, str], NDArray[Any]] = {}
    for person in people:
        for sentence, units in SINGLE:
            made[person, sentence] = np.asarray(synthesizer(neutral[person], sentence).image)
            frame = faces.truth(person, units)
            if frame is None:
                raise ValueError(f"{person} has no frame with just the Action Units {units}")
            true[person, sentence] = faces.face(frame)
    asked = [synthesizer(neutral[person], sentence) for person in people for sentence in DOUBLE]
    betas = [synthesis.attention for synthesis in asked]
    words = [synthesis.words for synthesis in asked]
    sentences = [sentence for sentence, _ in SINGLE]
    return Answers(
        between_people=_ratio(made, true, [[(p, s) for p in people] for s in sentences]),
        between_sentences=_ratio(made, true, [[(p, s) for s in sentences] for p in people]),
        top_share=_by_level(betas, lambda beta: float(beta.mean(axis=(1, 2)).max())),
        top_word=tuple(_one_word(level, words) for level in zip(*betas, strict=True)),
        top_places=_by_level(betas, _places_of_one_word),
        even_share=float(np.mean([1 / len(beta[0]) for beta in betas if beta])) if any(betas) else 0.0,
    )


def write_probes(weights: Sequence[Path], faces: ScanFaces, table: Path) -> None:
    """A CSV file with one row of answers for each file of weights."""
    rows = []
    for path in weights:
        synthesizer = Synthesizer.load(path)
        answers = probe(synthesizer, faces).row().items()
        told = {name: value if isinstance(value, str) else f"{value:.4g}" for name, value in answers}
        rows.append({"step": synthesizer.facts["step"], **told})
        print(rows[-1], flush=True)
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def difference(pictures: Sequence[NDArray[Any]]) -> float:
    """Mean absolute difference over all pairs of pictures, values in 0..255."""
    pairs = combinations([picture.astype(float) for picture in pictures], 2)
    return float(np.mean([np.abs(one - other).mean() for one, other in pairs]))


def _ratio(made: dict[Any, Any], true: dict[Any, Any], groups: list[list[Any]]) -> float:
    found, wanted = (
        np.mean([difference([pictures[key] for key in group]) for group in groups])
        for pictures in (made, true)
    )
    return float(found / wanted)


def _places_of_one_word(beta: NDArray[Any]) -> float:
    return float(np.bincount(beta.argmax(axis=0).ravel()).max() / beta[0].size)


def _one_word(betas: Sequence[NDArray[Any]], words: Sequence[Sequence[str]]) -> str:
    strongest = {said[int(beta.mean(axis=(1, 2)).argmax())] for beta, said in zip(betas, words, strict=True)}
    return strongest.pop() if len(strongest) == 1 else ""


def _by_level(
    betas: Sequence[tuple[NDArray[Any], ...]], measure: Callable[[NDArray[Any]], float]
) -> tuple[float, ...]:
    return tuple(float(np.mean([measure(beta) for beta in level])) for level in zip(*betas, strict=True))

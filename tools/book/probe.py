"""Questions to a synthesizer whose answers tell a healthy one from one that has failed.

Validation people and fixed sentences go in. Out come how much its pictures differ from person to person and from
sentence to sentence, both against the true pictures, and how attention shares itself among the words.
"""

from collections.abc import Iterable, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lfes_core.datasets import ScanFaces
from lfes_core.synthesis import Synthesizer

PEOPLE = 3

SINGLE: dict[str, dict[int, int]] = {
    "A person with highly parted lips.": {25: 5},
    "A person with highly closed eyes.": {43: 5},
    "A person with a highly wrinkled nose.": {9: 5},
}
"""Sentences for diversity, and the Action Units that they name."""

DOUBLE: tuple[str, ...] = (
    "A person with highly parted lips and a fairly raised inner brow.",
    "A person with a highly wrinkled nose and a slightly raised chin.",
)
"""Sentences for attention; a second phrase gives it something to choose from."""


def write_probes(weights: Sequence[Path], faces: ScanFaces, table: Path) -> None:
    """A CSV file with one row of answers for each file of weights."""
    rows = []
    for path in weights:
        synthesizer = Synthesizer.load(path)
        answers = probe(synthesizer, faces).items()
        told = {name: value if isinstance(value, str) else f"{value:.4g}" for name, value in answers}
        rows.append({"step": synthesizer.facts["step"], **told})
        print(rows[-1], flush=True)
    pd.DataFrame(rows).to_csv(table, index=False, lineterminator="\n")


def probe(synthesizer: Synthesizer, faces: ScanFaces) -> dict[str, float | str]:
    """Ask all questions: `PEOPLE` validation people, `SINGLE` for diversity and `DOUBLE` for attention.

    Returns:
        ``between_people``: mean difference of the pictures of two people with one sentence, over the true one;
        1 is as diverse as the truth, 0 one picture for all. ``between_sentences``: the same for two sentences of one
        person. ``even_share``: what each word would have of the attention if all had the same. And for each
        level, counted from 1: ``top_share_1``: what the strongest word has, averaged over the places;
        ``top_places_1``: part of the places at which one and the same word is the strongest; ``top_word_1``: the word
        with the largest share, if it is the same one for all people and sentences, else nothing.
    """
    people = faces.validation_subjects[:PEOPLE]
    neutral = {person: faces.face(faces.neutral(person)) for person in people}
    made: dict[tuple[str, str], NDArray[Any]] = {}
    true: dict[tuple[str, str], NDArray[Any]] = {}
    for person in people:
        for sentence, units in SINGLE.items():
            made[person, sentence] = np.asarray(synthesizer(neutral[person], sentence).image)
            frame = faces.truth(person, units)
            if frame is None:
                raise ValueError(f"{person} has no frame with just the Action Units {units}")
            true[person, sentence] = faces.face(frame)
    asked = [synthesizer(neutral[person], sentence) for person in people for sentence in DOUBLE]
    words = [synthesis.words for synthesis in asked]
    row: dict[str, float | str] = {
        "between_people": _ratio(made, true, [[(p, s) for p in people] for s in SINGLE]),
        "between_sentences": _ratio(made, true, [[(p, s) for s in SINGLE] for p in people]),
        "even_share": _mean(1 / len(said) for said in words) if asked[0].attention else 0.0,
    }
    for number, betas in enumerate(zip(*(synthesis.attention for synthesis in asked), strict=True), 1):
        row[f"top_share_{number}"] = _mean(beta.mean(axis=(1, 2)).max() for beta in betas)
        row[f"top_places_{number}"] = _mean(map(places_of_one_word, betas))
        row[f"top_word_{number}"] = one_word(betas, words)
    return row


def difference(pictures: Sequence[NDArray[Any]]) -> float:
    """Mean absolute difference over all pairs of pictures, values in 0..255."""
    pairs = combinations([picture.astype(float) for picture in pictures], 2)
    return _mean(np.abs(one - other).mean() for one, other in pairs)


def places_of_one_word(beta: NDArray[Any]) -> float:
    """Part of the places of a map [words height width] at which one and the same word is the strongest."""
    return float(np.bincount(beta.argmax(axis=0).ravel()).max() / beta[0].size)


def one_word(betas: Sequence[NDArray[Any]], words: Sequence[Sequence[str]]) -> str:
    """The word with the largest share in every one of the maps, if there is such a word."""
    strongest = {said[int(beta.mean(axis=(1, 2)).argmax())] for beta, said in zip(betas, words, strict=True)}
    return strongest.pop() if len(strongest) == 1 else ""


def _ratio(made: dict[Any, Any], true: dict[Any, Any], groups: list[list[Any]]) -> float:
    found, wanted = (
        _mean(difference([pictures[key] for key in group]) for group in groups) for pictures in (made, true)
    )
    return found / wanted


def _mean(values: Iterable[float]) -> float:
    return float(np.mean(list(values)))

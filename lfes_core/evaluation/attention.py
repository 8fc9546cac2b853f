"""Does a word look where its muscle is? Pointing and mass inside the region map, against chance and idle words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from lfes_core.action_units import ACTION_UNITS
from lfes_core.datasets import ScanFaces
from lfes_core.evaluation.bootstrap import DIGITS, Figure, by_person, with_interval
from lfes_core.evaluation.locality import unit_region
from lfes_core.evaluation.questions import UNITS, Question
from lfes_core.evaluation.rows import Maps

IDLE_WORDS = ("and", "a")
"""Words with nothing to do on a face: what they score must not be counted as understanding."""


@dataclass(frozen=True)
class Look:
    """Where one word of one sentence looked, judged by one region.

    Attributes:
        subject: whose face.
        role: "noun", or one of the `IDLE_WORDS`.
        unit: the Action Unit whose region judges.
        level: 1 for the attention after level 1, 2 for that after level 2.
        lift: share of the word's attention that lies in the region, divided by the region's share of the picture.
        hit: whether the place where the word looks most lies in the region (the pointing game).
        chance: the region's share of the picture: how often a blind pointer hits.
    """

    subject: str
    role: str
    unit: int
    level: int
    lift: float
    hit: bool
    chance: float

    @property
    def mass(self) -> float:
        """Share of the word's attention that lies in the region."""
        return self.lift * self.chance


def places_of(noun: str, words: Sequence[str]) -> list[int]:
    """Where the words of a noun stand in a sentence, one behind the other; empty if they do not."""
    parts = noun.split()
    for start in range(len(words) - len(parts) + 1):
        if list(words[start : start + len(parts)]) == parts:
            return list(range(start, start + len(parts)))
    return []


def judge_map(
    beta: Float[np.ndarray, "h w"], inside: Bool[np.ndarray, "256 256"]
) -> tuple[float, bool, float]:
    """Lift, hit and chance of one map; the region is brought to its size by the mean over each place."""
    height, width = beta.shape
    cover = inside.reshape(height, inside.shape[0] // height, width, inside.shape[1] // width).mean((1, 3))
    chance = float(cover.mean())
    lift = float((beta * cover).sum() / beta.sum() / chance)
    return lift, bool(cover.flat[int(beta.argmax())] >= 0.5), chance


def looks(
    questions: Sequence[Question], attended: Iterable[tuple[list[str], Maps]], dataset: ScanFaces
) -> list[Look]:
    """Judge each named part of the face by its own region, and each idle word by the same regions.

    A noun of two words ("lip corner") looks as the mean of both.
    """
    found = []
    for question, (words, maps) in zip(questions, attended, strict=True):
        for unit in question.named:
            noun = places_of(ACTION_UNITS[unit].noun, words) if unit in UNITS else []
            if not noun:
                continue
            roles = {"noun": noun} | {
                idle: [at for at, word in enumerate(words) if word == idle] for idle in IDLE_WORDS
            }
            inside = unit_region(dataset, question.subject, unit)
            for level, beta in enumerate(maps, start=1):
                for role, places in roles.items():
                    if places:
                        judged = judge_map(beta[places].mean(axis=0), inside)
                        found.append(Look(question.subject, role, unit, level, *judged))
    return found


def attention_lift(found: Sequence[Look], role: str = "noun", level: int | None = None) -> Figure | None:
    """Mean lift of a role, over both attention modules where no level is given; 1 is chance."""
    chosen = [look for look in found if look.role == role and level in (None, look.level)]
    return with_interval(by_person([look.subject for look in chosen], [look.lift for look in chosen]))


def pointing(found: Sequence[Look], role: str = "noun", level: int | None = None) -> Figure | None:
    """Share of maps whose largest place lies in the region."""
    chosen = [look for look in found if look.role == role and level in (None, look.level)]
    return with_interval(by_person([look.subject for look in chosen], [float(look.hit) for look in chosen]))


def mass_inside(found: Sequence[Look], role: str = "noun", level: int | None = None) -> Figure | None:
    """Mean share of a word's attention that lies in the region."""
    chosen = [look for look in found if look.role == role and level in (None, look.level)]
    return with_interval(by_person([look.subject for look in chosen], [look.mass for look in chosen]))


def attention_table(found: Sequence[Look]) -> dict[str, dict[str, Any]]:
    """Every role at every level: mass, lift, pointing, and what chance would point at (and hold as mass)."""
    table = {}
    for level in sorted({look.level for look in found}):
        chances = [look.chance for look in found if look.level == level and look.role == "noun"]
        rows: dict[str, Any] = {"pointing_by_chance": round(float(np.mean(chances)), DIGITS)}
        for role in ("noun", *IDLE_WORDS):
            rows[role] = {
                "lift": attention_lift(found, role, level),
                "pointing": pointing(found, role, level),
                "mass": mass_inside(found, role, level),
            }
        table[f"level_{level}"] = rows
    return table


def attention_by_unit(found: Sequence[Look]) -> dict[str, dict[str, dict[str, Any]]]:
    """For the noun of each Action Unit at each level: mean mass, lift and pointing, chance, and n."""
    table: dict[str, dict[str, dict[str, Any]]] = {}
    for level in sorted({look.level for look in found}):
        for unit in sorted({look.unit for look in found}):
            nouns = [look for look in found if (look.level, look.unit, look.role) == (level, unit, "noun")]
            if nouns:
                means = {
                    "mass": np.mean([look.mass for look in nouns]),
                    "lift": np.mean([look.lift for look in nouns]),
                    "pointing": np.mean([look.hit for look in nouns]),
                    "chance": np.mean([look.chance for look in nouns]),
                }
                row: dict[str, Any] = {name: round(float(value), DIGITS) for name, value in means.items()}
                table.setdefault(f"level_{level}", {})[str(unit)] = {**row, "n": len(nouns)}
    return table

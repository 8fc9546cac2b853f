"""From pictures to numbers: everything that is measured in an answer, as lines of one long table.

A line is one number about one picture: how close it is to the true one, whose face it shows, how strong each Action
Unit is in it, how much of the true change it makes and where, and where its words look.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float
from skimage.feature import hog
from torch import Tensor

from lfes_core.action_units import ACTION_UNITS
from lfes_core.datasets import FaceDataset, ScanFaces
from lfes_core.evaluation.estimator import IntensityMeter
from lfes_core.evaluation.questions import UNITS, Question
from lfes_core.evaluation.rows import ROWS, Answer, Gallery, Picture, Row
from lfes_core.metrics import GRAY, closeness, edge_energy, frechet_distance, moved_region

COLUMNS = dict.fromkeys(("row", "weights", "set", "person", "measure", "word"), "str")
COLUMNS |= dict.fromkeys(("seed", "question", "about", "unit", "named", "level"), "Int64") | {"value": "float64"}
"""Of the table; ``named``: the level at which the sentence names the unit, or 0; ``level``: of an attention module."""

REGION_SHARE = 0.25  # of the farthest movement: a pixel that moves less is not in the region of the Action Unit
IDLE_WORDS = ("and", "a")  # with nothing to do on a face: what they score must not be counted as understanding
FACE = (slice(56, 216), slice(64, 192))  # from hairline to chin

Features = Callable[[Sequence[Picture]], Tensor]
"""From pictures to one vector each, as `LanguageVisualSemanticNetwork.images` gives them."""
Region = Bool[np.ndarray, "256 256"]
Outlines = Float[np.ndarray, " features"]
Line = dict[str, Any]


@dataclass
class Ruler:
    """What every row is measured with."""

    gallery: Gallery  # of the dataset whose held-out people are asked about
    asked: Sequence[Question]  # their places are their numbers
    meter: IntensityMeter | None = None  # None for photographs, which it has not learned
    features: Features | None = None  # for the Frechet distance; None where there is no VSE
    answered: Callable[[], object] = lambda: None  # called after each question

    def __post_init__(self) -> None:
        dataset = self.gallery.dataset
        neutrals = {person: dataset.neutral(person) for person in dataset.subjects}
        self.faces = {name: face_features(self.gallery[f]) for name, f in neutrals.items() if self.gallery.can_show(f)}
        pairs = [question for question in self.asked if question.set == "held_out"]
        self.people = {question.person for question in pairs}
        self.held_out = {name: face for name, face in self.faces.items() if name in self.people}
        self.features = self.features if len(pairs) > 1 else None  # one picture has no covariance
        if self.features is not None:
            self.true = self.features([self.gallery.truth(question) for question in pairs]).double().numpy()

    def measure(self, row: Row) -> tuple[pd.DataFrame, dict[int, Picture]]:
        """Everything about one row, and its answers to the held-out pairs by the numbers of the questions."""
        lines: list[Line] = []
        kept: dict[int, Picture] = {}
        for name in row.sets:
            pictures: dict[int, Picture] = {}
            for number, question in enumerate(self.asked):
                if question.set == name:
                    answer = row.answer(question)
                    pictures[number] = answer.picture
                    lines += [line | {"question": number} for line in self._one(row, question, answer)]
                    self.answered()
            lines += self._levels(pictures)
            if name == "single":
                lines += self._places(pictures)
            if name == "held_out":
                kept = pictures
        if self.features is not None and row.name in ROWS:
            vectors = self.features(list(kept.values())).double().numpy()
            lines += _lines({"vse_distance": frechet_distance(vectors, self.true)})
        table = pd.DataFrame(lines).reindex(columns=list(COLUMNS))
        whose = {number: (q.set, q.person, q.about) for number, q in enumerate(self.asked)}
        table[["set", "person", "about"]] = [whose.get(number, (None,) * 3) for number in table["question"]]
        run = {name: row.about.get(name) for name in ("weights", "seed")}
        return table.assign(row=row.name, **run).astype(COLUMNS), kept

    def _one(self, row: Row, question: Question, answer: Answer) -> Iterator[Line]:
        """What one picture tells by itself."""
        neutral = self.gallery[question.neutral]
        if question.set == "held_out" and row.name in ROWS:
            target = self.gallery.truth(question) / 255.0
            moved = moved_region(neutral / 255.0, target)
            found = asdict(closeness(answer.picture / 255.0, target, moved))
            # Two sums again: the energy of the edges in what was made, and in the truth.
            for name, shown in (("edges_made", answer.picture / 255.0), ("edges_true", target)):
                found[name] = edge_energy(shown, moved)
            if len(self.people) > 1:  # one person is always the nearest
                features = face_features(answer.picture)
                for name, faces in (("identity_right", self.held_out), ("identity_among_all", self.faces)):
                    nearest = max(faces, key=lambda person: float(faces[person] @ features))
                    found[name] = float(nearest == question.person)
            yield from _lines(found)
        if question.set == "single":
            # Two sums, to be added up over pictures. Their quotient is the factor of the true change that comes nearest
            # to the made one (least squares): 0 where nothing was made, or only what has nothing to do with it.
            true = self.gallery.truth(question).astype(float) - neutral
            made = answer.picture.astype(float) - neutral
            changes = {"made": made, "by_sentence": answer.by_sentence, "by_words": answer.by_words, "true": true}
            known = {f"change_{name}": change for name, change in changes.items() if change is not None}
            yield from _lines({name: float((change * true).sum()) for name, change in known.items()})
        if question.set == "added" and answer.attention:
            for unit in [unit for unit in question.named if unit in UNITS]:
                yield from looks(answer, unit, unit_region(self.gallery.dataset, question.person, unit))

    def _levels(self, pictures: Mapping[int, Picture]) -> Iterator[Line]:
        """How strong each Action Unit is in each picture."""
        if self.meter is None or not pictures:
            return
        neutrals = np.stack([self.gallery[self.asked[number].neutral] for number in pictures])
        levels = self.meter.measure(np.stack(list(pictures.values())), neutrals)
        for number, measured in zip(pictures, levels, strict=True):
            for unit, value in zip(self.meter.units, measured, strict=True):
                named = self.asked[number].named.get(unit, 0)
                yield from _lines({"level": value}, question=number, unit=unit, named=named)

    def _places(self, pictures: Mapping[int, Picture]) -> Iterator[Line]:
        """Where the picture changes from the weakest to the strongest adverb of each person and Action Unit.

        By chance the region would have its share of the picture (``area``). That of the row "truth" is below 1, too,
        for skin also shades what it does not move.
        """
        for (person, unit), group in groupby(pictures, lambda n: (self.asked[n].person, self.asked[n].about or 0)):
            numbers = list(group)  # from the weakest to the strongest, as `single_units` orders them
            if len(numbers) > 1:
                region = unit_region(self.gallery.dataset, person, unit)
                inside = share_inside(pictures[numbers[0]], pictures[numbers[-1]], region)
                places = {"locality": inside, "area": float(region.mean())}
                yield from _lines(places, question=numbers[-1], unit=unit)


def _lines(values: Mapping[str, float], **where: object) -> list[Line]:
    """A line for each measure."""
    return [{"measure": measure, "value": value, **where} for measure, value in values.items()]


def face_features(picture: Picture) -> Outlines:
    """The face from hairline to chin in numbers, of length 1: is it still the same person?

    Histograms of oriented gradients (Dalal and Triggs, 2005) keep the outlines of eyes, nose, mouth and jaw, forget
    color and light, and have no weights that a synthesizer could have learned to please; blur disturbs them easily.
    """
    found: np.ndarray = hog(
        picture[FACE] @ GRAY / 255, orientations=9, pixels_per_cell=(16, 16), cells_per_block=(2, 2)
    )
    return found / max(float(np.linalg.norm(found)), 1e-12)


def unit_region(dataset: FaceDataset, subject: str, unit: int) -> Region:
    """Where an Action Unit moves the face of a held-out person of ScanFaces.

    Raises:
        UserError: there is no map of it.
    """
    assert isinstance(dataset, ScanFaces)
    movement = dataset.region_map(subject, unit)
    inside: Region = movement >= REGION_SHARE * movement.max()
    return inside


def share_inside(before: Picture, after: Picture, inside: Region) -> float:
    """Share of the absolute change of colors that lies inside; nan where nothing changed."""
    change = np.abs(after.astype(float) - before).sum(axis=2)
    return float(change[inside].sum() / change.sum()) if change.any() else float("nan")


def looks(answer: Answer, unit: int, region: Region) -> Iterator[Line]:
    """Judge the named part of the face, and each idle word, by the region of one Action Unit.

    A noun of two words ("lip corner") looks as the mean of both. Nothing is judged where the noun is not said.
    """
    words, noun = list(answer.words), ACTION_UNITS[unit].noun.split()
    starts = [place for place in range(len(words)) if words[place : place + len(noun)] == noun]
    roles = {"noun": [*range(starts[0], starts[0] + len(noun))]} if starts else {}
    roles |= {idle: [place for place, word in enumerate(words) if starts and word == idle] for idle in IDLE_WORDS}
    for level, beta in enumerate(answer.attention, start=1):
        for role, places in roles.items():
            if places:
                yield from _lines(judge_map(beta[places].mean(axis=0), region), unit=unit, word=role, level=level)


def judge_map(beta: Float[np.ndarray, "h w"], inside: Region) -> dict[str, float]:
    """How well one map looks at a region, which is brought to its size by the mean over each place.

    ``mass`` is the share of the map that lies in the region, ``lift`` that share divided by the region's share of the
    picture (``chance``), and ``pointing`` is 1 where the largest value lies in the region.
    """
    height, width = beta.shape
    cover = inside.reshape(height, inside.shape[0] // height, width, inside.shape[1] // width).mean((1, 3))
    chance = float(cover.mean())
    lift = float((beta * cover).sum() / beta.sum() / chance)
    return {"mass": lift * chance, "lift": lift, "pointing": float(cover.flat[beta.argmax()] >= 0.5), "chance": chance}

"""Does the answer depend on who asks? For the chapter on ethics: the same person, drawn in different ways.

``python -m tools.book.fairness ICT-FaceKit/FaceXModel OUT`` draws `PEOPLE` people whom no network has seen, each in
eight of the sixteen ways in which four properties can be mixed, asks both shipped sets of weights, and writes
``OUT/fairness.csv`` (a line for each person, way and row) and ``OUT/fairness.jpg`` (the ways of the first person). It
takes some twenty minutes of one core; people who are finished are kept, and the same command goes on from there.
``OUT/fairness_people.csv`` says how everybody in the archive was drawn.

The plan was written down before the first picture was measured, so that nothing could be chosen by its result:

- *Properties*: `PROPERTIES`, two values each. Everything else of a person stays: shape, pose, light, clothes. Hair and
  eyes are dark for all, which goes with every skin; skin takes its lips, and the light that the studio gives it, along.
- *Measures*: `MATTERS`, each with the difference that we would call important. The first is the main one.
- *Comparisons*: the mean of the four ways with a property minus the mean of the four without, for each person; then the
  mean over people with an interval over people. 4 properties x 4 measures x 2 sets of weights = 32 comparisons.
- *Controls*: the same of the true pictures, which tells what the ruler itself does, and of copy.
"""

import argparse
import io
import json
import shutil
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import lru_cache, partial
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Float, UInt8
from PIL import Image
from tqdm import tqdm

from lfes_core.evaluation.estimator import IntensityMeter
from lfes_core.evaluation.figures import SMALLEST_CHANGE
from lfes_core.evaluation.measure import face_features
from lfes_core.evaluation.questions import UNITS
from lfes_core.evaluation.rows import row_of
from lfes_core.metrics import moved_region, moved_region_ssim
from lfes_core.sentences import Description, describe
from lfes_core.synthesis import Synthesizer
from tools.scan_faces.dataset import JPEG_QUALITY, jpeg_file, load
from tools.scan_faces.glasses import wears_glasses
from tools.scan_faces.person import HAIR_TONES, IRIS_TONES, Gender, Person, draw_person, to_linear
from tools.scan_faces.plan import JAW, Expression, plan
from tools.scan_faces.studio import Studio

PROPERTIES = ("dark", "old", "woman", "glasses")
"""Each is 0 or 1: skin, lines and marks of age, presentation (with the word in the sentence), glasses."""
TONES, AGES = (0.15, 0.85), (0.15, 0.75)
"""Of `draw_person`, for 0 and 1. Both lie inside of what training showed."""
MATTERS = {"gain": 0.02, "error": 0.25, "direction": 0.05, "identity": 0.05}
"""How the four measures are called, and from which difference on we say that it matters: SSIM where the face moves,
above copy; levels that the sentence and the estimator are apart; how often D is stronger than B; how often the neutral
face nearest to the answer is that of the same person, among all people who were drawn in the same way."""
PEOPLE, FIRST_SEED = 24, 77_000_000
"""Thirty-six people were planned and 24 drawn: time ran out, and no result had been looked at. Seeds of ScanFaces are
100,000 for each seed of a data set and a number up to 90,000 more: none is met here."""
LEVELS = (2, 4)
SETS = ("tiny", "tiny_moving")
Picture = UInt8[np.ndarray, "256 256 3"]
Features = Float[np.ndarray, " features"]
Lines = list[tuple[dict[str, Any], list[Features]]]


class Way(NamedTuple):
    """A mixture of the four properties, 0 or 1 each, in the order of `PROPERTIES`."""

    dark: int
    old: int
    woman: int
    glasses: int


Found = dict[tuple[int, ...], tuple[Picture, Lines]]


def ways(number: int) -> list[Way]:
    """The eight ways in which one person is drawn; people take the two halves of the sixteen in turns.

    Each half has every property, and every pair of them, evenly spread over the others (Box and Hunter, 1961).
    """
    return [Way(*each) for each in product((0, 1), repeat=len(PROPERTIES)) if sum(each) % 2 == number % 2]


def units(number: int) -> tuple[int, ...]:
    """The four of the twelve Action Units that a person shows, in all ways; three people show all."""
    return UNITS[number % 3 :: 3]


def person(number: int, way: Way) -> Person:
    """One of the people in one of the ways."""
    gender: Gender = "woman" if way.woman else "man"
    own = draw_person(FIRST_SEED + number, gender)
    seen = draw_person(FIRST_SEED + number, gender, tone=TONES[way.dark], age=AGES[way.old])
    hair = to_linear(HAIR_TONES["dark brown"])
    return replace(
        own, skin=seen.skin, lip=seen.lip, key=seen.key, freckles=0.0, age=seen.age, hair=hair, gray=0.0,
        brow_color=hair, iris=to_linear(IRIS_TONES["dark brown"]), glasses=bool(way.glasses),
    )  # fmt: skip


def expressions(number: int) -> list[Expression]:
    """What a person shows: each unit at both `LEVELS`; a jaw that drops parts the lips as far."""
    return [{25: level, unit: level} if unit in JAW else {unit: level} for unit in units(number) for level in LEVELS]


class Asked:
    """Both sets of weights, and everything that is measured in their answers."""

    def __init__(self) -> None:
        self.synthesizers = {row_of(one.config): one for one in map(Synthesizer.load, SETS)}
        self.meter = IntensityMeter.load()

    def lines(
        self, way: Way, neutral: Picture, true: Mapping[int, tuple[Expression, Picture]]
    ) -> Iterator[tuple[dict[str, Any], list[Features]]]:
        """For each row its line, without the identity, and the faces in numbers that this one needs."""
        subject = "woman" if way.woman else "man"
        sentences = {n: describe(Description(subject, None, units), "with", None) for n, (units, _) in true.items()}
        answers = {
            row: [np.asarray(synthesizer(neutral, sentence).image) for sentence in sentences.values()]
            for row, synthesizer in self.synthesizers.items()
        }
        answers |= {"copy": [neutral] * len(true), "truth": [picture for _, picture in true.values()]}
        similar = {row: ssim_moved(neutral, answers[row], answers["truth"]) for row in (*self.synthesizers, "copy")}
        similar["truth"] = 1.0
        moved = [float(moved_region(neutral / 255.0, one / 255.0).mean()) for one in answers["truth"]]
        for row, pictures in answers.items():
            levels = self.meter.measure(np.stack(pictures), np.stack([neutral] * len(pictures)))
            named = [max(units) for units, _ in true.values()]  # 26 and not 25 where the jaw drops
            read = np.array([one[self.meter.units.index(unit)] for one, unit in zip(levels, named, strict=True)])
            said = np.array([units[unit] for (units, _), unit in zip(true.values(), named, strict=True)])
            weak, strong = read.reshape(-1, len(LEVELS)).T
            line = {
                **way._asdict(),
                "row": row,
                "pictures": len(pictures),
                "moved": np.mean(moved),
                "gain": similar[row] - similar["copy"],
                "error": np.abs(read - said).mean(),
                "direction": (strong - weak > SMALLEST_CHANGE).mean(),
            }
            yield line, [face_features(picture) for picture in pictures]


def ssim_moved(neutral: Picture, answers: list[Picture], true: list[Picture]) -> float:
    """Mean SSIM of answers where the true pictures differ from the neutral one."""
    found = []
    for answer, truth in zip(answers, true, strict=True):
        moved = moved_region(neutral / 255.0, truth / 255.0)
        found.append(moved_region_ssim(answer / 255.0, truth / 255.0, moved))
    return float(np.mean(found))


def drawn(model: Path, number: int, way: Way) -> tuple[Picture, dict[int, tuple[Expression, Picture]]]:
    """The neutral picture of a person, and each of their `expressions` with its picture."""
    studio = Studio(*load(model), person(number, way))
    shown = [{}, *expressions(number)]
    neutral, *others = (as_stored(studio.picture(each)) for each in shown)
    return neutral, dict(enumerate(zip(shown[1:], others, strict=True)))


def as_stored(picture: Image.Image) -> Picture:
    """A picture as the archive would give it back: from a JPEG file."""
    return np.asarray(Image.open(io.BytesIO(jpeg_file(picture, JPEG_QUALITY))).convert("RGB"))


@lru_cache(maxsize=1)
def asked() -> Asked:
    """What a process asks with; loaded once."""
    return Asked()


def of_one(model: Path, kept: Path, number: int) -> Found:
    """Of each way of one person: neutral picture, lines, faces in numbers; from a file if it is there."""
    file = kept / f"{number}.json"
    if not file.exists():
        found = []
        for way in ways(number):
            neutral, true = drawn(model, number, way)
            lines = [
                ({"person": number, **line}, [face.tolist() for face in faces])
                for line, faces in asked().lines(way, neutral, true)
            ]
            found.append((way, neutral.tolist(), lines))
        unfinished = file.with_suffix(".new")
        unfinished.write_text(json.dumps(found), "utf-8")
        unfinished.rename(file)
    return {
        tuple(way): (np.array(neutral, np.uint8), [(line, list(map(np.array, faces))) for line, faces in lines])
        for way, neutral, lines in json.loads(file.read_text("utf-8"))
    }


def measured(model: Path, kept: Path, people: int, workers: int) -> tuple[pd.DataFrame, list[Picture]]:
    """The whole table, and the neutral pictures of the first person."""
    load(model)  # written to the cache once, before several processes ask for it
    with ProcessPoolExecutor(workers) as pool:
        each = pool.map(partial(of_one, model, kept), range(people))
        everybody = list(tqdm(each, total=people, unit="person", disable=None))
    lines = []
    for found in everybody:
        for way, (_, rows) in found.items():
            alike = {n: face_features(other[way][0]) for n, other in enumerate(everybody) if way in other}
            for line, faces in rows:
                right = [nearest(face, alike) == line["person"] for face in faces]
                lines.append({**line, "identity": np.mean(right)})
    return pd.DataFrame(lines), [neutral for neutral, _ in everybody[0].values()]


def nearest(face: Features, among: Mapping[int, Features]) -> int:
    """Whose neutral face is most like this one."""
    return max(among, key=lambda number: float(among[number] @ face))


def archive_people() -> pd.DataFrame:
    """How everybody in the archive of the package was drawn: part, woman, age from 0 to 1, glasses."""
    lines = []
    for subject in plan(96, 8, 16, 1):
        one = draw_person(subject.seed, subject.gender)
        known = {"person": subject.name, "part": subject.part, "woman": int(subject.gender == "woman")}
        lines.append(known | {"age": one.age, "glasses": int(wears_glasses(one))})
    return pd.DataFrame(lines)


def main(arguments: list[str] | None = None) -> int:
    """Draws, asks, measures and writes; returns 0."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.book.fairness", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("model", type=Path, help="the FaceXModel folder of a clone of ICT-FaceKit")
    parser.add_argument("out", type=Path, help="folder for the tables")
    parser.add_argument("--people", type=int, default=PEOPLE, help=f"a multiple of six (default {PEOPLE})")
    parser.add_argument("--workers", type=int, default=1, help="processes (default 1)")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    archive_people().to_csv(options.out / "fairness_people.csv", index=False, float_format="%.3f")
    kept = options.out / ".fairness"
    kept.mkdir(exist_ok=True)
    table, sheet = measured(options.model, kept, options.people, options.workers)
    table.to_csv(options.out / "fairness.csv", index=False, float_format="%.5f")
    Image.fromarray(np.hstack(sheet)).save(options.out / "fairness.jpg", quality=85)
    shutil.rmtree(kept)
    return 0


if __name__ == "__main__":
    sys.exit(main())

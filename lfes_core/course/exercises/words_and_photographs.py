"""Chapters 14 and 15: phrases crossed out and in company; photographs laid on a frame and back; people who withdraw."""

from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lfes_core.course import Off, exercise, same
from lfes_core.course.slips import Answer, not_a_slip, same_unless, several
from lfes_core.datasets.frames import Frame
from lfes_core.evaluation.questions import Question, removed_phrases

Array = NDArray[Any]


@exercise("cross_out", chapter=14, function="my_crossed_out", points=2)
def _cross_out(answer: Answer) -> None:
    """The sentences that the evaluation asks, with jaws and without, and with units that are not measured."""
    neutral = Frame("P1", "stills", "neutral", "neutral.png")
    for named in ({1: 5, 4: 2, 12: 3}, {25: 5, 26: 5, 9: 4}, {25: 2, 27: 3}, {10: 2, 12: 4}, {25: 3, 6: 1}):
        question = Question("held_out", "P1", neutral, "", named)
        true = [dict(each.named) for each in removed_phrases([question]) if each.other]
        stay = {25} if {26, 27} & named.keys() else set()
        faults = {
            "parted lips are crossed out beside a jaw that drops, and such a face cannot be": _left(named, {10, 27}),
            "the jaw is never crossed out; only the lips have to stay with it": _left(named, {26, 27}),
            "units that are not among the twelve measured ones are crossed out, too": _left(named, stay),
            "parted lips are never crossed out; without a jaw they may be": _left(named, {25}),
            "give back what is left of each sentence; these are the units that are gone": [
                unit for unit in named if unit not in {10, 27} | stay
            ],
        }
        found = answer(dict(named))
        given = list(found) if isinstance(found, Iterable) else found
        same_unless(given, true, faults, shape_of=f"the list for {named}")


def _left(named: dict[int, int], never: set[int]) -> list[dict[int, int]]:
    """What is left when each unit is crossed out, but for those that never are."""
    return [{unit: named[unit] for unit in named if unit != gone} for gone in named if gone not in never]


@exercise("entanglement", chapter=14, function="my_entanglement", points=2)
def _entanglement(answer: Answer) -> None:
    """The mean excess over the truth, and whether all people lie on one side of it."""
    draw = np.random.default_rng(18)
    for side in (0, -1, 1):
        alone, true_alone = draw.uniform(2, 5, (2, 8))
        change, true = draw.uniform(-1, 0.3, (2, 8))
        if side:
            change = true + side * draw.uniform(0.1, 1, 8)
        else:
            change[:3], change[3:] = true[:3] - 0.9, true[3:] + 0.2
        found = answer(alone, alone + change, true_alone, true_alone + true)
        found = several(found, 2, "two things, the mean excess and whether all lie on one side")
        excess = float((change - true).mean())
        faults = {
            "the truth's own change is not taken off: true faces change in company, too": float(change.mean()),
            "the change is what beside has more than alone; it is turned": -excess,
            "only the levels beside are compared: a face may read stronger alone, too": float(
                (alone + change - true_alone - true).mean()
            ),
            "without its sign nobody sees whether the old phrase is lost or grows": float(abs(change - true).mean()),
        }
        same_unless(found[0], excess, faults, shape_of="the mean excess")
        same(bool(found[1]), bool(side), shape_of="whether all lie on one side")


@exercise("two_points", chapter=15, function="my_two_points", points=2)
def _two_points(answer: Answer) -> None:
    """Both places meet both marks, without squeezing, for five tilted pairs of eyes."""
    draw = np.random.default_rng(19)
    for _ in range(5):
        places = np.array([[0.38, 0.42], [0.62, 0.42]]) + draw.normal(0, 0.02, (2, 2))
        marks = np.array([[200.0, 180], [300, 200]]) + draw.normal(0, 30, (2, 2))
        w, z = places @ (1, 1j), marks @ (1, 1j)
        a = (z[1] - z[0]) / (w[1] - w[0])

        def matrix(a: Any, w: Array = w, z: Array = z, of: Any = None) -> Array:
            b = z[0] - (a if of is None else of) * w[0]
            return np.array([[a.real, -a.imag, b.real], [a.imag, a.real, b.imag], [0, 0, 1]])

        true = matrix(a)
        faults = {
            "it leads from the picture to the frame; the package's matrix leads from the frame to the picture": (
                np.linalg.inv(true)
            ),
            "it turns to the other side: a stands for [[Re, -Im], [Im, Re]]": matrix(np.conj(a)),
            "the face is not turned: a is a complex number, not only a scale": matrix(complex(abs(a))),
            "the face is not scaled: keep the length of a": matrix(a / abs(a)),
            "it is not shifted: b = z - a w": np.vstack([np.c_[true[:2, :2], [0, 0]], [0, 0, 1]]),
        }
        found, shift = answer(marks, places), "shift the middle of the eyes after turning and scaling it: b = z - a w"
        other_side = "it turns to the other side: a stands for [[Re, -Im], [Im, Re]]"
        not_a_slip(found, true, {other_side: matrix(np.conj(a), of=a), shift: matrix(a, of=1)})
        same_unless(found, true, faults, shape_of="the matrix")


@exercise("withdraw", chapter=15, function="my_withdraw", points=2)
def _withdraw(answer: Answer) -> None:
    """Nothing of the person is left, nobody else has lost a file, and the count is right."""
    with TemporaryDirectory() as folder:
        root = Path(folder)
        files = [
            root / kind / who / trial / name
            for who in ("SN002", "SN0021", "SN003")
            for kind, trial, name in (
                ("Images", "A1_Stills_TrailNo_1", "000.png"),
                ("Images", "A1_Stills_TrailNo_1", "001.png"),
                ("Labels", "A1_Stills_TrailNo_1", "AU4.txt"),
                ("Labels", "", "gender.txt"),
                ("Regions", "", "all.png"),
            )
        ]
        for file in files:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("x")
        count = answer(root, "SN002")
        left = [file for file in files if file.exists()]
        for what in ("Images", "Labels", "Regions"):
            if (root / what / "SN002").exists():
                empty = not any("SN002" in file.parts for file in left)
                raise Off("empty folders still bear the person's name" if empty else f"{what}/SN002 is still there")
        if any("SN003" in file.parts for file in files if file not in left):
            raise Off("somebody who did not withdraw has lost files")
        if len(left) < 10:
            raise Off("SN0021 has gone as well: compare the whole name, not its beginning")
        same(count, 5, shape_of="the number of files removed")


@exercise("lay_back", chapter=15, function="my_lay_back", points=2)
def _lay_back(answer: Answer) -> None:
    """A frame that is turned and partly outside, and not a pixel changed beyond it."""
    draw = np.random.default_rng(20)
    for turn, shift in ((0.3, (12.3, -5.1)), (-0.5, (4.7, 20.2))):
        picture, change = draw.random((40, 52, 3)), draw.normal(size=(16, 16, 3))
        side = 31.7
        cosine, sine = side * np.cos(turn), side * np.sin(turn)
        place = np.array([[cosine, -sine, shift[0]], [sine, cosine, shift[1]], [0, 0, 1]])
        inside, rows, columns = _on_frame(place, picture)
        everywhere = picture + change[rows, columns]
        true = np.where(inside, everywhere, picture)
        there, r, c = _on_frame(np.linalg.inv(place), picture)
        faults = {
            "x and y are exchanged: rows of the change are y, columns are x": (
                np.where(inside, picture + change[columns, rows], picture)
            ),
            "pixels outside of the frame are changed, too; they have to stay as they are": everywhere,
            "place leads from the frame to the picture; you need its inverse": (
                np.where(there, picture + change[r, c], picture)
            ),
            "the photograph is replaced by the change: add it": np.where(inside, change[rows, columns], picture),
            "nothing has changed": picture,
        }
        same_unless(answer(picture, place, change), true, faults, shape_of="the photograph")


def _on_frame(place: Array, picture: Array) -> tuple[Array, Array, Array]:
    """For each pixel of a picture whether it lies inside of the frame, [h w 1], and its row and column of 16 there."""
    rows, columns = np.indices(picture.shape[:2])
    x, y, _ = np.einsum("ij,jhw->ihw", np.linalg.inv(place), np.stack([columns, rows, np.ones(rows.shape)]))
    row, column = ((16 * each).astype(int).clip(0, 15) for each in (y, x))
    return ((x >= 0) & (x < 1) & (y >= 0) & (y < 1))[..., None], row, column


@exercise("file_name", chapter=15, function="my_units")
def _file_name(answer: Answer) -> None:
    """Letters, missing letters, a neutral face, and names that say nothing about a face."""
    known: dict[str, dict[int, int | None]] = {
        "12E": {12: 5},
        "25C+26A": {25: 3, 26: 1},
        "6+12D": {6: None, 12: 4},
        "neutral": {},
    }
    for name, units in known.items():
        true = _in_words(units)
        faults = {
            "A is 1, for 0 means that a movement is absent": {
                unit: level - 1 if isinstance(level, int) else level for unit, level in true.items()
            },
            "no letter means that the strength is not given: None, and not 0": {u: k or 0 for u, k in units.items()},
            "no letter means that the strength is not given: None, and no guess": {u: k or 3 for u, k in units.items()},
            "units are numbers: int": {str(unit): level for unit, level in true.items()},
        }
        same_unless(_in_words(answer(name)), true, faults, shape_of=f"what {name!r} says")
    for name in ("holiday", "12F", "E12", "12E+"):
        try:
            found = answer(name)
        except ValueError:
            continue
        raise Off(f"{name!r} is no list of Action Units: raise ValueError; it was taken for {found}")


def _in_words(units: Any) -> Any:
    """Levels with words in the place of None, which means elsewhere that nothing was written."""
    return {u: "None" if k is None else k for u, k in units.items()} if isinstance(units, dict) else units

"""Figures of one person's movements: what each Action Unit shows, where it moves the skin, and how much.

Every ``show_`` function draws one figure; a face is cropped to the part that moves. The figures are nearly
all photograph and shown as JPEG: as PNG they would be four times as heavy.
"""

import math
from collections.abc import Iterable, Sequence
from textwrap import fill
from typing import Any

from figures import COLORS, overlay_attention, show_photographs
from lfes_core.action_units import ACTION_UNITS, INTENSITY_LETTERS
from lfes_core.datasets import Frame, ScanFaces
from lfes_core.evaluation.measure import REGION_SHARE, unit_region

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from numpy.typing import NDArray
from skimage.registration import optical_flow_tvl1

Window = tuple[slice, slice]

#: Parts of the 256x256 pictures: the face without hair and shoulders, and its upper and lower half.
FACE: Window = (slice(40, 236), slice(30, 226))
UPPER: Window = (slice(44, 150), slice(53, 203))
LOWER: Window = (slice(132, 238), slice(53, 203))

#: Width of a figure in inches: that of the page.
WIDTH = 7.0


def half(number: int) -> Window:
    """The half of the face in which an Action Unit is seen best."""
    region = ACTION_UNITS[number].region
    below = region in ("mouth", "chin", "jaw") or number in (11, 14)
    return LOWER if below else UPPER


def made(faces: ScanFaces, subject: str, number: int, level: int = 5) -> Frame:
    """The frame with one Action Unit alone; a jaw that drops (26, 27) comes with parted lips (25)."""
    frame = faces.truth(subject, {number: level})
    if frame is None:
        raise ValueError(f"{subject} has no frame with Action Unit {number} at {level}")
    return frame


def start(faces: ScanFaces, subject: str, number: int) -> Frame:
    """The frame where the way of a region map begins: at rest, for 26 and 27 at parted lips."""
    return made(faces, subject, 25) if number in (26, 27) else faces.neutral(subject)


def light_change(faces: ScanFaces, before: Frame, after: Frame) -> NDArray[np.float64]:
    """How much the light of each pixel differs between two frames, 0..1: the mean over the three colors."""
    change = np.abs(faces.face(after).astype(float) - faces.face(before))
    mean: NDArray[np.float64] = change.mean(axis=2) / 255
    return mean


def show_story(faces: ScanFaces, subject: str, number: int, level: int) -> None:
    """A face at rest, the same with one Action Unit, and where its skin moves."""
    neutral = faces.face(faces.neutral(subject))
    moved = overlay_attention(neutral, faces.region_map(subject, number), 0)
    pictures = [neutral, faces.face(made(faces, subject, number, level)), moved]
    letter = INTENSITY_LETTERS[level - 1]
    titles = ["at rest", f"AU {number} at intensity {letter}", "where the skin moves"]
    figure, axes = _grid(3, 3, 1)
    for axis, picture, title in zip(axes, pictures, titles, strict=True):
        _show_picture(axis, picture, FACE, title)
    show_photographs(figure)


def show_people(faces: ScanFaces, subjects: Sequence[str]) -> None:
    """Faces at rest with their names, four in a row."""
    figure, axes = _grid(len(subjects), 4, 1)
    for axis, subject in zip(axes, subjects, strict=True):
        frame = faces.neutral(subject)
        title = f"{subject}, a {frame.gender}"
        _show_picture(axis, faces.face(frame), FACE, title)
    show_photographs(figure)


def show_movements(
    faces: ScanFaces, subject: str, numbers: Iterable[int], columns: int = 5
) -> None:
    """Every Action Unit alone at intensity E, the upper half of the face first; each row begins at rest."""
    shown: list[tuple[int | None, Window]] = []
    for window in (UPPER, LOWER):
        here = [number for number in numbers if half(number) == window]
        for place in range(0, len(here), columns - 1):
            row = [None, *here[place : place + columns - 1]]
            shown += [(number, window) for number in row]
            shown += [(0, window)] * (columns - len(row))
    figure, axes = _grid(len(shown), columns, 2, UPPER)
    for axis, (number, window) in zip(axes, shown, strict=True):
        if number is None:
            _show_picture(axis, faces.face(faces.neutral(subject)), window, "at rest\n")
        elif number:
            title = fill(f"{number} {ACTION_UNITS[number].name}", 17)
            title += "" if "\n" in title else "\n"
            _show_picture(axis, faces.face(made(faces, subject, number)), window, title)
    show_photographs(figure)


def show_scale(faces: ScanFaces, subject: str, numbers: Sequence[int]) -> None:
    """A row for each Action Unit, from rest through the intensities A to E."""
    figure, grid = plt.subplots(
        len(numbers),
        6,
        figsize=(WIDTH, 0.9 * len(numbers) + 0.2),
        squeeze=False,
        layout=_tight(),
    )
    for axes, number in zip(grid, numbers, strict=True):
        frames = [faces.neutral(subject)]
        frames += [made(faces, subject, number, level) for level in range(1, 6)]
        for axis, frame in zip(axes, frames, strict=True):
            _show_picture(axis, faces.face(frame), half(number))
        _beside(axes[0], f"AU {number}\n{ACTION_UNITS[number].noun}")
    _above(grid[0], ["at rest", *INTENSITY_LETTERS])
    show_photographs(figure)


def show_regions(faces: ScanFaces, subject: str, numbers: Sequence[int]) -> None:
    """How far the skin moves, light is farthest, with the outline of the region of each Action Unit."""
    neutral = faces.face(faces.neutral(subject))
    figure, axes = _grid(len(numbers), 3, 2)
    for axis, number in zip(axes, numbers, strict=True):
        moved = faces.region_map(subject, number)
        title = (
            f"AU {number}: {ACTION_UNITS[number].noun}\nup to {moved.max():.0f} pixels"
        )
        _show_picture(axis, overlay_attention(neutral, moved, 0), FACE, title)
        _outline(axis, moved)
    show_photographs(figure)


def show_directions(faces: ScanFaces, subject: str, numbers: Sequence[int]) -> None:
    """Where skin goes from its place at rest: direction by optical flow, length by the region map."""
    figure, grid = plt.subplots(
        math.ceil(len(numbers) / 2),
        2,
        figsize=(WIDTH, 2.7 * len(numbers) / 2),
        layout=_tight(),
    )
    before = faces.face(faces.neutral(subject)).mean(axis=2) / 255
    for axis, number in zip(grid.flat, numbers, strict=True):
        window = half(number)
        rest = before[window]
        after = faces.face(made(faces, subject, number)).mean(axis=2)[window] / 255
        row, column = np.mgrid[3:106:7, 4:150:7].reshape(2, -1)
        inside = unit_region(faces, subject, number)[window][row, column]
        row, column = row[inside], column[inside]
        flow = optical_flow_tvl1(rest, after, attachment=20, num_warp=10)
        down, right = flow[:, row, column]
        far = faces.region_map(subject, number)[window][row, column]
        size = far / np.hypot(down, right).clip(0.1)
        _ = axis.imshow(rest, cmap="gray", vmin=0, vmax=1, interpolation="bicubic")
        _ = axis.quiver(
            *(column, row, right * size, down * size),
            **{"angles": "xy", "scale_units": "xy", "scale": 1},
            **{"color": COLORS["vermilion"], "width": 0.007},
        )
        _above([axis], [f"AU {number}: {ACTION_UNITS[number].noun}"])
        axis.axis("off")
    show_photographs(figure)


def show_light_and_skin(faces: ScanFaces, subject: str, numbers: Sequence[int]) -> None:
    """A row for each Action Unit: the picture at E, where light changes, where skin moves."""
    figure, grid = plt.subplots(
        len(numbers),
        3,
        figsize=(WIDTH, 2.1 * len(numbers) + 0.2),
        squeeze=False,
        layout=_tight(),
    )
    neutral = faces.face(faces.neutral(subject))
    for axes, number in zip(grid, numbers, strict=True):
        moved = faces.region_map(subject, number)
        after = made(faces, subject, number)
        light = light_change(faces, start(faces, subject, number), after)
        maps = [overlay_attention(neutral, each, 0) for each in (light, moved)]
        pictures = [faces.face(after), *maps]
        for axis, picture in zip(axes, pictures, strict=True):
            _show_picture(axis, picture, FACE)
        for axis in axes[1:]:
            _outline(axis, moved)
        _beside(axes[0], f"AU {number}\n{ACTION_UNITS[number].noun}")
    _above(grid[0], ["at E", "light changes", "skin moves"])
    show_photographs(figure)


def show_emotions(faces: ScanFaces, subject: str) -> None:
    """The face at rest and with each emotion, with the codes of what it makes."""
    frames = [
        frame
        for frame in faces.frames
        if frame.subject == subject and frame.emotion is not None
    ]
    figure, axes = _grid(len(frames) + 1, 4, 3)
    _show_picture(axes[0], faces.face(faces.neutral(subject)), FACE, "at rest\n\n")
    for axis, frame in zip(axes[1:], frames, strict=True):
        code = [
            f"{n}{INTENSITY_LETTERS[(k or 1) - 1]}"
            for n, k in frame.action_units.items()
        ]
        first = (len(code) + 1) // 2
        title = f"{frame.emotion}\n{' '.join(code[:first])}\n{' '.join(code[first:])}"
        _show_picture(axis, faces.face(frame), FACE, title)
    show_photographs(figure)


def show_row(pictures: Sequence[Any], titles: Sequence[str], columns: int) -> None:
    """Whole faces in rows, each with one or two lines above it."""
    figure, axes = _grid(len(pictures), columns, 2)
    for axis, picture, title in zip(axes, pictures, titles, strict=True):
        _show_picture(axis, np.asarray(picture), FACE, title)
    show_photographs(figure)


def _grid(
    count: int, columns: int, title_lines: int, window: Window = FACE
) -> tuple[Figure, list[Axes]]:
    """Axes for pictures of a window's shape, as wide together as the page."""
    tall, wide = (part.stop - part.start for part in window)
    rows = math.ceil(count / columns)
    height = WIDTH / columns * tall / wide + 0.19 * title_lines
    figure, grid = plt.subplots(
        rows, columns, figsize=(WIDTH, rows * height), squeeze=False, layout=_tight()
    )
    for axis in grid.flat:
        axis.axis("off")
    return figure, list(grid.flat)[:count]


def _tight() -> ConstrainedLayoutEngine:
    return ConstrainedLayoutEngine(w_pad=0.02, h_pad=0.02, wspace=0, hspace=0.01)


def _show_picture(axis: Axes, picture: Any, window: Window, title: str = "") -> None:
    _ = axis.imshow(picture[window], interpolation="antialiased")
    _above([axis], [title])
    axis.axis("off")


def _outline(axis: Axes, moved: NDArray[np.float32]) -> None:
    """The border of the region: a share of the farthest movement."""
    level = REGION_SHARE * float(moved.max())
    _ = axis.contour(moved[FACE], levels=[level], colors="white", linewidths=1.1)


def _above(axes: Iterable[Axes], titles: Iterable[str]) -> None:
    for axis, title in zip(axes, titles, strict=True):
        _ = axis.set_title(title, fontsize=9.5, pad=3)


def _beside(axis: Axes, text: str) -> None:
    place = {"ha": "right", "va": "center", "transform": axis.transAxes}
    _ = axis.text(-0.06, 0.5, text, fontsize=9.5, **place)

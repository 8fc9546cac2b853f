"""Figures of word attention: Eq. 1 as a product of matrices, who asks whom, and where words look.

Every ``show_`` function draws one figure. The numbers come from the chapter's cells; what is computed here is
how they are laid out, an interval over people, and which training pairs of a run had their condition hidden.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from figures import ATTENTION_COLORS, COLORS, as_picture, show_figure, show_photographs
from lfes_core.evaluation.figures import interval

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.layout_engine import ConstrainedLayoutEngine
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import gaussian_filter, label

#: The face without hair and shoulders, of a picture of 256x256 pixels.
FACE = (slice(44, 232), slice(34, 222))

#: Width of a figure in inches: that of the page.
WIDTH = 7.0

#: How the outline of a region is drawn, the first and the second one.
OUTLINES = ("solid", (0, (2.5, 1.5)))

RUNS = Path(__file__).with_name("runs")

Numbers = NDArray[np.float64]


# --- numbers ---


def share(part: ArrayLike, whole: ArrayLike) -> tuple[float, float, float]:
    """A ratio of two sums over people, with the ends of its 95 % interval.

    Args:
        part: one number for each person.
        whole: as many numbers; ones make the ratio a mean over people.
    """
    parts, wholes = np.asarray(part, float), np.asarray(whole, float)
    value = float(parts.sum() / wholes.sum())
    without = (parts.sum() - parts) / (wholes.sum() - wholes)
    return value, *interval(value, without)


def hidden_pairs(run: str) -> int:
    """Pairs whose condition was hidden in a kept run and in those that it goes on from."""
    record, config = (RUNS / run / f"{name}.json" for name in ("record", "config"))
    if not record.is_file():
        return 0
    about = json.loads(record.read_text("utf-8"))
    settings = json.loads(config.read_text("utf-8"))["adversarial"]
    hidden = settings.get("condition_dropout", 0.0) * settings["batch_size"]
    before = re.search(r"--start-from runs/(\w+)", about["command"])
    earlier = hidden_pairs(before[1]) if before else 0
    return round(hidden * about["step"]) + earlier


# --- Eq. 1 by hand ---


def show_product(
    q: ArrayLike,
    words: ArrayLike,
    mask: Sequence[bool],
    names: tuple[Sequence[str], Sequence[str], Sequence[str]],
) -> None:
    """Eq. 1 as two products of matrices: scores, shares of each place, and what it takes home.

    Args:
        q: ``[places, features]``.
        words: ``[words, features]``, padding included.
        mask: whether each word is one.
        names: of the places, of the words, of the features.
    """
    q, words = np.asarray(q, float), np.asarray(words, float)
    places, said, features = names
    log_mask = np.where(mask, 0.0, -np.inf)
    scores = q @ words.T + log_mask
    beta = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    figure, axis = plt.subplots(figsize=(WIDTH, 4.6), layout="none")
    axis.set(xlim=(0, WIDTH), ylim=(0, 4.6), position=(0, 0, 1, 1))
    axis.axis("off")
    _matrix(axis, (1.1, 2.75), q, "blue", "$Q$", places, features)
    _matrix(axis, (2.7, 3.35), words.T, "green", "", features, said)
    _matrix(axis, (2.7, 2.75), log_mask[None], "purple", "", [r"$\log m$"])
    _matrix(axis, (5.05, 2.75), scores, "brown", r"scores", columns=said)
    _matrix(axis, (1.1, 0.3), beta, "orange", r"$\beta^T$", places, said)
    _matrix(axis, (3.65, 0.3), words, "green", r"$\hat W$", said, features)
    _matrix(axis, (5.2, 0.3), beta @ words, "blue", "$A$", columns=features)
    signs = {"·": (2.05, 3.65), "+": (2.05, 2.9), "=": (4.73, 3.35)}
    for sign, at in signs.items():
        axis.text(*at, sign, fontsize=15, ha="center", va="center")
    axis.text(3.55, 4.42, r"$\hat W^T$", fontsize=12, ha="center", va="center")
    axis.text(2.98, 0.9, "·", fontsize=15, ha="center", va="center")
    axis.text(4.87, 0.9, "=", fontsize=15, ha="center", va="center")
    down = {"arrowstyle": "->", "color": COLORS["ink"], "lw": 1.4}
    down |= {"connectionstyle": "arc3,rad=-0.12"}
    axis.annotate("", (2.1, 2.0), (5.6, 2.45), arrowprops=down)
    axis.text(4.35, 1.98, "softmax of each row", fontsize=9.5, ha="left")
    show_figure(figure)


def _matrix(
    axis: Axes,
    corner: tuple[float, float],
    values: Numbers,
    color: str,
    title: str,
    rows: Sequence[str] = (),
    columns: Sequence[str] = (),
) -> None:
    """A matrix with its lower left corner there: a tinted cell for each number, names around."""
    wide, high = 0.43, 0.3
    finite = np.where(np.isfinite(values), np.abs(values), 0.0)
    tints = 0.6 * finite / max(finite.max(), 1.0)
    (x, y), (count, across) = corner, values.shape
    top = y + count * high
    for (i, j), tint in np.ndenumerate(tints):
        at = (x + j * wide, top - (i + 1) * high)
        paint = to_rgba(COLORS[color], tint)
        cell = plt.Rectangle(at, wide, high, fc=paint, ec=COLORS["ink"], lw=0.7)
        axis.add_patch(cell)
        middle = (at[0] + wide / 2, at[1] + high / 2)
        axis.text(
            *middle,
            _written(float(values[i, j])),
            fontsize=9.5,
            ha="center",
            va="center",
        )
    for i, row in enumerate(rows):
        at = (x - 0.07, top - (i + 0.5) * high)
        axis.text(*at, row, fontsize=9.5, ha="right", va="center")
    for j, column in enumerate(columns):
        turned = {"rotation": 25, "rotation_mode": "anchor"}
        at = (x + (j + 0.4) * wide, top + 0.06)
        axis.text(*at, column, fontsize=9.5, ha="left", va="bottom", **turned)
    at = (x + across * wide / 2, y - 0.06)
    axis.text(*at, title, fontsize=12, ha="center", va="top")


def _written(value: float) -> str:
    """As on paper: 2, 0.5, 0.100, −∞."""
    if np.isneginf(value):
        return "−∞"
    return f"{value:g}" if (2 * value).is_integer() else f"{value:.3f}"


def show_shares(
    tables: Mapping[str, Numbers], words: Sequence[str], places: Sequence[str]
) -> None:
    """Tables of shares ``[words, places]`` side by side, each below its title."""
    figure, axes = plt.subplots(1, len(tables), figsize=(WIDTH, 2.1), sharey=True)
    for axis, (title, shares) in zip(axes, tables.items(), strict=True):
        axis.imshow(shares, cmap="cividis", vmin=0, vmax=1, aspect="auto")
        for i, j in np.ndindex(*shares.shape):
            ink = "black" if shares[i, j] > 0.6 else "white"
            written = f"{shares[i, j]:.2f}"
            axis.text(j, i, written, ha="center", va="center", color=ink, fontsize=9.5)
        axis.set_xticks(range(len(places)), [_two_lines(place) for place in places])
        axis.set_yticks(range(len(words)), words)
        axis.set_title(title, fontsize=10)
        axis.tick_params(length=0)
        axis.grid(False)
    show_figure(figure)


def _two_lines(text: str) -> str:
    return text.replace(", ", "\n")


# --- how sharp a softmax is ---


def show_sharpness(
    points: Sequence[tuple[str, str, float, float]], words: int, draws: int = 2000
) -> None:
    """The winner's share, and the spread that is left, over the deviation of the scores.

    Args:
        points: preset, name of the start, deviation of its scores, and the winner's share at it.
        words: how many the curves are for; their scores are drawn from a normal distribution.
        draws: places for each point of the curves.
    """
    normal = np.random.default_rng(0).standard_normal((draws, words))
    deviations = np.geomspace(0.05, 20, 60)
    powers = [
        np.exp(normal * each - (normal * each).max(1)[:, None]) for each in deviations
    ]
    betas = [power / power.sum(axis=1, keepdims=True) for power in powers]
    winner = [beta.max(axis=1).mean() for beta in betas]
    spread = [1 - (beta**2).sum(axis=1).mean() for beta in betas]
    figure, axis = plt.subplots(figsize=(WIDTH, 3.9))
    axis.semilogx(deviations, winner, color=COLORS["blue"])
    axis.semilogx(deviations, spread, "--", color=COLORS["vermilion"])
    axis.text(0.055, winner[0] + 0.02, "winner’s share", color=COLORS["blue"])
    axis.text(0.055, spread[0] - 0.07, "spread left", color=COLORS["vermilion"])
    presets = list(dict.fromkeys(point[0] for point in points))
    starts = list(dict.fromkeys(point[1] for point in points))
    for preset, start, deviation, share_of_winner in points:
        marker = "osD"[presets.index(preset)]
        inside = COLORS["blue"] if start == starts[0] else "white"
        style = {"ms": 7, "mfc": inside, "mec": COLORS["ink"], "ls": "none"}
        label = f"{preset}, {start}"
        axis.plot(deviation, share_of_winner, marker, label=label, **style)
    axis.set(xlabel="deviation of the scores of a place", ylabel="share", ylim=(0, 1))
    axis.set_xticks([0.1, 1, 10], ["0.1", "1", "10"])
    figure.legend(loc="outside lower center", ncols=3, handletextpad=0.2)
    show_figure(figure)


# --- maps ---


def show_word_maps(
    picture: Any,
    maps: NDArray[np.floating],
    words: Sequence[str],
    regions: Sequence[NDArray[np.bool_]],
    columns: int = 3,
) -> None:
    """One map a word over the gray face, from 0 in one scale, with outlines of the true regions.

    Args:
        picture: of 256x256 pixels.
        maps: ``[words, height, width]``, each of the whole picture.
        words: one for each map.
        regions: where something truly moves, ``[256, 256]``: one or two of them.
        columns: maps in a row.
    """
    gray = 70 + 0.72 * (as_picture(picture)[FACE] @ np.array([0.299, 0.587, 0.114]))
    high, wide = gray.shape
    rows, side = math.ceil(len(words) / columns), WIDTH / columns
    size = (WIDTH, rows * (side * high / wide + 0.12) + 0.55)
    near = ConstrainedLayoutEngine(w_pad=0.02, h_pad=0.02, wspace=0.01, hspace=0.01)
    grid = {"figsize": size, "squeeze": False, "layout": near}
    figure, axes = plt.subplots(rows, columns, **grid)
    inside = [beta[_places(FACE, len(beta))] for beta in maps]
    largest = float(np.quantile(inside, 0.997))  # a few places are brighter
    for axis in axes.flat:
        axis.axis("off")
    for axis, word, shown in zip(axes.flat, words, inside, strict=False):
        extent = (0, wide, high, 0)
        axis.imshow(gray, cmap="gray", vmin=0, vmax=255, extent=extent)
        scale = {"cmap": ATTENTION_COLORS, "vmin": 0, "vmax": largest, "alpha": 0.62}
        drawn = axis.imshow(shown, extent=extent, interpolation="nearest", **scale)
        for region, dashes in zip(regions, OUTLINES, strict=False):
            style = {"colors": COLORS["sky"], "linestyles": [dashes], "linewidths": 1.6}
            axis.contour(_without_islands(region)[FACE], levels=[0.5], **style)
        axis.set_title(word, fontsize=11, pad=3)
    bar = figure.colorbar(
        drawn, ax=axes, location="bottom", shrink=0.6, aspect=40, pad=0.01, extend="max"
    )
    bar.set_label("share β of the word at a place", fontsize=9.5)
    bar.outline.set_visible(False)
    show_photographs(figure)


def _without_islands(region: NDArray[np.bool_]) -> Numbers:
    """A region with a smooth border, without pieces of less than a twentieth of it."""
    pieces, count = label(region)
    areas = np.bincount(pieces.ravel(), minlength=count + 1)
    kept = areas >= 0.05 * region.sum()
    kept[0] = False
    smooth: Numbers = gaussian_filter(kept[pieces].astype(float), 1.5)
    return smooth


def _places(window: tuple[slice, slice], size: int) -> tuple[slice, slice]:
    """A window of a picture of 256 pixels on a map of so many places."""
    step = 256 // size
    rows, columns = (slice(each.start // step, each.stop // step) for each in window)
    return rows, columns


def show_lifts(
    table: pd.DataFrame, names: Mapping[int, str], titles: Mapping[str, str]
) -> None:
    """Lift by Action Unit, a panel for each design: noun with interval, best word, control, ceiling.

    Args:
        table: one row a picture with the columns design, unit, person, noun, best, with and ceiling.
        names: what moves, by Action Unit, in the order of the rows.
        titles: of the designs, by name.
    """
    figure, axes = plt.subplots(1, len(titles), figsize=(WIDTH, 4.6), sharey=True)
    rows, labels = np.arange(len(names)), [f"{name} ({n})" for n, name in names.items()]
    blue, ink = {"color": COLORS["blue"]}, {"color": COLORS["ink"], "mew": 1.5}
    hollow = {"mfc": "none", "mec": COLORS["vermilion"], "mew": 1.5, "ms": 8}
    for axis, (design, title) in zip(axes, titles.items(), strict=True):
        part = table[table["design"] == design].groupby(["unit", "person"])
        means = part[["noun", "best", "with", "ceiling"]].mean()
        nouns = [share(means.loc[n, "noun"], np.ones(len(means.loc[n]))) for n in names]
        noun, low, high = np.array(nouns).T
        rest = means.groupby("unit").mean().loc[list(names)]
        axis.hlines(rows, np.maximum(low, 0.05), high, lw=3, **blue)
        axis.plot(noun, rows, "o", ms=4.5, label="noun, 95 % over people", **blue)
        axis.plot(rest["best"], rows, "D", label="best word", **hollow)
        axis.plot(rest["with"], rows, "x", label="“with”", **ink)
        axis.plot(rest["ceiling"], rows, "|", ms=12, alpha=0.6, label="ceiling", **ink)
        axis.axvline(1, color=COLORS["ink"], linestyle="--", linewidth=1)
        axis.set(xscale="log", xlim=(0.04, 200), title=title)
        axis.set_xticks([0.1, 1, 10, 100], ["0.1", "1", "10", "100"])
        axis.set_yticks(rows, labels)
    axes[0].invert_yaxis()
    figure.supxlabel("lift in the region that truly moves", fontsize=10)
    entries = axes[0].get_legend_handles_labels()
    figure.legend(*entries, loc="outside upper center", ncols=4, handlelength=1)
    show_figure(figure)

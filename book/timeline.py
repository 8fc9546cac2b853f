"""The works of the chapter on related work by year: one row each, one track for each line of work.

Time runs down, so that the figure is as narrow as a phone and its letters keep their size there.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from figures import COLORS, show_figure

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

#: The lines of work from left to right, each with its color and its mark: no line is told by color alone.
TRACKS = {
    "text to picture": ("blue", "o"),
    "labels and Action Units": ("vermilion", "s"),
    "moving pixels": ("green", "^"),
    "words change a picture": ("purple", "D"),
    "diffusion": ("orange", "v"),
    "measuring": ("brown", "P"),
}

#: Name of the paper that this book follows.
HERE = "this paper"

ROW, STEP, LEFT, WIDTH = 0.235, 0.155, 0.58, 3.1
"""Height of a row, distance of two tracks, room for years and width of the figure, in inches."""


class Work(NamedTuple):
    """A paper: its year, the name that readers know, its key in references.bib, its line of work.

    gave: whether a part of our paper comes from it, as `HERE` says or as we judge.
    """

    year: int
    name: str
    key: str
    track: str
    gave: bool = False


TEXT, LABELS, MOVING, WORDS, DIFFUSION, MEASURING = TRACKS
WORKS = (
    Work(2016, "GAN-INT-CLS", "reed2016generative", TEXT),
    Work(2017, "StackGAN", "zhang2017stackgan", TEXT, gave=True),
    Work(2017, "CDAAE", "zhou2017photorealistic", LABELS),
    Work(2017, "Dong et al.", "dong2017semantic", WORDS),
    Work(2017, "FID", "heusel2017gans", MEASURING, gave=True),
    Work(2018, "AttnGAN", "xu2018attngan", TEXT, gave=True),
    Work(2018, "cross attention", "lee2018stacked", TEXT, gave=True),
    Work(2018, "StarGAN", "choi2018stargan", LABELS),
    Work(2018, "GANimation", "pumarola2018ganimation", LABELS),
    Work(2018, "TAGAN", "nam2018text", WORDS),
    Work(2019, "StackGAN++", "zhang2019stackgan", TEXT, gave=True),
    Work(2019, "Text2FaceGAN", "nasir2019text2facegan", TEXT),
    Work(2019, "multi-level critics", "park2019multilevel", LABELS, gave=True),
    Work(2019, "First Order Motion", "siarohin2019first", MOVING),
    Work(2020, "ICface", "tripathy2020icface", LABELS),
    Work(2020, "ManiGAN", "li2020manigan", WORDS),
    Work(2020, "sentences from AUs", "hong2020face", WORDS, gave=True),
    Work(2020, HERE, "hong2020comprehensive", WORDS),
    Work(2020, "DDPM", "ho2020denoising", DIFFUSION),
    Work(2021, "GANmut", "dapolito2021ganmut", LABELS),
    Work(2021, "StyleCLIP", "patashnik2021styleclip", WORDS),
    Work(2021, "Talk-to-Edit", "jiang2021talk", WORDS),
    Work(2022, "AnyFace", "sun2022anyface", WORDS),
    Work(2022, "latent diffusion", "rombach2022high", DIFFUSION),
    Work(2023, "GigaGAN", "kang2023gigagan", TEXT),
    Work(2023, "InstructPix2Pix", "brooks2023instructpix2pix", DIFFUSION),
    Work(2024, "AUEditNet", "jin2024aueditnet", LABELS),
    Work(2024, "LivePortrait", "guo2024liveportrait", MOVING),
    Work(2024, "FineFace", "varanka2024fineface", DIFFUSION),
    Work(2024, "one-frame calibration", "feng2024oneframe", MEASURING),
    Work(2025, "MagicFace", "wei2025magicface", DIFFUSION),
    Work(2025, "expression adapter", "paraperas2025idconsistent", DIFFUSION),
    Work(2026, "VQ-AUFace", "wang2026novel", TEXT),
    Work(2026, "PixelSmile", "hua2026pixelsmile", DIFFUSION),
    Work(2026, "FED-Bench", "xue2026fedbench", MEASURING),
)


def show_timeline(works: Sequence[Work] = WORKS) -> None:
    """Show the works, oldest first; a filled mark says that our paper took something from the work."""
    figure, axis = _axis(len(works))
    _shade_years(axis, works)
    tracks = list(TRACKS)
    for place, (track, (color, mark)) in enumerate(TRACKS.items()):
        rows = [row for row, work in enumerate(works) if work.track == track]
        axis.plot([place] * len(rows), rows, color=COLORS[color], alpha=0.45, zorder=1)
        for row in rows:
            is_here = works[row].name == HERE
            axis.plot(
                place,
                row,
                marker="*" if is_here else mark,
                markersize=15 if is_here else 7.5,
                color=COLORS["ink"] if is_here else COLORS[color],
                markerfacecolor=None if works[row].gave or is_here else "white",
                markeredgewidth=1.6,
            )
    for row, work in enumerate(works):
        weight = "bold" if work.gave or work.name == HERE else "normal"
        axis.text(len(tracks) - 0.15, row, work.name, va="center", weight=weight)
    show_figure(figure)


def _axis(rows: int) -> tuple[Figure, Axes]:
    """An axis on which one step to the right is a track and one step down is a work; its legend is above."""
    above = 0.2 * len(TRACKS) + 0.2
    figure = plt.figure(figsize=(WIDTH, rows * ROW + above), layout="none")
    high = rows * ROW / (rows * ROW + above)
    axis = figure.add_axes((0, 0, 1, high))
    axis.set_xlim(-LEFT / STEP, (WIDTH - LEFT) / STEP)
    axis.set_ylim(rows - 0.5, -0.5)
    axis.axis("off")
    entries = [
        Line2D([], [], color=COLORS[color], marker=mark, mfc="white", mew=1.6, ms=7.5)
        for color, mark in TRACKS.values()
    ]
    figure.legend(
        entries,
        TRACKS,
        loc="upper left",
        bbox_to_anchor=(0, 1),
        fontsize=10,
        handlelength=1.6,
        borderpad=0,
    )
    return figure, axis


def _shade_years(axis: Axes, works: Sequence[Work]) -> None:
    """Write each year at its first work, and lay a band behind every second year."""
    starts = [
        n for n, work in enumerate(works) if n == 0 or work.year > works[n - 1].year
    ]
    for count, (first, end) in enumerate(pairwise([*starts, len(works)])):
        if count % 2 == 0:
            axis.axhspan(first - 0.5, end - 0.5, color=COLORS["ink"], alpha=0.07, lw=0)
        axis.text(
            0.3 - LEFT / STEP, first, str(works[first].year), va="center", weight="bold"
        )

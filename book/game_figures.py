"""Figures of chapter 7: densities, games on the line and in the plane, gradients, and what losses tell."""

import math
from collections.abc import Mapping, Sequence

from figures import COLORS
from the_game import (
    CENTERS,
    SPREAD,
    Moment,
    best_discriminator,
    count_modes,
    line_distance,
    losses_and_accuracy,
    two_hills_density,
)

import matplotlib.pyplot as plt
import torch
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import Circle
from torch import Tensor

INK = COLORS["ink"]
UNDECIDED = 2 * math.log(2)
Curve = Float[Tensor, " places"]
Measured = Float[Tensor, "looks games"]

#: True and synthesized, everywhere: color and line.
TRUE, SYNTHESIZED = (COLORS["blue"], "-"), (COLORS["vermilion"], "--")


def show_best_discriminator(
    x: Curve, true: Curve, synthesized: Curve, trained: Float[Tensor, "games places"]
) -> None:
    """Draw two densities, and below them D* and discriminators that were trained on points."""
    figure, (above, below) = plt.subplots(2, 1, figsize=(6.8, 4.4), sharex=True)
    above.plot(x, true, TRUE[1], color=TRUE[0], label="p, true")
    above.plot(
        x, synthesized, SYNTHESIZED[1], color=SYNTHESIZED[0], label="q, synthesized"
    )
    above.set_ylabel("density")
    for number, said in enumerate(trained):
        label = f"trained ({len(trained)})" if number == 0 else None
        below.plot(x, said, color=COLORS["sky"], linewidth=1, label=label)
    best = best_discriminator(true, synthesized)
    below.plot(x, best, color=INK, linestyle=(0, (4, 2)), label="D* = p / (p + q)")
    below.axhline(0.5, color=INK, linewidth=0.8)
    below.set(xlabel="x", ylabel="D(x)", ylim=(0, 1))
    for axis in (above, below):
        axis.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    _finish(figure)


def show_line(moments: Sequence[Moment]) -> None:
    """Draw the middle one of games on the line: true density, synthesized points and D, moment by moment."""
    distances = torch.tensor(line_distance(moments[-1]))
    game = int(distances.argsort()[len(distances) // 2])
    x = torch.linspace(-4.5, 4.5, 181)
    figure, axes = plt.subplots(1, len(moments), figsize=(7, 2.5), sharey=True)
    for axis, moment in zip(axes, moments, strict=True):
        axis.hist(
            moment.synthesized(2000)[game, :, 0],
            bins=45,
            range=(-4.5, 4.5),
            density=True,
            color=SYNTHESIZED[0],
            alpha=0.45,
            label="synthesized points",
        )
        axis.plot(x, two_hills_density(x), color=TRUE[0], label="p, true density")
        said = moment.logits(x[None, :, None].expand(moment.games, -1, -1))[game]
        axis.plot(x, said.sigmoid(), "--", color=INK, label="D(x)")
        axis.set(
            title=f"step {moment.step}", ylim=(0, 1), xlabel="x", xticks=(-3, 0, 3)
        )
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=3)
    _finish(figure)


def ranked(moments: Sequence[Moment], rank: int) -> int:
    """The game that ended with fewest good points is rank 0; of eight, the middle one is rank 4."""
    return int(count_modes(moments[-1].synthesized()).good.argsort()[rank])


def show_plane(rows: Mapping[str, Sequence[Moment]], rank: int = 4) -> None:
    """Draw a game in the plane for each row: D as a landscape, modes as circles of three sigma, points."""
    columns = len(next(iter(rows.values())))
    layout = ConstrainedLayoutEngine(w_pad=0.02, h_pad=0.02, wspace=0, hspace=0)
    size = 7, 6.4 / columns * len(rows) + 0.35
    figure, axes = plt.subplots(
        len(rows), columns, figsize=size, squeeze=False, layout=layout
    )
    ticks = torch.linspace(-3, 3, 61)
    grid = torch.cartesian_prod(ticks, ticks)
    for number, (name, moments) in enumerate(rows.items()):
        game = ranked(moments, rank)
        for axis, moment in zip(axes[number], moments, strict=True):
            said = moment.logits(grid.expand(moment.games, -1, -1))[game].sigmoid()
            drawn = axis.imshow(
                said.reshape(61, 61).T,
                extent=(-3, 3, -3, 3),
                origin="lower",
                cmap="gray",
                vmin=0,
                vmax=1,
            )
            axis.plot(
                *moment.synthesized(300)[game].T, ".", color="#ff8c2e", markersize=3
            )
            for center in CENTERS.tolist():
                ring = Circle(center, 3 * SPREAD, fill=False, color=COLORS["sky"])
                axis.add_patch(ring)
            axis.set(xticks=[], yticks=[], xlim=(-3, 3), ylim=(-3, 3))
            axis.grid(False)
            if number == 0:
                axis.set_title(f"step {moment.step}")
        axes[number, 0].set_ylabel(name)
    figure.colorbar(drawn, ax=axes, label="D(x)", aspect=12 * len(rows), pad=0.01)
    _finish(figure)


def show_pulls(lead: Sequence[int], pulls: Mapping[str, Measured]) -> None:
    """Draw gradients of G's losses, non-saturating first: over the logit, and measured while D gets ahead."""
    x = torch.linspace(-6, 6, 121)
    curves = (
        (torch.sigmoid(-x), "-", "o", COLORS["blue"]),
        (torch.sigmoid(x), "--", "s", COLORS["orange"]),
    )
    figure, (left, right) = plt.subplots(1, 2, figsize=(7, 3))
    for (name, measured), (curve, line, mark, color) in zip(
        pulls.items(), curves, strict=True
    ):
        left.plot(x, curve, line, color=color, label=name)
        _band(right, lead, measured, line + mark, color)
    left.set(xlabel="logit of a synthesized point", ylabel="size of the gradient")
    right.set(
        xlabel="steps that D is ahead",
        ylabel="length of the gradient at G",
        yscale="log",
    )
    handles, labels = left.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=2)
    _finish(figure)


def show_dirac(paths: Mapping[str, Sequence[tuple[float, float]]]) -> None:
    """Draw paths of the Dirac game side by side, each from its start (square) to its end (triangle)."""
    figure, axes = plt.subplots(
        1, len(paths), figsize=(7, 2.8), sharex=True, sharey=True
    )
    colors = COLORS["vermilion"], COLORS["orange"], COLORS["blue"]
    for axis, (name, path), color in zip(axes, paths.items(), colors, strict=True):
        axis.plot(*zip(*path, strict=True), color=color, linewidth=1.2)
        axis.plot(*path[0], "s", color=INK)
        axis.plot(*path[-1], "^", color=INK, markersize=7)
        axis.plot(0, 0, "+", color=INK, markersize=12)
        axis.set(title=name, xlabel="θ, the synthesized point", aspect="equal")
        axis.set(xticks=(-2, 0, 2), yticks=(-2, 0, 2))
    axes[0].set_ylabel("ψ, the slope of D")
    _finish(figure)


def show_loss_against_good(
    rows: Mapping[str, Sequence[Moment]], true: Float[Tensor, "games points 2"]
) -> None:
    """Draw each game as a mark: what D pays at the end, and how many points are good."""
    figure, axis = plt.subplots(figsize=(7, 3.4))
    for (name, moments), mark, color in zip(
        rows.items(), "os^Dv*Px", COLORS.values(), strict=False
    ):
        loss = losses_and_accuracy(moments[-1], true)[0]
        good = count_modes(moments[-1].synthesized()).good
        axis.plot(loss, good, mark, color=color, alpha=0.85, label=name, markersize=6)
    axis.axvline(UNDECIDED, color=INK, linewidth=0.8)
    axis.text(UNDECIDED, 0.76, "undecided", ha="center")
    axis.set(
        xlabel="loss of the discriminator at the end",
        ylabel="share of good points",
        ylim=(-0.03, 0.75),
    )
    axis.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    _finish(figure)


def show_training(
    rows: Mapping[str, Sequence[Moment]],
    true: Float[Tensor, "games points 2"],
    rank: int = 4,
) -> None:
    """Draw what a training shows: both losses, how often D is right, and its logits at the end."""
    figure, axes = plt.subplots(
        len(rows), 3, figsize=(7, 2 * len(rows) + 0.5), sharex="col"
    )
    for line, (name, moments) in zip(axes, rows.items(), strict=True):
        game, steps = ranked(moments, rank), [moment.step for moment in moments]
        told = torch.stack(
            [torch.stack(losses_and_accuracy(each, true))[:, game] for each in moments]
        )
        line[0].plot(steps, told[:, 0], color=INK, label="$L_D$")
        line[0].plot(steps, told[:, 1], ":", color=INK, label="$L_G$")
        line[1].plot(steps, told[:, 2], TRUE[1], color=TRUE[0], label="true")
        line[1].plot(
            steps, told[:, 3], SYNTHESIZED[1], color=SYNTHESIZED[0], label="synthesized"
        )
        points = true, moments[-1].synthesized()
        for shown, (color, style) in zip(points, (TRUE, SYNTHESIZED), strict=True):
            said = moments[-1].logits(shown)[game]
            line[2].hist(
                said,
                bins=36,
                range=(-3, 3),
                histtype="step",
                linewidth=1.6,
                linestyle=style,
                color=color,
            )
        line[0].axhline(UNDECIDED, color=INK, linewidth=0.6)
        line[1].axhline(0.5, color=INK, linewidth=0.6)
        line[0].set(ylabel=name, ylim=(0, 2.6))
        line[1].set(ylim=(0, 1.02))
        line[2].set(yticks=[])
    axes[0, 0].legend(ncols=2, loc="upper right")
    handles, labels = axes[0, 1].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper right", ncols=2)
    for axis, title in zip(
        axes[0], ("both losses", "D is right about", "logits at the end"), strict=True
    ):
        axis.set_title(title)
    for axis, label in zip(axes[-1], ("step", "step", "logit"), strict=True):
        axis.set_xlabel(label)
    _finish(figure)


def show_labels(
    steps: Sequence[int], games: Mapping[str, tuple[Measured, Measured]]
) -> None:
    """Draw games with labels: points at the mode of their label, and D's belief in a wrong label."""
    figure, axes = plt.subplots(1, 2, figsize=(7, 2.9), sharey=True)
    styles = ("--", COLORS["vermilion"]), ("-", COLORS["blue"])
    for (name, both), (line, color) in zip(games.items(), styles, strict=True):
        for axis, measured in zip(axes, both, strict=True):
            _band(axis, steps, measured, line, color, label=name)
    axes[0].set(
        xlabel="step", title="points at the mode of their label", ylim=(0, 1.02)
    )
    axes[1].set(xlabel="step", title="D: true point, wrong label")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=2)
    _finish(figure)


def _band(
    axis: Axes,
    x: Sequence[int],
    measured: Measured,
    line: str,
    color: str,
    label: str = "",
) -> None:
    """Median over the games as a line, and all games between smallest and largest as a band."""
    axis.plot(x, measured.median(1).values, line, color=color, label=label)
    axis.fill_between(
        x, measured.min(1).values, measured.max(1).values, color=color, alpha=0.2
    )


def _finish(figure: Figure) -> None:
    plt.show()
    plt.close(figure)

"""Our own drawing of the paper's Fig. 2: every box carries the name of its class in lfes_core."""

from figures import COLORS

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle

INK = COLORS["ink"]
Point = tuple[float, float]


def draw_architecture() -> Figure:
    """Facial Expression Synthesizing Network (top) and Language-Visual Semantic Network (bottom)."""
    figure, axis = plt.subplots(figsize=(10.4, 7.0))
    axis.set(xlim=(0, 15.6), ylim=(0, 10.4))
    axis.axis("off")
    _frame(axis, 0.1, 3.15, 15.4, 7.15, "Facial Expression Synthesizing Network (FESN)")
    _frame(
        axis,
        0.1,
        0.05,
        15.4,
        2.9,
        "Language-Visual Semantic Network (LVSN)",
        bottom=True,
    )
    _synthesis(axis)
    _judges(axis)
    _language(axis)
    return figure


def show_architecture() -> None:
    """Show the drawing in a notebook."""
    figure = draw_architecture()
    plt.show()
    plt.close(figure)


def _synthesis(axis: Axes) -> None:
    """The way of the face: encoder, three levels, a word attention after levels 1 and 2."""
    _data(axis, (0.95, 5.0), "$I_i$", "neutral face\n256×256×3")
    _box(axis, (2.95, 5.0), "FacialFeature\nEncoder", "FFE", "blue", width=1.75)
    _data(axis, (4.75, 5.0), "$f_f$", "2×2×512")
    axis.add_patch(
        Rectangle(
            (5.5, 4.1),
            9.7,
            1.8,
            facecolor=COLORS["green"],
            alpha=0.08,
            edgecolor="none",
        )
    )
    axis.text(
        12.2,
        6.0,
        "MultiLevelExpressionSynthesizer\n(MES)",
        color=INK,
        ha="center",
        fontsize=9,
        fontweight="bold",
    )
    for x, level, pixels in ((6.45, 1, 64), (10.25, 2, 128), (14.15, 3, 256)):
        _box(
            axis,
            (x, 5.1),
            f"level {level}",
            "residual blocks",
            "green",
            width=1.45,
            height=1.0,
        )
        _data(axis, (x, 7.0), f"$I_s^{level}$", f"{pixels}×{pixels}×3")
        _arrow(axis, (x, 5.62), (x, 6.65))
    for x, number in ((8.35, 1), (12.2, 2)):
        _box(
            axis,
            (x, 5.1),
            "Expressive\nWordAttention",
            f"$att_{number}$, Eq. 1",
            "orange",
            width=1.75,
        )
    for left, right in (
        (1.35, 2.05),
        (3.85, 4.35),
        (5.15, 5.7),
        (7.2, 7.45),
        (9.25, 9.5),
        (11.0, 11.3),
    ):
        _arrow(axis, (left, 5.05), (right, 5.05))
    _arrow(axis, (13.1, 5.05), (13.4, 5.05))
    axis.text(7.32, 5.22, "$q_1$", color=INK, ha="center", fontsize=9)
    axis.text(11.15, 5.22, "$q_2$", color=INK, ha="center", fontsize=9)
    _box(
        axis,
        (4.75, 3.8),
        "Conditioning\nAugmentation",
        "CA",
        "blue",
        width=1.75,
        height=1.05,
    )
    _arrow(axis, (5.65, 3.8), (6.45, 4.55), bend=0.25)
    axis.text(6.45, 3.7, "$\\hat{w}_N$, 2×2×512", color=INK, fontsize=9, va="center")


def _judges(axis: Axes) -> None:
    """The discriminators, each above the picture that it judges."""
    for x, number in ((6.45, 1), (10.25, 2)):
        _box(
            axis,
            (x - 0.95, 8.75),
            "FaceVerification\nDiscriminator",
            f"$D_{{FV}}^{number}$, Eq. 2",
            "vermilion",
        )
        _box(
            axis,
            (x + 0.95, 8.75),
            "Expression\nVerification\nDiscriminator",
            f"$D_{{EV}}^{number}$, Eq. 3",
            "vermilion",
        )
        _arrow(axis, (x - 0.15, 7.45), (x - 0.8, 8.1))
        _arrow(axis, (x + 0.15, 7.45), (x + 0.8, 8.1))
    _box(
        axis,
        (14.15, 8.75),
        "Synthesis\nDiscriminator",
        "$D_{syn}$, Eq. 2, $n=3$",
        "vermilion",
    )
    _arrow(axis, (14.15, 7.45), (14.15, 8.1))
    axis.text(
        0.45,
        8.75,
        "Every judge also sees the target\n$I_t^n$ and the condition $\\hat{w}_N$;\n"
        "$D_{EV}$ compares both with\nthe neutral face $I_i^n$.",
        color=INK,
        fontsize=9,
        va="center",
    )


def _language(axis: Axes) -> None:
    """The way of the sentence, and the matching of sentence and picture."""
    _data(axis, (1.25, 1.5), "sentence", "$N$ words")
    _box(axis, (3.35, 1.5), "LanguageSemantic\nEncoder", "LSE", "purple", width=1.95)
    _data(axis, (5.45, 1.5), "$w$", "512×$N$")
    _arrow(axis, (1.85, 1.5), (2.35, 1.5))
    _arrow(axis, (4.35, 1.5), (5.1, 1.5))
    _arrow(axis, (4.05, 2.15), (4.6, 3.25))
    axis.text(4.15, 2.5, "$w_N$, 512", color=INK, fontsize=9, ha="right")
    _arrow(axis, (5.8, 1.65), (8.25, 4.4), bend=0.18)
    _arrow(axis, (5.8, 1.6), (12.0, 4.4), bend=0.14)
    _box(
        axis,
        (8.6, 0.95),
        "language_visual_\nmatching_loss",
        "$L_{LVM}$",
        "ink",
        width=1.95,
    )
    _arrow(axis, (5.8, 1.35), (7.6, 1.1), both=True)
    _data(axis, (10.5, 1.0), "$f_s$", "512 and regions")
    _box(axis, (12.6, 1.0), "VisualSemantic\nEncoder", "VSE", "purple", width=1.95)
    _arrow(axis, (11.6, 1.0), (11.2, 1.0))
    _arrow(axis, (10.1, 1.0), (9.6, 1.0), both=True)
    _arrow(axis, (14.8, 6.9), (13.6, 1.0), bend=-0.22)


def _frame(
    axis: Axes,
    x: float,
    y: float,
    width: float,
    height: float,
    title: str,
    bottom: bool = False,
) -> None:
    axis.add_patch(
        Rectangle(
            (x, y),
            width,
            height,
            fill=False,
            edgecolor=INK,
            linewidth=0.9,
            alpha=0.5,
        )
    )
    height, align = (0.2, "bottom") if bottom else (height - 0.2, "top")
    axis.text(
        x + 0.2,
        y + height,
        title,
        color=INK,
        fontsize=11,
        va=align,
        fontweight="bold",
    )


def _box(
    axis: Axes,
    center: Point,
    name: str,
    symbol: str,
    color: str,
    width: float = 1.75,
    height: float = 1.25,
) -> None:
    x, y = center
    corner = (x - width / 2, y - height / 2)
    for fill, alpha in ((True, 0.16), (False, 1.0)):
        axis.add_patch(
            FancyBboxPatch(
                corner,
                width,
                height,
                boxstyle="round,pad=0,rounding_size=0.12",
                facecolor=COLORS[color] if fill else "none",
                edgecolor="none" if fill else COLORS[color],
                linewidth=1.3,
                alpha=alpha,
            )
        )
    lines = name.count("\n") + 1
    axis.text(
        x,
        y + 0.16,
        name,
        color=INK,
        ha="center",
        va="center",
        fontsize=8,
        fontweight="bold",
    )
    axis.text(
        x,
        y - 0.08 - 0.13 * lines,
        symbol,
        color=INK,
        ha="center",
        va="center",
        fontsize=7.5,
    )


def _data(axis: Axes, center: Point, symbol: str, shape: str) -> None:
    x, y = center
    axis.text(x, y + 0.1, symbol, color=INK, ha="center", va="center", fontsize=12)
    axis.text(x, y - 0.15, shape, color=INK, ha="center", va="top", fontsize=7.5)


def _arrow(
    axis: Axes, start: Point, end: Point, bend: float = 0.0, both: bool = False
) -> None:
    axis.add_patch(
        FancyArrowPatch(
            start,
            end,
            connectionstyle=f"arc3,rad={bend}",
            arrowstyle="<|-|>" if both else "-|>",
            mutation_scale=10,
            color=INK,
            linewidth=1.1,
            shrinkA=0,
            shrinkB=0,
        )
    )

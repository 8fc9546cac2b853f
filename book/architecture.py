"""Our own drawing of the paper's Fig. 2: each box is named as its class in lfes_core."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from figures import COLORS

from IPython.display import HTML, display

MES, MOVING = "MultiLevelExpressionSynthesizer", "MovingExpressionSynthesizer"
FFE, CA = "FacialFeatureEncoder", "ConditioningAugmentation"
LSE, VSE = "LanguageSemanticEncoder", "VisualSemanticEncoder"
D_FV, D_EV = "FaceVerificationDiscriminator", "ExpressionVerificationDiscriminator"
D_SYN, ATTENTION = "SynthesisDiscriminator", "ExpressiveWordAttention"
MATCHING, IDENTITY = "language_visual_matching_loss", "identity_loss"
RECONSTRUCTION = "reconstruction_loss"

TITLE = "The networks of the paper’s Fig. 2"
DESCRIPTION = (
    "Top, FESN: FacialFeatureEncoder turns the neutral face into f_f. With ŵ_N from "
    "ConditioningAugmentation it enters level 1 of MultiLevelExpressionSynthesizer. "
    "After levels 1 and 2, ExpressiveWordAttention mixes the words w into α, and [q; α] "
    "enters the next level. Each level gives a picture. Five discriminators judge the "
    "pictures; identity_loss and reconstruction_loss compare them with the target. "
    "Bottom, LVSN: LanguageSemanticEncoder reads the sentence, VisualSemanticEncoder "
    "looks at the last picture, and language_visual_matching_loss compares the two."
)
EXTENSION = (
    "our extension, not in the|paper: takes FFE’s maps,|"
    "gives flow, mask, colors|instead of pictures"
)
ALL_SEE = (
    "each discriminator also sees the target I_t^n and ŵ_N; "
    "D_EV also the neutral face I_i^n"
)
LOW = 10.6
"""Size of an index: 10 pixels where the drawing is as narrow as it gets."""
STYLE = (
    "display:block;width:100%;min-width:720px;max-width:760px;margin:0 auto;"
    "color:var(--pst-color-text-base,currentColor);"
    "font:12px Arial,Helvetica,'Liberation Sans',sans-serif"
)
PAINT = {
    "words": COLORS["purple"],
    "face": COLORS["blue"],
    "levels": COLORS["green"],
    "attention": COLORS["orange"],
    "discriminator": COLORS["vermilion"],
    "loss": "#7b8087",
}
DIMMED = 0.6
DASHES = ' stroke-dasharray="5 4"'
SYMBOL = re.compile(r"\b([A-Zfqwŵα]|att)_(\w+)(?:\^(\w))?|(?<!\w)(w|N)(?!\w)")


class Box(NamedTuple):
    """Middle, size, family, name and symbol ("|" ends a line); whose part, if unnamed."""

    x: int
    y: int
    width: int
    height: int
    family: str
    name: str
    symbol: str = ""
    part_of: tuple[str, ...] = ()

    @property
    def parts(self) -> tuple[str, ...]:
        """Names that light the box."""
        return self.part_of or (self.name.replace("|", ""),)


class Arrow(NamedTuple):
    """The parts that it joins, its corners, and its label: text, place, anchor."""

    parts: tuple[str, ...]
    corners: str
    label: str = ""
    x: int = 0
    y: int = 0
    anchor: str = "middle"


FRAMES = [
    Box(380, 245, 760, 490, "panel", ""),
    Box(380, 550, 760, 112, "panel", ""),
    Box(498, 352, 488, 270, "levels", "", "", (MES,)),
    Box(498, 172, 488, 68, "data", "", "", ("pictures",)),
]
BOXES = [
    Box(126, 66, 0, 0, "title", "Facial Expression|Synthesizing|Network (FESN)"),
    Box(134, 594, 0, 0, "title", "Language-Visual Semantic Network (LVSN)"),
    Box(402, 172, 0, 0, "data", "pictures"),
    Box(402, 270, 0, 0, "levels", "MultiLevelExpression|Synthesizer", "MES"),
    Box(594, 271, 164, 92, "levels", "MovingExpression|Synthesizer", EXTENSION),
    Box(36, 172, 60, 68, "data", "target", "I_t^n"),
    Box(144, 150, 128, 38, "loss", "reconstruction_loss", "L_recon"),
    Box(144, 194, 128, 38, "loss", "identity_loss", "L_id"),
    Box(36, 359, 60, 62, "data", "neutral| face", "I_i|256×256"),
    Box(148, 359, 104, 62, "face", "FacialFeature|Encoder", "FFE"),
    Box(148, 446, 104, 56, "face", "Conditioning|Augmentation", "CA"),
    Box(36, 546, 60, 56, "data", "sentence", "N words"),
    Box(142, 546, 120, 56, "words", "LanguageSemantic|Encoder", "LSE"),
    Box(402, 546, 116, 56, "loss", "language_visual_|matching_loss", "L_LVM"),
    Box(594, 546, 116, 56, "words", "VisualSemantic|Encoder", "VSE"),
    Box(690, 76, 88, 72, "discriminator", "Synthesis|Discriminator", "D_syn, Eq. 2"),
]
ARROWS = [
    Arrow(("neutral face", FFE), "66,359 96,359"),
    Arrow((FFE, MES), "200,344 266,344", "f_f|2×2×512", 227, 325),
    Arrow((MOVING,), "200,374 254,374", "maps", 227, 390),
    Arrow((FFE, IDENTITY), "148,328 148,213", "f_f of I_s^n, I_t^n", 156, 274, "start"),
    Arrow(("target", RECONSTRUCTION), "66,150 80,150"),
    Arrow(("target", IDENTITY), "66,194 80,194"),
    Arrow(("pictures", RECONSTRUCTION), "254,150 208,150"),
    Arrow(("pictures", IDENTITY), "254,194 208,194"),
    Arrow(("sentence", LSE), "66,546 82,546"),
    Arrow((LSE, CA), "148,518 148,474", "w_N: 512", 155, 500, "start"),
    Arrow((CA, MES), "200,446 306,446 306,388", "ŵ_N|2×2×512", 227, 427),
    Arrow((LSE, MATCHING), "202,546 344,546", "w, w_N", 290, 540),
    Arrow((LSE, ATTENTION), "", "w: 512×N", 236, 514, "start"),
    Arrow((VSE, MATCHING), "536,546 460,546", "f_s: 512|and regions", 500, 526),
    Arrow(("pictures", VSE), "742,172 751,172 751,546 652,546", "I_s^3", 702, 540),
    Arrow(("pictures", D_SYN), "690,153 690,112"),
    Arrow(("target", D_SYN), "36,138 36,24 690,24 690,40"),
    Arrow(("target", D_FV, D_EV, D_SYN), "", ALL_SEE, 214, 15, "start"),
]
for n, x in (1, 306), (2, 498), (3, 690):
    picture = f"I_s^{n}|{32 * 2**n}×{32 * 2**n}"
    BOXES += [
        Box(x, 359, 80, 58, "levels", f"level {n}", "residual|blocks", (MES,)),
        Box(x, 172, 84, 38, "data", "", picture, ("pictures",)),
    ]
    ARROWS.append(Arrow((MES, "pictures"), f"{x},330 {x},191"))
for n, x in (1, 306), (2, 498):
    fv, ev, att = f"D_FV^{n}, Eq. 2", f"D_EV^{n}, Eq. 3", f"att_{n}, Eq. 1"
    left, right, words, down, up = x - 48, x + 48, x + 96, x + 57, x + 102
    joined = (MES, ATTENTION)
    BOXES += [
        Box(left, 76, 88, 72, "discriminator", "Face|Verification|Discriminator", fv),
        Box(
            right,
            76,
            88,
            72,
            "discriminator",
            "Expression|Verification|Discriminator",
            ev,
        ),
        Box(words, 446, 104, 56, "attention", "ExpressiveWord|Attention", att),
        Box(up, 359, 56, 24, "levels", "", f"[q_{n}; α_{n}]", joined),
    ]
    ARROWS += [
        Arrow(("pictures", D_FV), f"{x},153 {x},132 {left},132 {left},112"),
        Arrow(("pictures", D_EV), f"{x},153 {x},132 {right},132 {right},112"),
        Arrow(("target", D_FV), f"36,138 36,24 {left},24 {left},40"),
        Arrow(("target", D_EV), f"36,138 36,24 {right},24 {right},40"),
        Arrow(joined, f"{x + 40},359 {x + 74},359", f"q_{n}", down, 352),
        Arrow(joined, f"{x + 40},359 {down},359 {down},418"),
        Arrow(joined, f"{up},418 {up},371", f"α_{n}", up + 7, 399, "start"),
        Arrow(joined, f"{x + 130},359 {x + 152},359"),
        Arrow((LSE, ATTENTION), f"202,546 228,546 228,500 {words},500 {words},474"),
    ]


def show_network(*lit: str) -> None:
    """Show the drawing in a notebook, with these parts of it lit."""
    display(HTML(f'<div style="overflow-x:auto">{network_svg(*lit)}</div>'))


def network_svg(*lit: str) -> str:
    """The drawing as SVG text; boxes not ``lit`` and arrows with no lit end are dimmed."""
    known = sorted({part for arrow in ARROWS for part in arrow.parts})
    if unknown := sorted(set(lit) - set(known)):
        raise ValueError(
            f"not in the drawing: {', '.join(unknown)}; known: {', '.join(known)}"
        )
    drawn = ""
    for is_lit in False, True:
        frames, boxes, arrows = (
            [each for each in table if set(lit).isdisjoint(each.parts) != is_lit]
            for table in (FRAMES, BOXES, ARROWS)
        )
        drawn += f'<g opacity="{DIMMED if lit and not is_lit else 1}">'
        drawn += "".join(_box(box, is_lit) for box in frames) + _arrows(arrows, is_lit)
        drawn += "".join(_box(box, is_lit) for box in boxes) + "</g>"
    state = f"lit: {', '.join(lit)}" if lit else "nothing is dimmed"
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 606" role="img" '
        f'aria-label="{TITLE}; {state}" style="{STYLE}"><title>{TITLE}</title>'
        f"<desc>{DESCRIPTION}</desc>{drawn}</svg>"
    )


def _box(box: Box, is_lit: bool) -> str:
    """A rounded rectangle, if the box has a width, with name and symbol in its middle."""
    x, y, width, height, family, name, symbol, _ = box
    names, symbols = (text.split("|") if text else [] for text in (name, symbol))
    gap = 2 if names and symbols else 0
    top = y + 4.5 - 7 * (len(names) + len(symbols) - 1) - gap / 2
    text = _text(x, top, names, weight=400 if family == "data" else 600)
    text += _text(x, top + 14 * len(names) + gap, symbols)
    plain, lit = (0.04, 0.08) if box in FRAMES else (0.1, 0.18)
    if family == "data":
        plain, lit = 0, 0.08
    paint = PAINT.get(family, "currentColor")
    rectangle = (
        f'<rect x="{x - width / 2:g}" y="{y - height / 2:g}" width="{width}" height="{height}"'
        f' rx="7" fill="{paint}" fill-opacity="{lit if is_lit else plain}"'
        f' stroke="{"none" if family == "panel" else paint}" stroke-width="{3 if is_lit else 1.2}"'
        f"{DASHES if symbol == EXTENSION else ''}/>"
    )
    return f'<g data-part="{box.parts[0]}">{rectangle if width else ""}{text}</g>'


def _arrows(arrows: Iterable[Arrow], is_lit: bool) -> str:
    """Arrows, all in one path because they share ways, and their labels."""
    lines, heads, text = {"": "", DASHES: ""}, "", ""
    for parts, corners, label, label_x, label_y, anchor in arrows:
        text += _text(label_x, label_y, label.split("|") if label else [], anchor)
        if not corners:
            continue
        points = [tuple(map(int, corner.split(","))) for corner in corners.split()]
        (x0, y0), (x, y) = points[-2:]
        dx, dy = (x > x0) - (x < x0), (y > y0) - (y < y0)
        points[-1] = (x - 6 * dx, y - 6 * dy)
        way = "L".join(f"{x},{y}" for x, y in points)
        lines[DASHES if parts == (MOVING,) else ""] += f"M{way}"
        a, b = x - 8 * dx, y - 8 * dy
        heads += f"M{x},{y}L{a + 4 * dy},{b + 4 * dx}L{a - 4 * dy},{b - 4 * dx}Z"
    width = 2.4 if is_lit else 1.2
    ways = "".join(
        f'<path d="{way}" fill="none" stroke="currentColor" stroke-width="{width}"{dashes}/>'
        for dashes, way in lines.items()
        if way
    )
    return f'{ways}<path d="{heads}" fill="currentColor"/>{text}'


def _text(
    x: float, y: float, lines: Iterable[str], anchor: str = "middle", weight: int = 0
) -> str:
    """Lines of text: names if they have a weight, else symbols."""
    kind = f' font-weight="{weight}"' if weight else ""
    return "".join(
        f'<text x="{x}" y="{y + 14 * n:g}" text-anchor="{anchor}" fill="currentColor"{kind}>'
        f"{line if weight else SYMBOL.sub(_symbol, line)}</text>"
        for n, line in enumerate(lines)
    )


def _symbol(found: re.Match[str]) -> str:
    """A letter in italics, what follows _ lowered, what follows ^ raised above it."""
    letter, low, high, alone = found.groups()
    spans = f'<tspan font-style="italic">{letter or alone}</tspan>'
    if not low:
        return spans
    spans += f'<tspan dy="{4 if high else 3}" font-size="{LOW}">{low}</tspan>'
    back = sum(3 if each in "itf" else 5.6 if each.islower() else 6.7 for each in low)
    if high:
        spans += f'<tspan dx="{1 - back}" dy="-10" font-size="{LOW}">{high}</tspan>'
    ahead = max(0, back - 7.2) if high else 0
    return f'{spans}<tspan dx="{ahead}" dy="{6 if high else -3}">\u200b</tspan>'

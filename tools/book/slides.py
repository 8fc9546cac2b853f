"""Slides for each week of the course, made from the chapters' own figures, formulas, output and source.

``python -m tools.book.slides OUT`` writes a page of its own for each week, which asks no other host, and a PDF where
Chromium is at hand. ``book/slides/week_N.toml`` says what makes slides: a heading, a few short bullets, a note to the
teacher, and the name of one thing of the chapters.
"""

import argparse
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lfes_core.errors import UserError
from tools.book.browser import find_browser
from tools.book.pages import ROOT
from tools.book.slide_page import Page
from tools.book.slide_sources import Chapters
from tools.exit_code import exit_code

FOLDER = "slides"
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--no-pdf-header-footer")


def main(argv: list[str] | None = None) -> int:
    """Write the slides of the book; returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("out", metavar="OUT", type=Path, help="a folder, made if it is not there")
    said = "folder of the chapters (default: the repository's)"
    parser.add_argument("--book", metavar="FOLDER", type=Path, default=ROOT / "book", help=said)
    options = parser.parse_args(argv)
    return exit_code(lambda: slides(options.book, options.out) and None)


@dataclass(frozen=True)
class Slide:
    """One slide; of `figure`, `formulas`, `code`, `output` and `exercises` at most one is given.

    Attributes:
        heading: one line.
        bullets: one to four short lines, which may hold ``code``, **bold**, *italic* and $formulas$.
        notes: what the teacher says or asks.
        figure: the name of a figure of a chapter.
        formulas: each as "chapter: a text that this formula of the chapter holds".
        code: full name of a function of the package.
        output: identity of the cell whose output is shown.
        exercises: labels.
        caption: of a picture, in the place of the chapter's.
    """

    heading: str
    bullets: list[str]
    notes: str
    figure: str = ""
    formulas: list[str] = field(default_factory=list)
    code: str = ""
    output: str = ""
    exercises: list[str] = field(default_factory=list)
    caption: str = ""

    @property
    def shown(self) -> list[str]:
        """Which kinds of things it names."""
        return [kind for kind in ("figure", "formulas", "code", "output", "exercises") if getattr(self, kind)]


@dataclass(frozen=True)
class Week:
    """The slides of a week, the first of which is its title."""

    number: int
    title: str
    slides: list[Slide]


def slides(book: Path, out: Path, report: Callable[[str], None] = print) -> list[Path]:
    """Write ``week_N.html``, and ``week_N.pdf`` where Chromium is there, for each week; returns what was written.

    Args:
        book: folder of the chapters, which holds `FOLDER`.
        out: folder to write to; made where it is missing.
        report: gets a line for each week, and one if there is no Chromium.
    """
    weeks, chapters = read_weeks(book), Chapters(book)
    pages = [(week, Page(chapters, book / FOLDER).html(week)) for week in weeks]
    out.mkdir(parents=True, exist_ok=True)
    browser, written = find_browser(), []
    for week, html in pages:
        written.append(out / f"week_{week.number}.html")
        written[-1].write_text(html, "utf-8")
        if browser:
            written.append(print_page(browser, written[-1]))
        report(f"week {week.number}: {len(week.slides)} slides, {week.title}")
    if not browser:
        report("no Chromium or Chrome was found, so there is no PDF: print the pages from any browser")
    return written


def read_weeks(book: Path) -> list[Week]:
    """The weeks in their order, as the files of the folder say them."""
    paths = sorted((book / FOLDER).glob("week_*.toml"))
    if not paths:
        raise UserError(f"{book / FOLDER}: no week_1.toml lies there")
    return [_read(path) for path in paths]


def print_page(browser: str, page: Path) -> Path:
    """A PDF beside the page, one slide a sheet."""
    pdf = page.with_suffix(".pdf").resolve()
    with tempfile.TemporaryDirectory() as profile:
        command = [browser, *FLAGS, f"--user-data-dir={profile}", f"--print-to-pdf={pdf}", page.resolve().as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    if done.returncode or not pdf.is_file():
        raise UserError(f"{browser} could not print {page.name}; print it from a window")
    return page.with_suffix(".pdf")


def _read(path: Path) -> Week:
    try:
        said: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
        found = [Slide(**slide) for slide in said["slide"]]
        week = Week(int(path.stem.removeprefix("week_")), said["title"], found)
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise UserError(f"{path.name}: not understood: {error}") from None
    for slide in found:
        if len(slide.shown) > 1:
            raise UserError(f"{path.name}: {slide.heading!r} shows {' and '.join(slide.shown)}; one is enough")
    return week


if __name__ == "__main__":
    sys.exit(main())

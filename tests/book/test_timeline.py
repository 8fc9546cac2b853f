"""The timeline and the table of related work name the same works in the same years, and each is in the bibliography."""

import json
import re

import pytest

from tests.book.modules import drawn_by
from tools.book.pages import ROOT

BIBLIOGRAPHY = (ROOT / "book/references.bib").read_text("utf-8")
CELLS = json.loads((ROOT / "book/related_work.ipynb").read_text("utf-8"))["cells"]
CHAPTER = "\n".join("".join(cell["source"]) for cell in CELLS if cell["cell_type"] == "markdown")


@pytest.fixture
def drawn():
    with drawn_by("timeline") as module:
        yield module


def entry(key):
    """The text of an entry of the bibliography."""
    return BIBLIOGRAPHY.partition(f"{{{key},")[2].partition("\n}")[0]


def test_works_stand_in_the_order_of_their_years_each_once_and_on_a_known_track(drawn):
    years = [work.year for work in drawn.WORKS]
    assert years == sorted(years)
    assert len({work.key for work in drawn.WORKS}) == len({work.name for work in drawn.WORKS}) == len(years)
    assert {work.track for work in drawn.WORKS} == set(drawn.TRACKS)
    assert [work.key for work in drawn.WORKS if work.name == drawn.HERE] == ["hong2020comprehensive"]


def test_each_work_is_in_the_bibliography_with_its_year_and_cited_in_the_chapter(drawn):
    for work in drawn.WORKS:
        assert re.search(rf"year\s*=\s*\{{{work.year}\}}", entry(work.key)), work
        assert re.search(rf"[`,]{work.key}[`,]", CHAPTER), f"the chapter never cites {work.key}"


def test_the_table_gives_the_years_of_the_bibliography():
    rows = re.findall(r"^\| [^|]*\{cite:p\}`(\w+)` \| (\d{4}) \|", CHAPTER, flags=re.MULTILINE)
    assert len(rows) > 15
    for key, year in rows:
        assert f"{{{year}}}" in entry(key), key


def test_every_work_is_a_mark_and_a_line_of_text_and_what_was_taken_is_filled(drawn):
    drawn.show_timeline()
    (figure,) = drawn.kept
    (axis,) = figure.axes
    written = [text.get_text() for text in axis.texts]
    assert set(written) == {work.name for work in drawn.WORKS} | {str(work.year) for work in drawn.WORKS}
    filled = {line.get_ydata()[0] for line in axis.lines if line.get_markerfacecolor() not in ("white", "none")}
    marks = {line.get_ydata()[0] for line in axis.lines if line.get_marker() not in ("None", None)}
    rows = set(range(len(drawn.WORKS)))
    taken = {row for row in rows if drawn.WORKS[row].gave or drawn.WORKS[row].name == drawn.HERE}
    assert marks == rows and filled & rows >= taken
    hollow = {line.get_ydata()[0] for line in axis.lines if line.get_markerfacecolor() == "white"}
    assert hollow == rows - taken


def test_letters_keep_their_size_on_a_phone(drawn):
    drawn.show_timeline()
    (figure,) = drawn.kept
    assert figure.get_figwidth() * 100 <= 325  # what a phone shows, so that nothing is made smaller or cut off
    figure.canvas.draw()
    for text in (*figure.axes[0].texts, *figure.legends[0].get_texts()):
        assert text.get_fontsize() >= 9.5
        box = text.get_window_extent()
        assert box.x0 >= 0 and box.x1 <= figure.bbox.width


def test_lines_of_work_differ_in_color_and_in_mark(drawn):
    colors, marks = zip(*drawn.TRACKS.values(), strict=True)
    assert len(set(colors)) == len(set(marks)) == len(drawn.TRACKS)

"""Slides show what the chapters hold, whole and alone: nothing is missing, nothing is asked of another host."""

import ast
import html
import inspect
import re
import shutil
import textwrap

import pytest

from lfes_core import losses
from lfes_core.errors import UserError
from tools.book import check_slides, slide_page
from tools.book import slides as book_slides
from tools.book.browser import what_is_missing
from tools.book.pages import ROOT
from tools.book.slide_page import Page, typeset
from tools.book.slide_sources import Chapters, Exercise, source_of
from tools.book.slides import main, read_weeks, slides

BOOK = ROOT / "book"
WEEKS = read_weeks(BOOK)
SLIDES = [pytest.param(week, slide, id=f"{week.number}-{slide.heading}") for week in WEEKS for slide in week.slides]
DRAWING = '<svg style="vertical-align: -1ex;" width="1ex" height="1ex" viewBox="0 -800 900 1000"><g></g></svg>'


@pytest.fixture(scope="module")
def chapters():
    return Chapters(BOOK)


@pytest.fixture
def asked(monkeypatch):
    """Formulas are noted and not drawn."""
    noted = []
    monkeypatch.setattr(slide_page, "typeset", lambda formulas, _: [noted.append(one) or DRAWING for one in formulas])
    return noted


@pytest.fixture
def one_week(tmp_path, asked):
    """A copy of the slides with a week of its own; returns a function that writes that week."""
    shutil.copytree(BOOK / "slides", tmp_path / "slides", ignore=shutil.ignore_patterns("*.toml"))
    for notebook in BOOK.glob("0[1-8]*.ipynb"):
        (tmp_path / notebook.name).symlink_to(notebook)

    def write(text):
        (tmp_path / "slides" / "week_1.toml").write_text(f'title = "One"\n{text}', "utf-8")
        return tmp_path

    return write


@pytest.mark.parametrize("week", WEEKS, ids=lambda week: week.number)
def test_a_week_has_slides_for_two_lessons_and_every_slide_but_the_first_shows_something_of_the_chapters(week):
    assert 14 <= len(week.slides) <= 20
    assert all(len(slide.shown) == 1 for slide in week.slides[1:])
    assert week.slides[0].heading == week.title
    headings = [slide.heading for slide in week.slides]
    assert len(headings) == len(set(headings))


@pytest.mark.parametrize(("week", "slide"), SLIDES)
def test_a_slide_has_few_short_lines_and_a_note_to_the_teacher(week, slide):
    assert len(slide.heading) <= 50 and (0 if slide.code else 1) <= len(slide.bullets) <= 4
    assert max(map(len, slide.bullets), default=0) <= 115 and sum(map(len, slide.bullets)) <= 290
    assert 20 <= len(slide.notes) <= 300
    assert "!" not in slide.heading + "".join(slide.bullets) + slide.notes


@pytest.mark.parametrize(("week", "slide"), SLIDES)
def test_what_a_slide_names_is_there_and_a_picture_has_a_description(chapters, week, slide):
    if slide.figure:
        shown = chapters.figure(slide.figure)
        assert shown.kind == "picture" and re.search(r'(?:alt|aria-label)="[^"]{15,}"', shown.content)
    for formula in slide.formulas:
        assert chapters.formula(formula).content
    if slide.code:
        assert max(map(len, source_of(slide.code).splitlines())) <= 120
    if slide.output:
        assert chapters.output(slide.output).content
    for label in slide.exercises:
        assert chapters.exercise(label).minutes


def test_pages_ask_no_other_host_and_hold_every_slide_with_its_notes(chapters, asked):
    for week in WEEKS:
        page = Page(chapters, BOOK / "slides").html(week)
        assert page.count("<section") == page.count("<aside") == len(week.slides)
        places = re.findall(r'\s(?:src|href|xlink:href|srcset|poster)="([^"]{0,30})', page)
        assert places and all(place.startswith(("data:", "#")) for place in places)
        page = page.replace('<link rel="icon" href="data:,">', "")
        assert not re.search(r"<link|<iframe|@import|url\(\s*[\"']?(?!data:)|fetch\(|XMLHttp|import\(", page)
        assert not re.search(r"https?://(?!www\.w3\.org/)", page)


def test_every_formula_of_the_slides_can_be_drawn(chapters, asked):
    for week in WEEKS:
        Page(chapters, BOOK / "slides").html(week)
    once = sorted(set(asked))
    drawn = typeset(once, BOOK / "slides" / "formulas.js")
    assert len(drawn) == len(once) > 40
    for formula, drawing in zip(once, drawn, strict=True):
        assert drawing.startswith("<svg") and "data-mjx-error" not in drawing, formula


def test_a_function_is_shown_whole(one_week):
    book = one_week(
        '[[slide]]\nheading = "A"\nbullets = ["b"]\nnotes = "n"\ncode = "lfes_core.losses.verification_loss"'
    )
    (week,) = read_weeks(book)
    page = Page(Chapters(book), book / "slides").html(week)
    shown = html.unescape(re.sub(r"<[^>]+>", "", re.search(r"<pre.*?</pre>", page, re.DOTALL)[0]))
    assert shown.strip() == textwrap.dedent(inspect.getsource(losses.verification_loss)).strip()


def test_markdown_of_a_line_becomes_letters_and_what_is_not_markdown_stays(one_week):
    line = r"`a*b` is **bold**, *slanted*, [a link](there.md), 2 * 3 < 7, $x_1$"
    book = one_week(f"[[slide]]\nheading = 'A'\nbullets = ['{line}']\nnotes = 'n'")
    page = Page(Chapters(book), book / "slides").html(read_weeks(book)[0])
    said = re.search(r"<li>(.*?)</li>", page)[1].partition("<svg")[0]
    assert said == "<code>a*b</code> is <b>bold</b>, <i>slanted</i>, a link, 2 * 3 &lt; 7, "


def test_formulas_of_one_slide_have_one_size_and_none_is_wider_than_the_slide(one_week, monkeypatch):
    boxes = iter(["0 0 90000 1000", "0 0 3000 1000"])
    monkeypatch.setattr(
        slide_page, "typeset", lambda formulas, _: [f'<svg viewBox="{next(boxes)}"><g/></svg>' for _ in formulas]
    )
    wanted = r"formulas = ['8: \tag{2}', '7: \min_G \max_D V']"
    book = one_week(f"[[slide]]\nheading = 'A'\nbullets = ['b']\nnotes = 'n'\n{wanted}")
    page = Page(Chapters(book), book / "slides").html(read_weeks(book)[0])
    first, second = (float(size) for size in re.findall(r'style="font-size:([\d.]+)px;width', page))
    assert first == second and 90 * first <= slide_page.WIDTH


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("figure = 'fig-words-regionz'", "fig-words-regions"),
        ("output = '01-99'", "01-"),
        ("exercises = ['face-reed']", "face-read"),
        ("code = 'lfes_core.losses.no_such_loss'", "no_such_loss"),
        ("formulas = ['8: L']", "exactly one"),
        ("figure = 'fig-pairs'\noutput = '01-16'", "one is enough"),
        ("colour = 'red'", "colour"),
        ("bullets = 'twice'", "not understood"),
    ],
)
def test_a_wrong_name_is_told_in_one_line(one_week, named, said):
    book = one_week(f"[[slide]]\nheading = 'A'\nbullets = ['b']\nnotes = 'n'\n{named}")
    with pytest.raises(UserError, match=re.escape(said)) as error:
        slides(book, book / "out", lambda line: None)
    assert "\n" not in str(error.value) and not (book / "out").exists()


def test_a_folder_without_slides_or_chapters_is_told(tmp_path):
    with pytest.raises(UserError, match=r"week_1\.toml"):
        slides(tmp_path, tmp_path / "out")
    with pytest.raises(UserError, match="notebook"):
        Chapters(tmp_path)


@pytest.mark.fault("Course", "a chapter is damaged of which slides are made", "one line names it, nothing is written")
@pytest.mark.parametrize("content", ["{", '{"cells": ["x"]}', '{"cells": [{"cell_type": "markdown", "source": 5}]}'])
def test_a_damaged_chapter_is_told_in_one_line(one_week, content, capsys):
    book = one_week("[[slide]]\nheading = 'A'\nbullets = ['b']\nnotes = 'n'")
    (book / "00_damaged.ipynb").write_text(content)
    assert main([str(book / "out"), "--book", str(book)]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "00_damaged.ipynb" in error and not (book / "out").exists()


def test_without_a_browser_there_are_pages_and_a_word_about_the_missing_pdf(one_week, monkeypatch):
    monkeypatch.setattr(book_slides, "find_browser", lambda: None)
    book, told = one_week("[[slide]]\nheading = 'A'\nbullets = ['b']\nnotes = 'n'"), []
    assert slides(book, book / "out", told.append) == [book / "out" / "week_1.html"]
    assert "1 slides" in told[0] and "no PDF" in told[-1]


@pytest.mark.skipif(book_slides.find_browser() is None, reason="needs Chromium")
def test_a_printed_slide_is_a_sheet(one_week):
    slide = "[[slide]]\nheading = 'A'\nbullets = ['b']\nnotes = 'n'\n"
    book = one_week(slide * 3)
    written = slides(book, book / "out", lambda line: None)
    assert [path.suffix for path in written] == [".html", ".pdf"]
    sheets = re.findall(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)", written[1].read_bytes())
    assert len(sheets) == 3 and {round(float(wide) / float(high), 2) for wide, high in sheets} == {1.78}


@pytest.mark.fault(
    "Privacy and security",
    "a script that nobody wrote for it, or a picture from elsewhere, is slipped into a page of slides",
    "the browser neither runs nor asks for it, and the check of the slides names it",
)
@pytest.mark.skipif(bool(missing := what_is_missing()), reason=missing)
def test_what_the_policy_of_slides_forbids_is_named(one_week, monkeypatch, capsys):
    book, written = one_week(plain := "[[slide]]\nheading = 'A'\nbullets = ['b']\nnotes = 'n'"), Page.html
    (book / "slides" / "week_2.toml").write_text(f'title = "Two"\n{plain}', "utf-8")
    monkeypatch.setattr(check_slides, "BOOK", book)
    strange = {2: "<script>document.body.innerHTML = ''</script><img src='http://127.0.0.1:9/a.png'>"}
    monkeypatch.setattr(Page, "html", lambda self, week: written(self, week) + strange.get(week.number, ""))
    assert check_slides.main() == 1
    said = capsys.readouterr().out
    assert "Policy directive 'script-src" in said and "a.png failed: csp" in said
    assert "2 slides" in said and "week_1" not in said


def test_colors_are_those_of_the_book():
    tree = ast.parse((BOOK / "figures.py").read_text("utf-8"))
    given = next(node.value for node in tree.body if isinstance(node, ast.Assign) and node.targets[0].id == "COLORS")
    colors, css = ast.literal_eval(given), (BOOK / "slides" / "slides.css").read_text("utf-8")
    used = dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", css))
    assert {name: colors[name].lower() for name in used} == used and len(used) >= 4


@pytest.mark.parametrize(
    ("title", "minutes"),
    [
        ("One word (**, 10 minutes)", 10),
        ("Who is harmed? (**, 30 minutes, in groups of three)", 30),
        ("Rescue the lost run (***, 20 minutes and two trainings)", 20),
        ("Your own Fig. 3 (***, an evening)", None),
    ],
)
def test_minutes_of_an_exercise_stand_in_its_title(title, minutes):
    assert Exercise("Chapter 1", "label", title).minutes == minutes

"""The book on paper: contents with true page numbers, bookmarks, and links that stay inside of the file."""

import shutil

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import Link
from pypdf.generic import Fit

from tools.book import pdf
from tools.book.browser import what_is_missing
from tools.book.pdf import Heading, Part, contents, headings, join

needs_browser = pytest.mark.skipif(what_is_missing() != "", reason=what_is_missing())


def file_of(path, count, addresses=()):
    writer = PdfWriter()
    for _ in range(count):
        writer.add_blank_page(595, 842)
    for address in addresses:
        writer.add_annotation(page_number=0, annotation=Link(rect=(0, 0, 9, 9), url=address))
    writer.write(path)
    return path


@pytest.fixture
def parts(tmp_path, monkeypatch):
    monkeypatch.setattr(pdf, "HTML", tmp_path)
    links = [f"http://127.0.0.1:8000/{name}" for name in ("book/02_second.html", "_images/face.png")]
    first = file_of(tmp_path / "1.pdf", 3, [*links, "https://faces.example/"])
    second = file_of(tmp_path / "2.pdf", 2)
    return [
        Part(
            "book/01_first", first, [Heading(0, "1 First <one>", 1), Heading(1, "The mask", 3), Heading(2, "Low", 3)], 1
        ),
        Part("book/02_second", second, [Heading(0, "2 Second", 4)], 4),
    ]


def test_contents_list_chapters_and_sections_with_their_pages(parts):
    page = contents(parts)
    for line in ("<span>1 First &lt;one&gt;</span><i></i><span>1</span>", "<span>2 Second</span><i></i><span>4</span>"):
        assert line in page
    assert "The mask" in page and "Low" not in page


def test_links_to_chapters_lead_to_pages_and_bookmarks_too(parts, tmp_path):
    assert join(file_of(tmp_path / "0.pdf", 2), parts, tmp_path / "book.pdf") == 7
    reader = PdfReader(tmp_path / "book.pdf")
    first, (mask, (low,)), second = reader.outline
    places = {entry.title: reader.get_destination_page_number(entry) for entry in (first, mask, low, second)}
    assert places == {"1 First <one>": 2, "The mask": 4, "Low": 4, "2 Second": 5}
    inside, outside = (each.get_object() for each in reader.pages[2]["/Annots"])
    assert reader.get_page_number(inside["/Dest"][0].get_object()) == 5
    assert outside["/A"]["/URI"] == "https://faces.example/"
    assert reader.metadata.title == pdf.TITLE


def test_headings_say_what_the_page_says_where_the_browser_noted_them(tmp_path):
    writer = PdfWriter()
    for _ in range(3):
        writer.add_blank_page(595, 842)
    top = writer.add_outline_item(title="Eyesand lips", page_number=0, fit=Fit.fit())
    writer.add_outline_item(title="Eyes", page_number=2, parent=top, fit=Fit.fit())
    writer.write(tmp_path / "one.pdf")
    found = headings(PdfReader(tmp_path / "one.pdf"), ["Eyes and lips", "Eyes"], 10)
    assert found == [Heading(0, "Eyes and lips", 10), Heading(1, "Eyes", 12)]


def test_without_a_browser_or_a_book_one_line_says_so(monkeypatch, capsys):
    monkeypatch.setattr(pdf, "what_is_missing", lambda names: f"{next(iter(names))} is missing: run `make book`")
    assert pdf.main() == 2 and capsys.readouterr().err == "error: book/index.html is missing: run `make book`\n"


@needs_browser
def test_a_page_is_printed_when_its_scripts_have_ended_with_numbers_and_fonts(tmp_path, monkeypatch):
    monkeypatch.setattr(pdf, "HTML", tmp_path)
    late = "<script>setTimeout(() => { document.querySelector('p').textContent = 'computed late'; }, 800)</script>"
    text = f"<html data-theme='dark'><head></head><body><article class='bd-article'><h1>Two\nlines</h1><p>x</p>{late}"
    (tmp_path / "one.html").write_text(text + "<h2 style='break-before: page'>More</h2></article></body></html>")
    part = pdf._chapter("one", tmp_path, 41)
    assert part.headings == [Heading(0, "Two lines", 41), Heading(1, "More", 42)]
    printed = [page.extract_text() for page in PdfReader(part.file).pages]
    assert "computed late" in printed[0] and "41" in printed[0] and "42" in printed[1]
    assert not shutil.which("pdffonts") or "/FontFile2" in part.file.read_bytes().decode("latin-1")

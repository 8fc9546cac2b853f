"""Chapters run once for tests and book: side by side, again when anything changed, and a failing cell is named."""

import json
import time
from types import SimpleNamespace

import nbformat
import pytest
from docutils import nodes
from docutils.utils import new_document

from tools.book import chapters, outputs, status
from tools.book.chapters import Run, kept, main, run, run_all
from tools.book.compare import TAG, differences
from tools.book.pages import ROOT


def cell(source, printed=None, *tags):
    given = [] if printed is None else [nbformat.v4.new_output("stream", name="stdout", text=printed)]
    return nbformat.v4.new_code_cell(source, outputs=given, metadata={"tags": list(tags)})


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Writes a notebook into a book of its own."""
    monkeypatch.setattr(chapters, "ROOT", tmp_path)
    monkeypatch.setattr(chapters, "RUNS", tmp_path / "_build" / "chapters")
    (tmp_path / "_build" / "chapters").mkdir(parents=True)
    (tmp_path / "book").mkdir()

    def write(name, *cells):
        path = tmp_path / "book" / f"{name}.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Title"), *cells]), path)
        return path

    return write


def test_a_run_is_kept_with_time_and_memory_until_cells_or_surroundings_change(write):
    made = run(write("01_first", cell("held = bytearray(300_000_000)\nprint('well')")), "as they are")
    assert made.outputs[0][0]["text"] == "well\n" and not made.stopped
    assert made.seconds > 0 and (made.memory is None or made.memory > 3e8)
    path = write(
        "01_first", nbformat.v4.new_markdown_cell("Prose"), cell("held = bytearray(300_000_000)\nprint('well')")
    )
    assert kept(path, "as they are") == made
    assert kept(path, "others") is None
    assert kept(write("01_first", cell("print('other')")), "as they are") is None


def test_surroundings_are_the_package_and_the_books_modules_and_data_but_no_pages(tmp_path, monkeypatch):
    monkeypatch.setattr(chapters, "ROOT", tmp_path)
    seen = [chapters.surroundings()]
    for name in ("lfes_core/config.py", "book/figures.py", "book/runs/first.csv", "lfes_core/assets/weights.bin"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1")
        seen.append(chapters.surroundings())
    assert len(set(seen)) == 5
    for name in ("book/index.md", "book/02_second.ipynb", "lfes_core/__pycache__/config.pyc"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("1")
    assert chapters.surroundings() == seen[-1]
    monkeypatch.setattr(chapters, "distributions", lambda: [SimpleNamespace(name="torch", version="3.0")])
    assert chapters.surroundings() != seen[-1]


def test_chapters_run_side_by_side_on_one_thread_each_and_a_failing_cell_is_named(write, capsys):
    sleep = cell("import os, time\ntime.sleep(3)\nprint(os.environ['OMP_NUM_THREADS'])")
    paths = [
        write("01_first", sleep),
        write("02_second", cell("1 + 1"), cell("1 / 0"), cell("2")),
        write("03_third", sleep),
    ]
    start = time.monotonic()
    first, second, third = run_all(3, paths)
    assert time.monotonic() - start < first.seconds + second.seconds + third.seconds - 3
    assert [done.chapter for done in (first, second, third)] == ["01_first", "02_second", "03_third"]
    assert first.outputs[0][0]["text"] == third.outputs[0][0]["text"] == "1\n"
    assert second.stopped.startswith("book/02_second.ipynb, cell 3:\n1 / 0\n") and "ZeroDivisionError" in second.stopped
    assert "02_second  stopped" in capsys.readouterr().out
    capsys.readouterr()
    run_all(3, paths)
    assert "Running 1 of 3 chapters" in capsys.readouterr().out


def test_the_command_compares_and_says_what_differs(write, capsys):
    paths = [write("01_first", cell("print(1)", "1\n", TAG)), write("02_second", cell("print(2)", "3\n", TAG))]
    assert main([str(paths[0])]) == 0
    assert capsys.readouterr().out.endswith("1 chapters, 1 cells compared: all well.\n")
    assert main([str(path) for path in paths]) == 1
    said = capsys.readouterr()
    assert "error: book/02_second.ipynb, cell 2 (stdout):\n" in said.err and "\n-3\n+2\n" in said.err
    assert said.out.endswith("2 chapters, 2 cells compared: 1 went wrong.\n")


def test_only_tagged_cells_are_compared_and_not_what_may_differ():
    now = [nbformat.v4.new_output("stream", name="stdout", text="took 3.2 s at 0x7f12, off by -0.00\n")]
    same = cell("", "took 11 s at 0x1, off by 0.00\n", TAG)
    assert differences([same], [now]) == (1, [])
    assert differences([cell("", "other\n")], [now]) == (0, [])
    ((_, found),) = [differences([cell("", "other\n", TAG)], [now])]
    assert len(found) == 1
    assert len(differences([cell("", None, TAG)], [now])[1]) == len(differences([same], [[]])[1]) == 1


def test_a_table_is_compared_and_a_picture_is_not():
    def shown(**data):
        return [
            nbformat.v4.new_output("display_data", data={kind.replace("_", "/"): text for kind, text in data.items()})
        ]

    before = cell("", None, TAG) | {"outputs": shown(text_html="<b>1</b>", image_png="aaaa")}
    assert differences([before], [shown(text_html="<b>1</b>", image_png="bbbb")])[1] == []
    assert len(differences([before], [shown(text_html="<b>2</b>", image_png="aaaa")])[1]) == 1


def test_a_page_has_the_outputs_of_the_run_and_says_time_and_memory(monkeypatch):
    new = [{"output_type": "execute_result", "execution_count": None, "data": {"text/plain": "4"}, "metadata": {}}]
    made = Run("01_first", [[], new], 63.0, 1_260_000_000)
    monkeypatch.setattr(outputs, "run_of", lambda page: made)
    content = [json.dumps(nbformat.v4.new_notebook(cells=[cell("x = 2", "old"), cell("2 * x", "old")]))]
    outputs._fill(None, "book/01_first", content)
    first, second = json.loads(content[0])["cells"]
    assert first["outputs"] == [] and first["execution_count"] == 1
    assert second["outputs"][0]["data"] == {"text/plain": "4"}
    assert second["execution_count"] == second["outputs"][0]["execution_count"] == 2
    page = new_document("page")
    page += nodes.paragraph("", "", nodes.Text("Run in "), nodes.emphasis(text=outputs.PLACEHOLDER), nodes.Text("."))
    outputs._say(SimpleNamespace(env=SimpleNamespace(docname="book/01_first")), page)
    assert page.astext() == "Run in about 65 seconds and 1.3 GB of memory."


@pytest.mark.parametrize(("seconds", "told"), [(1, "about 5 seconds"), (170, "about 3 minutes")])
def test_times_are_round_and_memory_is_left_out_where_it_is_not_known(seconds, told):
    assert outputs.said(Run("01_first", [], seconds, None)) == told


def test_the_page_of_the_status_names_each_chapter_with_cells_time_memory_and_the_versions(write, monkeypatch):
    path = write("02_second", cell("1"), cell("print(2)", "2\n", TAG))
    monkeypatch.setattr(status, "notebooks", lambda: [path])
    page = [f"# Status\n\n{status.PLACEHOLDER}\n\nMore."]
    monkeypatch.setattr(outputs, "run_of", lambda page: Run("02_second", [[], []], 71.6, 1_460_000_000))
    outputs._fill(None, "book/status", page)
    assert "| [Title](02_second.ipynb) | 2 | 1 | 72 s | 1.5 GB |" in page[0]
    assert "| torch | " in page[0] and page[0].startswith("# Status\n") and page[0].endswith("More.")
    assert status.PLACEHOLDER in (ROOT / "book" / "status.md").read_text("utf-8")
    assert "| [Title](02_second.ipynb) | 2 | 1 | not run | |" in status.filled(status.PLACEHOLDER, lambda page: None)

"""Chapters run once for tests and book: side by side, again when anything changed, and a failing cell is named."""

import ast
import json
from types import SimpleNamespace

import nbformat
import pytest
from docutils import nodes
from docutils.utils import new_document

from tools.book import chapters, outputs, status
from tools.book.chapters import TAG, Run, kept, main, run_all
from tools.book.pages import ROOT

SMALL = "Loaded and small machines"


def cell(source, printed=None, *tags):
    given = [] if printed is None else [nbformat.v4.new_output("stream", name="stdout", text=printed)]
    return nbformat.v4.new_code_cell(source, outputs=given, execution_count=1, metadata={"tags": list(tags)})


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Writes a notebook into a folder of its own, whose runs are kept in `RUNS` of the processes that run it, too."""
    plugin = "from tools.book import chapters\n"
    plugin += f"chapters.RUNS = __import__('pathlib').Path({str(tmp_path / 'kept')!r})\n"
    (tmp_path / "kept_elsewhere.py").write_text(plugin, "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(chapters, "RUNS", tmp_path / "kept")
    monkeypatch.setattr(chapters, "NBVAL", ("--rootdir", str(tmp_path), "-p", "kept_elsewhere", *chapters.NBVAL))

    def write(name, *cells):
        path = tmp_path / f"{name}.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Title"), *cells]), path)
        return path

    return write


def test_a_run_is_kept_with_time_and_memory_and_a_chapter_that_stops_is_not(write, capfd):
    held = write("01_first", cell("held = bytearray(300_000_000)\nprint('well')", "well\n", TAG), cell("6 * 7"))
    stopped = write("02_second", cell("1 + 1"), cell("1 / 0"), cell("print('after')"))
    threads = write("03_third", cell("import os\nprint(os.environ['OMP_NUM_THREADS'])"))
    assert run_all([held, stopped, threads], jobs=2) != 0
    first, second, third = (kept(path) for path in (held, stopped, threads))
    assert first.outputs[0][0]["text"] == "well\n" and first.outputs[1][0]["data"]["text/plain"] == "42"
    assert first.same and first.seconds > 0 and (first.memory is None or first.memory > 3e8)
    assert third.outputs[0][0]["text"] == "1\n"
    assert second is None and "ZeroDivisionError" in capfd.readouterr().out
    run_all([held, stopped, threads], jobs=1)
    assert "Running 1 of 3 chapters" in capfd.readouterr().out


def test_a_chapter_whose_cells_give_something_else_is_refused_by_tests_and_shown_by_the_book(write, capfd):
    path = write("01_first", cell("print(1)", "2\n", TAG))
    for _ in range(2):  # that the book has a run does not make the second test pass
        assert main([str(path)]) == 1
        assert "Cell outputs differ" in capfd.readouterr().out
        assert kept(path).outputs[0][0]["text"] == "1\n" and not kept(path).same


def test_a_run_is_not_kept_when_code_or_what_is_compared_changes_but_prose_may_change(write):
    state = {
        chapters._state(write("01_first", *cells))
        for cells in (
            [cell("print(1)", "1\n", TAG)],
            [cell("print(1)", "1\n", TAG), nbformat.v4.new_markdown_cell("Prose")],
            [cell("print(1) ", "1\n", TAG)],
            [cell("print(1)", "2\n", TAG)],
        )
    }
    assert len(state) == 3


def test_surroundings_are_the_package_and_the_books_modules_and_data_but_no_pages(tmp_path, monkeypatch):
    surroundings = chapters.surroundings.__wrapped__
    monkeypatch.setattr(chapters, "ROOT", tmp_path)
    seen = [surroundings()]
    for name in ("lfes_core/config.py", "book/figures.py", "book/runs/first.csv", "lfes_core/assets/weights.bin"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1")
        seen.append(surroundings())
    assert len(set(seen)) == 5
    for name in ("book/index.md", "book/02_second.ipynb", "lfes_core/__pycache__/config.pyc"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("1")
    assert surroundings() == seen[-1]
    monkeypatch.setattr(chapters, "distributions", lambda: [SimpleNamespace(name="torch", version="3.0")])
    assert surroundings() != seen[-1]


def test_a_page_has_the_outputs_of_the_run_and_says_time_and_memory(monkeypatch):
    new = [{"output_type": "execute_result", "execution_count": None, "data": {"text/plain": "4"}, "metadata": {}}]
    made = Run([[], new], 63.0, 1_260_000_000, True)
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


def imported(code, known):
    """What code imports, in order and with the modules of the book followed: the first parts of the names."""
    for node in ast.parse("\n".join(line for line in code.splitlines() if not line.lstrip().startswith("%"))).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else [node.module]
            for name in (name.partition(".")[0] for name in names):
                yield name
                if (module := ROOT / "book" / f"{name}.py").is_file() and name not in known:
                    yield from imported(module.read_text("utf-8"), known | {name})


@pytest.mark.fault(SMALL, "a reader's kernel runs a chapter beside other work", "its threads sleep while they wait")
@pytest.mark.parametrize("path", chapters.notebooks(), ids=lambda path: path.stem)
def test_a_chapter_imports_the_package_before_what_computes_with_threads(path):
    cells = [cell["source"] for cell in json.loads(path.read_text("utf-8"))["cells"] if cell["cell_type"] == "code"]
    names = [name for source in cells for name in imported("".join(source), frozenset())]
    first = next((name for name in names if name in ("numpy", "torch", "cv2", "matplotlib", "pandas")), None)
    assert first is None or names.index("lfes_core") < names.index(first)


@pytest.mark.fault(
    SMALL, "a book is built where memory or cores are few", "fewer chapters run side by side, one at least"
)
@pytest.mark.parametrize(
    ("jobs", "cores", "free", "at_a_time"),
    [
        ("", 2, None, 2),
        ("", 16, 64e9, 8),
        ("", 8, 5e9, 2),
        ("", 2, 4.2e9, 1),
        ("", 8, 1e9, 1),
        ("", 1, 64e9, 1),
        ("3", 1, 1e9, 3),
        ("0", 2, 64e9, 1),
        ("many", 2, 64e9, 2),
    ],
)
def test_chapters_run_side_by_side_where_cores_and_memory_are_there(monkeypatch, jobs, cores, free, at_a_time):
    monkeypatch.setenv("JOBS", jobs)
    monkeypatch.setattr("lfes_core.threads.cores", lambda: cores)
    monkeypatch.setattr("lfes_core.threads.available_memory", lambda: None if free is None else int(free))
    assert chapters.at_a_time() == at_a_time


@pytest.mark.parametrize(("seconds", "told"), [(1, "about 5 seconds"), (170, "about 3 minutes")])
def test_times_are_round_and_memory_is_left_out_where_it_is_not_known(seconds, told):
    assert outputs.said(Run([], seconds, None, True)) == told


def test_the_page_of_the_status_names_each_chapter_with_cells_time_memory_and_the_versions(write, monkeypatch):
    path = write("02_second", cell("1"), cell("print(2)", "2\n", TAG))
    monkeypatch.setattr(status, "notebooks", lambda: [path])
    page = [f"# Status\n\n{status.PLACEHOLDER}\n\nMore."]
    monkeypatch.setattr(outputs, "run_of", lambda page: Run([[], []], 71.6, 1_460_000_000, True))
    outputs._fill(None, "book/status", page)
    assert "| [Title](02_second.ipynb) | 2 | 1 | 72 s | 1.5 GB |" in page[0]
    assert "| torch | " in page[0] and page[0].startswith("# Status\n") and page[0].endswith("More.")
    assert status.PLACEHOLDER in (ROOT / "book" / "status.md").read_text("utf-8")
    assert "| [Title](02_second.ipynb) | 2 | 1 | not run | |" in status.filled(status.PLACEHOLDER, lambda page: None)


def test_the_page_of_the_status_shows_what_a_load_does_and_on_which_machine(tmp_path):
    assert status.measured_load(tmp_path / "none.csv") == []
    (tmp_path / "load.csv").write_text(
        "what,unit,median,least,most,rounds\n"
        '"AMD, 2 cores",machine,,,,0\n'
        "a picture alone,ms,45,44,47.5,5\n"
        "peak memory of a picture,MB,357,357,357,1\n"
    )
    head, _, *rows = status.measured_load(tmp_path / "load.csv")
    assert "AMD, 2 cores" in head
    assert rows == ["| a picture alone | 45 ms | 44 to 47.5 | 5 |", "| peak memory of a picture | 357 MB |  | 1 |"]

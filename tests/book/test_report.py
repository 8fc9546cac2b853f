"""The chapters read their numbers from reports that are whole and that judge the weights of the package."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from IPython.display import Markdown

from lfes_core.datasets.frames import subjects_of
from lfes_core.shipped import shipped_sets
from tests.book.modules import module_of_the_book
from tools.book.pages import ROOT

REPORTS = ROOT / "book" / "reports"
COMMITTED = sorted(path.parent for path in REPORTS.glob("*/report.json"))
CHAPTERS = {
    "12_evaluation_of_pictures": ("shipped", "test"),
    "13_evaluation_of_words": ("shipped", "test", "ablations"),
    "14_manipulating_words": ("shipped",),
}
"""Each chapter with the reports that it reads."""
FIGURE = {"value": 0.5, "low": 0.4, "high": 0.6, "n": 10}

NOT_OURS = {"0.201", "149.148", "0.237", "78.252", "0.304", "85.782", "0.260", "80.553"}
NOT_OURS |= {"0.661", "57.950", "0.648", "53.791"}
"""Table 1 of the paper."""

SETTINGS = {"0.01", "0.05", "0.975"}
"""A threshold that an exercise asks for, the usual limit of p, the quantile of an interval of 95 %."""

every_report = pytest.mark.parametrize("folder", COMMITTED, ids=lambda path: path.name)


@pytest.fixture(scope="module")
def module():
    return module_of_the_book("report")


def cells_of(chapter):
    return json.loads((ROOT / "book" / f"{chapter}.ipynb").read_text("utf-8"))["cells"]


def written(folder, rows, models=None):
    """A report with the figure "icc" of these rows; None gives a row without figures."""
    folder.mkdir()
    run = {"weights": "a", "sha256": "0", "preset": "tiny", "seed": 0, "facts": {"step": 100, "seconds": 60}}
    known = {row: [run] for row in rows if row not in ("copy", "stencil", "truth")} if models is None else models
    (folder / "report.json").write_text(json.dumps({"about": {}, "models": known, "aims": []}))
    names = {"row": "", "figure": "icc", "by": "", "group": ""}
    lines = [{**names, "row": row, **figure} for row, figure in rows.items() if figure]
    pd.DataFrame(lines).to_csv(folder / "figures.csv", index=False)
    return folder


@pytest.mark.parametrize(("name", "part"), [("shipped", "validation"), ("test", "test")])
def test_the_shipped_sets_were_judged_as_they_are_now_by_the_people_of_the_part(module, faces, name, part):
    report = module.Report(name)
    assert {run["weights"] for row in report.models for run in report.runs(row)} == set(shipped_sets())
    assert [row for row in report.models if not report.weights_are_shipped(row)] == []
    assert (report.about["part"], report.about["quick"]) == (part, False)
    assert tuple(report.about["people"]) == subjects_of(faces, part)


def test_the_reports_stay_small():
    assert sum(path.stat().st_size for path in REPORTS.rglob("*.*")) < 2_000_000


def test_other_weights_of_the_same_name_are_noticed(module, tmp_path):
    models = module.Report("shipped").data["models"]
    for change in ({"sha256": "0" * 64}, {"facts": {"step": 1}}, {"weights": "no_such_set"}):
        changed = models | {"full": [models["full"][0] | change]}
        folder = written(tmp_path / next(iter(change)), {"full": FIGURE, "full_moving": FIGURE}, changed)
        report = module.Report(folder)
        assert not report.weights_are_shipped("full") and report.weights_are_shipped("full_moving")


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_was_run_with_the_committed_report_and_types_no_figure(module, chapter):
    printed = json.dumps([cell.get("outputs") for cell in cells_of(chapter)])
    for name in CHAPTERS[chapter]:
        assert module.Report(name).sha256 in printed, f"run {chapter} again: the report {name} is another one"
    prose = ["".join(cell["source"]) for cell in cells_of(chapter) if cell["cell_type"] == "markdown"]
    assert set(re.findall(r"(?<![\d.])\d+\.\d\d+", "\n".join(prose))) - NOT_OURS - SETTINGS == set()
    for cell in cells_of(chapter):
        for output in cell.get("outputs", []):
            assert "".join(output.get("data", {}).get("text/markdown", "something")).strip(), cell["id"]


@every_report
def test_a_report_tells_the_same_in_every_file(folder, module):
    report = module.Report(folder)
    if (folder / "pictures.csv").is_file():
        for row, lines in report.pictures.items():
            mean = np.nanmean([line["ssim_moved"] for line in lines])
            assert mean == pytest.approx(report.value(row, "ssim_moved"), abs=2e-4)
    for row in report.models:
        told = module.in_brackets(report.figure(row, "ssim")).replace(module.HARD_SPACE, " ")
        assert told in (folder / "report.md").read_text("utf-8")


def test_rows_without_figures_are_left_out_and_a_report_that_was_not_made_is_none(module, tmp_path):
    assert module.find_report(tmp_path / "nothing") is None
    report = module.find_report(written(tmp_path / "r", {"full": FIGURE, "no_matching": None, "copy": FIGURE}))
    assert report.rows == ["full", "copy"] and report.models == ["full"]
    assert report.figure("no_matching", "icc") is None and np.isnan(report.value("no_matching", "icc"))
    heads = {"icc": "agreement", "ssim": "likeness"}
    assert report.table({"ssim": "likeness"}).count("\n") == 1, "nobody has an SSIM"
    told = report.table(heads, digits=1).replace(module.HARD_SPACE, " ").splitlines()
    assert told[0] == "|  | agreement | likeness |" and "L_LVM" not in "".join(told)
    assert told[2:] == ["| the paper's design | 0.5 ± 0.1 | – |", "| copy | 0.5 ± 0.1 | – |"]


def test_half_an_interval_is_told_where_it_does_not_round_to_nothing(module):
    told = [module.plus_minus(FIGURE | {"low": low}, 1).replace(module.HARD_SPACE, " ") for low in (0.4, 0.58)]
    assert told == ["0.5 ± 0.1", "0.5"]
    assert module.plus_minus(FIGURE | {"low": float("nan")}) == "0.500" and module.plus_minus(None) == module.NONE


def test_a_group_is_found_by_its_name(module):
    report = module.Report("shipped")
    pairs = report.groups("truth", "direction_right", "pair")
    assert list(pairs) == ["A-B", "A-C", "A-D", "A-E", "B-C", "B-D", "B-E", "C-D", "C-E", "D-E"]
    assert pairs["A-E"] == report.figure("truth", "direction_right", pair="A-E")
    lift = report.groups("full", "lift", "level word")["1 noun"]["value"]
    assert report.value("full", "lift", level=1, word="noun") == lift
    assert report.figure("full", "icc", unit=7) is None and report.groups("copy", "lift", "level word") == {}


def test_units_are_sorted_by_their_icc_and_none_is_lost(module):
    report = module.Report("shipped")
    for row in (*report.models, "stencil", "truth"):
        groups = report.by_icc(row)
        assert sorted(int(unit) for units in groups for unit in units) == [1, 2, 4, 5, 6, 9, 12, 15, 17, 20, 25, 26]
        for units, (low, high) in zip(groups, [(0.8, 2), (0.5, 0.8), (-2, 0.5)], strict=True):
            assert all(low <= report.value(row, "icc", unit=unit) < high for unit in units)


def test_a_warm_up_is_not_counted_as_training_with_all_losses(module):
    run = {"preset": "tiny", "facts": {"step": 6000}, "settings": {"adversarial.warmup": 5500}}
    assert module.steps_with_all_losses(run) == 500
    assert module.steps_with_all_losses({**run, "settings": {}}) == 6000 - 150
    assert module.steps_with_all_losses({**run, "facts": {"step": 100}}) == 0


def test_an_aim_that_needs_no_network_is_told_from_one_that_does(module, tmp_path):
    weak, low = ({**FIGURE, "value": value} for value in (0.2, 0.1))
    report = module.Report(written(tmp_path / "r", {"full": FIGURE, "copy": low, "stencil": weak}))
    for aim, also in {
        "at least 0.3": [],
        "at least 0.2": ["stencil"],
        "at most 0.2": ["copy", "stencil"],
        "at most 0.15": ["copy"],
    }.items():
        assert report.also_reached_by({"figure": "icc", "aim": aim}) == also
    assert report.also_reached_by({"figure": "words_alone", "aim": "at least 0"}) == []
    without = module.Report(written(tmp_path / "without", {"full": FIGURE}))
    assert without.also_reached_by({"figure": "icc", "aim": "at most 1"}) == []


def test_an_aim_that_copy_reaches_is_not_told_as_a_success(module, tmp_path):
    rows = {"full": FIGURE, "copy": {**FIGURE, "value": 0.2}, "stencil": {**FIGURE, "value": 0.4}}
    report = module.Report(written(tmp_path / "r", rows))
    for aim, told in {
        "at least 0.6": ["≥ 0.6", "0.500", "no"],
        "at least 0.45": ["≥ 0.45", "0.500", "yes"],
        "at least 0.3": ["≥ 0.3", "0.500", "yes, as stencil"],
        "at most 0.9": ["≤ 0.9", "0.500", "yes, as copy and stencil"],
    }.items():
        reached = report.reaches("full", {"figure": "icc", "aim": aim})
        report.aims = [{"row": "full", "figure": "icc", "aim": aim, "value": 0.5, "reached": reached}]
        assert report.verdict("full", "icc", aim[:7]) == told
    assert report.verdict("full_moving", "icc") == [module.NONE] * 3


@pytest.mark.parametrize("form", ["absent", "whole"])
def test_the_cells_on_ablations_run_with_or_without_their_report(module, form):
    names = {**vars(module), "all_losses": module.steps_with_all_losses}
    names["ablations"] = module.Report("ablations") if form == "whole" else None
    said = []
    names["Markdown"] = lambda text: said.append(text) or Markdown(text)
    for cell in cells_of("13_evaluation_of_words"):
        if "if ablations is not None" in "".join(cell["source"]):
            exec("".join(cell["source"]), names)
    assert len(said) == 2 and all(said), "an empty text shows as the name of its Python object"
    told = "\n".join(said)
    assert ("is not in this copy" in told) == (form == "absent")
    assert ("| without L_LVM in the generator | 0 |" in told) == (form == "whole")
    assert "nan" not in told and "None" not in told

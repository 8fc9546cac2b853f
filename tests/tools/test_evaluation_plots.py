"""The plots of a report: one file for each, none where nothing is known, one line where there is no report."""

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tools.evaluation.dots import PHRASES, TITLES
from tools.evaluation.look import COLORS
from tools.evaluation.plots import PLOTS, draw, main


def number(value: float) -> dict[str, Any]:
    return {"value": value, "low": value - 0.1, "high": value + 0.1, "n": 8}


def report() -> dict[str, Any]:
    """The shape of a report with a model, copy and the truth."""
    empty: dict[str, Any] = dict.fromkeys(TITLES)
    rows = {row: empty for row in COLORS} | {
        "full": {name: number(0.4) for name in TITLES},
        "copy": empty | {"ssim": number(0.9)},
        "truth": empty | {"ssim": {"value": 1.0, "low": None, "high": None, "n": 8}},
    }
    units = {
        "12": {"icc": 0.5, "measured": {"0": 0.1, "5": 3.0}},
        "26": {"icc": None, "measured": {"0": 0.0, "5": 4.0}},
    }
    roles = {name: {"lift": number(2.0), "pointing": number(0.5)} for name in ("noun", "and", "a")}
    level = {"pointing_by_chance": 0.1} | roles
    pairs = {"A-E": {"right": 1.0, "n": 8}, "A-C": {"right": 0.5, "n": 8}}
    words: dict[str, Any] = {
        "by_unit": units,
        "direction_by_unit": {"12": 1.0, "26": 0.0},
        "direction_by_pair": {"A-E": number(0.9), "A-C": number(0.8) | {"low": None, "high": None}},
        "direction_table": {"12": pairs, "26": {"A-E": pairs["A-E"]}},
        "response": {unit: {"7": 0.1, "12": 3.0, "26": 0.0} for unit in units},
        "locality_by_chance": 0.07,
    }
    words |= {name: number(0.5) for name in PHRASES} | {"unseen_icc": None}
    attention = {"level_1": level, "level_2": level | {"and": {"lift": None, "pointing": None}}}
    words["seeds"] = {"runs": [{"values": dict.fromkeys(TITLES, 0.3) | {"icc": None}}]}
    return {"rows": rows, "details": {"full": words | {"attention": attention}, "truth": words, "copy": {}}}


def test_every_plot_is_written_beside_the_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "report.json").write_text(json.dumps(report()))
    assert main([str(tmp_path)]) == 0
    written = [Path(line) for line in capsys.readouterr().out.split()]
    assert [path.stem for path in written] == list(PLOTS)
    for path in written:
        with Image.open(path) as picture:
            assert picture.width > 300 and picture.height > 200


def test_a_report_of_seven_rows_is_drawn_in_the_same_plots() -> None:
    found = report()
    model = found["details"]["full"]
    found["details"] = dict.fromkeys(COLORS, model)
    found["rows"] = dict.fromkeys(COLORS, found["rows"]["full"])
    assert list(draw(found)) == [f"{name}.png" for name in PLOTS]


def test_photographs_have_a_table_and_no_plots_of_words(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text(json.dumps(report() | {"details": {"full": {}}}))
    assert main([str(tmp_path)]) == 0
    assert [path.name for path in tmp_path.glob("*.png")] == ["plot_table.png"]


def test_a_folder_without_a_report_is_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for content in (None, "no json"):
        if content is not None:
            (tmp_path / "report.json").write_text(content)
        assert main([str(tmp_path)]) == 2
        error = capsys.readouterr().err
        assert error.startswith(f"error: {tmp_path}: ") and error.count("\n") == 1

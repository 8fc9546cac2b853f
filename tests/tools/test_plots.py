"""The plots of a report: one file for each, none where nothing is known, colors of the book, one line for an error."""

import json
from pathlib import Path
from typing import Any

import matplotlib
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from PIL import Image

from tests.book.modules import module_of_the_book
from tools import plots
from tools.book.pages import ROOT

ABLATIONS = ROOT / "book" / "reports" / "ablations"
NAMES = ["table", "others", "words", "directions", "pairs", "responses", "attention"]


@pytest.fixture(scope="module")
def figures():
    words = dict.fromkeys(("row", "figure", "by", "group"), str)
    table = pd.read_csv(ABLATIONS / "figures.csv", dtype=words).fillna({"by": "", "group": ""})
    return table[table["row"].isin(["full_skips", "copy", "truth"])]


def written(folder: Path, table: pd.DataFrame) -> Path:
    table.to_csv(folder / "figures.csv", index=False)
    aims = [{"figure": "icc", "row": "full", "aim": "at least 0.8", "value": 0.4, "reached": False}]
    (folder / "report.json").write_text(json.dumps({"aims": aims}))
    return folder


def test_every_plot_is_written_beside_the_report(figures, tmp_path, capsys):
    assert plots.main([str(written(tmp_path, figures))]) == 0
    drawn = [Path(line) for line in capsys.readouterr().out.split()]
    assert drawn == [tmp_path / f"plot_{name}.png" for name in NAMES]
    for path in drawn:
        with Image.open(path) as picture:
            assert picture.width > 300 and picture.height > 200


def test_photographs_have_no_plots_of_words(figures, tmp_path):
    plain = figures[
        figures["figure"].isin(["ssim", "ssim_moved", "l1_moved", "vse_distance"]) & (figures["by"] == "")
    ]
    assert plots.main([str(written(tmp_path, plain))]) == 0
    assert sorted(path.name for path in tmp_path.glob("*.png")) == ["plot_others.png", "plot_table.png"]


@pytest.fixture(scope="module")
def drawn(figures):
    matplotlib.use("agg")
    with matplotlib.rc_context(fname=plots.STYLE):
        matplotlib.rcParams["figure.constrained_layout.use"] = False
        return dict(plots.draw(figures, {"icc": 0.8}))


def test_a_plot_shows_the_numbers_of_the_table(figures, drawn):
    def of(name: str, by: str, row: str) -> pd.DataFrame:
        chosen = (figures["figure"] == name) & (figures["by"] == by) & (figures["row"] == row)
        return figures[chosen].set_index("group")

    def dots(axis: Any) -> set[float]:
        return {
            line.get_xdata()[0] for line in axis.lines if line.get_marker() == "o" and len(line.get_xdata())
        }

    table = {axis.get_title(): axis for axis in drawn["table"].axes}
    icc = figures[(figures["figure"] == "icc") & (figures["by"] == "")]
    assert dots(table["icc"]) == set(icc["value"])
    assert any(set(line.get_xdata()) == {0.8} for line in table["icc"].lines)
    words = {axis.get_title().split()[0]: axis for axis in drawn["words"].axes if axis.get_title()}
    measured = of("measured", "unit named", "truth")["value"]
    lines = [list(line.get_ydata()) for line in words["12"].lines]
    assert [measured[f"12 {level}"] for level in range(6)] in lines
    right = figures[(figures["figure"] == "direction_right") & (figures["by"] == "pair")]
    assert dots(drawn["directions"].axes[0]) == set(right["value"])
    heat = {axis.get_title(): axis for axis in drawn["responses"].axes}["truth"]
    responses = of("response", "about unit", "truth")["value"]
    assert list(heat.collections[0].get_array().ravel()) == list(responses)
    attention = {axis.get_title(): axis for axis in drawn["attention"].axes}["lift, full_skips"]
    assert dots(attention) == set(of("lift", "level word", "full_skips")["value"])


def test_the_rows_have_the_colors_of_the_book():
    figures, report = (module_of_the_book(name) for name in ("figures", "report"))
    with matplotlib.rc_context(fname=plots.STYLE):
        ours = {row: to_hex(color) for row, color in plots.COLORS.items()}
    assert ours == {row: figures.COLORS[name].lower() for row, name in report.COLORS.items()}

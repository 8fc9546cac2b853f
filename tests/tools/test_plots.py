"""The plots of a report: one file for each, none where nothing is known, colors of the book, one line for an error."""

import json
from pathlib import Path

import matplotlib
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from PIL import Image

from tests.book.modules import module_of_the_book
from tools import plots
from tools.book.pages import ROOT

SHIPPED = ROOT / "book" / "reports" / "shipped"
NAMES = ["table", "others", "words", "directions", "pairs", "responses", "attention"]


@pytest.fixture(scope="module")
def figures():
    words = dict.fromkeys(("row", "figure", "by", "group"), str)
    table = pd.read_csv(SHIPPED / "figures.csv", dtype=words).fillna({"by": "", "group": ""})
    return table[table["row"].isin(["full_moving", "copy", "stencil", "truth"])]


def written(folder, table):
    table.to_csv(folder / "figures.csv", index=False)
    aims = [{"figure": "icc", "row": "full", "aim": f"at least {aim}"} for aim in (0.8, 0.9)]
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
    known = figures["figure"].isin(["ssim", "ssim_moved", "l1_moved", "sharpness", "vse_distance"])
    assert plots.main([str(written(tmp_path, figures[known & (figures["by"] == "")]))]) == 0
    assert sorted(path.name for path in tmp_path.glob("*.png")) == ["plot_others.png", "plot_table.png"]


@pytest.fixture(scope="module")
def drawn(figures):
    matplotlib.use("agg")
    with matplotlib.rc_context(fname=plots.STYLE):
        matplotlib.rcParams["figure.constrained_layout.use"] = False
        return dict(plots.draw(figures, {"icc": {0.8, 0.9}}))


def test_a_plot_shows_the_numbers_of_the_table(figures, drawn):
    def of(name, by, *rows):
        chosen = (figures["figure"] == name) & (figures["by"] == by)
        return figures[chosen & figures["row"].isin(rows or plots.COLORS)].set_index("group")["value"]

    def axis(plot, title):
        return next(one for one in drawn[plot].axes if one.get_title().startswith(title))

    def dots(axis):
        return {x[0] for line in axis.lines if line.get_marker() == "o" and len(x := line.get_xdata())}

    assert dots(axis("table", "icc")) == set(of("icc", ""))
    marks = {line.get_xdata()[0] for line in axis("table", "icc").lines if line.get_linestyle() == ":"}
    assert marks == {0.8, 0.9}
    measured = of("measured", "unit named", "truth")
    lines = [list(line.get_ydata()) for line in axis("words", "12 ").lines]
    assert [value for group, value in measured.items() if group.startswith("12 ")] in lines
    assert dots(axis("directions", "")) == set(of("direction_right", "pair"))
    heat = axis("responses", "truth").collections[0].get_array()
    assert list(heat.ravel()) == list(of("response", "about unit", "truth"))
    assert dots(axis("attention", "lift, full_moving")) == set(of("lift", "level word", "full_moving"))


def test_the_rows_have_the_colors_of_the_book():
    figures, report = (module_of_the_book(name) for name in ("figures", "report"))
    with matplotlib.rc_context(fname=plots.STYLE):
        ours = {row: to_hex(color) for row, color in plots.COLORS.items()}
    assert ours == {row: figures.COLORS[name].lower() for row, name in report.COLORS.items()}

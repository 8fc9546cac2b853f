"""Short runs from the shipped set that differ in one weight of Eq. 6."""

import pandas as pd
import pytest

from lfes_core.synthesis import Synthesizer
from tools.book import lambdas
from tools.book.lambdas import ROWS, configuration, main
from tools.book.losses import MEASURED, START


def test_the_first_row_has_the_losses_of_the_shipped_set():
    assert configuration("as shipped", 1).losses == Synthesizer.load(START).config.losses


@pytest.mark.parametrize("row", list(ROWS)[1:])
def test_each_other_row_changes_one_setting(row):
    one, two = (configuration(name, 1).flat() for name in (row, "as shipped"))
    assert {key for key in one if one[key] != two[key]} == set(ROWS[row])
    assert len(ROWS[row]) == 1


def test_the_table_has_copy_the_start_and_each_row(tmp_path, monkeypatch):
    asked = {}

    def measured(runs, faces, references):
        asked.update(runs)
        measure = dict.fromkeys((*MEASURED, "pairs"), 0.5)
        return [{"losses": name} | measure for name in (*references, *runs)]

    monkeypatch.setattr(lambdas, "open_dataset", lambda data: None)
    monkeypatch.setattr(lambdas, "trained", lambda out, rows, faces: {"before": START} | dict.fromkeys(rows, out))
    monkeypatch.setattr(lambdas, "measured", measured)
    assert main([str(tmp_path), "--seed", "3"]) == 0
    assert list(asked) == ["before", *ROWS]
    table = pd.read_csv(tmp_path / "seed_3.csv")
    assert table["weights"].tolist() == ["copy", "before", *ROWS] and set(table["seed"]) == {3}

"""Short runs from the shipped set that differ in one weight of Eq. 6, and that kept runs are not trained again."""

from types import SimpleNamespace

import pandas as pd
import pytest

from lfes_core.synthesis import Synthesizer
from tools.book import lambdas
from tools.book.lambdas import ROWS, SHORT, configuration, main
from tools.book.losses import MEASURED, START


def test_the_first_row_has_the_losses_of_the_shipped_set():
    assert configuration("as shipped", 1).losses == Synthesizer.load(START).config.losses


@pytest.mark.parametrize("row", list(ROWS)[1:])
def test_each_other_row_changes_one_setting(row):
    one, two = (configuration(name, 1).flat() for name in (row, "as shipped"))
    assert {key for key in one if one[key] != two[key]} == set(ROWS[row])
    assert len(ROWS[row]) == 1


def test_runs_that_are_finished_are_kept_and_others_go_on(tmp_path, monkeypatch):
    steps = {0: SHORT["adversarial.steps"], 1: 7}  # the second was interrupted
    for number in steps:
        (tmp_path / f"{number}_seed_3").mkdir()
        for name in ("run.json", "config.json"):
            (tmp_path / f"{number}_seed_3" / name).write_text("{}")
    trained, load = [], Synthesizer.load

    def facts(path):
        return load(path) if path == START else SimpleNamespace(facts={"step": steps[int(path.name[0])]})

    monkeypatch.setattr(lambdas.Synthesizer, "load", facts)
    monkeypatch.setattr(lambdas, "open_dataset", lambda data: None)
    monkeypatch.setattr(lambdas, "train", lambda config, faces, run, options: trained.append((run.name, options)))
    measure = dict.fromkeys((*MEASURED, "pairs"), 0.5)
    monkeypatch.setattr(lambdas, "measured", lambda runs, faces: [{"losses": name} | measure for name in runs])
    monkeypatch.setattr(lambdas, "copied", lambda faces: {"losses": "copy"} | measure)
    assert main([str(tmp_path), "--seed", "3"]) == 0
    assert [name for name, _ in trained] == [f"{number}_seed_3" for number in range(1, len(ROWS))]
    assert [options.resume for _, options in trained] == [True] + [False] * (len(ROWS) - 2)
    assert [options.start_from for _, options in trained] == [None] + [START] * (len(ROWS) - 2)
    table = pd.read_csv(tmp_path / "seed_3.csv")
    assert table["weights"].tolist() == ["copy", "before", *ROWS] and set(table["seed"]) == {3}

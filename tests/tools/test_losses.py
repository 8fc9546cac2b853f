"""Short runs that differ in their losses only: what each row changes, and that kept runs are not trained again."""

from itertools import pairwise
from types import SimpleNamespace

import pandas as pd

from lfes_core.config import LossConfig
from lfes_core.synthesis import Synthesizer
from tools.book import losses
from tools.book.losses import EVERYWHERE, MEASURED, ROWS, configuration, main


def changed(row: str, other: str) -> set[str]:
    one, two = (configuration(name, 1).flat() for name in (row, other))
    return {key.rpartition(".")[2] for key in one if one[key] != two[key]}


def test_each_row_changes_what_its_name_says_and_nothing_else():
    ladder = list(ROWS)[:5]
    added = [changed(row, before) for before, row in pairwise(ladder)]
    assert added[1:] == [{"face_adversarial"}, {"expression_adversarial"}, {"identity", "language_visual"}]
    everything = ladder[-1]
    for name, key in {
        "all, without L_id": "identity",
        "all, without L_LVM": "language_visual",
        "all, and wrong sentences": "mismatched_sentences",
        "all, and gradient penalty": "gradient_penalty",
    }.items():
        assert changed(name, everything) == {key}


def test_the_first_row_never_hears_a_discriminator():
    settings = configuration("L1 alone", 1).adversarial
    assert settings.warmup == settings.steps == EVERYWHERE["adversarial.steps"]


def test_the_papers_text_has_no_setting_of_ours():
    config = configuration("the paper's text", 1)
    assert config.losses == LossConfig()
    ours = config.adversarial.condition_dropout, config.adversarial.photographic, config.adversarial.mirror
    assert ours == (0, 0, False)


def test_runs_that_are_finished_are_kept_and_others_go_on(tmp_path, monkeypatch):
    steps = {0: EVERYWHERE["adversarial.steps"], 1: 7}  # the second was interrupted
    for number in steps:
        (tmp_path / f"{number}_seed_3").mkdir()
        for name in ("run.json", "checkpoint.safetensors"):
            (tmp_path / f"{number}_seed_3" / name).write_text("{}")
    trained, load = [], Synthesizer.load

    def facts(path):
        if path == losses.START:
            return load(path)
        return SimpleNamespace(facts={"step": steps[int(path.name[0])]})

    monkeypatch.setattr(losses.Synthesizer, "load", facts)
    monkeypatch.setattr(losses, "open_dataset", lambda data: None)
    monkeypatch.setattr(losses, "train", lambda config, faces, run, options: trained.append((run.name, options)))
    measure = dict.fromkeys(MEASURED, 0.5)
    monkeypatch.setattr(losses, "measured", lambda runs, faces: [{"losses": name} | measure for name in runs])
    main([str(tmp_path), "--seed", "3"])
    assert [name for name, _ in trained] == [f"{number}_seed_3" for number in range(1, len(ROWS))]
    assert [options.resume for _, options in trained] == [True] + [False] * (len(ROWS) - 2)
    assert [options.start_from for _, options in trained] == [None] + ["tiny"] * (len(ROWS) - 2)
    table = pd.read_csv(tmp_path / "seed_3.csv")
    assert table["losses"].tolist() == ["before", *ROWS] and set(table["seed"]) == {3}

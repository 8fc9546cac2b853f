"""A run folder takes one run with one configuration, and says clearly when it does not."""

import json

import pytest

from lfes_core.config import preset
from lfes_core.errors import UserError
from lfes_core.training.run_folder import RunFolder, in_lines


@pytest.fixture
def folder(tmp_path) -> RunFolder:
    folder = RunFolder(tmp_path / "run")
    folder.check(preset("tiny"), resume=False)
    folder.create(preset("tiny"))
    return folder


def refusal(folder: RunFolder, config, *, resume: bool) -> str:
    before = sorted((path.name, path.stat().st_mtime_ns) for path in folder.path.rglob("*"))
    with pytest.raises(UserError) as caught:
        folder.check(config, resume=resume)
    assert sorted((path.name, path.stat().st_mtime_ns) for path in folder.path.rglob("*")) == before
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_folder_that_holds_a_run_is_not_started_again(folder):
    assert "already holds a run; continue it with --resume" in refusal(folder, preset("tiny"), resume=False)


def test_resume_needs_a_run(tmp_path):
    assert "holds no run to resume" in refusal(RunFolder(tmp_path / "none"), preset("tiny"), resume=True)


def test_resume_names_the_first_setting_that_differs(folder):
    assert "preset = 'tiny', and now it is 'book'" in refusal(folder, preset("book"), resume=True)
    other = preset("tiny").overridden({"losses.identity": 0.25, "adversarial.learning_rate": 0.5})
    message = refusal(folder, other, resume=True)
    assert "losses.identity = 5.0, and now it is 0.25" in message
    assert "learning_rate" not in message


def test_a_run_that_is_older_than_a_setting_goes_on_with_the_default(folder):
    stored = json.loads(folder.config.read_text())
    del stored["networks"]["language"]["input"]
    folder.config.write_text(json.dumps(stored))
    folder.check(preset("tiny"), resume=True)
    other = preset("tiny").overridden(
        {"networks.language.input": "action_units", "losses.language_visual": 0}
    )
    assert "input = 'sentence', and now it is 'action_units'" in refusal(folder, other, resume=True)


def test_a_run_may_go_on_longer_and_tell_of_itself_more_often(folder):
    folder.check(
        preset("tiny").overridden({"adversarial.steps": 10_000, "adversarial.grid_interval": 5}), resume=True
    )


def test_a_file_or_a_damaged_configuration_is_named(folder, tmp_path):
    folder.config.write_text("{")
    assert "config.json cannot be read" in refusal(folder, preset("tiny"), resume=True)
    (tmp_path / "file").write_text("")
    assert "is a file" in refusal(RunFolder(tmp_path / "file"), preset("tiny"), resume=False)


def test_every_setting_stands_in_the_lines_of_a_log():
    config = preset("book")
    text = "\n".join(in_lines(config))
    assert "preset book, seed 0" in text
    assert "losses: adversarial 1.0, identity 5.0, reconstruction 0.005" in text
    assert text.count("learning_rate") == 2
    assert "channels [32, 64, 128, 256, 256, 256, 512]" in text

"""The kept runs are whole, small, and those that the weights of the package came from."""

import csv
import json
import re
from pathlib import Path

import pytest
from PIL import Image

from lfes_core.config import Config
from lfes_core.shipped import shipped_sets, synthesizer_file
from lfes_core.weights import SYNTHESIZER, load
from tests.book.modules import module_of_the_book
from tools.book.failure_runs import FAILURES

RUNS = Path(__file__).resolve().parents[2] / "book" / "runs"
RECORDS = sorted(path.parent for path in RUNS.glob("*/record.json"))
SHIPPED = ("tiny", "tiny_moving")
GOES_ON_FROM = {
    "tiny": "tiny_lambda_8",
    "tiny_lambda_8": "tiny_lambda_20",
    "tiny_lambda_20": "tiny_r1",
    "tiny_r1": "tiny_lambda_1",
    "tiny_lambda_1": "tiny_l1",
    "tiny_moving": "tiny_moving_r1",
    "tiny_moving_r1": "tiny_moving_lambda_1",
    "tiny_moving_lambda_1": "tiny_moving_l1",
}
every_record = pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.name)


def kept(record, name):
    return json.loads((record / f"{name}.json").read_text("utf-8"))


def test_the_runs_of_the_chapter_are_there():
    assert {path.name for path in RECORDS} >= {
        *SHIPPED,
        *GOES_ON_FROM.values(),
        *FAILURES,
        "matching",
        "first_long_run",
    }


@pytest.mark.parametrize("name", SHIPPED)
def test_the_replayed_run_is_the_one_whose_weights_are_shipped(name):
    assert name in shipped_sets()
    shipped = load(synthesizer_file(name), SYNTHESIZER)
    told = kept(RUNS / name, "record")
    assert told["synthesizer_sha256"] == shipped.sha256 and told["step"] == shipped.facts["step"]
    assert Config.from_json(kept(RUNS / name, "config")) == shipped.config
    assert max(module_of_the_book("replay").Record(name).pictures) == told["step"]


@pytest.mark.parametrize(("name", "before"), GOES_ON_FROM.items())
def test_a_run_with_all_losses_goes_on_from_the_one_before(name, before):
    assert f"--start-from runs/{before}" in kept(RUNS / name, "record")["command"]
    warmup = kept(RUNS / before, "config")["adversarial"]["warmup"]
    assert kept(RUNS / name, "config")["adversarial"]["warmup"] == 0
    assert (warmup > 0) == before.endswith("_l1")


@every_record
def test_a_record_shows_its_people_says_how_it_was_made_and_stays_small(record):
    told = kept(record, "record")
    Config.from_json(kept(record, "config"))  # no setting that is gone
    assert told["command"].startswith("python -m ") and told["title"] and told["hardware"]
    *_, last = module_of_the_book("replay").Record(record).pictures.values()
    with Image.open(last) as strip, Image.open(record / "fixed.webp") as fixed:
        assert strip.width == len(told["people"]) * strip.height == fixed.width
        assert fixed.height == 2 * strip.height
    assert sum(path.stat().st_size for path in record.iterdir()) < 600_000


@pytest.mark.parametrize("name", FAILURES)
def test_the_command_of_a_failure_has_the_settings_of_its_record(name):
    assert Config.from_json(kept(RUNS / name, "config")) == FAILURES[name].config()


def test_the_chapters_replay_stays_small_and_each_run_has_a_color_of_its_own():
    script = (RUNS.parent / "explorer" / "replay.js").read_text("utf-8")
    (listed,) = re.findall(r"const COLORS = (\[.*?\]);", script)
    module, shown = module_of_the_book("replay"), module_of_the_book("training_runs").REPLAYED
    colors = json.loads(listed)
    assert len(set(colors)) == len(colors) >= len(shown) > 1
    assert len(module.replay([module.Record(name) for name in shown], shown).page) < 1_500_000


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_and_its_control_were_asked_at_the_same_steps(name):
    with (RUNS / "failure_controls.csv").open(newline="", encoding="utf-8") as file:
        asked = [row["step"] for row in csv.DictReader(file) if row["failure"] == name]
    with (RUNS / name / "probes.csv").open(newline="", encoding="utf-8") as file:
        assert asked == [row["step"] for row in csv.DictReader(file)]

"""The kept runs are whole, small, and those that the weights of the package came from."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from lfes_core.config import Config
from lfes_core.shipped import shipped_sets, synthesizer_file
from lfes_core.weights import SYNTHESIZER, load
from tests.book.modules import module_of_the_book
from tools.book.failure_runs import FAILURES

RUNS = Path(__file__).resolve().parents[2] / "book" / "runs"
RECORDS = sorted(path.parent for path in RUNS.glob("*/record.json"))
SHIPPED = ("tiny", "tiny_skips")
every_record = pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.name)


def facts(record: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((record / "record.json").read_text("utf-8"))
    return found


def test_the_runs_of_the_chapter_are_there() -> None:
    assert {path.name for path in RECORDS} >= {*SHIPPED, *FAILURES, "matching", "first_long_run"}


@pytest.mark.parametrize("name", SHIPPED)
def test_the_replayed_run_is_the_one_whose_weights_are_shipped(name: str) -> None:
    assert name in shipped_sets()
    shipped = load(synthesizer_file(name), SYNTHESIZER)
    told = facts(RUNS / name)
    assert told["synthesizer_sha256"] == shipped.sha256 and told["step"] == shipped.facts["step"]
    kept = Config.from_json(json.loads((RUNS / name / "config.json").read_text("utf-8")))
    assert kept == shipped.config
    assert max(module_of_the_book("replay").Record(name).pictures) == told["step"]


@every_record
def test_a_record_shows_its_people_and_says_how_it_was_made(record: Path) -> None:
    told = facts(record)
    assert told["command"].startswith("python -m ") and told["title"] and told["hardware"]
    *_, last = module_of_the_book("replay").Record(record).pictures.values()
    with Image.open(last) as strip, Image.open(record / "fixed.webp") as fixed:
        assert strip.width == len(told["people"]) * strip.height == fixed.width
        assert fixed.height == 2 * strip.height


@pytest.mark.parametrize("name", FAILURES)
def test_the_command_of_a_failure_has_the_settings_of_its_record(name: str) -> None:
    kept = Config.from_json(json.loads((RUNS / name / "config.json").read_text("utf-8")))
    assert kept == FAILURES[name].config()


@every_record
def test_a_record_stays_small(record: Path) -> None:
    assert sum(path.stat().st_size for path in record.iterdir()) < 600_000


def test_the_chapters_replay_stays_below_a_megabyte_and_a_half() -> None:
    module = module_of_the_book("replay")
    records = [module.Record(name) for name in SHIPPED]
    assert len(module.replay(records, SHIPPED).page) < 1_500_000


def test_each_run_of_the_chapters_replay_has_a_color_of_its_own() -> None:
    book = RUNS.parent
    (listed,) = re.findall(r"const colors = (\[.*?\]);", (book / "replay.html").read_text("utf-8"))
    cells = json.loads((book / "11_full_gpu_training.ipynb").read_text("utf-8"))["cells"]
    (text,) = (text for cell in cells if "replay(list(runs" in (text := "".join(cell["source"])))
    colors, shown = json.loads(listed), re.findall(r'": "(\w+)",\n', text)
    assert len(set(colors)) == len(colors) >= len(shown) > 1


def test_a_record_knows_whether_its_weights_were_asked() -> None:
    module = module_of_the_book("replay")
    assert module.Record("tiny").has_probes and not module.Record("tiny_level_1").has_probes

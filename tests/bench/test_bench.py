"""The command `bench` measures all that it promises, and its table shows it."""

import json

import pytest
import torch

from lfes_core.bench import measure, table
from lfes_core.bench.driven import STAGES, Driven
from lfes_core.command_line import main
from tests.training.faces import small


class Canned(Driven):
    """In the place of a schedule in its own process: steps of which every part takes a second, or two."""

    def __init__(self, config, measures_off=()):
        self.about = {"precision": "32-true", "threads": 1, "peak": 1e9}
        self._seconds = 2.0 if measures_off else 1.0

    def step(self, stage, counted=False):
        sides = ("matching",) if stage == "matching" else ("synthesis", "discriminators", "generator")
        parts = {part: (self._seconds, self._seconds) for part in (*sides, "update")}
        return {"parts": parts, "losses": {}} | ({"operations": 3e9} if counted else {})

    def end(self):
        return 10**9


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> dict:
    path = tmp_path_factory.mktemp("bench") / "bench.json"
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(measure, "Driven", Canned)
        patched.setattr(measure, "AT_ONCE", (1,))
        patched.setattr(measure, "REPEATS", {"tiny": 1, "book": 2, "measures": 1})
        assert main(["bench", "--out", str(path)]) == 0
    return json.loads(path.read_text("utf-8"))


def test_a_schedule_takes_and_counts_real_steps_in_a_process_of_its_own():
    schedule = Driven(small())
    assert schedule.about["threads"] == torch.get_num_threads() and schedule.about["peak"] > 1e8
    step = schedule.step("adversarial", counted=True)
    assert set(step["parts"]) == {"synthesis", "discriminators", "generator", "update"}
    assert step["operations"] > 1e8 and min(min(clocks) for clocks in step["parts"].values()) > 0
    assert {"generator", "discriminator"} <= step["losses"].keys()
    assert schedule.end() > 1e8


@pytest.mark.parametrize(("name", "steps"), [("tiny", 1), ("book", 2)])
def test_the_record_has_every_part_with_both_schedules(record, name, steps):
    rows = {(row["what"], row["whose"]): row for row in record["presets"][name]["rows"]}
    for stage in STAGES:
        for whose in ("ours", "reference"):
            for what in ("pairs a second", "ms of processor time", "billions of operations", "% of the measured peak"):
                assert rows[f"{stage}: {what}", whose]["median"] > 0
        assert rows[f"{stage}: times as long", "ratio"]["median"] == 2
        assert rows[f"{stage}: times as long", "ratio"]["n"] == steps
    parts = {what for what, whose in rows if what.startswith("adversarial: ms, ") and whose == "reference"}
    assert parts == {f"adversarial: ms, {part}" for part in ("synthesis", "discriminators", "generator", "update")}


def test_the_record_has_each_measure_alone_the_loader_and_synthesis_of_every_shipped_set(record):
    assert {f"without {each}: times as long" for each in measure.MEASURES} <= {
        row["what"] for row in record["presets"]["tiny"]["rows"]
    }
    rows = {(row["what"], row["whose"]) for row in record["rows"]}
    assert {"tiny", "tiny_moving"} <= {whose for what, whose in rows if what.startswith("synthesis: ms a picture, 1")}
    assert ("loader: times what training takes, kept", "ours") in rows


def test_the_tables_show_each_row_with_its_spread(record):
    text = "\n".join(table.tables(record))
    assert record["machine"]["hardware"] in text
    every = [*record["rows"], *(row for trained in record["presets"].values() for row in trained["rows"])]
    assert all(row["what"] in text for row in every if not row["what"].startswith("without "))
    assert all(f"Preset `{name}`" in text for name in record["presets"])
    assert all(ours in text and recipe in text for ours, recipe in record["measures"].values())
    several = {"what": "x", "whose": "ours", "median": 2.0, "low": 1.5, "high": 123.4, "n": 3}
    assert table._number(several) == "2 (1.5 to 123)"


def test_a_record_that_cannot_be_written_is_refused_before_anything_is_measured(capsys):
    assert main(["bench", "--out", "nowhere/at/all.json"]) == 2
    assert capsys.readouterr().err.startswith("error: --out")

"""A record keeps what a replay needs, and little more."""

import json

import numpy as np
import pytest
from PIL import Image

from lfes_core.config import preset
from tools.book.run_record import TILE, describe_run, keep, metrics, spread

PEOPLE = 3


def grid(shade: int) -> Image.Image:
    """A sample grid: each person's row has a gray of its own, each column another, and level 3 the given shade."""
    rows = []
    for person in range(PEOPLE):
        grays = [20 * person + 5 * number for number in range(5)]
        grays[3] = shade + 20 * person
        rows.append(np.concatenate([np.full((TILE, TILE, 3), gray, np.uint8) for gray in grays], axis=1))
    return Image.fromarray(np.concatenate(rows))


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "run"
    (folder / "samples").mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    for step in (0, 100, 200):
        grid(step // 2).save(folder / "samples" / f"step_{step:06d}.png")
    lines = ["stage,step,seconds,skipped,matching,reconstruction,ssim,ssim_moved"]
    lines += [f"matching,{step},{step},{step // 9},{step},,," for step in range(1, 401)]
    lines += ["adversarial,1,401,0,,5,,", "adversarial,0,400,0,,,0.10,0.20"]
    (folder / "metrics.csv").write_text("\n".join(lines) + "\n")
    return folder


@pytest.fixture
def record(run):
    keep(run, run.parent / "record", frames=16, side=32)
    return run.parent / "record"


def test_a_record_keeps_level_3_of_each_person_in_the_order_of_the_grid(record):
    assert sorted(path.name for path in record.iterdir()) == [
        "config.json", "fixed.webp", "grid.webp", "metrics.csv",
        "step_000000.webp", "step_000100.webp", "step_000200.webp",
    ]  # fmt: skip
    pixels = np.asarray(Image.open(record / "step_000100.webp").convert("L"), float)
    assert pixels.shape == (32, 32 * PEOPLE)
    for person in range(PEOPLE):
        assert abs(pixels[:, 32 * person + 4 : 32 * person + 28].mean() - (50 + 20 * person)) < 3
    fixed = np.asarray(Image.open(record / "fixed.webp").convert("L"), float)
    assert fixed.shape == (64, 32 * PEOPLE)
    assert abs(fixed[4:28, 36:60].mean() - 20) < 3 and abs(fixed[36:60, 36:60].mean() - 40) < 3


def test_a_second_record_leaves_nothing_of_the_first(run, record):
    (run / "samples" / "step_000100.png").unlink()
    keep(run, record, frames=16, side=32)
    assert not (record / "step_000100.webp").exists()


def test_losses_become_means_and_held_out_numbers_stay_as_they_are_in_the_order_of_the_run(run, record):
    rows = metrics(record)
    assert list(rows.columns) == list(metrics(run).columns)
    assert rows["stage"].tolist() == ["matching"] * 100 + ["adversarial"] * 2
    assert rows["step"].tolist() == [*map(str, range(4, 401, 4)), "0", "1"]
    assert rows.iloc[2].tolist() == ["matching", "12", "12", "1", "10.5", "", "", ""]
    assert rows.iloc[-2:].to_numpy().tolist() == [
        ["adversarial", "0", "400", "0", "", "", "0.10", "0.20"],
        ["adversarial", "1", "401", "0", "", "5", "", ""],
    ]


def test_steps_are_spread_with_both_ends_and_more_of_the_beginning():
    steps = list(range(0, 5100, 100))
    chosen = spread(steps, 12)
    assert len(set(chosen)) == 12 and chosen == sorted(chosen) and (chosen[0], chosen[-1]) == (0, 5000)
    assert chosen[1] - chosen[0] < chosen[-1] - chosen[-2]
    assert spread(steps[:5], 12) == steps[:5] and len(set(spread(steps[:13], 12))) == 12


def test_a_record_names_the_machine_the_memory_and_the_weights_that_the_run_began_with(run):
    (run / "config.json").write_text(json.dumps(preset("tiny").to_json()))
    starts = [{"hardware": "a machine", "threads": 2, "peak_memory_bytes": size} for size in (3e9, 2e9)]
    about = {"start_from": {"run": "before", "sha256": "abc"}, "starts": starts}
    (run / "run.json").write_text(json.dumps(about))
    told = describe_run(run, "scanfaces")
    assert told["hardware"] == "a machine, 2 threads; in 2 sittings"
    assert (told["memory"], told["start_from"], len(told["people"])) == ("3.0 GB", "abc", 4)
    (run / "run.json").write_text(json.dumps(about | {"start_from": None}))
    assert describe_run(run, "scanfaces")["start_from"] is None

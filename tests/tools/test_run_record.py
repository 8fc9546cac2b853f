"""A record keeps what a replay needs, and little more."""

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lfes_core.training.log import COLUMNS
from tools.book.run_record import TILE, column, keep, spread, thinned

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
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    (folder / "samples").mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    for step in (0, 100, 200):
        grid(step // 2).save(folder / "samples" / f"step_{step:06d}.png")
    with (folder / "metrics.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ("stage", "step", *COLUMNS), restval="")
        writer.writeheader()
        for step in range(1, 401):
            writer.writerow({"stage": "matching", "step": step, "seconds": step, "matching": step})
        writer.writerow({"stage": "adversarial", "step": 0, "seconds": 400, "ssim": 0.1, "ssim_moved": 0.2})
        writer.writerow({"stage": "adversarial", "step": 1, "seconds": 401, "reconstruction": 5})
    return folder


def test_a_record_keeps_level_3_of_each_person_in_the_order_of_the_grid(run: Path, tmp_path: Path) -> None:
    record = tmp_path / "record"
    keep(run, record, frames=16, side=32)
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


def test_a_second_record_leaves_nothing_of_the_first(run: Path, tmp_path: Path) -> None:
    record = tmp_path / "record"
    keep(run, record, frames=16, side=32)
    (run / "samples" / "step_000100.png").unlink()
    keep(run, record, frames=16, side=32)
    assert not (record / "step_000100.webp").exists()


def test_losses_become_means_and_held_out_numbers_stay_as_they_are(run: Path, tmp_path: Path) -> None:
    record = tmp_path / "record"
    keep(run, record, frames=16, side=32)
    with (record / "metrics.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    matching = [row for row in rows if row["stage"] == "matching"]
    assert len(matching) == 100
    assert matching[0] | {"step": "4", "seconds": "4", "matching": "2.5"} == matching[0]
    assert [row["ssim_moved"] for row in rows[100:]] == ["0.2", ""]
    assert rows[-1]["reconstruction"] == "5"


def test_rows_stay_in_the_order_of_the_run(run: Path) -> None:
    with (run / "metrics.csv").open(newline="") as file:
        rows = thinned(list(csv.DictReader(file)))
    places = [(row["stage"] == "adversarial", int(row["step"])) for row in rows]
    assert places == sorted(places)


def test_steps_are_spread_with_both_ends_and_more_of_the_beginning() -> None:
    steps = list(range(0, 5100, 100))
    chosen = spread(steps, 12)
    assert len(chosen) == len(set(chosen)) == 12 and chosen == sorted(chosen)
    assert chosen[0] == 0 and chosen[-1] == 5000
    assert chosen[1] - chosen[0] < chosen[-1] - chosen[-2]
    assert spread(steps[:5], 12) == steps[:5]
    assert spread(steps[:13], 12)[-1] == 1200


def test_a_column_is_one_picture_of_all_people() -> None:
    assert column(grid(0), 4, 10).size == (10 * PEOPLE, 10)

"""TensorBoard sees every row once and every grid, also after a resume, and costs nothing before training."""

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from lfes_core.training.metrics_file import COLUMNS
from lfes_core.training.tensorboard_log import GROUPS, TensorBoardLog


def read(folder: Path) -> EventAccumulator:
    events = EventAccumulator(str(folder))
    events.Reload()
    return events


def points(folder: Path, curve: str) -> list[tuple[int, float]]:
    return [(event.step, event.value) for event in read(folder).Scalars(curve)]


def write(folder: Path, stage: str, kept: int, steps: range, value: float) -> None:
    log = TensorBoardLog(folder, stage, kept)
    for step in steps:
        log.scalars(stage, step, {"generator": value, "ssim": value})
    log.close()


def test_a_resumed_run_leaves_no_step_twice(tmp_path):
    write(tmp_path, "adversarial", 0, range(1, 6), 1.0)
    write(tmp_path, "adversarial", 3, range(4, 8), 2.0)
    expected = [(1, 1.0), (2, 1.0), (3, 1.0), (4, 2.0), (5, 2.0), (6, 2.0), (7, 2.0)]
    assert points(tmp_path / "adversarial", "losses/generator") == expected
    assert points(tmp_path / "adversarial", "held_out/ssim") == expected


def test_a_run_resumed_in_matching_forgets_the_stage_after_it(tmp_path):
    write(tmp_path, "adversarial", 0, range(0, 2), 1.0)
    log = TensorBoardLog(tmp_path, "matching", 2)
    log.scalars("matching", 3, {"matching": 8.0})
    log.scalars("adversarial", 0, {"generator": 3.0})
    log.close()
    assert points(tmp_path / "matching", "losses/matching") == [(3, 8.0)]
    assert points(tmp_path / "adversarial", "losses/generator") == [(0, 3.0)]


def test_a_value_that_is_no_number_leaves_a_gap(tmp_path):
    log = TensorBoardLog(tmp_path, "adversarial", 0)
    log.scalars("adversarial", 1, {"generator": float("nan"), "identity": 0.5})
    log.close()
    assert read(tmp_path / "adversarial").Tags()["scalars"] == ["losses/identity"]


def test_a_sample_grid_arrives_as_a_picture_of_half_the_size(tmp_path):
    log = TensorBoardLog(tmp_path, "adversarial", 0)
    log.grid("adversarial", 2, Image.new("RGB", (1280, 512), (200, 10, 10)))
    log.close()
    (picture,) = read(tmp_path / "adversarial").Images("samples")
    assert (picture.step, picture.width, picture.height) == (2, 640, 256)


def test_every_group_names_columns_that_exist():
    assert {name for names in GROUPS.values() for name in names} <= set(COLUMNS)


@pytest.mark.parametrize(
    "module", ["lfes_core.training", "lfes_core.training.tensorboard_log", "lfes_core.synthesis"]
)
def test_importing_the_package_does_not_import_tensorboard(module):
    code = f"import sys, {module}; sys.exit(any(name.split('.')[0] == 'tensorboard' for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

"""Rows arrive at once under one header, and a resumed run continues them without a seam."""

import csv

import pytest

from lfes_core.training.metrics_file import MetricsFile, RunningMeans


def rows(file: MetricsFile) -> list[dict[str, str]]:
    with file.path.open(newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture
def file(tmp_path) -> MetricsFile:
    file = MetricsFile(tmp_path / "metrics.csv", ("loss", "ssim"))
    file.drop_after("matching", 0)
    file.append("matching", 10, {"loss": 2.5})
    file.append("adversarial", 5, {"loss": 1.25, "ssim": 0.5})
    file.append("adversarial", 10, {"loss": 0.125})
    return file


def test_a_row_is_on_disk_when_append_returns_and_other_columns_stay_empty(file):
    assert file.path.read_text().splitlines() == [
        "stage,step,loss,ssim",
        "matching,10,2.5,",
        "adversarial,5,1.25,0.5",
        "adversarial,10,0.125,",
    ]


@pytest.mark.parametrize(
    ("stage", "step", "left"),
    [
        ("adversarial", 10, 3),
        ("adversarial", 9, 2),
        ("adversarial", 0, 1),
        ("matching", 10, 1),
        ("matching", 9, 0),
    ],
)
def test_rows_after_the_resumed_step_are_dropped(file, stage, step, left):
    file.drop_after(stage, step)
    assert len(rows(file)) == left
    assert file.path.read_text().startswith("stage,step,loss,ssim")


def test_a_row_that_a_kill_has_torn_is_dropped(file):
    with file.path.open("a") as stream:
        stream.write("advers")
    file.drop_after("adversarial", 10)
    file.append("adversarial", 15, {"loss": 1})
    assert [row["step"] for row in rows(file)] == ["10", "5", "10", "15"]


def test_an_unknown_column_is_an_error(file):
    with pytest.raises(ValueError, match="typo"):
        file.append("matching", 20, {"typo": 1.0})


def test_running_means_go_on_from_what_was_stored():
    unbroken, before = RunningMeans(), RunningMeans()
    for value in (1.0, 2.0):
        unbroken.add({"loss": value})
        before.add({"loss": value})
    after = RunningMeans(before.sums, before.count)
    for means in (unbroken, after):
        means.add({"loss": 6.0})
    assert unbroken.take() == after.take() == {"loss": 3.0}
    assert unbroken.count == 0

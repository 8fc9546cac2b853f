"""The replay: each step shows the picture that the record has of it, beside the numbers of that step."""

import base64
import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.book.modules import data_inside, module_of_the_book, stands_alone

SIDE = 16
STEPS = (0, 50, 200)
PEOPLE = [
    {"subject": "SN097", "sentence": "A man smiles."},
    {"subject": "SN098", "sentence": "A woman frowns."},
]


@pytest.fixture(scope="module")
def module():
    return module_of_the_book("replay")


def record(folder: Path, shade: int = 0, people: list[dict[str, str]] = PEOPLE) -> Path:
    folder.mkdir()
    facts = {"people": people, "title": "a run"}
    (folder / "record.json").write_text(json.dumps(facts))
    (folder / "config.json").write_text("{}")
    strip((90, 120), (150, 180)).save(folder / "fixed.webp")
    for step in STEPS:
        strip((step + shade, step // 2 + shade)).save(folder / f"step_{step:06d}.webp")
    with (folder / "metrics.csv").open("w", newline="") as file:
        names = ("stage", "step", "seconds", "ssim_moved", "copy_ssim_moved", "pairs", "reconstruction")
        writer = csv.DictWriter(file, names, restval="")
        writer.writeheader()
        for step in STEPS:
            held_out = {"ssim_moved": step / 1000 + shade / 100, "copy_ssim_moved": 0.63, "pairs": 24}
            writer.writerow({"stage": "adversarial", "step": step, "seconds": 2 * step, **held_out})
            writer.writerow({"stage": "adversarial", "step": step + 10, "seconds": 9, "reconstruction": 7})
    return folder


def strip(*rows: tuple[int, ...]) -> Image.Image:
    """Faces side by side, each of one gray."""
    faces = [np.concatenate([np.full((SIDE, SIDE, 3), g, np.uint8) for g in row], axis=1) for row in rows]
    return Image.fromarray(np.concatenate(faces))


@pytest.fixture(scope="module")
def records(module, tmp_path_factory):
    folder = tmp_path_factory.mktemp("records")
    return [module.Record(record(folder / "one")), module.Record(record(folder / "two", shade=9))]


@pytest.fixture(scope="module")
def page(module, records):
    html: str = module.replay(records, ["the paper's design", "with skips"]).page
    return html


def test_each_frame_is_the_picture_of_its_step(page, records):
    data = data_inside(page)
    assert [run["title"] for run in data["runs"]] == ["the paper's design", "with skips"]
    for run, kept in zip(data["runs"], records, strict=True):
        assert [frame["step"] for frame in run["frames"]] == list(STEPS)
        for frame in run["frames"]:
            stored = (kept.path / f"step_{frame['step']:06d}.webp").read_bytes()
            assert base64.b64decode(frame["picture"].partition(",")[2]) == stored


def test_the_curve_has_the_held_out_numbers_and_the_time_of_each_step(page):
    first, second = (run["curve"] for run in data_inside(page)["runs"])
    assert first == [[0, 0.0, 0], [50, 0.05, 100], [200, 0.2, 400]]
    assert [point[1] for point in second] == [0.09, 0.14, 0.29]
    assert {run["copy"] for run in data_inside(page)["runs"]} == {0.63}


def test_runs_of_other_people_cannot_stand_side_by_side(module, records, tmp_path):
    other = module.Record(record(tmp_path / "other", people=PEOPLE[::-1]))
    with pytest.raises(ValueError, match="same people"):
        module.replay([records[0], other], ["one", "two"])


def test_the_replay_stands_alone_and_shows_something_without_a_script(page):
    assert stands_alone(page) and 'alt="SN097, SN098 after 200 steps' in page


def test_a_record_gives_single_pictures_and_how_far_apart_people_are(records):
    kept = records[0]
    assert abs(np.asarray(kept.picture(200, 0)).mean() - 200) < 3
    assert abs(np.asarray(kept.picture(200, 1)).mean() - 100) < 3
    assert abs(np.asarray(kept.true_picture(1)).mean() - 180) < 3
    # 100 gray levels apart, where the true pictures are 30 apart; at step 0 both are black.
    assert kept.between_people(200) == pytest.approx(100 / 30, abs=0.3)
    assert kept.between_people(0) < 0.1

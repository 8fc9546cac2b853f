"""The replay: each step shows the picture that the record has of it, beside the numbers of that step."""

import base64
import json
from pathlib import Path

import numpy as np
import pandas as pd
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
    (folder / "record.json").write_text(json.dumps({"people": people, "title": "a run"}))
    (folder / "config.json").write_text("{}")
    strip((90, 120), (150, 180)).save(folder / "fixed.webp")
    for step in STEPS:
        strip((step + shade, step // 2 + shade)).save(folder / f"step_{step:06d}.webp")
    rows = []
    for step in STEPS:
        held_out = {"ssim_moved": step / 1000 + shade / 100, "copy_ssim_moved": 0.63, "pairs": 24}
        rows += [{"step": step, "seconds": 2 * step, **held_out}, {"step": step + 10, "reconstruction": 7}]
    pd.DataFrame(rows, dtype=object).assign(stage="adversarial").to_csv(folder / "metrics.csv", index=False)
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
    return module.replay(records, ["the paper's design", "with skips"]).page


def test_each_frame_is_the_picture_of_its_step(page, records):
    data = data_inside(page)
    assert [run["title"] for run in data["runs"]] == ["the paper's design", "with skips"]
    for run, kept in zip(data["runs"], records, strict=True):
        assert [frame["step"] for frame in run["frames"]] == list(STEPS)
        for frame in run["frames"]:
            stored = (kept.path / f"step_{frame['step']:06d}.webp").read_bytes()
            assert base64.b64decode(frame["picture"].partition(",")[2]) == stored


def test_the_curve_has_the_held_out_numbers_and_the_time_of_each_step(page):
    first, second = data_inside(page)["runs"]
    assert first["curve"] == [[0, 0.0, 0], [50, 0.05, 100], [200, 0.2, 400]]
    assert [point[1] for point in second["curve"]] == [0.09, 0.14, 0.29]
    assert first["copy"] == second["copy"] == 0.63
    assert stands_alone(page) and 'alt="SN097, SN098 after 200 steps' in page  # also without a script


def test_runs_of_other_people_cannot_stand_side_by_side(module, records, tmp_path):
    other = module.Record(record(tmp_path / "other", people=PEOPLE[::-1]))
    with pytest.raises(ValueError, match="same people"):
        module.replay([records[0], other], ["one", "two"])


def test_a_record_gives_single_pictures_and_how_far_apart_people_are(records):
    kept = records[0]
    shown = [kept.picture(200, 0), kept.picture(200, 1), kept.true_picture(1)]
    assert [np.mean(face) for face in shown] == pytest.approx([200, 100, 180], abs=3)
    # 100 gray levels apart, where the true pictures are 30 apart; at step 0 both are black.
    assert kept.between_people(200) == pytest.approx(100 / 30, abs=0.3)
    assert kept.between_people(0) < 0.1

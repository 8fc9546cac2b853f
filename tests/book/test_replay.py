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
        game = {"discriminator": 6.5 - step / 100, "adversarial": 4 + shade, "right_about_true": 0.6}
        rows += [{"step": step, "seconds": 2 * step, **held_out}, {"step": step + 10, "reconstruction": 7, **game}]
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
    return module.replay(records, ["the paper's design", "pixels that move"]).page


def test_each_frame_is_the_picture_of_its_step(page, records):
    data = data_inside(page)
    assert [run["title"] for run in data["runs"]] == ["the paper's design", "pixels that move"]
    for run, kept in zip(data["runs"], records, strict=True):
        assert [frame["step"] for frame in run["frames"]] == list(STEPS)
        for frame in run["frames"]:
            stored = (kept.path / f"step_{frame['step']:06d}.webp").read_bytes()
            assert base64.b64decode(frame["picture"].partition(",")[2]) == stored


def test_the_curves_have_the_held_out_numbers_the_game_and_the_time_of_each_step_up_to_the_last_picture(page, module):
    data = data_inside(page)
    first, second = data["runs"]
    assert first["curves"]["ssim_moved"] == [[0, 0.0], [50, 0.05], [200, 0.2]]
    assert [value for _, value in second["curves"]["ssim_moved"]] == [0.09, 0.14, 0.29]
    assert first["seconds"] == [[0, 0], [50, 100], [200, 400]]
    assert first["curves"]["discriminator"] == [[10, 6.5], [60, 6.0]]  # 210 comes after the last picture
    assert second["curves"]["adversarial"] == [[10, 13], [60, 13]]
    assert first["curves"]["sharpness"] == []  # not measured: no curve
    assert {name for panel in data["panels"] for name in panel["lines"]} == first["curves"].keys()
    assert data["panels"][0]["level"] == 0.63  # copy
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


def alarms(module, folder: Path, **columns: list[float]) -> dict[str, int]:
    """Those of a run that was looked at every hundred steps, healthy but for the columns that are given."""
    record(folder)
    count = len(next(iter(columns.values())))
    healthy = {"skipped": 0, "right_about_true": 0.7, "right_about_synthesized": 0.7, "sharpness": 0.9}
    steps = [100 * number for number in range(count)]
    rows = pd.DataFrame({"stage": "adversarial", "step": steps, "ssim_moved": 0.8} | healthy | columns)
    rows.to_csv(folder / "metrics.csv", index=False)
    found: dict[str, int] = module.Record(folder).alarms()
    return found


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        ({"skipped": [0, 0, 1, 1]}, {"not finite": 200}),
        ({"right_about_true": [0.5] + [0.99] * 9, "right_about_synthesized": [1.0] * 10}, {"D has won": 600}),
        ({"right_about_true": [0.99] * 10}, {}),  # right about the true ones alone: it says "true" to everything
        ({"right_about_true": [0.99, 0.5] * 5, "right_about_synthesized": [0.99] * 10}, {}),
        ({"ssim_moved": [0.5, 0.8, *[0.78] * 6]}, {"worse": 600}),
        ({"ssim_moved": [0.5, 0.8, *[0.795] * 6]}, {}),
        ({"ssim_moved": [0.8, *[0.78] * 5], "vse_distance": [9, 8, 7, 6, 5, 4]}, {}),  # more like true pictures
        ({"ssim_moved": [0.8, *[0.78] * 5], "vse_distance": [9, 8, 8, 8, 8, 8]}, {"worse": 500}),
        ({"sharpness": [0.5, 1.2, 1.31, 0.9]}, {"too sharp": 200}),
    ],
)
def test_each_stop_rule_rings_at_its_step_and_only_then(module, tmp_path, columns, found):
    assert alarms(module, tmp_path / "run", **columns) == found

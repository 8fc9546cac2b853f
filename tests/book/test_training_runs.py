"""What chapter 11 shows of runs is what their records say."""

import ast

import pytest
from PIL import Image

from lfes_core.config import preset
from tests.book.modules import module_of_the_book


@pytest.fixture(scope="module")
def module():
    return module_of_the_book("training_runs")


@pytest.fixture
def shown(module, monkeypatch):
    """The lines of the tables that were shown."""
    lines: list[str] = []
    monkeypatch.setattr(module, "display", lambda table: lines.extend(table.data.split("\n")))
    return lines


def test_a_chain_begins_with_l1_alone_and_ends_with_the_run_whose_weights_are_shipped(module):
    for name in module.DESIGNS:
        first, *_, last = module.chain(name)
        assert last.path.name == name and ", L1" in module.title(first) and "R1" in module.title(last)
    assert {run.path.name for run in module.with_r1()} >= set(module.DESIGNS)
    assert not {run.path.name for run in module.with_r1()} & set(module.WITHOUT_R1)


def test_a_title_names_design_teacher_and_beginning(module):
    titles = {name: module.title(module.Record(name)) for name in ("tiny_moving_scratch", "tiny_lambda_20")}
    assert titles == {
        "tiny_moving_scratch": "moving, L1, from nothing",
        "tiny_lambda_20": "paper’s design, λ₁ = 20, R1",
    }


def test_the_parts_of_a_step_are_the_package_s_own_in_their_order_and_each_is_whole(module):
    parts = module.step_parts()
    assert [part[:3] for part in parts] == ["# 1", "# 2", "# 3", "# 4"]
    assert "wrapped_generator(" in parts[0] and "discriminator_objective(" in parts[1]
    assert "generator_objective(" in parts[2] and "update_parameters" in parts[3]
    for part in parts[:3]:
        ast.parse(part)


def test_the_table_of_differences_has_every_difference_and_no_other_row(module, shown):
    base = preset("tiny")
    one = base.overridden({"losses.adversarial": 7.0, "adversarial.mirror": True})
    two = base.overridden({"losses.adversarial": 8.0})
    module.show_differences(base, {"one": one, "two": two})
    assert shown[2:] == ["| `losses.adversarial` | 1 | 7 | 8 |", "| `adversarial.mirror` | off | on | – |"]


def test_the_settings_that_are_shown_exist_and_are_all_in_which_the_presets_differ_in_losses(module):
    flat = [preset(name).flat() for name in ("paper", "book", "tiny")]
    keys = module.SETTINGS.split()
    assert set(keys) <= set(flat[0])
    differ = {key for key in flat[0] if len({str(each[key]) for each in flat}) > 1}
    assert {key for key in differ if key.startswith("losses.")} <= set(keys)


def test_outcomes_are_the_first_and_the_last_look_of_the_metrics(module, shown):
    record = module.Record("tiny_lambda_50")
    module.show_outcomes([record])
    _, moved = record.column("ssim_moved")
    assert f"| {moved[0]:.3f} → {moved[-1]:.3f} |" in shown[2]
    assert len(shown[2]) < 90  # 700 pixels


def test_a_face_is_cut_from_a_kept_picture_of_any_size(module):
    record = module.Record("tiny")
    pictures = module.faces(record, max(record.pictures)) + module.true_faces(record)
    assert len(pictures) == 2 * len(record.facts["people"])
    for picture in pictures:
        assert isinstance(picture, Image.Image) and picture.width == picture.height > 100


def test_failure_and_control_stand_in_one_table_and_only_the_failure_is_blind(module):
    rows = module.probes_with_controls("mode_collapse")
    apart = {name: float(row["between_people"]) for name, row in rows}
    assert apart["failure, step 80"] < 0.1 < 0.5 < apart["control, step 80"]
    share, places, *_ = module.shares(rows[0][1])
    assert share.endswith("×") and places.endswith("%")


def test_points_are_those_of_the_stage_that_have_a_value(module, tmp_path):
    (tmp_path / "metrics.csv").write_text("stage,step,ssim\nmatching,1,9\nadversarial,2,\nadversarial,3,0.5\n")
    assert module.points(tmp_path, "adversarial", "ssim") == ([3], [0.5])

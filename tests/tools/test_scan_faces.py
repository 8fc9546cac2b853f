import re
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tools.scan_faces import dataset
from tools.scan_faces.__main__ import main
from tools.scan_faces.expression import (
    ACTION_UNITS,
    CREASES,
    DISFA_PLUS,
    SHAPES,
    crease_weights,
    shape_weights,
)
from tools.scan_faces.noise import curve_distance, inside_polygon, noise
from tools.scan_faces.person import draw_person
from tools.scan_faces.plan import Subject, Trial, plan
from tools.scan_faces.raster import BACKGROUND, FARTHEST, rasterize, vertex_normals
from tools.scan_faces.wrinkles import NAMES

SMALL = Subject(
    name="SN001",
    seed=3,
    gender="woman",
    test=False,
    trials=(Trial("A1", ({}, {12: 3})), Trial("Z", ({1: 5},))),
)


def expressions(subject: Subject) -> list[dict[int, int]]:
    return [expression for trial in subject.trials for expression in trial.expressions]


def test_the_same_seed_plans_the_same_data_set_and_another_seed_another() -> None:
    assert plan(6, 2, 5) == plan(6, 2, 5)
    assert plan(6, 2, 5) != plan(6, 2, 6)


def test_more_subjects_leave_the_first_ones_as_they_were() -> None:
    assert plan(9, 2, 5)[:6] == plan(6, 2, 5)[:6]


def test_no_identity_is_in_both_parts_and_the_test_part_comes_last() -> None:
    subjects = plan(10, 3, 1)
    assert [subject.test for subject in subjects] == [False] * 10 + [True] * 3
    assert len({subject.seed for subject in subjects}) == len({subject.name for subject in subjects}) == 13


def test_every_subject_is_neutral_once_and_in_the_first_picture() -> None:
    for subject in plan(12, 2, 1):
        assert [i for i, expression in enumerate(expressions(subject)) if not expression] == [0]


def test_a_face_can_make_every_planned_expression() -> None:
    for subject in plan(40, 4, 1):
        for expression in expressions(subject):
            assert set(expression) <= set(ACTION_UNITS)
            assert all(1 <= intensity <= 5 for intensity in expression.values())
            assert 26 not in expression or 25 in expression, "a dropped jaw parts the lips"
            assert not {12, 15} <= set(expression), "lip corners go up or down"
            assert not {17, 25} <= set(expression), "a raised chin closes the lips"


def test_every_action_unit_is_trained_on_at_every_intensity_and_tested_alone_at_two() -> None:
    subjects = plan(96, 8, 1)
    trained = {
        pair for s in subjects if not s.test for expression in expressions(s) for pair in expression.items()
    }
    assert trained == {(unit, intensity) for unit in DISFA_PLUS for intensity in range(1, 6)}
    for subject in subjects[96:]:
        for unit in DISFA_PLUS:
            alone = [e for e in expressions(subject) if unit in e and set(e) - {unit} <= {25}]
            assert {expression[unit] for expression in alone} >= {2, 5}


def test_a_stronger_action_unit_moves_and_creases_the_face_more() -> None:
    for unit in ACTION_UNITS:
        assert not any(shape_weights({unit: 0}).values())
        for weak, strong in zip(range(5), range(1, 6), strict=True):
            for weights in (shape_weights, crease_weights):
                before, after = weights({unit: weak}), weights({unit: strong})
                assert all(abs(after[name]) > abs(before[name]) for name in after)


def test_a_weak_action_unit_gets_more_than_its_share() -> None:
    assert shape_weights({12: 1})["mouthSmile_L"] > shape_weights({12: 5})["mouthSmile_L"] / 5


def test_both_halves_of_the_face_move_alike_and_every_crease_has_a_map() -> None:
    assert set(SHAPES) == set(CREASES) == set(ACTION_UNITS)
    assert {name for creases in CREASES.values() for name in creases} <= set(NAMES)
    weights = shape_weights({6: 4, 12: 2})
    assert all(weights[name] == weights[name[:-1] + "R"] for name in weights if name.endswith("_L"))


def test_a_person_is_decided_by_the_seed() -> None:
    first, again, other = draw_person(7, "woman"), draw_person(7, "woman"), draw_person(8, "woman")
    assert np.array_equal(first.identity, again.identity) and np.array_equal(first.skin, again.skin)
    assert not np.array_equal(first.identity, other.identity)
    assert not np.array_equal(first.generator("hair").random(3), first.generator("brows").random(3))


def test_only_men_have_stubble() -> None:
    assert not any(
        draw_person(seed, "woman").stubble or draw_person(seed, "woman").beard for seed in range(40)
    )
    assert any(draw_person(seed, "man").stubble for seed in range(40))


def slow_depth(points: np.ndarray, triangles: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Nearest depth at every pixel centre, and how close the centre is to the rim of any triangle."""
    depth, margin = np.full((size, size), float(FARTHEST)), np.full((size, size), np.inf)
    for y in range(size):
        for x in range(size):
            for corners in points[triangles].astype(np.float64):
                matrix = np.vstack([corners[:, :2].T, np.ones(3)])
                shares = np.linalg.solve(matrix, [x + 0.5, y + 0.5, 1.0])
                margin[y, x] = min(margin[y, x], np.abs(shares).min())
                if shares.min() >= 0:
                    depth[y, x] = max(depth[y, x], shares @ corners[:, 2])
    return depth, margin


def test_the_z_buffer_equals_solving_for_every_pixel_and_every_triangle() -> None:
    generator = np.random.default_rng(0)
    points = generator.uniform(-4, 24, (18, 3)).astype(np.float32)
    triangles = np.arange(18, dtype=np.int32).reshape(6, 3)
    depth, hit, weights = rasterize(points, triangles, 20, 20)
    expected, margin = slow_depth(points, triangles, 20)
    clear = margin > 1e-3
    assert clear.mean() > 0.95 and (hit[clear] != BACKGROUND).any() and (hit[clear] == BACKGROUND).any()
    assert np.allclose(depth[clear], expected[clear], atol=1e-2)
    a, b = np.moveaxis(weights, -1, 0)[:, clear & (hit != BACKGROUND)]
    corners = points[triangles[hit[clear & (hit != BACKGROUND)]], 2]
    interpolated = a * corners[:, 0] + b * corners[:, 1] + (1 - a - b) * corners[:, 2]
    assert np.allclose(interpolated, depth[clear & (hit != BACKGROUND)], atol=1e-3)


def test_neighboring_triangles_leave_no_pinholes() -> None:
    points = np.array([[0, 0, 1], [16, 0, 1], [16, 16, 1], [0, 16, 1]], np.float32)
    _, hit, _ = rasterize(points, np.array([[0, 1, 2], [0, 2, 3]], np.int32), 16, 16)
    assert (hit != BACKGROUND).all()


def test_normals_of_a_flat_sheet_point_straight_at_the_viewer() -> None:
    points = np.array([[0, 0, 2], [1, 0, 2], [1, 1, 2], [0, 1, 2]], np.float32)
    normals = vertex_normals(points, np.array([[0, 1, 2], [0, 2, 3]], np.int32))
    assert np.allclose(normals, [0, 0, 1])


def test_noise_is_repeatable_smooth_and_bounded() -> None:
    points = np.random.default_rng(0).uniform(-9, 9, (4000, 3))
    values = noise(points, 2.0)
    assert np.array_equal(values, noise(points, 2.0))
    assert np.abs(values).max() <= 1 and values.std() > 0.2 and abs(values.mean()) < 0.05
    assert np.abs(noise(points + 1e-4, 2.0) - values).max() < 1e-2


def test_distance_to_a_curve_and_the_inside_of_a_polygon() -> None:
    square = np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0]])
    distance, place = curve_distance(np.array([[1.0, -1.0], [3.0, 1.0]]), square[:3])
    assert np.allclose(distance, [1, 1]) and np.allclose(place, [0.25, 0.75])
    assert inside_polygon(np.array([[1.0, 1.0], [3.0, 1.0], [1.0, -0.1]]), square).tolist() == [
        True,
        False,
        False,
    ]


def test_a_label_file_has_two_header_lines_and_a_line_for_every_picture() -> None:
    lines = dataset.label_file(SMALL.trials[0], 12).splitlines()
    assert [line[0] for line in lines[:2]] == ["#", "#"]
    assert lines[2:] == ["000.jpg     0", "001.jpg     3"]


def test_the_files_of_a_subject_lie_as_in_disfa_plus() -> None:
    files = dict(dataset.subject_files(SMALL, [b"a", b"b", b"c"]))
    assert files["Images/SN001/A1/001.jpg"] == b"b" and files["Images/SN001/Z/000.jpg"] == b"c"
    assert files["Labels/SN001/gender.txt"] == b"1\n"
    assert {name for name in files if name.startswith("Labels/SN001/Z/")} == {
        f"Labels/SN001/Z/AU{unit}.txt" for unit in DISFA_PLUS
    }
    assert re.search(rb"^000\.jpg\s+5$", files["Labels/SN001/Z/AU1.txt"], re.M)
    assert "Images/SN001/A1/TimeStamp.txt" in files


def test_the_same_pictures_give_the_same_archive_to_the_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dataset, "draw_subject", lambda folder, subject: [b"a", b"b", b"c"])
    archives = [tmp_path / "one.zip", tmp_path / "two.zip"]
    counts = [dataset.write_archive(tmp_path, archive, (SMALL,), 1, "about") for archive in archives]
    assert counts == [3, 3] and archives[0].read_bytes() == archives[1].read_bytes()
    with zipfile.ZipFile(archives[0]) as archive:
        assert "Li, K. Bladin" in archive.read("LICENSE.txt").decode()
        assert archive.read("README.txt") == b"about"


def test_an_interrupted_drawing_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(folder: Path, subject: Subject) -> list[bytes]:
        raise RuntimeError("no more paint")

    monkeypatch.setattr(dataset, "draw_subject", fail)
    with pytest.raises(RuntimeError, match="no more paint"):
        dataset.write_archive(tmp_path, tmp_path / "faces.zip", (SMALL,), 1, "about")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "told"),
    [(["--subjects", "2"], "holds no generic_neutral_mesh.obj"), (["--subjects", "0"], "must be at least 1")],
)
def test_a_mistake_is_told_in_one_line_with_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], told: str
) -> None:
    assert main([str(tmp_path), str(tmp_path / "faces.zip"), *options]) == 2
    message = capsys.readouterr().err
    assert message.startswith("error: ") and told in message and message.count("\n") == 1
    assert list(tmp_path.iterdir()) == []

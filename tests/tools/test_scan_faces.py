import numpy as np

from tools.scan_faces.expression import ACTION_UNITS, CREASES, SHAPES, crease_weights, shape_weights
from tools.scan_faces.noise import curve_distance, inside_polygon, noise
from tools.scan_faces.raster import BACKGROUND, FARTHEST, rasterize, vertex_normals
from tools.scan_faces.wrinkles import NAMES


def test_a_stronger_action_unit_moves_and_creases_the_face_more():
    for unit in ACTION_UNITS:
        assert not any(shape_weights({unit: 0}).values())
        for weak, strong in zip(range(5), range(1, 6), strict=True):
            for weights in (shape_weights, crease_weights):
                before, after = weights({unit: weak}), weights({unit: strong})
                assert all(abs(after[name]) > abs(before[name]) for name in after)
    # A weak one gets more than its share.
    assert shape_weights({12: 1})["mouthSmile_L"] > shape_weights({12: 5})["mouthSmile_L"] / 5


def test_both_halves_of_the_face_move_alike_and_every_crease_has_a_map():
    assert set(SHAPES) == set(CREASES) == set(ACTION_UNITS)
    assert {name for creases in CREASES.values() for name in creases} == set(NAMES)
    weights = shape_weights({6: 4, 12: 2})
    assert all(weights[name] == weights[name[:-1] + "R"] for name in weights if name.endswith("_L"))


def slow_depth(points, triangles, size):
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


def test_the_z_buffer_equals_solving_for_every_pixel_and_every_triangle():
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


def test_neighboring_triangles_leave_no_pinholes_and_face_the_viewer_where_they_are_flat():
    points = np.array([[0, 0, 1], [16, 0, 1], [16, 16, 1], [0, 16, 1]], np.float32)
    triangles = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
    assert (rasterize(points, triangles, 16, 16)[1] != BACKGROUND).all()
    assert np.allclose(vertex_normals(points, triangles), [0, 0, 1])


def test_noise_is_repeatable_smooth_and_bounded():
    points = np.random.default_rng(0).uniform(-9, 9, (4000, 3))
    values = noise(points, 2.0)
    assert np.array_equal(values, noise(points, 2.0))
    assert np.abs(values).max() <= 1 and values.std() > 0.2 and abs(values.mean()) < 0.05
    assert np.abs(noise(points + 1e-4, 2.0) - values).max() < 1e-2


def test_distance_to_a_curve_and_the_inside_of_a_polygon():
    square = np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0]])
    distance, place = curve_distance(np.array([[1.0, -1.0], [3.0, 1.0]]), square[:3])
    assert np.allclose(distance, [1, 1]) and np.allclose(place, [0.25, 0.75])
    inside = inside_polygon(np.array([[1.0, 1.0], [3.0, 1.0], [1.0, -0.1]]), square)
    assert inside.tolist() == [True, False, False]

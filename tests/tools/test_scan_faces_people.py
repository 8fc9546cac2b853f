import numpy as np

from tools.scan_faces.backdrop import paint_backdrop
from tools.scan_faces.camera import Camera, gaze
from tools.scan_faces.glasses import FRAMES, SHARE, make_glasses, wears_glasses
from tools.scan_faces.light import ShadowMap
from tools.scan_faces.model import LANDMARKS, FaceModel
from tools.scan_faces.person import draw_person
from tools.scan_faces.props import Prop, draw_props, join, lens_reflection, tube
from tools.scan_faces.raster import FARTHEST

SIZE = 96


def people(count):
    return (draw_person(seed, "woman" if seed % 2 else "man") for seed in range(count))


CAMERA = Camera(np.zeros(3, np.float32), np.eye(3, dtype=np.float32), SIZE)


def test_about_one_person_in_seven_wears_glasses_and_always_the_same():
    wearers = [wears_glasses(person) for person in people(600)]
    assert SHARE - 0.04 < np.mean(wearers) < SHARE + 0.04
    assert wearers == [wears_glasses(person) for person in people(600)]


def test_the_presented_gender_does_not_touch_the_shape_of_the_face():
    for seed in range(20):
        woman, man = draw_person(seed, "woman"), draw_person(seed, "man")
        assert np.array_equal(woman.identity, man.identity)
        assert np.array_equal(woman.skin, man.skin) and woman.age == man.age
        assert (woman.yaw, woman.pitch, woman.roll) == (man.yaw, man.pitch, man.roll)
        assert not woman.stubble and not woman.beard
    assert any(draw_person(seed, "man").stubble for seed in range(20))


def test_people_differ_widely_and_stay_in_the_picture():
    weights = np.array([person.identity for person in people(200)])
    assert weights[:, 1:12].std(0).min() > 0.8 and weights[:, 90:].std() < 0.6
    assert np.abs(weights[:, 0]).max() <= 1.8


def test_a_person_is_decided_by_the_seed_and_a_new_purpose_of_chance_leaves_the_others_alone():
    person, again, other = (draw_person(seed, "man") for seed in (3, 3, 4))
    assert np.array_equal(person.identity, again.identity) and np.array_equal(person.skin, again.skin)
    assert not np.array_equal(person.identity, other.identity)
    before = person.generator("clothes").random(4)
    person.generator("a feature of tomorrow").random(100)
    assert np.array_equal(person.generator("clothes").random(4), before)
    assert not np.array_equal(person.generator("hair").random(4), before)


def test_the_backdrop_is_the_same_in_all_pictures_of_a_person_and_differs_between_people():
    first, second = (draw_person(seed, "man") for seed in (1, 2))
    assert np.array_equal(paint_backdrop(first, 32), paint_backdrop(first, 32))
    assert not np.allclose(paint_backdrop(first, 32), paint_backdrop(second, 32))
    assert all(0 < paint_backdrop(person, 16).min() for person in people(40))


def test_a_turned_head_looks_back_into_the_lens():
    for person in people(30):
        nose = Camera.for_person(person, np.zeros((7000, 3)), SIZE).rotation @ [0, 0, 1]
        left, right = gaze(person)
        middle = (left + right) / 2
        assert middle[0] * nose[0] <= 0 and middle[1] * nose[1] <= 0
        assert left[0] < right[0] and left[1] == right[1]


def circle(points, width, height):
    turn = np.linspace(0, 2 * np.pi, points + 1)[:-1]
    return np.stack([width * np.cos(turn), height * np.sin(turn), 0 * turn], 1)


def test_a_tube_keeps_its_distance_from_its_spine():
    for closed, segments in ((True, 24), (False, 23)):
        ring = tube(circle(24, 3, 3), np.full(24, 0.2), np.ones(3), 0.5, closed=closed)
        distance = np.linalg.norm(ring.vertices.reshape(24, 8, 3) - circle(24, 3, 3)[:, None], axis=2)
        assert np.allclose(distance, 0.2) and ring.triangles.max() == len(ring.vertices) - 1
        assert len(ring.triangles) == 2 * 8 * segments


def test_a_prop_is_drawn_where_it_is_and_lit_from_either_winding():
    person = draw_person(5, "woman")
    key = (person.light / np.linalg.norm(person.light)).astype(np.float32)
    spine = np.stack([np.linspace(-6, 6, 9), np.zeros(9), np.zeros(9)], 1)
    bar = tube(spine, np.full(9, 1.0), np.array([0.5, 0.4, 0.3]), 0.0)
    flipped = Prop(bar.vertices, bar.triangles[:, ::-1], bar.color, 0.0)
    pictures = []
    for prop in (bar, flipped):
        shadow = ShadowMap(key, None)
        shadow.add(*join([prop], CAMERA))
        layer = draw_props([prop], CAMERA, person, key, shadow, shadow.hair)
        seen = layer.depth > FARTHEST
        row = int(SIZE * 0.545)
        assert seen[row, SIZE // 2] and not seen[: row - 8].any() and not seen[row + 8 :].any()
        assert layer.image[seen].min() > 0
        pictures.append(layer.image)
    assert np.allclose(pictures[0], pictures[1], atol=1e-5)


def test_lenses_darken_a_little_and_mirror_only_inside_their_rims():
    clear, mirror = lens_reflection([circle(40, 3, 2)], CAMERA, draw_person(4, "man"))
    inside = clear[..., 0] < 1
    assert 0.01 < inside.mean() < 0.2 and not mirror[~inside].any()
    assert clear.min() > 0.9 and 0 < mirror.max() < 0.15


def egg_head():
    """An egg with eyes, brows and nothing else: enough of a face to wear glasses."""
    generator = np.random.default_rng(0)
    way = generator.normal(size=(9000, 3))
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    neutral = (way * [7.5, 10.5, 9.5] + [0, 2.5, 0]).astype(np.float32)
    for first, x in ((36, -3.15), (42, 3.15)):
        neutral[LANDMARKS[first : first + 6]] = np.add(circle(6, 1.3, 0.4), [x, 3.4, 8.3])
    neutral[LANDMARKS[[17, 26]]] = [[-5.8, 5.2, 5.5], [5.8, 5.2, 5.5]]
    triangles = np.arange(9000, dtype=np.int32).reshape(-1, 3)
    bare = np.zeros((3000, 3, 2), np.float32), np.zeros(3000, np.uint8)  # no texture, one material
    return FaceModel(neutral, triangles, *bare, ("M_Face", "M_BackHead"), neutral[:0], {})


def test_glasses_stand_around_the_eyes_before_the_skin_and_reach_the_ears():
    model = egg_head()
    wearers = [person for person in people(120) if wears_glasses(person)]
    assert len({str(person.generator("frame").choice(list(FRAMES))) for person in wearers}) >= 4
    for person in wearers:
        parts, rims = make_glasses(model, person, model.neutral)
        again, _ = make_glasses(model, person, model.neutral)
        assert all(np.array_equal(a.vertices, b.vertices) for a, b in zip(parts, again, strict=True))
        for rim, x in zip(rims, (-3.15, 3.15), strict=True):
            assert (rim.min(0)[:2] < [x - 1.3, 3.0]).all() and (rim.max(0)[:2] > [x + 1.3, 3.8]).all()
            assert rim[:, 2].min() > 6
        assert min(part.vertices[:, 2].min() for part in parts) < 0.5
    bare = next(person for person in people(20) if not wears_glasses(person))
    assert make_glasses(model, bare, model.neutral) == ([], [])

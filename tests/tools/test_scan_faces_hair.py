import dataclasses

import numpy as np
import pytest

from tools.scan_faces.cuts import CUTS, cut_of, part_of
from tools.scan_faces.hair import Layers, Strands, first_blocked, trim
from tools.scan_faces.hairline import beard_mask, scalp_mask
from tools.scan_faces.person import STYLES, Person, draw_person
from tools.scan_faces.raster import FARTHEST

SIZE = 8
NEAR, MIDDLE, FAR = 5.0, 0.0, -5.0
RED, GREEN = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)


def person(seed: int, style: str) -> Person:
    return dataclasses.replace(draw_person(seed, "woman"), hairstyle=style)


def row(depth: float, alpha: float, color: tuple[float, float, float]) -> tuple[np.ndarray, ...]:
    """Return one strand from the left to the right of row 4."""
    points = np.array([[[0.5, 4.5, depth], [7.5, 4.5, depth]]], np.float32)
    return points, np.full((1, 2, 3), color, np.float32), np.full((1, 2), alpha, np.float32)


def layers(mesh: np.ndarray, *strands: tuple[np.ndarray, ...]) -> Layers:
    points, colors, alpha = (np.concatenate([strand[i] for strand in strands]) for i in range(3))
    ones = np.ones(len(points), np.float32)
    return Layers.draw(
        Strands(points, np.ones(points.shape[:2], np.float32), ones, alpha), points, colors, mesh
    )


def nothing() -> np.ndarray:
    return np.full((SIZE, SIZE), FARTHEST, np.float32)


@pytest.mark.parametrize("turn", [1, -1])
def test_a_near_strand_covers_a_far_one_by_its_opacity_in_whatever_order_they_grow(turn):
    strands = [row(NEAR, 0.75, RED), row(FAR, 1.0, GREEN)][::turn]
    image = np.zeros((SIZE, SIZE, 3), np.float32)
    layers(nothing(), *strands).lay_over(image, nothing())
    assert np.allclose(image[4, 2:6], [0.75, 0.25, 0.0])
    assert not image[:4].any() and not image[5:].any()


def test_thin_hair_lets_the_picture_below_show_through_and_does_not_count_as_hiding_it():
    image, hair = np.full((SIZE, SIZE, 3), 0.5, np.float32), layers(nothing(), row(NEAR, 0.2, RED))
    hair.lay_over(image, nothing())
    assert np.allclose(image[4, 2:6], [0.6, 0.4, 0.4]) and not hair.hides(nothing()).any()


def test_a_head_hides_hair_behind_it_and_not_hair_before_it():
    head = np.full((SIZE, SIZE), MIDDLE, np.float32)
    for depth, shown in ((NEAR, True), (FAR, False)):
        drawn, image = layers(head, row(depth, 1.0, RED)), np.zeros((SIZE, SIZE, 3), np.float32)
        drawn.lay_over(image, head)
        assert bool(image[4, 2:6, 0].all()) == shown == bool(drawn.hides(head)[4, 2:6].all())


def test_hair_behind_a_head_does_not_shine_through_it_where_thin_hair_lies_before_it():
    head, image = np.full((SIZE, SIZE), MIDDLE, np.float32), np.full((SIZE, SIZE, 3), 0.5, np.float32)
    layers(head, row(NEAR, 0.2, RED), row(FAR, 1.0, GREEN)).lay_over(image, head)
    assert np.allclose(image[4, 2:6], [0.6, 0.4, 0.4])


def test_hair_behind_the_neutral_face_appears_where_an_expression_moves_the_face_away():
    drawn = layers(np.full((SIZE, SIZE), MIDDLE, np.float32), row(FAR, 1.0, RED))
    image = np.zeros((SIZE, SIZE, 3), np.float32)
    drawn.lay_over(image, nothing())
    assert image[4, 2:6, 0].all() and drawn.hides(nothing())[4, 2:6].all()


def test_every_style_that_people_wear_has_a_cut():
    assert set(STYLES["man"]) | set(STYLES["woman"]) <= {"shaved", *CUTS}
    assert cut_of(person(1, "shaved")) is None


def test_two_people_wear_the_same_style_differently_and_one_person_always_alike():
    assert cut_of(person(1, "bob")) == cut_of(person(1, "bob")) != cut_of(person(2, "bob"))
    assert part_of(person(1, "bob")) == part_of(person(1, "bob")) != part_of(person(2, "bob"))


def test_a_strand_ends_where_it_is_cut_and_keeps_its_root():
    strand = np.linspace([0, 10, 0], [0, -15, 0], 26, dtype=np.float32)[None]
    end = first_blocked(strand[..., 1] < -3.4, strand[..., 1], np.array([-3.4]))
    shorter = trim(strand, end)
    assert np.allclose(shorter[0, 0], strand[0, 0]) and np.allclose(shorter[0, -1], [0, -3.4, 0], atol=1e-4)
    assert np.allclose(np.diff(shorter[0, :, 1]), -13.4 / 25, atol=1e-4)
    free = first_blocked(strand[..., 1] < -99, strand[..., 1], np.array([-99.0]))
    assert np.allclose(trim(strand, free), strand)


def test_hair_fades_in_over_the_hairline_and_lets_the_brows_be():
    up = np.linspace(6.0, 13.0, 60)
    middle = np.stack([0 * up, up, 10 - 0.3 * (up - 6)], 1)
    for seed in range(12):
        mask = scalp_mask(person(seed, "short"), middle)
        assert mask[0] == 0 and mask[-1] == 1
        assert ((mask > 0.05) & (mask < 0.95)).sum() >= 4, "about half a unit of thin hair"


def test_a_horseshoe_is_bare_on_top_and_grows_at_the_back():
    top, back = np.array([[0.0, 14.0, 0.0]]), np.array([[0.0, 2.0, -8.0]])
    for style, grows in (("short", True), ("horseshoe", False)):
        assert bool(scalp_mask(person(3, style), top)[0] > 0.5) == grows
        assert scalp_mask(person(3, style), back)[0] > 0.5


def test_a_beard_leaves_lips_and_cheekbones_bare():
    man = draw_person(4, "man")
    places = np.array([[0.0, -7.0, 10.0], [0.0, -3.4, 12.0], [4.5, 2.5, 9.0]])
    chin, lips, cheekbone = beard_mask(np.array([2.0, -0.3, 6.0]), places, man)
    assert chin > 0.5 and lips == 0 and cheekbone == 0

import dataclasses

import numpy as np

from tools.scan_faces.cuts import CUTS, cut_of, part_of
from tools.scan_faces.hair import Layers, Strands, first_blocked, trim
from tools.scan_faces.hairline import beard_mask, scalp_mask
from tools.scan_faces.person import STYLES, draw_person
from tools.scan_faces.raster import FARTHEST

SIZE = 8
NEAR, MIDDLE, FAR = 5.0, 0.0, -5.0
RED, GREEN = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)


def person(seed, style):
    return dataclasses.replace(draw_person(seed, "woman"), hairstyle=style)


def row(depth, alpha, color):
    """Return one strand from the left to the right of row 4."""
    points = np.array([[[0.5, 4.5, depth], [7.5, 4.5, depth]]], np.float32)
    return points, np.full((1, 2, 3), color, np.float32), np.full((1, 2), alpha, np.float32)


def layers(mesh, *strands):
    points, colors, alpha = (np.concatenate([strand[i] for strand in strands]) for i in range(3))
    ones = np.ones(points.shape[:2], np.float32)
    return Layers.draw(Strands(points, ones, ones[:, 0], alpha), points, colors, mesh)


def depth_of(value):
    return np.full((SIZE, SIZE), value, np.float32)


NOTHING, HEAD = depth_of(FARTHEST), depth_of(MIDDLE)


def over(hair, gray, depth):
    """A gray picture with the hair over it."""
    image = np.full((SIZE, SIZE, 3), gray, np.float32)
    hair.lay_over(image, depth)
    return image


def test_a_near_strand_covers_a_far_one_by_its_opacity_in_whatever_order_they_grow():
    for turn in (1, -1):
        image = over(layers(NOTHING, *[row(NEAR, 0.75, RED), row(FAR, 1.0, GREEN)][::turn]), 0, NOTHING)
        assert np.allclose(image[4, 2:6], [0.75, 0.25, 0.0])
        assert not image[:4].any() and not image[5:].any()


def test_thin_hair_lets_the_picture_below_show_through_and_no_hair_behind_a_head_and_hides_nothing():
    hair = layers(NOTHING, row(NEAR, 0.2, RED))
    behind = layers(HEAD, row(NEAR, 0.2, RED), row(FAR, 1.0, GREEN))
    for image in (over(hair, 0.5, NOTHING), over(behind, 0.5, HEAD)):
        assert np.allclose(image[4, 2:6], [0.6, 0.4, 0.4])
    assert not hair.hides(NOTHING).any()


def test_a_head_hides_hair_behind_it_and_not_hair_before_it_until_an_expression_moves_it_away():
    for strand, now, shown in ((NEAR, HEAD, True), (FAR, HEAD, False), (FAR, NOTHING, True)):
        hair = layers(HEAD, row(strand, 1.0, RED))
        image = over(hair, 0, now)
        assert bool(image[4, 2:6, 0].all()) == shown == bool(hair.hides(now)[4, 2:6].all())


def test_every_style_has_a_cut_that_each_person_wears_differently_and_always_alike():
    assert set(STYLES["man"]) | set(STYLES["woman"]) <= {"shaved", *CUTS}
    assert cut_of(person(1, "shaved")) is None
    for of in (cut_of, part_of):
        assert of(person(1, "bob")) == of(person(1, "bob")) != of(person(2, "bob"))


def test_a_strand_ends_where_it_is_cut_and_keeps_its_root():
    strand = np.linspace([0, 10, 0], [0, -15, 0], 26, dtype=np.float32)[None]
    end = first_blocked(strand[..., 1] < -3.4, strand[..., 1], np.array([-3.4]))
    shorter = trim(strand, end)
    assert np.allclose(shorter[0, 0], strand[0, 0]) and np.allclose(shorter[0, -1], [0, -3.4, 0], atol=1e-4)
    assert np.allclose(np.diff(shorter[0, :, 1]), -13.4 / 25, atol=1e-4)
    free = first_blocked(strand[..., 1] < -99, strand[..., 1], np.array([-99.0]))
    assert np.allclose(trim(strand, free), strand)


def test_hair_fades_in_over_the_hairline_lets_the_brows_be_and_a_horseshoe_is_bare_on_top():
    up = np.linspace(6.0, 13.0, 60)
    middle = np.stack([0 * up, up, 10 - 0.3 * (up - 6)], 1)
    for seed in range(12):
        mask = scalp_mask(person(seed, "short"), middle)
        assert mask[0] == 0 and mask[-1] == 1
        assert ((mask > 0.05) & (mask < 0.95)).sum() >= 4, "about half a unit of thin hair"
    top_and_back = np.array([[0.0, 14.0, 0.0], [0.0, 2.0, -8.0]])
    for style, grows in (("short", [True, True]), ("horseshoe", [False, True])):
        assert (scalp_mask(person(3, style), top_and_back) > 0.5).tolist() == grows


def test_a_beard_leaves_lips_and_cheekbones_bare():
    man = draw_person(4, "man")
    places = np.array([[0.0, -7.0, 10.0], [0.0, -3.4, 12.0], [4.5, 2.5, 9.0]])
    chin, lips, cheekbone = beard_mask(np.array([2.0, -0.3, 6.0]), places, man)
    assert chin > 0.5 and lips == 0 and cheekbone == 0

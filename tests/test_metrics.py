"""SSIM against a slow evaluation pixel by pixel, and the moved region against its definition."""

import math

import numpy as np
import pytest
import torch

from lfes_core.metrics import (
    MOVED_THRESHOLD,
    SSIM_SETTINGS,
    closeness,
    edge_energy,
    moved_region,
    moved_region_ssim,
    ssim,
    ssim_map,
    to_unit_range,
)


def pictures(size=24, seed=0):
    generator = np.random.default_rng(seed)
    a = generator.uniform(0, 1, (size, size, 3))
    return a, np.clip(a + generator.normal(0, 0.1, a.shape), 0, 1)


def slow_ssim_at(a, b, row, column):
    """Wang et al. (2004), Eq. 13, at one pixel: Gaussian window of 11, sigma 1.5, mean over the colors."""
    c1, c2 = 0.01**2, 0.03**2
    distance = np.arange(-5, 6)
    weights = np.exp(-(distance[:, None] ** 2 + distance**2) / (2 * SSIM_SETTINGS["sigma"] ** 2))

    def mean(values):
        return (weights * values).sum() / weights.sum()

    found = []
    for color in range(3):
        x, y = (image[row - 5 : row + 6, column - 5 : column + 6, color] for image in (a, b))
        mean_x, mean_y = mean(x), mean(y)
        luminance = (2 * mean_x * mean_y + c1) / (mean_x**2 + mean_y**2 + c1)
        spread = mean((x - mean_x) ** 2) + mean((y - mean_y) ** 2)
        found.append(luminance * (2 * mean((x - mean_x) * (y - mean_y)) + c2) / (spread + c2))
    return sum(found) / 3


def test_ssim_map_equals_the_definition_evaluated_pixel_by_pixel():
    a, b = pictures()
    fast = ssim_map(a, b)
    for row, column in [(5, 5), (11, 7), (18, 18)]:
        assert fast[row, column] == pytest.approx(slow_ssim_at(a, b, row, column), abs=1e-9)


def test_ssim_is_the_mean_of_the_map_without_the_border():
    a, b = pictures()
    assert ssim(a, b) == pytest.approx(ssim_map(a, b)[5:-5, 5:-5].mean(), abs=1e-12)
    assert ssim(a, a) == pytest.approx(1.0)


def test_moved_region_is_where_the_mean_color_difference_exceeds_the_threshold():
    neutral = np.full((16, 16, 3), 0.5)
    target = neutral.copy()
    target[2:5, 3:9] += MOVED_THRESHOLD * 1.01
    target[10:12, 10:12] += MOVED_THRESHOLD * 0.99
    target[8, 8, 0] += MOVED_THRESHOLD * 2  # one color alone: the mean over the colors stays below
    moved = moved_region(neutral, target)
    assert moved.sum() == 3 * 6
    assert moved[2:5, 3:9].all()


def test_moved_region_ssim_looks_only_inside_the_region():
    a, b = pictures()
    moved = np.zeros((24, 24), dtype=bool)
    moved[11, 7] = moved[12, 12] = True
    expected = (slow_ssim_at(a, b, 11, 7) + slow_ssim_at(a, b, 12, 12)) / 2
    assert moved_region_ssim(a, b, moved) == pytest.approx(expected, abs=1e-9)
    assert math.isnan(moved_region_ssim(a, b, np.zeros_like(moved)))


def test_closeness_gives_in_one_pass_what_the_single_functions_and_a_mean_over_the_region_give():
    neutral, target = pictures()
    image = pictures(seed=3)[0]
    moved = moved_region(neutral, target)
    assert 0 < moved.sum() < moved.size
    found = closeness(image, target, moved)
    assert found.ssim == pytest.approx(ssim(image, target), abs=1e-12)
    assert found.ssim_moved == pytest.approx(moved_region_ssim(image, target, moved), abs=1e-12)
    slow = [abs(image[y, x, color] - target[y, x, color]) for y, x in np.argwhere(moved) for color in range(3)]
    assert found.l1_moved == pytest.approx(sum(slow) / len(slow), abs=1e-12)
    perfect, nothing = closeness(target, target, moved), closeness(image, target, np.zeros_like(moved))
    assert (perfect.ssim, perfect.ssim_moved, perfect.l1_moved) == pytest.approx((1, 1, 0))
    assert math.isnan(nothing.ssim_moved) and math.isnan(nothing.l1_moved)


def test_pictures_of_the_networks_are_mapped_to_the_unit_range():
    image = torch.tensor([-1.5, -1.0, 0.0, 1.0]).reshape(1, 2, 2).expand(3, 2, 2)
    assert to_unit_range(image)[..., 0].tolist() == [[0.0, 0.0], [0.5, 1.0]]


def test_edge_energy_is_the_squared_laplacian_of_the_gray_picture_inside_the_region():
    a, _ = pictures()
    region = np.zeros(a.shape[:2], bool)
    region[4:9, 5:11] = True
    gray = a @ [0.299, 0.587, 0.114]
    expected = 0.0
    for row in range(4, 9):
        for column in range(5, 11):
            around = gray[row - 1, column] + gray[row + 1, column] + gray[row, column - 1] + gray[row, column + 1]
            expected += (4 * gray[row, column] - around) ** 2
    assert edge_energy(a, region) == pytest.approx(expected)
    blurred = np.stack([np.convolve(line.ravel(), np.ones(9) / 9, "same").reshape(line.shape) for line in a])
    assert edge_energy(blurred, region) < edge_energy(a, region) / 2

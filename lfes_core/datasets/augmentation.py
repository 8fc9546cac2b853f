"""Pairs that look like a phone's pictures: another light, camera and frame, the same for neutral face and target.

The networks of this project have seen one renderer. What happens to a picture between a face and a file costs nothing
to imitate: another background, something in front, color, gamma and brightness, gray pictures, blur, noise, JPEG, and a
frame that is laid on the face a little askew, as a face finder does it. Our extension; the paper uses none of it.
"""

import io
import math
from collections.abc import Callable
from functools import cache

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, UInt8
from PIL import Image
from torch import Tensor

from lfes_core.networks.visual_semantic_encoder import import_torchvision

ANGLE, SCALE, SHIFT = 5.0, 0.06, 0.03
"""How far a frame may be askew: degrees, share of its size, share of its width."""
NOISE = 0.03
"""Largest standard deviation of the noise, on the scale of -1..1."""
GAMMA = 0.3
"""Largest natural logarithm of the power that brightness is raised to: up to 1.35, down to 0.74."""
SMOOTH = 2
"""Beside a pixel of a plain background is one that differs by so many of 255 levels at most; at 4, faces flow out."""

Picture = Float[Tensor, "3 256 256"]

Pictures = Float[Tensor, "2 3 256 256"]


def like_a_phone(
    pictures: Pictures, flow: Float[Tensor, "3 64 64"], generator: torch.Generator
) -> tuple[Pictures, Float[Tensor, "3 64 64"]]:
    """Changes a neutral face and its target, in -1..1, alike; their flow field follows.

    Args:
        pictures: the neutral face and the target.
        flow: from the target's places to the neutral face's, and what is seen (see `pairs.Batch`).
        generator: decides everything; the global one is left as it was.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(torch.randint(2**31, (1,), generator=generator)))
        if torch.rand(()) < 0.5:
            pictures = torch.where(background(pictures), clutter(), pictures)
        if torch.rand(()) < 0.3:
            pictures, flow = covered(pictures, flow, clutter(), *torch.rand(5).tolist())
        pictures, flow = askew(pictures, flow, *(2 * torch.rand(4) - 1).tolist())
        pictures = 2 * ((pictures + 1) / 2).clamp(0, 1) ** math.exp(GAMMA * (2 * float(torch.rand(())) - 1)) - 1
        shown = _camera()(((pictures + 1) * 127.5).round().clamp(0, 255).to(torch.uint8))
        if torch.rand(()) < 0.5:
            quality = int(torch.randint(40, 96, ()))
            shown = torch.stack([_as_jpeg(picture, quality) for picture in shown])
        pictures = shown.float() / 127.5 - 1
        pictures = pictures + NOISE * torch.rand(()) * torch.randn_like(pictures)
    return pictures.clamp(-1, 1), flow


def background(pictures: Pictures) -> Bool[Tensor, "256 256"]:
    """Where both pictures show what flows smoothly in from the upper corners; nowhere if that is most of the picture.

    This finds the backdrops of ScanFaces and of a studio; a busy room has none of it and stays as it is.
    """
    found = np.ones((256, 256), dtype=bool)
    for picture in ((pictures + 1) * 127.5).round().clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1).numpy():
        pixels, mask = cv2.GaussianBlur(picture, (3, 3), 0), np.zeros((258, 258), dtype=np.uint8)
        for corner in ((0, 0), (255, 0)):
            how = 4 | cv2.FLOODFILL_MASK_ONLY | (1 << 8)
            cv2.floodFill(pixels, mask, corner, 0, (SMOOTH,) * 3, (SMOOTH,) * 3, how)
        found &= cv2.dilate(mask[1:-1, 1:-1], np.ones((3, 3), np.uint8)).astype(bool)
    return torch.from_numpy(found if found.mean() < 0.7 else np.zeros_like(found))


def covered(
    pictures: Pictures,
    flow: Float[Tensor, "3 64 64"],
    paint: Picture,
    right: float,
    down: float,
    wide: float,
    high: float,
    turn: float,
) -> tuple[Pictures, Float[Tensor, "3 64 64"]]:
    """Both pictures with an oval thing in front, painted with ``paint``, and the flow field, which is still there.

    The other numbers are from 0 to 1: where its middle is, how large it is, and how far it is turned (a half turn).
    """

    def inside(size: int) -> Bool[Tensor, "size size"]:
        here = (torch.arange(size) + 0.5) / size
        y, x = torch.meshgrid(here - down, here - right, indexing="ij")
        cosine, sine = math.cos(math.pi * turn), math.sin(math.pi * turn)
        along, across = cosine * x + sine * y, cosine * y - sine * x
        return (along / (0.05 + 0.2 * wide)) ** 2 + (across / (0.02 + 0.1 * high)) ** 2 < 1

    nothing_moves = torch.tensor([0.0, 0.0, 1.0])[:, None, None]
    return torch.where(inside(256), paint, pictures), torch.where(inside(64), nothing_moves, flow)


def clutter() -> Picture:
    """A picture of nothing: random shades, a little colored, in cells from a wall's size to a leaf's."""
    shown = torch.zeros(1, 3, 256, 256)
    for cells in (1, 3, 8, 24, 64):
        how = "bicubic" if torch.rand(()) < 0.6 else "nearest"
        colors = torch.randn(1, 1, cells, cells) + 0.35 * torch.randn(1, 3, cells, cells)
        shown = shown + 0.7 * torch.rand(()) / cells**0.3 * F.interpolate(colors, 256, mode=how)
    return shown[0].clamp(-1, 1)


def askew(
    pictures: Pictures, flow: Float[Tensor, "3 64 64"], turn: float, larger: float, right: float, down: float
) -> tuple[Pictures, Float[Tensor, "3 64 64"]]:
    """Both pictures seen through a frame that is turned, larger and shifted, each from -1 to 1 of what may be."""
    angle, scale = math.radians(ANGLE * turn), 1 + SCALE * larger
    matrix = scale * torch.tensor([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    theta = torch.cat((matrix, 2 * SHIFT * torch.tensor([[right], [down]])), dim=1)[None]
    size = list(pictures.shape)
    grid = F.affine_grid(theta.expand(2, -1, -1), size, align_corners=False)
    shown = F.grid_sample(pictures, grid, padding_mode="border", align_corners=False)
    places = F.affine_grid(theta, [1, *flow.shape], align_corners=False)
    there = F.grid_sample(flow[None], places, padding_mode="border", align_corners=False)[0]
    back = torch.einsum("ij,jhw->ihw", torch.linalg.inv(matrix), there[:2])
    return shown, torch.cat((back, there[2:]))


@cache
def _camera() -> Callable[[UInt8[Tensor, "2 3 256 256"]], UInt8[Tensor, "2 3 256 256"]]:
    transforms = import_torchvision("torchvision.transforms.v2")
    changed: Callable[[Tensor], Tensor] = transforms.Compose(
        [
            transforms.ColorJitter(brightness=0.35, contrast=0.3, saturation=0.35, hue=0.03),
            transforms.RandomGrayscale(p=0.05),
            transforms.RandomApply([transforms.GaussianBlur(5, sigma=(0.3, 1.2))], p=0.3),
        ]
    )
    return changed


def _as_jpeg(picture: UInt8[Tensor, "3 height width"], quality: int) -> UInt8[Tensor, "3 height width"]:
    file = io.BytesIO()
    Image.fromarray(picture.permute(1, 2, 0).numpy()).save(file, "JPEG", quality=quality)
    return torch.from_numpy(np.array(Image.open(file))).permute(2, 0, 1)

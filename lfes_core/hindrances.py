"""What a photograph has that the networks have hardly seen in a neutral face: an open mouth, or glasses.

A small network that ScanFaces has taught sees both on the frame, so that a warning can say what will suffer. Our
extension.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from lfes_core.face_network import ASSETS, FaceNetwork
from lfes_core.images import face_crop

WARNINGS = {
    "mouth": "the mouth seems to be open: it may not close, and what a sentence says of lips and jaw will suffer",
    "glasses": "the face seems to wear glasses: rims may bend, and what a sentence says of brows and lids will suffer",
}
LEAST_SURE = {"mouth": 0.9, "glasses": 0.7}
"""Of the network's own share, from 0 to 1: with less nothing is said."""


class Watcher(FaceNetwork):
    """The network that sees both."""

    SHIPPED = ASSETS / "photographs" / "hindrances.safetensors"
    FORMAT = "lfes hindrances 1"
    TOOL = "train_hindrances"

    def __init__(self, facts: Mapping[str, Any] | None = None) -> None:
        super().__init__(3, (16, 24, 32, 48), facts)
        self.to_answers = nn.Sequential(nn.Dropout(0.4), nn.Linear(self.numbers, len(WARNINGS)))

    def forward(self, crops: Float[Tensor, "batch 3 80 80"]) -> Float[Tensor, "batch 2"]:
        """Return the log odds of `WARNINGS`, for crops 0..1; light and contrast of a whole crop say nothing."""
        spread, mean = torch.std_mean(crops, dim=(1, 2, 3), keepdim=True)
        answers: Tensor = self.to_answers(self.features((crops - mean) / (spread + 0.02)).flatten(1))
        return answers

    @torch.no_grad()
    def shares(self, crops: UInt8[Tensor, "batch 3 80 80"]) -> Float[Tensor, "batch 2"]:
        """How sure the network is of each of `WARNINGS`, from 0 to 1, with the face and its mirror image asked."""
        both = torch.stack([self(one.float() / 255) for one in (crops, crops.flip(-1))])
        return both.mean(dim=0).sigmoid()


def hindrances(crop: UInt8[np.ndarray, "256 256 3"]) -> tuple[str, ...]:
    """Return a sentence for each thing in the way on a face that was laid on the frame; none where nothing is seen."""
    shares = _shipped().shares(face_crop(crop[None]))[0].tolist()
    return tuple(
        warning for (what, warning), share in zip(WARNINGS.items(), shares, strict=True) if share >= LEAST_SURE[what]
    )


@cache
def _shipped() -> Watcher:
    return Watcher.load()

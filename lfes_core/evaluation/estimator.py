"""How strong each Action Unit is in a picture, measured by a small network that ScanFaces has taught.

An expression is a change, and people differ in how high their brows lie at rest: so the estimator sees the picture and
its difference to the person's neutral one. It looks at the middle of the face in half size, enough for movements of a
pixel, without the fine noise of a synthesizer.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from lfes_core.face_network import ASSETS, FaceNetwork
from lfes_core.images import face_crop

DIFFERENCE_GAIN = 4.0  # differences to the neutral picture are small numbers; they enter the network enlarged
_PART = 64  # pictures at once


class IntensityMeter(FaceNetwork):
    """The estimator; its answers are in the order of `units`."""

    SHIPPED = ASSETS / "evaluation" / "estimator.safetensors"
    FORMAT = "lfes intensity estimator 1"
    TOOL = "train_estimator"
    BUILT_FROM = ("units", "facts")

    def __init__(self, units: Sequence[int], facts: Mapping[str, Any] | None = None) -> None:
        super().__init__(6, (16, 32, 64, 128), facts)  # of 40 x 40, 20 x 20, 10 x 10 and 5 x 5 places
        self.units = tuple(units)
        self.to_levels = nn.Sequential(nn.Dropout(0.2), nn.Linear(self.numbers, len(self.units)))

    def forward(
        self, picture: Float[Tensor, "batch 3 80 80"], neutral: Float[Tensor, "batch 3 80 80"]
    ) -> Float[Tensor, "batch units"]:
        """Return intensities, unclamped: 0 is absent, 5 is E. Pictures have values in 0..1."""
        change = DIFFERENCE_GAIN * (picture - neutral)
        levels: Tensor = self.to_levels(self.features(torch.cat((picture - 0.5, change), dim=1)).flatten(1))
        return levels

    @torch.no_grad()
    def measure(
        self, pictures: UInt8[np.ndarray, "n 256 256 3"], neutrals: UInt8[np.ndarray, "n 256 256 3"]
    ) -> Float[np.ndarray, "n units"]:
        """How strong each Action Unit is, beside the same people's neutral pictures: 0 absent, 1..5 A..E, unclamped."""
        answers = []
        for start in range(0, len(pictures), _PART):
            both = (several[start : start + _PART] for several in (pictures, neutrals))
            answers.append(self(*(face_crop(several).float() / 255 for several in both)).numpy())
        return np.concatenate(answers).astype(np.float64)

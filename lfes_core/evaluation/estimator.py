"""How strong each Action Unit is in a picture, measured by a small network that ScanFaces has taught.

An expression is a change, and people differ in how high their brows lie at rest: so the estimator sees the picture and
its difference to the person's neutral one. It looks at the middle of the face in half size, enough for movements of a
pixel, without the fine noise of a synthesizer. The networks of the paper share no weight with it.
"""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from lfes_core.errors import UserError
from lfes_core.files import parse_json
from lfes_core.images import FACE_SIZE, face_crop
from lfes_core.weights import read_tensors, write_tensors

SHIPPED = Path(__file__).parents[1] / "assets" / "evaluation" / "estimator.safetensors"
"""The estimator that comes with the package; its card lies beside it."""

FORMAT = "lfes intensity estimator 1"

CHANNELS = (16, 32, 64, 128)
DIFFERENCE_GAIN = 4.0  # differences to the neutral picture are small numbers; they enter the network enlarged
_PART = 64  # pictures at once


class IntensityMeter(nn.Module):
    """Four convolutions that halve, and one linear layer that still knows where on the face it looks.

    Its answers are in the order of `units`; `facts` (data, steps, accuracy on held-out people) is what training wrote.
    """

    def __init__(self, units: Sequence[int], facts: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        self.units, self.facts = tuple(units), dict(facts or {})
        layers: list[nn.Module] = []
        for before, after in zip((6, *CHANNELS), CHANNELS, strict=False):
            convolution = nn.Conv2d(before, after, 3, stride=2, padding=1, bias=False)
            layers += [convolution, nn.BatchNorm2d(after), nn.ReLU()]
        # 16 x 40 x 40, 32 x 20 x 20, 64 x 10 x 10, 128 x 5 x 5
        self.features = nn.Sequential(*layers)
        places = CHANNELS[-1] * (FACE_SIZE // 2 ** len(CHANNELS)) ** 2
        self.to_levels = nn.Sequential(nn.Dropout(0.2), nn.Linear(places, len(self.units)))

    def forward(
        self, picture: Float[Tensor, "batch 3 80 80"], neutral: Float[Tensor, "batch 3 80 80"]
    ) -> Float[Tensor, "batch units"]:
        """Return intensities, unclamped: 0 is absent, 5 is E. Pictures have values in 0..1."""
        change = DIFFERENCE_GAIN * (picture - neutral)
        levels: Tensor = self.to_levels(self.features(torch.cat((picture - 0.5, change), dim=1)).flatten(1))
        return levels

    @classmethod
    def load(cls, path: str | os.PathLike[str] = SHIPPED) -> "IntensityMeter":
        """Read a trained estimator; raise `UserError` where there is no such file, it is none of ours, or damaged."""
        advice = "train one with python -m tools.train_estimator --out FILE.safetensors"
        file = read_tensors(Path(path), FORMAT, advice)
        units, facts = (parse_json(file.header.get(name, ""), path) for name in ("units", "facts"))
        try:
            meter = cls(units, facts)
            meter.load_state_dict(file.tensors)
        except (TypeError, ValueError, RuntimeError) as error:
            raise UserError(f"{path}: not an intensity estimator of this version; {advice}") from error
        return meter.eval().requires_grad_(False)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the estimator in float16, whole or not at all."""
        tensors = {name: one.half() if one.is_floating_point() else one for name, one in self.state_dict().items()}
        header = {"format": FORMAT, "units": json.dumps(self.units), "facts": json.dumps(self.facts)}
        write_tensors(Path(path), tensors, header)

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

"""What a photograph has that the networks have hardly seen in a neutral face: an open mouth, or glasses.

A small network that ScanFaces has taught sees both on the frame, so that a warning can say what will suffer. It shares
no weight with the networks of the paper. Our extension.
"""

import json
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from lfes_core.errors import UserError
from lfes_core.files import parse_json
from lfes_core.images import FACE_SIZE, face_crop
from lfes_core.weights import read_tensors, without_numbers, write_tensors

SHIPPED = Path(__file__).parent / "assets" / "photographs" / "hindrances.safetensors"
"""The network that comes with the package; its card lies beside it."""

FORMAT = "lfes hindrances 1"

WARNINGS = {
    "mouth": "the mouth seems to be open: it may not close, and what a sentence says of lips and jaw will suffer",
    "glasses": "the face seems to wear glasses: rims may bend, and what a sentence says of brows and lids will suffer",
}
LEAST_SURE = {"mouth": 0.9, "glasses": 0.7}
"""Of the network's own share, from 0 to 1: with less nothing is said."""

CHANNELS = (16, 24, 32, 48)


class Watcher(nn.Module):
    """Four convolutions that halve, and one linear layer that still knows where on the face it looks.

    `facts` (data, steps, what it found on held-out people and photographs) is what training wrote.
    """

    def __init__(self, facts: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        self.facts = dict(facts or {})
        layers: list[nn.Module] = []
        for before, after in zip((3, *CHANNELS), CHANNELS, strict=False):
            convolution = nn.Conv2d(before, after, 3, stride=2, padding=1, bias=False)
            layers += [convolution, nn.BatchNorm2d(after), nn.ReLU()]
        # 16 x 40 x 40, 24 x 20 x 20, 32 x 10 x 10, 48 x 5 x 5
        self.features = nn.Sequential(*layers)
        places = CHANNELS[-1] * (FACE_SIZE // 2 ** len(CHANNELS)) ** 2
        self.to_answers = nn.Sequential(nn.Dropout(0.4), nn.Linear(places, len(WARNINGS)))

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

    @classmethod
    def load(cls, path: str | os.PathLike[str] = SHIPPED) -> "Watcher":
        """Read a trained network; raise `UserError` where there is no such file, it is none of ours, or damaged."""
        advice = "train one with python -m tools.train_hindrances --out FILE.safetensors"
        file = read_tensors(Path(path), FORMAT, advice)
        facts = parse_json(file.header.get("facts", ""), path)
        tensors = {name: one.float() if one.is_floating_point() else one for name, one in file.tensors.items()}
        try:
            with without_numbers():
                watcher = cls(facts)
            watcher.load_state_dict(tensors, assign=True)
        except (TypeError, ValueError, RuntimeError) as error:
            raise UserError(f"{path}: not a network of this version; {advice}") from error
        return watcher.eval().requires_grad_(False)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the network in float16, whole or not at all."""
        tensors = {name: one.half() if one.is_floating_point() else one for name, one in self.state_dict().items()}
        write_tensors(Path(path), tensors, {"format": FORMAT, "facts": json.dumps(self.facts)})


def hindrances(crop: UInt8[np.ndarray, "256 256 3"]) -> tuple[str, ...]:
    """Return a sentence for each thing in the way on a face that was laid on the frame; none where nothing is seen."""
    shares = _shipped().shares(face_crop(crop[None]))[0].tolist()
    return tuple(
        warning for (what, warning), share in zip(WARNINGS.items(), shares, strict=True) if share >= LEAST_SURE[what]
    )


@cache
def _shipped() -> Watcher:
    return Watcher.load()

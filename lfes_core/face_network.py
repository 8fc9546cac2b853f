"""Small networks that look at the middle of a face, and their files: the meter of intensities, the watcher for glasses.

They share no weight with the networks of the paper.
"""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from torch import nn

from lfes_core.errors import UserError
from lfes_core.files import parse_json
from lfes_core.images import FACE_SIZE
from lfes_core.weights import read_tensors, without_numbers, write_tensors

ASSETS = Path(__file__).with_name("assets")
Own = TypeVar("Own", bound="FaceNetwork")


class FaceNetwork(nn.Module):
    """Convolutions that halve crops of 80x80 pixels, for one linear layer that still knows where on the face it looks.

    `facts` (data, steps, what it reaches on held-out people) is what training wrote. A kind of network says where its
    shipped file lies, beside its card, what its file is called (`FORMAT`), which tool trains it, and which of its
    attributes it is built from.
    """

    SHIPPED: ClassVar[Path]
    FORMAT: ClassVar[str]
    TOOL: ClassVar[str]
    BUILT_FROM: ClassVar[tuple[str, ...]] = ("facts",)

    def __init__(self, colors: int, channels: Sequence[int], facts: Mapping[str, Any] | None) -> None:
        super().__init__()
        self.facts = dict(facts or {})
        layers: list[nn.Module] = []
        for before, after in zip((colors, *channels), channels, strict=False):
            convolution = nn.Conv2d(before, after, 3, stride=2, padding=1, bias=False)
            layers += [convolution, nn.BatchNorm2d(after), nn.ReLU()]
        self.features = nn.Sequential(*layers)
        self.numbers = channels[-1] * (FACE_SIZE // 2 ** len(channels)) ** 2

    @classmethod
    def load(cls: type[Own], path: str | os.PathLike[str] | None = None) -> Own:
        """Read a trained network, the shipped one when no path is given.

        UserError: there is no such file, it is none of ours, or damaged.
        """
        path, advice = Path(path or cls.SHIPPED), f"train one with python -m tools.{cls.TOOL} --out FILE.safetensors"
        file = read_tensors(path, cls.FORMAT, advice)
        said = {name: parse_json(file.header.get(name, ""), path) for name in cls.BUILT_FROM}
        tensors = {name: one.float() if one.is_floating_point() else one for name, one in file.tensors.items()}
        try:
            with without_numbers():
                network = cls(**said)
            network.load_state_dict(tensors, assign=True)
        except (TypeError, ValueError, RuntimeError) as error:
            raise UserError(f"{path}: not a network of this version; {advice}") from error
        return network.eval().requires_grad_(False)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the network in float16, whole or not at all."""
        tensors = {name: one.half() if one.is_floating_point() else one for name, one in self.state_dict().items()}
        said = {name: json.dumps(getattr(self, name)) for name in self.BUILT_FROM}
        write_tensors(Path(path), tensors, {"format": self.FORMAT, **said})

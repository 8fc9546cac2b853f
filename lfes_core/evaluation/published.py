"""FID and LPIPS, only where the weights that their authors published are already on this machine.

Both are distances on the features of one published network each; with other weights they would be other numbers
under the same names. torch-fidelity computes both: it is kept up to date, needs nothing that this package does not
have, gives the FID of the original TensorFlow code to the last printed digit, and takes LPIPS as its authors
published it (VGG-16, version 0.1). It is no dependency, and nothing is downloaded here: where library or weights are
missing, the report says so and what to do.
"""

import hashlib
import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch
from jaxtyping import UInt8

from lfes_core.evaluation.bootstrap import DIGITS, Figure, by_person, with_interval

LIBRARY = "torch_fidelity"

WEIGHTS: Mapping[str, Mapping[str, str]] = {
    "fid": {
        "weights-inception-2015-12-05-6726825d.pth": "https://github.com/toshas/torch-fidelity/releases/tag/v0.2.0"
    },
    "lpips": {
        "weights-vgg16-lpips.pth": "https://github.com/toshas/torch-fidelity/releases/tag/v0.2.0",
        "vgg16-397923af.pth": "https://download.pytorch.org/models/vgg16-397923af.pth",
    },
}
"""The files of each metric, and where they were published. A name ends in the first digits of its SHA-256."""

_PART = 16

Pictures = UInt8[np.ndarray, "n 256 256 3"]


@dataclass(frozen=True)
class Published:
    """The metrics that can be computed here.

    Attributes:
        folder: PyTorch's hub folder; ``checkpoints`` in it holds the files.
        why_not: for each metric that cannot be computed the reason in one line.
        library: torch-fidelity, where it is installed.
    """

    folder: Path
    why_not: Mapping[str, str]
    library: ModuleType | None

    def about(self) -> dict[str, str]:
        """For each metric one line: with what it was computed, or why it was not."""
        version = getattr(self.library, "__version__", "")
        done = {name: f"torch-fidelity {version}, {', '.join(files)}" for name, files in WEIGHTS.items()}
        return {
            name: f"not computed: {self.why_not[name]}" if name in self.why_not else done[name]
            for name in WEIGHTS
        }

    def measure(self, people: Sequence[str], answers: Pictures, true: Pictures) -> dict[str, Any]:
        """FID of the answers as a set, and the mean LPIPS of each to its true picture; None where not computed."""
        found: dict[str, Any] = dict.fromkeys(WEIGHTS)
        hub = torch.hub.get_dir()
        torch.hub.set_dir(str(self.folder))
        try:
            if "fid" not in self.why_not:
                found["fid"] = self._fid(answers, true)
            if "lpips" not in self.why_not:
                found["lpips"] = self._lpips(people, answers, true)
        finally:
            torch.hub.set_dir(hub)
        return found

    @torch.no_grad()
    def _fid(self, answers: Pictures, true: Pictures) -> dict[str, Any]:
        extractor = _part(self.library, "feature_extractor_inceptionv3").FeatureExtractorInceptionV3(
            "inception-v3-compat", ["2048"], str(self.folder / "checkpoints" / next(iter(WEIGHTS["fid"])))
        )
        metric = _part(self.library, "metric_fid")
        first, second = (
            metric.fid_features_to_statistics(torch.cat([extractor(part)[0] for part in _parts(several)]))
            for several in (answers, true)
        )
        value = metric.fid_statistics_to_metric(first, second, False)[metric.KEY_METRIC_FID]
        return {"value": round(float(value), DIGITS), "n": len(answers)}

    @torch.no_grad()
    def _lpips(self, people: Sequence[str], answers: Pictures, true: Pictures) -> Figure | None:
        distance = _part(self.library, "sample_similarity_lpips").SampleSimilarityLPIPS("lpips-vgg16")
        values = [distance(a, b) for a, b in zip(_parts(answers), _parts(true), strict=True)]
        return with_interval(by_person(people, torch.cat(values).numpy()))


def find_published(folder: Path | None = None) -> Published:
    """Looks which of the metrics can be computed.

    Args:
        folder: a hub folder of PyTorch; where PyTorch keeps its own when not given.
    """
    folder = Path(torch.hub.get_dir()) if folder is None else folder
    try:
        library = importlib.import_module(LIBRARY)
    except ImportError:
        reason = "torch-fidelity is not installed (pip install torch-fidelity)"
        return Published(folder, dict.fromkeys(WEIGHTS, reason), None)
    why_not = {name: why for name, files in WEIGHTS.items() if (why := _wrong(folder / "checkpoints", files))}
    return Published(folder, why_not, library)


def _wrong(folder: Path, files: Mapping[str, str]) -> str | None:
    """What is the matter with the files of a metric; None where they can be used."""
    for name, address in files.items():
        path = folder / name
        if not path.is_file():
            return f"{name} is not in the folder checkpoints of PyTorch's hub folder; put the file from {address} there"
        digits = path.stem.rpartition("-")[2]
        if len(digits) == 8 and not hashlib.sha256(path.read_bytes()).hexdigest().startswith(digits):
            return f"{name} is not the published file: its SHA-256 does not start with {digits}"
    return None


def _part(library: ModuleType | None, name: str) -> Any:
    assert library is not None
    return importlib.import_module(f"{library.__name__}.{name}")


def _parts(pictures: Pictures) -> list[torch.Tensor]:
    """The pictures as torch-fidelity takes them: uint8, colors first, a few at a time."""
    tensor = torch.from_numpy(np.ascontiguousarray(pictures.transpose(0, 3, 1, 2)))
    return [tensor[start : start + _PART] for start in range(0, len(tensor), _PART)]

"""Faces with Action Units: the shipped ScanFaces, the layouts of DISFA+ and CK+, and pairs for training."""

from collections.abc import Callable, Mapping

from lfes_core.datasets.check import DatasetCheck, check_dataset, report
from lfes_core.datasets.ck_plus import CKPlus
from lfes_core.datasets.disfa_plus import DISFAPlus
from lfes_core.datasets.frames import FaceDataset, Frame, Skipped, split
from lfes_core.datasets.pairs import Batch, ExpressionPairs, Pair, collate
from lfes_core.datasets.scan_faces import ScanFaces, unpack
from lfes_core.datasets.tree import open_tree
from lfes_core.errors import UserError
from lfes_core.images import read_image, square, to_tensor, to_uint8

__all__ = [
    "Batch",
    "CKPlus",
    "DISFAPlus",
    "DatasetCheck",
    "ExpressionPairs",
    "FaceDataset",
    "Frame",
    "Pair",
    "ScanFaces",
    "Skipped",
    "check_dataset",
    "collate",
    "open_dataset",
    "open_tree",
    "read_image",
    "report",
    "split",
    "square",
    "to_tensor",
    "to_uint8",
    "unpack",
]

_LAYOUTS: Mapping[str, Callable[[str], FaceDataset]] = {
    "scanfaces": ScanFaces,
    "disfaplus": DISFAPlus,
    "ckplus": CKPlus,
}


def open_dataset(spec: str) -> FaceDataset:
    """Open a dataset by its name and, where it is not the shipped one, its folder or zip archive.

    ``scanfaces`` is the shipped archive; ``scanfaces:ROOT`` is a larger one that the project's renderer
    wrote; the others are ``disfaplus:ROOT`` and ``ckplus:ROOT``.

    Raises:
        UserError: an unknown name, a missing root, or a folder in another layout.
    """
    name, colon, root = spec.strip().partition(":")
    kind = name.lower()
    if kind not in _LAYOUTS:
        raise UserError(f"unknown dataset {spec[:80]!r}: say scanfaces, disfaplus:ROOT or ckplus:ROOT")
    if kind == "scanfaces" and not colon:
        return ScanFaces()
    if not root:
        raise UserError(f"{spec!r} names no folder: say {kind}:ROOT, where ROOT is a folder or zip archive")
    try:
        return _LAYOUTS[kind](root)
    except UserError as error:
        other = _other_layout(kind, root)
        if other is None:
            raise
        raise UserError(f"{error}; it looks like {other}:{root}") from error


def _other_layout(kind: str, root: str) -> str | None:
    for other in ("disfaplus", "ckplus"):
        if other != kind and not (kind == "scanfaces" and other == "disfaplus"):
            try:
                _LAYOUTS[other](root)
            except UserError:
                continue
            return other
    return None

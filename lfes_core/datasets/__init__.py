"""Faces with Action Units: the shipped ScanFaces, the layouts of DISFA+ and CK+, and pairs for training."""

from lfes_core.datasets.check import check_dataset, report
from lfes_core.datasets.ck_plus import CKPlus
from lfes_core.datasets.disfa_plus import DISFAPlus
from lfes_core.datasets.frames import FaceDataset, Frame, split
from lfes_core.datasets.pairs import ExpressionPairs, collate
from lfes_core.datasets.scan_faces import ScanFaces, unpack
from lfes_core.datasets.tree import open_tree
from lfes_core.errors import UserError
from lfes_core.images import square, to_tensor

__all__ = ["CKPlus", "DISFAPlus", "ExpressionPairs", "FaceDataset", "Frame", "ScanFaces", "check_dataset"]
__all__ += ["collate", "open_dataset", "open_tree", "report", "split", "square", "to_tensor", "unpack"]

_LAYOUTS = dict[str, type[DISFAPlus | CKPlus]](scanfaces=ScanFaces, disfaplus=DISFAPlus, ckplus=CKPlus)


def open_dataset(spec: str) -> FaceDataset:
    """Open a dataset by its name and, where it is not the shipped one, its folder or zip archive.

    ``scanfaces`` is the shipped archive, ``scanfaces:ROOT`` a larger one that the project's renderer wrote; the others
    are ``disfaplus:ROOT`` and ``ckplus:ROOT``.

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
        other = "disfaplus" if kind == "ckplus" else "ckplus"
        try:
            _LAYOUTS[other](root)
        except UserError:
            raise error from None
        raise UserError(f"{error}; it looks like {other}:{root}") from error

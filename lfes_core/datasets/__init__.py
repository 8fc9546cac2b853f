"""Faces with Action Units: the shipped ScanFaces, the layouts of DISFA+ and CK+, and pairs for training."""

from lfes_core.datasets.check import DatasetCheck, check_dataset
from lfes_core.datasets.ck_plus import CKPlus
from lfes_core.datasets.disfa_plus import DISFAPlus
from lfes_core.datasets.frames import FaceDataset, Frame, Skipped
from lfes_core.datasets.images import read_image, square, to_tensor, to_uint8
from lfes_core.datasets.opening import open_dataset
from lfes_core.datasets.pairs import Batch, ExpressionPairs, Pair, collate
from lfes_core.datasets.scan_faces import ScanFaces, unpack
from lfes_core.datasets.splits import split
from lfes_core.datasets.tree import open_tree

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
    "split",
    "square",
    "to_tensor",
    "to_uint8",
    "unpack",
]

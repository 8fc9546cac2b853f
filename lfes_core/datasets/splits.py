"""Training and test frames: by subject, so that no identity is ever in both."""

from lfes_core.datasets.frames import FaceDataset, Frame
from lfes_core.errors import UserError

PARTS = ("train", "test")


def subjects_of(dataset: FaceDataset, part: str) -> tuple[str, ...]:
    """Return the subjects of one part.

    Raises:
        UserError: `part` is neither "train" nor "test".
    """
    if part not in PARTS:
        raise UserError(f"there is no part {part!r} of a dataset: say 'train' or 'test'")
    held_out = set(dataset.test_subjects)
    return tuple(subject for subject in dataset.subjects if (subject in held_out) == (part == "test"))


def split(dataset: FaceDataset, part: str) -> tuple[Frame, ...]:
    """Return the frames of one part, neutral ones included; identities are never shared between the parts."""
    chosen = set(subjects_of(dataset, part))
    return tuple(frame for frame in dataset.frames if frame.subject in chosen)

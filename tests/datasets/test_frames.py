from pathlib import Path

import pytest

from lfes_core.datasets import ExpressionPairs, FaceDataset, Frame, open_tree, split
from lfes_core.errors import UserError
from lfes_core.sentences import Vocabulary
from tests.datasets.trees import picture, write


class NamedFaces(FaceDataset):
    """A layout of a reader: ``anna/neutral.png``, ``anna/12.png``."""

    kind, layout = "named_faces", "layout of named faces: expected anna/neutral.png and anna/12.png"

    def read_frames(self) -> list[Frame]:
        frames = []
        for image in self.tree.names():
            subject, name = image.split("/")
            units = {} if name == "neutral.png" else {int(name.removesuffix(".png")): None}
            if self.begins_like_an_image(image):
                frames.append(Frame(subject, "stills", name, image, units))
        return frames


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for subject in ("anna", "bert", "carl"):
        for number, name in enumerate(("neutral", "12", "25")):
            write(tmp_path / subject / f"{name}.png", picture(30 * number, kind="PNG"))
    return tmp_path


def test_a_layout_of_ones_own_needs_one_method(root: Path) -> None:
    dataset = NamedFaces(open_tree(root))
    assert dataset.subjects == ("anna", "bert", "carl") and dataset.test_subjects == ("carl",)
    assert len(split(dataset, "train")) == 6
    pairs = ExpressionPairs(dataset, "train", Vocabulary(), image_size=16, protocols=["with"])
    assert {pairs.sentence(index) for index in (1, 3)} <= {
        f"A person with {participle} lips." for participle in ("parted", "separated")
    }
    assert pairs[0].neutral.shape == (3, 16, 16)


def test_frames_come_in_order_of_subject_trial_and_name(root: Path) -> None:
    frames = NamedFaces(open_tree(root)).frames
    assert list(frames) == sorted(frames, key=lambda frame: (frame.subject, frame.trial, frame.name))


def test_the_same_problem_is_noted_once(root: Path) -> None:
    dataset = NamedFaces(open_tree(root))
    for _ in range(2):
        dataset.skip("anna/12.png", "blurred")
    assert len(dataset.skipped) == 1


def test_a_layout_without_any_frame_names_what_was_found(tmp_path: Path) -> None:
    write(tmp_path / "anna" / "12.png", b"no picture")
    with pytest.raises(UserError, match=r"layout of named faces.*found anna.*anna/12\.png"):
        NamedFaces(open_tree(tmp_path))


def test_equal_frames_have_equal_hashes() -> None:
    first, second = (Frame("anna", "stills", "12.png", "anna/12.png", {12: 3}) for _ in range(2))
    assert first == second and len({first, second}) == 1

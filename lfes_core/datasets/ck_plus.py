"""CK+ as it lies on disk.

::

    cohn-kanade-images/S026/001/S026_001_00000001.png ... S026_001_00000015.png   neutral ... peak
    FACS/S026/001/S026_001_00000015_facs.txt         one a sequence, named after the peak
    Emotion/S026/001/S026_001_00000015_emotion.txt   327 of 593 sequences
    FACS/S026/gender.txt                             0 = man, 1 = woman; not in the release
    Landmarks/...                                    not read yet: faces are cut out by a centre crop
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from lfes_core.datasets.frames import FaceDataset, Frame
from lfes_core.datasets.labels import read_facs, read_single_number
from lfes_core.datasets.tree import Tree, open_tree

_IMAGE = re.compile(r"(?:^|/)cohn-kanade-images/(S\d+)/(?:\1/)?(\d+)/([^/]+_(\d+)\.png)$", re.IGNORECASE)
_FACS = re.compile(r"(?:^|/)FACS/(S\d+)/(?:\1/)?(\d+)/([^/]+)_facs\.txt$", re.IGNORECASE)
_EMOTION = re.compile(r"(?:^|/)Emotion/(S\d+)/(?:\1/)?(\d+)/([^/]+)_emotion\.txt$", re.IGNORECASE)
_GENDER = re.compile(r"(?:^|/)FACS/(S\d+)/(?:\1/)?gender\.txt$", re.IGNORECASE)

EMOTION_CODES = {
    0: None,
    1: "anger",
    2: "contempt",
    3: "disgust",
    4: "fear",
    5: "happiness",
    6: "sadness",
    7: "surprise",
}
"""The number in an ``_emotion.txt`` -> the emotion; 0 is neutral."""


class CKPlus(FaceDataset):
    """CK+: posed sequences from the neutral face to a peak; the AUs of the peak are coded.

    Each sequence gives two frames: its first picture (neutral) and its peak. AU numbers that no sentence has
    a phrase for (30, 45, 54, ...) stay in `Frame.action_units` and stay out of `Frame.description`.
    Sequences without a FACS file are left out; the emotion is None where none was given.

    Args:
        root: the folder that holds ``cohn-kanade-images`` and ``FACS``, or a zip archive of it.
        test_subjects: who is held out; by default the published list.

    Raises:
        UserError: nothing in CK+ layout was found.
    """

    kind = "ck_plus"
    layout = (
        "CK+ layout: expected cohn-kanade-images/S026/001/S026_001_00000001.png and "
        "FACS/S026/001/S026_001_00000015_facs.txt"
    )

    def __init__(self, root: str | Path | Tree, test_subjects: Sequence[str] | None = None) -> None:
        super().__init__(root if isinstance(root, Tree) else open_tree(root), test_subjects)

    def read_frames(self) -> list[Frame]:
        """Read every labelled frame (see `FaceDataset.read_frames`)."""
        images: dict[tuple[str, str], dict[int, str]] = defaultdict(dict)
        facs: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        emotions: dict[str, str] = {}
        genders: dict[str, str] = {}
        for name in self.tree.names():
            if match := _IMAGE.search(name):
                images[match[1], match[2]].setdefault(int(match[4]), name)
            elif match := _FACS.search(name):
                facs[match[1], match[2]].setdefault(match[3], name)
            elif match := _EMOTION.search(name):
                emotions.setdefault(match[3], name)
            elif match := _GENDER.search(name):
                genders[match[1]] = self.read_gender(name)
        frames: list[Frame] = []
        for (subject, trial), pictures in images.items():
            coded = facs.pop((subject, trial), {})
            gender = genders.get(subject, "person")
            frames += self._read_sequence(subject, trial, pictures, coded, emotions, gender)
        for subject, trial in facs:
            self.skip(f"FACS/{subject}/{trial}", "Action Units without any picture")
        return frames

    def _read_sequence(
        self,
        subject: str,
        trial: str,
        pictures: Mapping[int, str],
        coded: Mapping[str, str],
        emotions: Mapping[str, str],
        gender: str,
    ) -> list[Frame]:
        """Read the first picture and the peak of one sequence; an empty list if it cannot be used."""
        sequence = f"cohn-kanade-images/{subject}/{trial}"
        if not coded:
            self.skip(sequence, "no FACS file, so its Action Units are not known")
            return []
        peak, facs_file = max(coded.items())
        try:
            present, missing = read_facs(self.tree.read_text(facs_file))
        except ValueError as error:
            self.skip(facs_file, str(error))
            return []
        by_name = {Path(image).stem: image for image in pictures.values()}
        if peak not in by_name:
            self.skip(facs_file, f"its peak picture {peak}.png does not exist")
            return []
        usable = [image for _, image in sorted(pictures.items()) if self.begins_like_an_image(image)]
        if not usable or usable[0] == by_name[peak] or by_name[peak] not in usable:
            self.skip(sequence, "it has no neutral picture and peak that can be read")
            return []
        emotion = self._read_emotion(emotions[peak]) if peak in emotions else None
        return [
            Frame(subject, trial, Path(usable[0]).name, usable[0], gender=gender),
            Frame(subject, trial, f"{peak}.png", by_name[peak], present, gender, emotion, missing),
        ]

    def _read_emotion(self, name: str) -> str | None:
        try:
            return EMOTION_CODES[read_single_number(self.tree.read_text(name))]
        except (KeyError, ValueError) as error:
            reason = "a number outside 0..7" if isinstance(error, KeyError) else str(error)
            self.skip(name, f"{reason}; the frame is used without an emotion")
            return None

"""DISFA+ as it lies on disk, and every dataset written in its layout (ScanFaces is).

::

    Images/SN001/A1_AU1_TrailNo_1/000.jpg, 001.jpg, ..., TimeStamp.txt
    Labels/SN001/A1_AU1_TrailNo_1/AU1.txt ... AU26.txt      one line a frame: "000.jpg     0"
    Labels/SN001/gender.txt                                 0 = man, 1 = woman; not in the original

"Trail" is the real spelling, and so is ``Z_SupriseText_TrailNo_2``: trials are taken as they are called, and
label files are found by the number in their name, never by their order. Some unzips nest ``SN001/SN001``.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from lfes_core.action_units import DISFA_PLUS_ACTION_UNITS
from lfes_core.datasets.frames import FaceDataset, Frame
from lfes_core.datasets.labels import in_order, read_frame_intensities
from lfes_core.datasets.tree import Tree, open_tree
from lfes_core.errors import UserError

_IMAGE = re.compile(r"(?:^|/)Images/(SN\d+)/(?:\1/)?([^/]+)/([^/]+\.jpe?g)$", re.IGNORECASE)
_LABELS = re.compile(r"(?:^|/)Labels/(SN\d+)/(?:\1/)?([^/]+)/AU0*(\d{1,2})\.txt$", re.IGNORECASE)
_GENDER = re.compile(r"(?:^|/)Labels/(SN\d+)/(?:\1/)?gender\.txt$", re.IGNORECASE)

# Trials of whole emotions carry the emotion in their name. The release writes "Suprise".
_TRIAL_EMOTIONS = {
    "ang": "anger",
    "contempt": "contempt",
    "disgust": "disgust",
    "fear": "fear",
    "happ": "happiness",
    "sad": "sadness",
    "suprise": "surprise",
    "surprise": "surprise",
}


class DISFAPlus(FaceDataset):
    """DISFA+: posed trials as video, intensities 0-5 of twelve AUs for every frame.

    Frames without any readable label are left out; a frame with some missing labels stays, and
    `Frame.missing` names them. `targets()` takes from each trial the `frames_per_trial` frames nearest its
    peak (the largest sum of intensities), about as many as the paper used; None takes every frame with an
    AU. Label files of further AUs are read where a trial has them. DISFA+ comes without landmarks, so a face
    is the middle square of its picture.

    Args:
        root: the folder that holds ``Images`` and ``Labels``, or a zip archive of it.
        test_subjects: who is held out; by default the published list.
        frames_per_trial: how many frames of a trial become targets.

    Raises:
        UserError: nothing in DISFA+ layout was found.
    """

    kind = "disfa_plus"
    layout = "DISFA+ layout: expected Images/SN001/A1_AU1_TrailNo_1/000.jpg and Labels/SN001/.../AU1.txt"

    def __init__(
        self,
        root: str | Path | Tree,
        test_subjects: Sequence[str] | None = None,
        frames_per_trial: int | None = 3,
    ) -> None:
        self.frames_per_trial = frames_per_trial
        super().__init__(root if isinstance(root, Tree) else open_tree(root), test_subjects)

    def targets(self) -> tuple[Frame, ...]:
        """Return the frames near the peak of each trial (see the class)."""
        trials: dict[tuple[str, str], list[Frame]] = defaultdict(list)
        for frame in super().targets():
            trials[frame.subject, frame.trial].append(frame)
        return tuple(frame for trial in trials.values() for frame in self._near_peak(trial))

    def _near_peak(self, frames: list[Frame]) -> list[Frame]:
        if self.frames_per_trial is None:
            return frames
        strengths = [sum(value or 1 for value in frame.action_units.values()) for frame in frames]
        peak = [position for position, strength in enumerate(strengths) if strength == max(strengths)]
        # A held expression is a plateau: its middle is the steadiest picture.
        middle = peak[len(peak) // 2]
        nearest = sorted(range(len(frames)), key=lambda i: (-strengths[i], abs(i - middle)))
        return [frames[i] for i in sorted(nearest[: self.frames_per_trial])]

    def read_frames(self) -> list[Frame]:
        """Read every labelled frame (see `FaceDataset.read_frames`)."""
        images, labels, genders = self._sort_names()
        frames: list[Frame] = []
        for (subject, trial), pictures in images.items():
            frames += self._read_trial(
                subject, trial, pictures, labels.pop((subject, trial), {}), genders.get(subject, "person")
            )
        for subject, trial in labels:
            self.skip(f"Labels/{subject}/{trial}", "labels without any picture")
        return frames

    def _sort_names(
        self,
    ) -> tuple[dict[tuple[str, str], dict[str, str]], dict[tuple[str, str], dict[int, str]], dict[str, str]]:
        """Sort names into pictures and label files by (subject, trial), and genders by subject."""
        images: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        labels: dict[tuple[str, str], dict[int, str]] = defaultdict(dict)
        genders: dict[str, str] = {}
        for name in self.tree.names():
            if match := _IMAGE.search(name):
                first = images[match[1].upper(), match[2]].setdefault(match[3], name)
            elif match := _LABELS.search(name):
                first = labels[match[1].upper(), match[2]].setdefault(int(match[3]), name)
            elif match := _GENDER.search(name):
                genders[match[1].upper()] = self.read_gender(name)
                continue
            else:
                continue
            if first != name:
                self.skip(name, f"a second copy of {first}")
        return dict(images), dict(labels), genders

    def _read_trial(
        self, subject: str, trial: str, images: Mapping[str, str], files: Mapping[int, str], gender: str
    ) -> list[Frame]:
        if not files:
            self.skip(f"Images/{subject}/{trial}", "pictures without any label file")
            return []
        absent = [number for number in DISFA_PLUS_ACTION_UNITS if number not in files]
        if absent:
            self.skip(f"Labels/{subject}/{trial}", f"no label file for AU {in_order(absent)}")
        by_unit = {number: self._read_intensities(files[number]) for number in sorted(files)}
        emotion = _emotion_of_trial(trial)
        frames, unlabelled = [], 0
        for file, image in sorted(images.items()):
            values = {number: labels.get(file) for number, labels in by_unit.items()}
            known = {number: value for number, value in values.items() if value is not None}
            if not known:
                unlabelled += 1
                continue
            if not self.begins_like_an_image(image):
                continue
            present: dict[int, int | None] = {number: value for number, value in known.items() if value > 0}
            missing = sorted({*DISFA_PLUS_ACTION_UNITS, *values} - known.keys())
            frames.append(
                Frame(
                    subject=subject,
                    trial=trial,
                    name=file,
                    image=image,
                    action_units=present,
                    gender=gender,
                    emotion=emotion if present else None,
                    missing=tuple(missing),
                )
            )
        if unlabelled:
            self.skip(f"Images/{subject}/{trial}", f"{unlabelled} pictures without a label")
        lost = {file for labels in by_unit.values() for file in labels} - images.keys()
        if lost:
            self.skip(
                f"Labels/{subject}/{trial}", f"{len(lost)} labelled pictures do not exist, first {min(lost)}"
            )
        return frames

    def _read_intensities(self, name: str) -> dict[str, int | None]:
        try:
            intensities, not_understood = read_frame_intensities(self.tree.read_text(name))
        except UserError as error:
            self.skip(name, str(error))
            return {}
        if not intensities:
            self.skip(name, "no line such as '000.jpg     0'")
        elif not_understood:
            self.skip(name, f"line {in_order(not_understood)} could not be understood; the others are used")
        return intensities


def _emotion_of_trial(trial: str) -> str | None:
    # A1_AU1_TrailNo_1 names Action Units; Z_SupriseText_TrailNo_2 names an emotion.
    words = [word.lower() for word in re.findall(r"[A-Z][a-z]+", trial)]
    found = {
        emotion for word in words for start, emotion in _TRIAL_EMOTIONS.items() if word.startswith(start)
    }
    return found.pop() if len(found) == 1 else None

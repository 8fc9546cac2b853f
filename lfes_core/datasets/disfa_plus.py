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
from pathlib import Path, PurePosixPath

from lfes_core.action_units import DISFA_PLUS_ACTION_UNITS
from lfes_core.datasets.frames import FaceDataset, Frame
from lfes_core.datasets.labels import in_order, read_frame_intensities
from lfes_core.datasets.tree import Tree, open_tree
from lfes_core.errors import UserError

_NAMES = {
    kind: re.compile(rf"(?:^|/){pattern}$", re.IGNORECASE)
    for kind, pattern in {
        "image": r"Images/(SN\d+)/(?:\1/)?([^/]+)/([^/]+)\.(?:jpe?g|png)",
        "labels": r"Labels/(SN\d+)/(?:\1/)?([^/]+)/AU0*([1-9]\d?)\.txt",
        "gender": r"Labels/(SN\d+)/(?:\1/)?(gender)\.txt",
    }.items()
}
_FOLDERS = re.compile(r"(?:^|/)(?:Images|Labels)/", re.IGNORECASE)

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
        names = self.sort_names(_NAMES, _FOLDERS)
        genders = {
            subject: self.read_gender(found["gender"]) for (subject,), found in names["gender"].items()
        }
        frames: list[Frame] = []
        for (subject, trial), pictures in names["image"].items():
            files = names["labels"].pop((subject, trial), {})
            frames += self._read_trial(subject, trial, pictures, files, genders.get(subject, "person"))
        for subject, trial in names["labels"]:
            self.skip(f"Labels/{subject}/{trial}", "labels without any picture")
        return frames

    def _read_trial(
        self, subject: str, trial: str, images: Mapping[str, str], files: Mapping[str, str], gender: str
    ) -> list[Frame]:
        """Read one trial: `images` are named by what a label calls them without its ending, `files` by the AU."""
        if not files:
            self.skip(f"Images/{subject}/{trial}", "pictures without any label file")
            return []
        if absent := [number for number in DISFA_PLUS_ACTION_UNITS if str(number) not in files]:
            self.skip(f"Labels/{subject}/{trial}", "no label file for AU {}", in_order(absent))
        by_unit = {int(unit): self._read_intensities(files[unit]) for unit in sorted(files, key=int)}
        emotion = _emotion_of_trial(trial)
        frames, labelled = [], set()
        for stem, image in sorted(images.items()):
            values = {number: labels.get(stem) for number, labels in by_unit.items()}
            known = {number: value for number, value in values.items() if value is not None}
            if not known:
                continue
            labelled.add(stem)
            if not self.begins_like_an_image(image):
                continue
            present: dict[int, int | None] = {number: value for number, value in known.items() if value > 0}
            missing = sorted({*DISFA_PLUS_ACTION_UNITS, *values} - known.keys())
            frames.append(
                Frame(
                    subject=subject,
                    trial=trial,
                    name=PurePosixPath(image).name,
                    image=image,
                    action_units=present,
                    gender=gender,
                    emotion=emotion if present else None,
                    missing=tuple(missing),
                )
            )
        if unlabelled := len(images) - len(labelled):
            self.skip(f"Images/{subject}/{trial}", "{} pictures without a label", unlabelled)
        for number, labels in by_unit.items():
            if labels and (short := labelled - labels.keys()):
                self.skip(
                    files[str(number)], "pictures of the trial that have no label in it: {}", len(short)
                )
        if lost := {stem for labels in by_unit.values() for stem in labels} - images.keys():
            why = "{} labelled pictures do not exist, first {}"
            self.skip(f"Labels/{subject}/{trial}", why, len(lost), f"{min(lost)}.jpg")
        return frames

    def _read_intensities(self, name: str) -> dict[str, int | None]:
        """Read a label file: name of a picture in small letters and without its ending -> intensity."""
        try:
            intensities, notes = read_frame_intensities(self.tree.read_text(name))
        except UserError as error:
            self.skip(name, error)
            return {}
        for note in notes:
            self.skip(name, *note)
        return {file.rpartition(".")[0].lower(): value for file, value in intensities.items()}


def _emotion_of_trial(trial: str) -> str | None:
    # A1_AU1_TrailNo_1 names Action Units; Z_SupriseText_TrailNo_2 names an emotion.
    words = [word.lower() for word in re.findall(r"[A-Z][a-z]+", trial)]
    found = {
        emotion for word in words for start, emotion in _TRIAL_EMOTIONS.items() if word.startswith(start)
    }
    return found.pop() if len(found) == 1 else None

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
from collections.abc import Sequence
from pathlib import PurePosixPath

from lfes_core.action_units import DISFA_PLUS_ACTION_UNITS, EMOTIONS
from lfes_core.datasets.frames import FaceDataset, Frame
from lfes_core.datasets.labels import in_order, read_frame_intensities
from lfes_core.datasets.tree import Root

_LAYOUT = {
    "image": r"Images/(SN\d+)/(?:\1/)?([^/]+)/([^/]+)\.(?:jpe?g|png)",
    "labels": r"Labels/(SN\d+)/(?:\1/)?([^/]+)/AU0*([1-9]\d?)\.txt",
    "gender": r"Labels/(SN\d+)/(?:\1/)?()(gender)\.txt",
}

# Trials of whole emotions carry the emotion in their name. The release writes "Suprise".
_TRIAL_EMOTIONS = {name: name for name in EMOTIONS}
_TRIAL_EMOTIONS |= {"ang": "anger", "happ": "happiness", "sad": "sadness", "suprise": "surprise"}


class DISFAPlus(FaceDataset):
    """DISFA+, below the folder that holds ``Images`` and ``Labels``: intensities 0-5 of twelve AUs for every frame.

    Frames without any readable label are left out; a frame with some missing labels stays, and `Frame.missing` names
    them. Label files of further AUs are read where a trial has them. DISFA+ comes without landmarks, so a face is the
    middle square of its picture. `targets()` takes from each trial the `frames_per_trial` frames nearest its peak (the
    largest sum of intensities), about as many as the paper used; None takes every frame with an AU.
    """

    kind = "disfa_plus"
    layout = "DISFA+ layout: expected Images/SN001/A1_AU1_TrailNo_1/000.jpg and Labels/SN001/.../AU1.txt"

    def __init__(
        self, root: Root, test_subjects: Sequence[str] | None = None, frames_per_trial: int | None = 3
    ) -> None:
        self.frames_per_trial = frames_per_trial
        super().__init__(root, test_subjects)

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
        frames: list[Frame] = []
        for subject, trial, gender, files in self.trials(_LAYOUT):
            if files["image"] and files["labels"]:
                frames += self._read_trial(subject, trial, gender, files["image"], files["labels"])
            elif files["image"]:
                self.skip(f"Images/{subject}/{trial}", "pictures without any label file")
            else:
                self.skip(f"Labels/{subject}/{trial}", "labels without any picture")
        return frames

    def _read_trial(
        self, subject: str, trial: str, gender: str, images: dict[str, str], files: dict[str, str]
    ) -> list[Frame]:
        where = f"Labels/{subject}/{trial}"
        if absent := [unit for unit in DISFA_PLUS_ACTION_UNITS if str(unit) not in files]:
            self.skip(where, "no label file for AU {}", in_order(absent))
        numbered = sorted((int(unit), file) for unit, file in files.items())
        by_unit = {unit: self.read_labels(file, read_frame_intensities) or {} for unit, file in numbered}
        units = {*DISFA_PLUS_ACTION_UNITS, *by_unit}
        words = [word.lower() for word in re.findall("[A-Z][a-z]+", trial)]  # Z_SupriseText_TrailNo_2
        named = {name for start, name in _TRIAL_EMOTIONS.items() if any(word.startswith(start) for word in words)}
        emotion = named.pop() if len(named) == 1 else None
        frames, labelled = [], set()
        for stem, image in sorted(images.items()):
            labels = {unit: levels.get(stem) for unit, levels in by_unit.items()}
            known = {unit: level for unit, level in labels.items() if level is not None}
            if not known:
                continue
            labelled.add(stem)
            if self.begins_like_an_image(image):
                present: dict[int, int | None] = {unit: level for unit, level in known.items() if level}
                missing, name = tuple(sorted(units - known.keys())), PurePosixPath(image).name
                shown = emotion if present else None
                frames.append(Frame(subject, trial, name, image, present, gender, shown, missing))
        if unlabelled := len(images) - len(labelled):
            self.skip(f"Images/{subject}/{trial}", "{} pictures without a label", unlabelled)
        for unit, levels in by_unit.items():
            if levels and (short := labelled - levels.keys()):
                self.skip(files[str(unit)], "pictures of the trial that have no label in it: {}", len(short))
        if lost := {stem for levels in by_unit.values() for stem in levels} - images.keys():
            self.skip(where, "{} labelled pictures do not exist, first {}", len(lost), f"{min(lost)}.jpg")
        return frames

"""ScanFaces: the rendered dataset that comes with the package, read by the same code as DISFA+."""

import io
import re
import shutil
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cached_property
from importlib import resources
from pathlib import Path

import numpy as np
from jaxtyping import Float

from lfes_core.datasets.disfa_plus import DISFAPlus
from lfes_core.datasets.frames import Frame
from lfes_core.datasets.labels import MAX_INTENSITY, in_order
from lfes_core.datasets.tree import ZipTree, is_hidden
from lfes_core.errors import Unreadable, UserError
from lfes_core.files import alone_in, user_path

ARCHIVE = Path(str(resources.files("lfes_core") / "assets" / "scan_faces.zip"))
"""The archive in DISFA+ layout; ``gender.txt`` tells of presentation (hair, brows, stubble), and
``Regions/SN097/AU12.png`` is a region map, 8-bit gray."""

REGION_GRAY = 0.2  # pixels of movement that one gray level of a stored region map stands for
_FLOW = re.compile(r"(?:^|/)Flows/(SN\d+)/([^/]+)/(\d+)\.npy$")
_REGION = re.compile(r"(?:^|/)Regions/(SN\d+)/AU(\d+)\.png$")


class ScanFaces(DISFAPlus):
    """People made from a morphable model of real scans, rendered with exactly known AUs and intensities.

    Twelve AUs are labelled in every trial, as in DISFA+, and ten more (7, 10, 14, 16, 18, 22, 24, 27, 28, 43) where
    they occur; no label file of one of those means that it is absent. Every frame with an AU is a target. Of the test
    subjects there is more: `truth`, the picture of every AU at every intensity, and `region_map`, where each AU moves
    the face. Another tree in the same layout, such as the renderer makes with more people, can be given as `root`.
    """

    kind = "scan_faces"

    def __init__(self, root: str | Path | None = None) -> None:
        super().__init__(ARCHIVE if root is None else root, frames_per_trial=None)

    def truth(self, subject: str, action_units: Mapping[int, int | None]) -> Frame | None:
        """Return the frame of a person with exactly these AUs, or None where no such picture was made.

        `action_units` are number -> intensity 1..5, or 0 for absent; without any, the frame is the neutral one. 26 and
        27 are looked for together with 25 at the same intensity unless 25 is given. An intensity of None, "not given",
        has no one true picture: the answer is None. `UserError`: there is no such person, or an intensity is not 0..5.
        """
        neutral = self.neutral(subject)
        for unit, level in action_units.items():
            if level is not None and not 0 <= level <= MAX_INTENSITY:
                raise UserError(f"AU {unit} has intensity {level}: say 1 (A, a trace) to 5 (E, the maximum)")
        wanted = {unit: level for unit, level in action_units.items() if level != 0}
        jaw = [wanted[unit] for unit in (26, 27) if unit in wanted]  # which drops, and always parts the lips
        if jaw and 25 not in action_units:
            wanted[25] = jaw[0]
        return self._truths.get((subject, frozenset(wanted.items()))) if wanted else neutral

    def region_map(self, subject: str, action_unit: int) -> Float[np.ndarray, "256 256"]:
        """Return how far the face moves at each pixel for one AU of one test subject, in pixels, float32.

        It is the movement of the skin that the pixel shows in the frame without the AU, or of that in the frame with
        the AU at intensity 5, whichever is larger; the first is the neutral frame, for 26 and 27 the frame with 25 at
        5. Where the mouth opens, the nearest skin counts. Hair, clothes, eyeballs and the background are 0. Steps of
        0.2 pixels. `UserError`: there is no such person, it has no map of this AU, or the map is damaged.
        """
        self.neutral(subject)  # An unknown subject is told as everywhere else.
        if (subject, action_unit) not in self._regions:
            units = sorted(unit for person, unit in self._regions if person == subject)
            known = in_order(units) or in_order(person for person, _ in self._regions)
            raise UserError(
                f"there is no region map of AU {action_unit} for {subject} in {self.tree.root}: there are maps of "
                f"{known or 'nobody here, but of validation and test subjects in the shipped archive'}"
            )
        levels = self.read(self._regions[subject, action_unit])
        return levels[..., 0].astype(np.float32) * np.float32(REGION_GRAY)

    def flow(self, frame: Frame) -> Float[np.ndarray, "3 64 64"]:
        """Return a frame's flow field; archives that the renderer makes with ``--flows`` have those of training people.

        Raises:
            UserError: the file is damaged.
        """
        name = self._flows.get((frame.subject, frame.trial, Path(frame.name).stem))
        if name is None:
            return super().flow(frame)
        try:
            flow: np.ndarray = np.load(io.BytesIO(self.tree.read_bytes(name)), allow_pickle=False).astype(np.float32)
        except (ValueError, EOFError, OSError) as error:
            raise Unreadable("not a flow field", file=name) from error
        if flow.shape != (3, 64, 64) or not np.isfinite(flow).all():  # it would reach every weight
            raise Unreadable("not a flow field of 3 x 64 x 64 finite numbers", file=name)
        return flow

    @cached_property
    def _flows(self) -> dict[tuple[str, str, str], str]:
        matches = (_FLOW.search(name) for name in self.tree.names())
        return {(match[1], match[2], match[3]): match.string for match in matches if match}

    @cached_property
    def _truths(self) -> dict[tuple[str, frozenset[tuple[int, int | None]]], Frame]:
        # Where two trials show the same expression, the one without an emotion in its name comes first.
        plain_last = sorted(self.frames, key=lambda frame: frame.emotion is None)
        return {(frame.subject, frozenset(frame.action_units.items())): frame for frame in plain_last}

    @cached_property
    def _regions(self) -> dict[tuple[str, int], str]:
        matches = (_REGION.search(name) for name in self.tree.names())
        return {(match[1], int(match[2])): match.string for match in matches if match}


def unpack(folder: str | Path, progress: Callable[[Iterable[str]], Iterable[str]] = iter) -> Path:
    """Write ScanFaces into `folder` as a plain DISFA+ tree.

    Until all is there it lies in a hidden folder inside, where no reader looks; what a killed unpacking left is
    written anew. `progress` wraps the file names, as ``tqdm`` does. `UserError`: `folder` is not empty or cannot be
    written, or another process is unpacking there.
    """
    target, tree = user_path(folder), ZipTree(ARCHIVE)
    for name, why in tree.left_out:
        raise UserError(f"{tree.root} is not as it was made ({name!r}: {why}): install the package again")
    made, tops = not target.exists(), {name.partition("/")[0] for name in tree.names()}
    hidden = target / ".unpacking"
    _left_by_a_kill(target, tops, begun=hidden.is_dir())
    try:
        hidden.mkdir(parents=True, exist_ok=True)
        with alone_in(hidden):
            try:
                for left in [hidden / "whole", *_left_by_a_kill(target, tops, begun=True)]:
                    shutil.rmtree(left) if left.is_dir() else left.unlink(missing_ok=True)
                for name in progress(tree.names()):
                    path = hidden / "whole" / name
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(tree.read_bytes(name))
                for top in sorted(tops, key="Labels".__eq__):  # labels last: without them pictures are no dataset
                    (hidden / "whole" / top).rename(target / top)
            finally:
                shutil.rmtree(hidden, ignore_errors=True)
    except OSError as error:
        raise UserError(f"{target} cannot be written: {error.strerror or error}") from error
    finally:
        if made and target.is_dir() and not any(target.iterdir()):
            target.rmdir()
    return target


def _left_by_a_kill(target: Path, tops: Collection[str], *, begun: bool) -> list[Path]:
    """What an unpacking that has `begun` moved to its place before a kill. `UserError`: anything else is there."""
    there = [path for path in target.iterdir() if not is_hidden(path.name)] if target.is_dir() else []
    names = {path.name for path in there}
    if target.is_file() or not names <= ({*tops} - {"Labels"} if begun else set()):
        raise UserError(f"{target} exists already and is not an empty folder: name a new one")
    return there

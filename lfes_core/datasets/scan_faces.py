"""ScanFaces: the rendered dataset that comes with the package, read by the same code as DISFA+."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from importlib import resources
from pathlib import Path

from lfes_core.datasets.disfa_plus import DISFAPlus
from lfes_core.datasets.tree import open_tree
from lfes_core.errors import UserError

ARCHIVE = Path(str(resources.files("lfes_core") / "assets" / "scan_faces.zip"))
"""The archive in DISFA+ layout; ``gender.txt`` tells of presentation (hair, brows, stubble)."""


class ScanFaces(DISFAPlus):
    """People made from a morphable model of real scans, rendered with exactly known AUs and intensities.

    Every frame with an AU is a target. Another tree in the same layout, for example one that the project's
    renderer made with more people, can be given as `root`.
    """

    kind = "scan_faces"

    def __init__(self, root: str | Path | None = None) -> None:
        super().__init__(ARCHIVE if root is None else root, frames_per_trial=None)


def unpack(folder: str | Path, progress: Callable[[Iterable[str]], Iterable[str]] = iter) -> Path:
    """Write ScanFaces into `folder` as a plain DISFA+ tree, all or nothing.

    `progress` may wrap the file names, as ``tqdm`` does.

    Raises:
        UserError: `folder` exists and is not empty, or it cannot be written.
    """
    target = Path(folder).expanduser()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UserError(f"{target} exists already and is not an empty folder: name a new one")
    tree = open_tree(ARCHIVE)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # Beside the target, so that the last step is one rename on the same disk.
        unfinished = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise UserError(f"{target} cannot be made: {error.strerror or error}") from error
    try:
        for name in progress(tree.names()):
            path = unfinished / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(tree.read_bytes(name))
        unfinished.chmod(0o755)
        if target.exists():
            target.rmdir()
        os.replace(unfinished, target)
    except OSError as error:
        raise UserError(f"{target} cannot be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return target

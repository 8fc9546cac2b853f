"""Which files hold a set of weights: those that come with the package, those of a run, shards that belong together.

Nothing here reads a weight, so that the command line can name the shipped sets without waiting for PyTorch.
"""

import os
import re
from pathlib import Path

from lfes_core.errors import UserError

FOLDER = Path(__file__).with_name("assets") / "weights"
"""Where the package keeps its weights, and beside each set its model card."""

DEFAULT = "tiny_skips"
"""The shipped set that is loaded when none is named."""

MATCHING = "matching"
"""The shipped LSE and VSE, with which the default set was trained."""

RUN_SYNTHESIZER = "synthesizer.safetensors"
"""The file of a run folder that holds its result."""

RUN_MATCHING = "matching.safetensors"
"""The file of a run folder that holds LSE and VSE after stage 1."""

SUFFIX = ".safetensors"
_SHARD = re.compile(r"(?P<name>.+)-(?P<number>\d{5})-of-(?P<count>\d{5})\.safetensors")


def shipped_sets() -> tuple[str, ...]:
    """Names of the synthesizers that come with the package: the default first, then by name."""
    names = {_set_name(path) for path in FOLDER.glob(f"*{SUFFIX}")} - {MATCHING}
    return tuple(sorted(names, key=lambda name: (name != DEFAULT, name)))


def card(name: str) -> Path:
    """The model card of a shipped set."""
    return FOLDER / f"{name}.md"


def in_one_line(name: str) -> str:
    """What a shipped set is, in one line: the rest of its card's title, without Markdown."""
    try:
        title = card(name).read_text(encoding="utf-8").partition("\n")[0]
    except OSError:
        return "no model card"
    return title.partition(": ")[2].replace("`", "")


def synthesizer_file(weights: str | os.PathLike[str] | None = None) -> Path:
    """The file that holds a synthesizer; for shards the name that they share.

    Args:
        weights: the name of a shipped set, a run folder or a file; the default set when not given. A name is
            looked up before a path: write ``./tiny`` for a folder that is called like a set.

    Raises:
        UserError: nothing is there. The shipped names are listed.
    """
    names = shipped_sets()
    if weights is None:
        if DEFAULT not in names:
            raise UserError(
                "no weights come with this copy of the package; train some and name the run folder"
            )
        weights = DEFAULT
    if isinstance(weights, str) and weights in names:
        return FOLDER / f"{weights}{SUFFIX}"
    return _given_file(
        Path(weights),
        RUN_SYNTHESIZER,
        f"give a shipped set ({', '.join(names)}), a run folder or its {RUN_SYNTHESIZER}",
    )


def matching_file(run: str | os.PathLike[str] | None = None) -> Path:
    """The file that holds LSE and VSE; for shards the name that they share.

    Args:
        run: a run folder or a file; those of the package when not given.

    Raises:
        UserError: nothing is there.
    """
    if run is not None:
        return _given_file(Path(run), RUN_MATCHING, f"give a run folder or its {RUN_MATCHING}")
    shared = FOLDER / f"{MATCHING}{SUFFIX}"
    if not _exists(shared):
        raise UserError(
            "no matching encoders come with this copy of the package; train some and name the run folder"
        )
    return shared


def shard_paths(path: Path, count: int) -> list[Path]:
    """The files of a set: ``NAME-00001-of-00003.safetensors`` and so on; the path itself for one file."""
    if count == 1:
        return [path]
    name = path.name.removesuffix(SUFFIX)
    return [path.with_name(f"{name}-{n:05d}-of-{count:05d}{SUFFIX}") for n in range(1, count + 1)]


def files_of(path: Path) -> list[Path]:
    """All files of a set that are there, by the name that its shards share or by one of them.

    Raises:
        UserError: there is none; a shard is missing; shards of two divisions lie side by side.
    """
    shard = _SHARD.fullmatch(path.name)
    shared = path.with_name(shard["name"] + SUFFIX) if shard else path
    if shared.is_file() and not (shard and path.is_file()):
        return [shared]
    shards = _shards(shared)
    if not shards:
        raise UserError(f"{path}: no such weights file; give a run folder or a file that was exported")
    counts = {int(_parts(file)["count"]) for file in shards}
    if len(counts) > 1:
        raise UserError(
            f"{shared.parent}: shards of {shared.name} with different counts lie side by side; "
            "keep those of one set"
        )
    wanted = shard_paths(shared, counts.pop())
    missing = [file for file in wanted if file not in shards]
    if missing:
        raise UserError(f"{missing[0]}: this shard of {len(wanted)} is missing; copy the whole set again")
    return wanted


def old_files(path: Path, new: list[Path]) -> list[Path]:
    """Files that an earlier export under the same name left, and that do not belong to the new one."""
    return [file for file in (path, *_shards(path)) if file.is_file() and file not in new]


def _given_file(path: Path, run_file: str, advice: str) -> Path:
    if path.is_dir():
        if not _exists(path / run_file):
            raise UserError(f"{path}: no {run_file} in this folder; {advice}")
        return path / run_file
    if not _exists(path):
        raise UserError(f"{path}: no such weights; {advice}")
    return path


def _exists(path: Path) -> bool:
    return path.is_file() or bool(_shards(path))


def _shards(path: Path) -> list[Path]:
    """Existing shards of the set that shares this name."""
    name = path.name.removesuffix(SUFFIX)
    if not path.parent.is_dir():
        return []
    found = [(file, _SHARD.fullmatch(file.name)) for file in sorted(path.parent.iterdir())]
    return [file for file, match in found if match and match["name"] == name]


def _parts(path: Path) -> re.Match[str]:
    match = _SHARD.fullmatch(path.name)
    assert match is not None
    return match


def _set_name(path: Path) -> str:
    match = _SHARD.fullmatch(path.name)
    return match["name"] if match else path.name.removesuffix(SUFFIX)

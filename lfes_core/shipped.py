"""Which file holds weights: those that come with the package, those of a run. Imports no PyTorch."""

import os
from pathlib import Path

from lfes_core.errors import UserError, shortened
from lfes_core.files import user_path

FOLDER = Path(__file__).with_name("assets") / "weights"
"""Where the package keeps its weights, and beside each set its model card; its discriminators in a folder below."""

DEFAULT = "tiny_moving"
"""The shipped synthesizer that is loaded when none is named."""

MATCHING = "matching"
"""The shipped LSE and VSE, with which the default set was trained."""

RUN_SYNTHESIZER = "synthesizer.safetensors"
"""The file of a run folder that holds its result."""

RUN_DISCRIMINATORS = "discriminators.safetensors"
"""The file of a run folder that holds what the synthesizer was trained against."""

RUN_MATCHING = "matching.safetensors"
"""The file of a run folder that holds LSE and VSE after stage 1."""


def shipped_sets() -> tuple[str, ...]:
    """Names of the synthesizers that come with the package: the default first, then by name."""
    names = {path.stem for path in FOLDER.glob("*.safetensors")} - {MATCHING}
    return tuple(sorted(names, key=lambda name: (name != DEFAULT, name)))


def card(name: str) -> Path:
    """The model card of a shipped set."""
    return FOLDER / f"{name}.md"


def in_one_line(name: str) -> str:
    """What a shipped set is, in one line: the rest of its card's title, without Markdown."""
    title = card(name).read_text(encoding="utf-8").partition("\n")[0]
    return title.partition(": ")[2].replace("`", "")


def synthesizer_file(weights: str | os.PathLike[str] | None = None) -> Path:
    """The file of a synthesizer: of a shipped set, of a run folder, or itself; the default set when not given.

    A name is looked up before a path: write ``./tiny`` for a folder that is called like a set. UserError: nothing is
    there; the shipped names are listed.
    """
    return _file(DEFAULT if weights is None else weights, shipped_sets(), FOLDER, RUN_SYNTHESIZER)


def discriminators_file(weights: str | os.PathLike[str] | None = None) -> Path:
    """The file of the discriminators that a synthesizer was trained against; arguments as of `synthesizer_file`.

    UserError: nothing is there.
    """
    return _file(DEFAULT if weights is None else weights, shipped_sets(), FOLDER / "discriminators", RUN_DISCRIMINATORS)


def matching_file(weights: str | os.PathLike[str] | None = None) -> Path:
    """The file of LSE and VSE: ``matching`` (those of the package, also when not given), a run folder or a file.

    UserError: nothing is there.
    """
    return _file(MATCHING if weights is None else weights, (MATCHING,), FOLDER, RUN_MATCHING)


def _file(weights: str | os.PathLike[str], names: tuple[str, ...], folder: Path, run_file: str) -> Path:
    if isinstance(weights, str) and weights in names:
        path = folder / f"{weights}.safetensors"
    else:
        path = user_path(weights)
        path = path / run_file if os.path.isdir(path) else path
    if not os.path.isfile(path):  # unlike Path.is_file, it takes a name of any length
        ours = f"a set of the package ({', '.join(names)})" if names else "(none come with this copy of the package)"
        name = shortened(os.fspath(weights))
        raise UserError(f"{name}: no such weights; give {ours}, a run folder or its {run_file}")
    return path

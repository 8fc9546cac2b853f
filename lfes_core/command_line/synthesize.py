"""``synthesize``: a face and a sentence in, the picture out; ``weights`` and ``faces``: what comes with the package."""

import argparse
import json
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from lfes_core.errors import UserError, shortened
from lfes_core.files import write_all
from lfes_core.sentences import understand
from lfes_core.shipped import DEFAULT, FOLDER, MATCHING, card, in_one_line, shipped_sets

PICTURES = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP", ".bmp": "BMP", ".tif": "TIFF"}


def add(commands: Any) -> None:
    """Describes the arguments of ``synthesize``."""
    parser = commands.add_parser(
        "synthesize",
        help="give a face the expression of a sentence",
        description="Gives a neutral face the expression that a sentence describes (256x256 pixels).",
        epilog="example: %(prog)s face.png 'A woman with highly parted lips' -o out.png --attention out.npz",
    )
    parser.add_argument("face", metavar="FACE", type=Path, help="picture of a neutral face; its middle square is used")
    parser.add_argument(
        "sentence", metavar="SENTENCE", help="the expression in words (see the commands describe and parse)"
    )
    parser.add_argument("-o", "--out", metavar="OUT.png", type=Path, required=True, help="where to write the picture")
    parser.add_argument(
        "--attention",
        metavar="OUT.npz",
        type=Path,
        help="also write each word's attention maps: words [n], level_1 [n, 64, 64], level_2 [n, 128, 128]",
    )
    parser.add_argument(
        "--weights",
        metavar="NAME|RUN",
        help="a shipped set, a run folder of the command train, or its synthesizer.safetensors "
        f"(shipped: {', '.join(shipped_sets())}; default: {DEFAULT}; the command weights tells of each)",
    )
    parser.add_argument("--seed", type=int, help="draw the condition with this seed (default: its mean, no chance)")
    parser.add_argument("--json", action="store_true", help="print what was understood and written as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Checks every name first, then synthesizes, then writes everything at once."""
    check_output(arguments.out, tuple(PICTURES), arguments.face)
    if arguments.attention is not None:
        check_output(arguments.attention, (".npz",), arguments.face)
    understand(arguments.sentence)  # a cheap question comes before PyTorch, which takes seconds to import
    import numpy as np

    from lfes_core.synthesis import Synthesizer

    synthesizer = Synthesizer.load(arguments.weights)
    synthesis = synthesizer(arguments.face, arguments.sentence, seed=arguments.seed)
    picture_format = PICTURES[arguments.out.suffix.lower()]
    quality = {"quality": 95} if picture_format in ("JPEG", "WEBP") else {}
    writers: dict[Path, Callable[[BinaryIO], object]] = {
        arguments.out: lambda file: synthesis.image.save(file, format=picture_format, **quality)
    }
    if arguments.attention is not None:
        if not synthesis.attention:
            raise UserError("these weights were trained without word attention; leave --attention out")
        level_1, level_2 = synthesis.attention
        words = np.array(synthesis.words, dtype=np.str_)
        writers[arguments.attention] = lambda file: np.savez_compressed(
            file, words=words, level_1=level_1, level_2=level_2
        )
    write_all(writers)
    if arguments.json:
        written = {
            "image": arguments.out,
            "attention": arguments.attention,
            "words": synthesis.words,
            "description": synthesis.description.to_json(),
            "understood": synthesis.wording,
            "warnings": list(synthesis.warnings),
            "preset": synthesizer.config.preset,
        }
        print(json.dumps(written, default=str))
        return
    for warning in synthesis.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    print(f"understood: {synthesis.wording}\n{arguments.out}: {synthesis.description.in_words()}")


def check_output(path: Path, suffixes: tuple[str, ...], read: Path) -> None:
    """Looks at a wished output file before any work is done; ``suffixes`` can be written, ``read`` must not be lost.

    UserError: another ending, no such folder, no ordinary file, not allowed, or the input itself.
    """
    name = shortened(str(path))
    if path.suffix.lower() not in suffixes:
        raise UserError(f"{name}: cannot write this kind of file; end the name in {' or '.join(suffixes)}")
    if not path.parent.is_dir():
        raise UserError(f"{name}: its folder does not exist; make {shortened(str(path.parent))} first")
    if path.is_dir():
        raise UserError(f"{name}: is a folder; name a file in it")
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise UserError(f"{name}: is a link or a device; name an ordinary file")
    if path.exists() and not os.access(path, os.W_OK):
        raise UserError(f"{name}: is there and may not be changed; write to another file")
    if path.exists() and read.exists() and path.samefile(read):
        raise UserError(f"{name}: is also the input and would be lost; write to another file")


def add_weights(commands: Any) -> None:
    """Describes the arguments of ``weights``."""
    parser = commands.add_parser(
        "weights",
        help="list the trained networks that come with the package",
        description="Lists the sets of weights that come with the package, one line each. Their model cards say how "
        "they were made, how good they are, and what they cannot do.",
        epilog="example: %(prog)s --json",
    )
    parser.add_argument("--json", action="store_true", help="print names, lines, files and bytes as JSON, for programs")
    parser.set_defaults(run=run_weights)


def run_weights(arguments: argparse.Namespace) -> None:
    """Prints the list."""
    files = [FOLDER / f"{name}.safetensors" for name in (*shipped_sets(), MATCHING)]
    rows: dict[str, dict[str, Any]] = {
        file.stem: {
            "name": file.stem,
            "line": in_one_line(file.stem),
            "file": file.name,
            "bytes": file.stat().st_size,
            "card": str(card(file.stem)),
        }
        for file in files
        if file.is_file()
    }
    if arguments.json:
        matching = rows.pop(MATCHING, None)
        print(json.dumps({"default": DEFAULT, "sets": list(rows.values()), "matching": matching}))
        return
    width = max(len(file.stem) for file in files)
    for row in rows.values():
        print(f"{row['name']:{width}}  {row['bytes'] / 1e6:4.1f} MB  {row['line']}")
    print(f"{DEFAULT} is used where no --weights are given; model cards: {FOLDER}")


def add_faces(commands: Any) -> None:
    """Describes the arguments of ``faces``."""
    parser = commands.add_parser(
        "faces",
        help="unpack the shipped faces",
        description="Unpacks ScanFaces, the dataset that comes with the package, in the layout of DISFA+: "
        "to look at and to use elsewhere.",
        epilog="example: %(prog)s scan_faces",
    )
    parser.add_argument("folder", metavar="OUT_FOLDER", type=Path, help="a new folder, or an empty one")
    parser.add_argument("--json", action="store_true", help="print folder and number of files as JSON")
    parser.set_defaults(run=run_faces)


def run_faces(arguments: argparse.Namespace) -> None:
    """Writes every file of the archive."""
    from tqdm import tqdm

    from lfes_core.datasets import open_tree, unpack

    folder = unpack(arguments.folder, partial(tqdm, desc="unpacking", unit="file", disable=None, leave=False))
    files = len(open_tree(folder).names())
    print(json.dumps({"folder": str(folder), "files": files}) if arguments.json else f"{folder}: {files} files")

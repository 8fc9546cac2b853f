"""``synthesize``: a face and a sentence in, the picture out; ``weights`` and ``faces``: what comes with the package."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from lfes_core.errors import UserError, shortened
from lfes_core.files import write_all
from lfes_core.provenance import note
from lfes_core.sentences import understand
from lfes_core.shipped import DEFAULT, FOLDER, MATCHING, card, in_one_line, shipped_sets

PICTURES = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP", ".bmp": "BMP", ".tif": "TIFF"}


def add(commands: Any) -> None:
    """Describes the arguments of ``synthesize``."""
    parser = commands.add_parser(
        "synthesize",
        help="give a face the expression of a sentence",
        description="Gives the neutral face of a picture the expression that a sentence describes. The face is found, "
        "its change is laid back on the picture, and whatever does not change stays as it is. A picture of 256x256 "
        "pixels whose face is in its place already is taken as it is. A PNG file holds a note that it is synthesized.",
        epilog="example: %(prog)s me.jpg 'A woman with highly parted lips' -o out.jpg",
    )
    said = "with one neutral face, or several pictures"
    parser.add_argument("faces", metavar="PICTURE", type=Path, nargs="+", help=said)
    said = "the expression in words (see the commands describe and parse)"
    parser.add_argument("sentence", metavar="SENTENCE", help=said)
    parser.add_argument("--and", metavar="SENTENCE", dest="more", action="append", default=[], help="one more sentence")
    said = "where to write the picture; of several pictures or sentences a folder, made if it is not there"
    parser.add_argument("-o", "--out", metavar="OUT", type=Path, required=True, help=said)
    parser.add_argument("--crop", action="store_true", help="write the face alone, 256x256 pixels")
    said = "write one picture of everything: each face, neutral and with the movements of each sentence at A to E"
    parser.add_argument("--strip", action="store_true", help=said)
    parser.add_argument("--face", metavar="N", type=int, help="which face of a picture, from 1 at the left")
    said = "middles of the eye on the left, the eye on the right and the mouth in pixels, if they are not found well"
    parser.add_argument("--points", metavar="X,Y,X,Y,X,Y", type=_points, help=said)
    said = "also write each word's attention maps: words [n], level_1 [n, 64, 64], level_2 [n, 128, 128]"
    parser.add_argument("--attention", metavar="OUT.npz", type=Path, help=said)
    said = "a shipped set, a run folder of the command train, or its synthesizer.safetensors "
    said += f"(shipped: {', '.join(shipped_sets())}; default: {DEFAULT}; the command weights tells of each)"
    parser.add_argument("--weights", metavar="NAME|RUN", help=said)
    parser.add_argument("--seed", type=int, help="draw the condition with this seed (default: its mean, no chance)")
    parser.add_argument("--json", action="store_true", help="print a line of JSON for each picture that was written")
    parser.set_defaults(run=run)


def _points(text: str) -> list[float]:
    try:
        return [float(number) for number in text.split(",")]
    except ValueError as error:
        raise argparse.ArgumentTypeError("give six numbers with commas between them") from error


def run(arguments: argparse.Namespace) -> int:
    """Checks every name first, then synthesizes and writes picture by picture; 2 if one of several had no face."""
    sentences = [arguments.sentence, *arguments.more]
    several = len(arguments.faces) * len(sentences) > 1 and not arguments.strip
    outs = _outs(arguments.faces, len(sentences), arguments.out) if several else [arguments.out]
    if arguments.attention is not None:
        if several or arguments.strip:
            raise UserError("--attention is of one picture and one sentence")
        check_output(arguments.attention, (".npz",), arguments.faces)
    for sentence in sentences:
        understand(sentence)  # a cheap question comes before PyTorch, which takes seconds to import
    if not several or arguments.out.is_dir():
        for out in outs:
            check_output(out, tuple(PICTURES), arguments.faces)
    elif not arguments.out.parent.is_dir():
        raise UserError(f"{shortened(str(arguments.out))}: its folder does not exist; make it first")
    from tqdm import tqdm

    from lfes_core.synthesis import Synthesis, Synthesizer

    synthesizer = Synthesizer.load(arguments.weights)
    if several:
        arguments.out.mkdir(exist_ok=True)  # only now: without weights nothing is left behind
    where = {"points": arguments.points, "number": arguments.face}
    if arguments.strip:
        from lfes_core.command_line.strip import strip

        picture = strip(synthesizer, arguments.faces, sentences, where, arguments.seed)
        shown = [understand(sentence, synthesizer.vocabulary.grammar).sentence for sentence in sentences]
        write_all({arguments.out: _saver(picture, arguments.out, note(shown, synthesizer.sha256))})
        print(json.dumps({"image": str(arguments.out)}) if arguments.json else arguments.out)
        return 0

    def tell(out: Path, made: Synthesis) -> None:
        if arguments.json:
            found = None if made.neutral.points is None else made.neutral.points.round(1).tolist()
            written = {
                "image": out,
                "attention": arguments.attention,
                "face": found,
                "words": made.words,
                "description": made.description.to_json(),
                "understood": made.wording,
                "warnings": list(made.warnings),
                "preset": synthesizer.config.preset,
            }
            print(json.dumps(written, default=str))
            return
        for warning in made.warnings:
            print(f"warning: {warning}", file=sys.stderr)
        print(f"understood: {made.wording}\n{out}: {made.description.in_words()}")

    status = 0
    asked = [(face, sentence) for face in arguments.faces for sentence in sentences]
    for (face, sentence), out in zip(tqdm(asked, unit="picture", disable=None if several else True), outs, strict=True):
        try:
            made = synthesizer(face, sentence, seed=arguments.seed, **where)
        except UserError as error:
            if not several:
                raise
            status = 2
            print(f"error: {error}", file=sys.stderr)
            continue
        about = note([made.wording], synthesizer.sha256)
        writers = {out: _saver(made.crop if arguments.crop else made.image, out, about)}
        if arguments.attention is not None:
            writers[arguments.attention] = _maps(made.words, made.attention)
        write_all(writers)
        tell(out, made)
    return status


def _outs(faces: Sequence[Path], sentences: int, folder: Path) -> list[Path]:
    """Names in the folder: of the picture, with the number of the sentence where there are several."""
    if folder.suffix.lower() in PICTURES or folder.is_file():
        raise UserError(f"{shortened(str(folder))}: several pictures go to a folder; name one with -o")
    numbers = [f"_{number}" for number in range(1, sentences + 1)] if sentences > 1 else [""]
    endings = [face.suffix if face.suffix.lower() in PICTURES else ".png" for face in faces]
    outs = [folder / (face.stem + number + end) for face, end in zip(faces, endings, strict=True) for number in numbers]
    if len({out.name for out in outs}) < len(outs):
        raise UserError("two of the pictures have the same name: give them in two calls, or call them differently")
    return outs


def _saver(picture: Image.Image, out: Path, about: PngInfo) -> Callable[[BinaryIO], object]:
    kind = PICTURES[out.suffix.lower()]
    options: dict[str, Any] = {"quality": 95} if kind in ("JPEG", "WEBP") else {}
    if kind == "PNG":  # the others have no place for text that every reader knows
        options["pnginfo"] = about
    return lambda file: picture.save(file, format=kind, **options)


def _maps(words: Sequence[str], attention: Sequence[Any]) -> Callable[[BinaryIO], object]:
    import numpy as np

    if not attention:
        raise UserError("these weights were trained without word attention; leave --attention out")
    level_1, level_2 = attention
    return lambda file: np.savez_compressed(
        file, words=np.array(words, dtype=np.str_), level_1=level_1, level_2=level_2
    )


def check_output(path: Path, suffixes: tuple[str, ...], read: Sequence[Path]) -> None:
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
    if path.exists() and any(one.exists() and path.samefile(one) for one in read):
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
    rows: list[dict[str, Any]] = []
    for name in (*shipped_sets(), MATCHING):
        file = FOLDER / f"{name}.safetensors"
        about = {"name": name, "line": in_one_line(name), "file": file.name, "bytes": file.stat().st_size}
        rows.append({**about, "card": str(card(name))})
    if arguments.json:
        *sets, matching = rows
        print(json.dumps({"default": DEFAULT, "sets": sets, "matching": matching}))
        return
    width = max(len(row["name"]) for row in rows)
    for row in rows:
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

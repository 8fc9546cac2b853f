"""``synthesize``: a face and a sentence in, the picture out."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from lfes_core.command_line.outputs import check_output, write_files
from lfes_core.command_line.wording import in_words, warn
from lfes_core.errors import UserError
from lfes_core.weight_files import DEFAULT, shipped_sets

if TYPE_CHECKING:
    from lfes_core.synthesis import Synthesis

PICTURES = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP", ".bmp": "BMP", ".tif": "TIFF"}


def add(commands: Any) -> None:
    """Describes the command's arguments."""
    parser = commands.add_parser(
        "synthesize",
        help="give a face the expression of a sentence",
        description="Gives a neutral face the expression that a sentence describes (256x256 pixels).",
        epilog="example: %(prog)s face.png 'A woman with highly parted lips' -o out.png --attention out.npz",
    )
    parser.add_argument(
        "face", metavar="FACE", type=Path, help="picture of a neutral face; its middle square is used"
    )
    parser.add_argument(
        "sentence", metavar="SENTENCE", help="the expression in words (see the commands describe and parse)"
    )
    parser.add_argument(
        "-o", "--out", metavar="OUT.png", type=Path, required=True, help="where to write the picture"
    )
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
    parser.add_argument(
        "--seed", type=int, help="draw the condition with this seed (default: its mean, no chance)"
    )
    parser.add_argument("--json", action="store_true", help="print what was understood and written as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Checks every name first, then synthesizes, then writes everything at once."""
    check_output(arguments.out, tuple(PICTURES), inputs=(arguments.face,))
    if arguments.attention is not None:
        check_output(arguments.attention, (".npz",), inputs=(arguments.face,))
    # Cheap questions come before PyTorch, which takes seconds to import.
    from lfes_core.sentences import understand

    understand(arguments.sentence)

    from lfes_core.synthesis import Synthesizer

    synthesizer = Synthesizer.load(arguments.weights)
    synthesis = synthesizer(arguments.face, arguments.sentence, seed=arguments.seed)
    write_files(_writers(arguments, synthesis))
    if arguments.json:
        print(
            json.dumps(
                {
                    "image": str(arguments.out),
                    "attention": None if arguments.attention is None else str(arguments.attention),
                    "words": synthesis.words,
                    "description": synthesis.description.to_json(),
                    "understood": synthesis.wording,
                    "warnings": list(synthesis.warnings),
                    "preset": synthesizer.config.preset,
                }
            )
        )
    else:
        warn(synthesis.warnings)
        print(f"understood: {synthesis.wording}")
        print(f"{arguments.out}: {in_words(synthesis.description)}")


def _writers(
    arguments: argparse.Namespace, synthesis: "Synthesis"
) -> dict[Path, Callable[[BinaryIO], object]]:
    import numpy as np

    picture_format = PICTURES[arguments.out.suffix.lower()]
    quality = {"quality": 95} if picture_format in ("JPEG", "WEBP") else {}
    writers: dict[Path, Callable[[BinaryIO], object]] = {
        arguments.out: lambda file: synthesis.image.save(file, format=picture_format, **quality)
    }
    if arguments.attention is not None:
        if not synthesis.attention:
            raise UserError("these weights were trained without word attention; leave --attention out")
        level_1, level_2 = synthesis.attention
        writers[arguments.attention] = lambda file: np.savez_compressed(
            file, words=np.array(synthesis.words, dtype=np.str_), level_1=level_1, level_2=level_2
        )
    return writers

"""``train``: matching first, then adversarial training, into a run folder."""

import argparse
import json
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

from lfes_core.config import Config, preset
from lfes_core.errors import UserError, shortened


def add(commands: Any) -> None:
    """Describes the command's arguments."""
    parser = commands.add_parser(
        "train",
        help="train all networks",
        description="Trains the encoders (matching), then the synthesizer and its discriminators, into a run "
        "folder: configuration, metrics, sample grids, checkpoints, and weights for synthesize.",
        epilog="example: %(prog)s --preset tiny --data scanfaces --out runs/first --time-limit 3m",
    )
    presets = ("tiny", "book", "paper")
    parser.add_argument("--preset", choices=presets, default="tiny", help="sizes and settings (default: tiny)")
    said = "scanfaces, disfaplus:ROOT or ckplus:ROOT (default: scanfaces)"
    parser.add_argument("--data", metavar="DATA", default="scanfaces", help=said)
    parser.add_argument("--out", metavar="RUN", type=Path, required=True, help="run folder")
    parser.add_argument("--resume", action="store_true", help="go on from the run folder's last checkpoint")
    said = "take LSE and VSE from that run, or those that come with the package, instead of training them"
    parser.add_argument("--matching-from", metavar="RUN|matching", help=said)
    said = "start with the weights of that run, or of a set of the package, instead of random ones"
    parser.add_argument("--start-from", metavar="RUN|NAME", help=said)
    parser.add_argument("--time-limit", metavar="9m", help="stop after this time: 90s, 9m or 1.5h")
    parser.add_argument("--seed", type=int, help="seed of everything that is drawn (default: the preset's)")
    parser.add_argument("--steps", type=int, help="adversarial steps (default: the preset's)")
    said = "change one setting, for instance losses.kl=0; may be given several times"
    parser.add_argument("--set", metavar="KEY=VALUE", action="append", default=[], dest="settings", help=said)
    parser.add_argument("--devices", metavar="N", type=int, default=1, help="GPUs to use (default: 1)")
    said = "number format (default: bf16-mixed where the hardware multiplies bfloat16)"
    parser.add_argument("--precision", choices=("auto", "32-true", "bf16-mixed"), default="auto", help=said)
    said = "what computes (default: a GPU of CUDA where there is one, else the CPU; Apple's mps has not been tried)"
    parser.add_argument("--accelerator", choices=("auto", "cpu", "cuda", "mps"), default="auto", help=said)
    parser.add_argument("--workers", metavar="N", type=int, default=0, help="processes that read pictures")
    parser.add_argument("--json", action="store_true", help="print the outcome as JSON, the report on stderr")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Builds the configuration, opens the data, trains; 130 when Ctrl-C stopped it (with a checkpoint)."""
    config = configuration(arguments)

    from tqdm import tqdm

    from lfes_core.datasets import open_dataset
    from lfes_core.training import Options, train

    named = {entry.name for entry in fields(Options)}
    options = Options(
        **{name: value for name, value in vars(arguments).items() if name in named},
        progress=sys.stderr.isatty(),
        report=lambda line: tqdm.write(line, file=sys.stderr if arguments.json else sys.stdout),
    )
    result = train(config, open_dataset(arguments.data), arguments.out, options)
    if arguments.json:
        told = {"run": result.run_folder, **vars(result), "seconds": round(result.seconds, 1)}
        del told["run_folder"]
        print(json.dumps(told, default=str))
    if result.stopped != "interrupted":
        return 0
    print(f"interrupted: {result.run_folder} keeps a checkpoint; go on with --resume", file=sys.stderr)
    return 130


def configuration(arguments: argparse.Namespace) -> Config:
    """The preset with what the command line changes; UserError for a setting or a value that cannot be."""
    changes = dict(setting(text) for text in arguments.settings)
    short = {"seed": arguments.seed, "adversarial.steps": arguments.steps}
    return preset(arguments.preset).overridden(changes | {key: x for key, x in short.items() if x is not None})


def setting(text: str) -> tuple[str, Any]:
    """Reads ``key=value``, the value as JSON where it can be, else as a word. UserError: no ``=``, or no key."""
    key, equals, value = text.partition("=")
    if not (key and equals):
        raise UserError(f"--set: {shortened(repr(text))} is not KEY=VALUE; write for instance losses.kl=0")
    try:
        return key, json.loads(value)
    except (ValueError, RecursionError):
        return key, value

"""``bench``: how fast this machine trains and draws, against a reference that computes the same."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from lfes_core.config import preset
from lfes_core.errors import UserError
from lfes_core.files import write_text


def add(commands: Any) -> None:
    """Describes the command's arguments."""
    parser = commands.add_parser(
        "bench",
        help="measure how fast this machine trains and draws",
        description="Takes real training steps, turn about with a reference schedule: the public recipe of AttnGAN "
        "over the same networks, which computes the same (a test holds that). Prints pairs a second, time of each "
        "part, operations and their share of what the machine reaches at best, peak memory, what each of our "
        "measures brings alone, loader, synthesis: medians, quartiles in brackets. Takes about five minutes on two "
        "idle cores, and 11 GB of memory (with --preset tiny: two minutes, and 4 GB). Other work disturbs it.",
        epilog="example: %(prog)s --preset tiny --out bench.json",
    )
    parser.add_argument(
        "--preset", choices=("tiny", "book", "paper"), action="append", help="what trains (default: tiny, then book)"
    )
    parser.add_argument("--quick", action="store_true", help="leave out what each measure brings alone")
    parser.add_argument("--out", metavar="FILE", type=Path, help="write the record there, as JSON")
    parser.add_argument("--json", action="store_true", help="print the record instead of the table")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Measures, writes the record, prints it or its table."""
    if arguments.out is not None and not arguments.out.resolve().parent.is_dir():
        raise UserError(f"--out: {arguments.out.parent} is no folder")

    from lfes_core.bench.measure import MEASURES, measure
    from lfes_core.bench.table import tables

    # Speed needs no ImageNet, and a large batch in matching, where nothing but Inception takes time, no patience.
    changes = {"networks.visual.pretrained": False, "matching.batch_size": 12}
    record = measure(
        [preset(name).overridden(changes) for name in arguments.preset or ("tiny", "book")],
        lambda line: print(line, file=sys.stderr, flush=True),
        () if arguments.quick else tuple(MEASURES),
    )
    text = json.dumps(record, indent=1) + "\n"
    if arguments.out is not None:
        write_text(arguments.out, text)
    print(text if arguments.json else "\n".join(tables(record)))

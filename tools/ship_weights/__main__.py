"""Put the weights of a run into the package and write their model card.

    python -m tools.ship_weights runs/first tiny --limits limits.md
    python -m tools.ship_weights runs/first matching --data scanfaces:more_faces.zip

NAME is the name of the set, or ``matching`` for the run's LSE and VSE, which all sets share. Every figure on the card
is read from the run folder or measured here on all held-out pairs; only the section on limits is written by a person:
it comes from a text file, or stays as it is on the card that is replaced.
"""

import argparse
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from tqdm import tqdm

from lfes_core import weights
from lfes_core.datasets import ExpressionPairs, open_dataset
from lfes_core.encoders import LanguageVisualSemanticNetwork
from lfes_core.errors import UserError
from lfes_core.files import write_text
from lfes_core.shipped import FOLDER, MATCHING
from lfes_core.synthesis import Synthesizer
from lfes_core.training.log import RunFolder
from tools.ship_weights.cards import Limits, matching_card, synthesizer_card
from tools.ship_weights.matching import compare_and_save
from tools.ship_weights.pictures import measure_pictures
from tools.ship_weights.run import read_run

TOTAL_BYTES = 42_000_000
"""All weights of the package together are not larger than this."""

Item = TypeVar("Item")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code: 0, or 2 for a mistake that the caller can mend."""
    options = _parser().parse_args(arguments)
    try:
        ship(options.run, options.name, options.data, options.limits, options.into, options.this_machine)
    except (UserError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.ship_weights",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("run", metavar="RUN", type=Path, help="the folder of a finished run")
    parser.add_argument("name", metavar="NAME", help=f"of the set, or {MATCHING}")
    parser.add_argument("--data", default="scanfaces", help="whose held-out pairs to measure (as for train)")
    parser.add_argument("--limits", metavar="FILE", type=Path, help="what the weights cannot do, as Markdown")
    parser.add_argument("--into", metavar="FOLDER", type=Path, default=FOLDER, help="default: the package")
    parser.add_argument(
        "--this-machine",
        action="store_true",
        help="the run was made here, with these packages: for a run folder that does not say where it was made",
    )
    return parser


def ship(
    run: Path,
    name: str,
    data: str = "scanfaces",
    limits: Path | None = None,
    into: Path = FOLDER,
    this_machine: bool = False,
) -> list[Path]:
    """Measures, then writes weights and card; returns the files.

    Raises:
        UserError: the run is not finished, the name cannot be one, or nobody wrote the limits.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise UserError(f"{name}: not a name for a set; use small letters, digits and underscores")
    if not into.is_dir():
        raise UserError(f"{into}: no such folder")
    card = into / f"{name}.md"
    words = Limits.read(limits, card)
    folder = RunFolder(run)
    target = into / f"{name}.safetensors"
    if name == MATCHING:
        matcher = LanguageVisualSemanticNetwork.load(run)
        dataset = open_dataset(data)
        facts = read_run(folder, matcher.config, dataset, this_machine=this_machine)
        pairs = ExpressionPairs(dataset, "test", matcher.vocabulary, seed=matcher.config.seed)
        quality = compare_and_save(matcher, pairs, target, _bar)
        text = matching_card(facts, weights.load(target, weights.MATCHING), quality, words)
    else:
        result = weights.load(_finished(folder), weights.SYNTHESIZER)
        dataset = open_dataset(data)
        facts = read_run(folder, result.config, dataset, result=result.facts, this_machine=this_machine)
        pairs = ExpressionPairs(dataset, "test", result.vocabulary, seed=result.config.seed)
        synthesizer = Synthesizer.load(result.path)
        pictures = measure_pictures(synthesizer, pairs, _bar)
        weights.save(
            target, weights.SYNTHESIZER, result.tensors, result.config, result.vocabulary, result.facts
        )
        stored = weights.load(target, weights.SYNTHESIZER)
        text = synthesizer_card(name, facts, stored, pictures, words)
    write_text(card, text)
    for file in (target, card):
        print(f"{file}: {file.stat().st_size:,} bytes")
    total = sum(file.stat().st_size for file in into.glob("*.safetensors"))
    print(f"all weights together: {total:,} bytes")
    if total > TOTAL_BYTES:
        print(f"warning: more than the {TOTAL_BYTES:,} that the package may carry", file=sys.stderr)
    if words.kept:
        print(f"{card}: the limits are those of the card before; read them again")
    return [target, card]


def _finished(folder: RunFolder) -> Path:
    if not folder.synthesizer.is_file():
        raise UserError(f"{folder.path}: no {folder.synthesizer.name} in this folder; let the run finish")
    return folder.synthesizer


def _bar(items: Iterable[Item], text: str, total: int) -> Iterable[Item]:
    bar: Iterable[Item] = tqdm(items, desc=text, total=total, disable=not sys.stderr.isatty())
    return bar


if __name__ == "__main__":
    sys.exit(main())

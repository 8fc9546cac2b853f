"""Put the weights of a run into the package and write their model card.

    python -m lfes_core evaluate runs/first --out report
    python -m tools.ship_weights runs/first tiny --report report --limits limits.md
    python -m tools.ship_weights runs/first matching --data scanfaces:more_faces.zip

NAME is the name of the set, or ``matching`` for the run's LSE and VSE, which all sets share. Every figure on the card
is read from the run and from the report of its evaluation; what packing costs ``matching`` is measured here. Only the
section on limits is written by a person: it comes from a text file, or stays as it is on the card that is replaced.
A set's discriminators come with it.
"""

import argparse
import re
import sys
from pathlib import Path

import pandas as pd
import torch
from torch import Tensor

from lfes_core import shipped, weights
from lfes_core.datasets import ExpressionPairs, FaceDataset, open_dataset
from lfes_core.encoders import LanguageVisualSemanticNetwork, Retrieval, measure_retrieval
from lfes_core.errors import UserError, shortened
from lfes_core.files import parse_json, write_text
from tools.exit_code import exit_code
from tools.ship_weights.cards import Matching, Pictures, matching_card, read_limits, synthesizer_card
from tools.ship_weights.packing import BITS, packed
from tools.ship_weights.run import rows_of


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("python -m tools.ship_weights", description=__doc__, formatter_class=form)
    parser.add_argument("run", metavar="RUN", type=Path, help="the folder of a finished run")
    parser.add_argument("name", metavar="NAME", help=f"of the set, or {shipped.MATCHING}")
    parser.add_argument("--report", metavar="REPORT", type=Path, help="that judged it; not for matching")
    parser.add_argument("--data", default="scanfaces", help="what the run was trained on (as for train)")
    parser.add_argument("--limits", metavar="FILE", type=Path, help="what the weights cannot do, as Markdown")
    parser.add_argument("--into", type=Path, default=shipped.FOLDER, help="folder (default: the package's)")
    options = parser.parse_args(arguments)
    return exit_code(lambda: ship(**vars(options)))


def ship(run: Path, name: str, report: Path | None, data: str, limits: Path | None, into: Path) -> None:
    """Reads and measures, then writes weights and card.

    Raises:
        UserError: the run is not finished, the name cannot be one, the report is missing or of other weights, or
            nobody wrote the limits.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise UserError(f"{name}: not a name for a set; use small letters, digits and underscores")
    card, target = into / f"{name}.md", into / f"{name}.safetensors"
    words, dataset = read_limits(limits, card), open_dataset(data)
    if name == shipped.MATCHING:
        stored = weights.load(shipped.matching_file(run), weights.MATCHING)
        rows = rows_of(stored, stored, dataset)
        found = pack(stored.path, dataset, target)
        text = matching_card(rows, weights.load(target, weights.MATCHING), found, words)
    else:
        stored = weights.load(shipped.synthesizer_file(run), kind := weights.SYNTHESIZER)
        matched = stored.path.with_name(shipped.RUN_MATCHING)
        rows = rows_of(stored, weights.load(matched, weights.MATCHING) if matched.exists() else None, dataset)
        pictures = read_report(report, stored.sha256)
        judges, beside = stored.path.with_name(shipped.RUN_DISCRIMINATORS), into / "discriminators" / target.name
        other_side = weights.load(judges, weights.DISCRIMINATORS)
        beside.parent.mkdir(exist_ok=True)
        for path, form, one in ((target, kind, stored), (beside, weights.DISCRIMINATORS, other_side)):
            weights.save(path, form, one.tensors, one.config, one.vocabulary, one.facts)
        text = synthesizer_card(name, rows, weights.load(target, kind), pictures, words)
    write_text(card, text)
    for file in (target, card):
        print(f"{file}: {file.stat().st_size:,} bytes")
    if limits is None:
        print(f"{card}: the limits are those of the card before; read them again")


def read_report(folder: Path | None, sha256: str) -> Pictures:
    """What a report measured of these very weights, and of copy.

    Raises:
        UserError: there is no whole report of them.
    """
    advice = "run `python -m lfes_core evaluate RUN --out REPORT` and give --report REPORT"
    if folder is None:
        raise UserError(f"no report says how good the pictures are; {advice}")
    try:
        report = parse_json((folder / "report.json").read_bytes(), folder / "report.json")
        judged = {run["sha256"]: (row, run["seed"]) for row, runs in report["models"].items() for run in runs}
        lines = pd.read_csv(folder / "measurements.csv.gz", low_memory=False)
        row, seed = judged.get(sha256, (None, None))
        ours = (lines["row"] == row) & (lines["seed"] == seed)
        lines = lines.assign(whose=lines["row"].mask(ours, "ours"))[lines["measure"].isin(["ssim", "ssim_moved"])]
        wrong = "of a part of the pairs" if report["about"]["quick"] else "" if ours.any() else "of other weights"
    except (OSError, EOFError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise UserError(f"{folder}: no report that can be read ({shortened(str(error))}); {advice}") from error
    if wrong:
        raise UserError(f"{folder}: a report {wrong}; {advice}")
    people = lines.groupby(["whose", "measure", "person"])["value"].mean()
    means = lines.groupby(["whose", "measure"])["value"].mean()
    return report["about"], means, people.groupby(["whose", "measure"]).std()


def pack(run: Path, dataset: FaceDataset, target: Path) -> Matching:
    """Writes LSE and VSE in the package's form, and measures on all held-out pairs what that costs."""
    matcher = LanguageVisualSemanticNetwork.load(run)
    pairs = ExpressionPairs(dataset, "validation", matcher.vocabulary, seed=matcher.config.seed)
    labels = torch.tensor(pairs.labels)

    def measure(encoders: LanguageVisualSemanticNetwork) -> tuple[Tensor, Retrieval]:
        print(f"measuring {len(pairs)} pairs", flush=True)
        f_s = encoders.images([dataset.face(frame) for frame in pairs.frames])
        sentences = encoders.sentences([pairs.sentence(index) for index in range(len(pairs))])
        return f_s, measure_retrieval(f_s, sentences, labels, seed=pairs.seed)

    full, before = measure(matcher)
    config, words, facts = matcher.config, matcher.vocabulary, matcher.facts
    tensors, shapes = packed(matcher.state_dict())
    weights.save(target, weights.MATCHING, tensors, config, words, facts, bits=BITS, shapes=shapes)
    small, after = measure(LanguageVisualSemanticNetwork.load(target))
    cosines = torch.cosine_similarity(full - full.mean(0), small - small.mean(0), dim=1)
    return before, after, cosines, sorted({frame.subject for frame in pairs.frames})


if __name__ == "__main__":
    sys.exit(main())

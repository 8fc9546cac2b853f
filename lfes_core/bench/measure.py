"""All measurements of one call as one record: rows with medians and quartiles, and the machine."""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

import torch

from lfes_core.bench.driven import STAGES, Driven, Told
from lfes_core.bench.reference import MEASURES as MEASURES
from lfes_core.bench.table import CLOCKS
from lfes_core.config import Config
from lfes_core.datasets import ExpressionPairs, open_dataset
from lfes_core.datasets.pairs import collate
from lfes_core.sentences import VOCABULARIES
from lfes_core.shipped import shipped_sets
from lfes_core.synthesis import Synthesizer
from lfes_core.training.batches import training_batches
from lfes_core.training.log import hardware, versions

AT_ONCE = (1, 8)
"""Pictures that are synthesized in one call."""
REPEATS = {"tiny": 7, "book": 4, "paper": 3, "measures": 4}
"""Steps that are measured of each preset, and without each measure; one before them is not."""


def measure(configs: Sequence[Config], report: Callable[[str], None], measures: Sequence[str] = ()) -> Told:
    """Measures presets; ``measures``: which of ours are switched off, one at a time, in the first of them.

    Two schedules take turns, step by step, so that other work on the machine meets both; a ratio is that of two steps
    side by side.
    """
    trained = {
        config.preset: _training(config, report, () if number else measures) for number, config in enumerate(configs)
    }
    report("loader and synthesis")
    first = trained[configs[0].preset]["rows"]
    consumed = next(row["median"] for row in first if row["what"] == "adversarial: pairs a second")
    rest = [*_loader(configs[0], consumed), *_synthesis()]
    machine = {"hardware": hardware(), "threads": torch.get_num_threads(), "versions": versions()}
    told = {name: (MEASURES[name].ours, MEASURES[name].recipe) for name in measures}
    return {"format": "lfes bench 2", "machine": machine, "presets": trained, "measures": told, "rows": rest}


def _training(config: Config, report: Callable[[str], None], measures: Sequence[str]) -> Told:
    """Of one configuration: what the schedules tell of themselves, and the rows of its steps."""
    name, repeats = config.preset, REPEATS[config.preset]
    report(f"{name}: starting our schedule and the reference schedule")
    ours, reference = Driven(config), Driven(config, tuple(MEASURES))
    rows: list[Told] = []
    for stage, size in zip(STAGES, (config.matching.batch_size, config.adversarial.batch_size), strict=True):
        report(f"{name}, {stage}: {repeats} steps of {size} pairs with each")
        counted = [schedule.step(stage, counted=True)["operations"] for schedule in (ours, reference)]
        turns = list(_turns((ours, reference), stage, repeats))
        for whose, schedule, steps, operations in zip(
            ("ours", "reference"), (ours, reference), zip(*turns, strict=True), counted, strict=True
        ):
            seconds = [_seconds(step) for step in steps]
            rows.append(_row(f"{stage}: pairs a second", whose, [size / each for each in seconds]))
            for part in steps[0]["parts"]:
                rows.append(_row(f"{stage}: ms, {part}", whose, [1e3 * step["parts"][part][0] for step in steps]))
            rows.append(_row(f"{stage}: ms of processor time", whose, [1e3 * _seconds(step, 1) for step in steps]))
            rows.append(_row(f"{stage}: billions of operations", whose, [operations / 1e9]))
            share = [100 * operations / each / schedule.about["peak"] for each in seconds]
            rows.append(_row(f"{stage}: % of the measured peak", whose, share))
        rows += _ratios(stage, turns)
    rows.append(_row("memory: GB at most", "reference", [reference.end() / 1e9]))
    for off in measures:
        report(f"{name}, without: {off}")
        other = Driven(config, (off,))
        list(_turns((ours, other), "adversarial", 1))
        rows += _ratios(f"without {off}", _turns((ours, other), "adversarial", REPEATS["measures"]))
        other.end()
    rows.append(_row("memory: GB at most", "ours", [ours.end() / 1e9]))
    return {"schedules": {"ours": ours.about, "reference": reference.about}, "rows": rows}


def _turns(schedules: Sequence[Driven], stage: str, repeats: int) -> Iterator[tuple[Told, ...]]:
    for _ in range(repeats):
        yield tuple(schedule.step(stage) for schedule in schedules)


def _seconds(step: Told, clock: int = 0) -> float:
    """Of a whole step: by the wall clock (0) or of the processor (1)."""
    return float(sum(part[clock] for part in step["parts"].values()))


def _ratios(what: str, turns: Any) -> list[Told]:
    """How many times as long the second schedule takes, by both clocks."""
    turns = list(turns)
    return [
        _row(f"{what}: {name}", "ratio", [_seconds(second, clock) / _seconds(first, clock) for first, second in turns])
        for clock, name in enumerate(CLOCKS)
    ]


def _row(what: str, whose: str, values: Sequence[float]) -> Told:
    low, middle, high = statistics.quantiles(values if len(values) > 1 else [*values] * 2, n=4, method="inclusive")
    return {"what": what, "whose": whose, "median": middle, "low": low, "high": high, "n": len(values)}


def _loader(config: Config, consumed: float) -> Iterator[Told]:
    """Pairs a second that are read for the first time, and then from the cache, as training does it."""
    vocabulary = VOCABULARIES[config.networks.language.input]()
    pairs = ExpressionPairs(open_dataset("scanfaces"), "train", vocabulary, cache="all")
    size = config.adversarial.batch_size
    for name in ("decoded", "kept"):
        found, began = [], time.perf_counter()
        for _ in islice(training_batches(pairs, size, config.seed), 4 * REPEATS["tiny"]):
            found.append(size / (time.perf_counter() - began))
            began = time.perf_counter()
        yield _row(f"loader: pairs a second, {name}", "ours", found)
        yield _row(f"loader: times what training takes, {name}", "ours", [each / consumed for each in found])


@torch.no_grad()
def _synthesis() -> Iterator[Told]:
    """Milliseconds a picture, for sets of the package."""
    for name in shipped_sets():
        synthesizer = Synthesizer.load(name)
        pairs = ExpressionPairs(open_dataset("scanfaces"), "validation", synthesizer.vocabulary)
        for number in AT_ONCE:
            batch, found = collate([pairs[i] for i in range(number)]), []
            for _ in range(4 * REPEATS["tiny"] + 1):
                began = time.perf_counter()
                language = synthesizer.language_semantic_encoder(batch.tokens, batch.lengths)
                synthesizer.forward(batch.neutral, language.words, language.sentence, language.mask)
                found.append(1e3 * (time.perf_counter() - began) / number)
            yield _row(f"synthesis: ms a picture, {number} at once", name, found[1:])

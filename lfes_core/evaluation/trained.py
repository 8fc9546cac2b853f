"""Which weights stand in a row: how they were trained, and how to find them again."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lfes_core.config import preset
from lfes_core.errors import UserError
from lfes_core.evaluation.rows import Model
from lfes_core.weight_files import card, shipped_sets

FREE = ("log_interval", "grid_interval", "checkpoint_interval", "held_out_pairs")
"""Settings that change what a run shows on its way and nothing of its result."""


def about_weights(model: Model) -> dict[str, Any]:
    """What a report says about one set of weights.

    Returns:
        ``weights`` (its name), ``sha256`` over all tensors as its model card gives it, ``preset``, ``seed``, and
        the budget of stage 2: ``steps``, ``batch_size``, ``pictures`` (their product), ``seconds``, ``hardware``;
        ``start`` names the run whose weights it began with, and whose budget is not in these numbers.
        ``settings`` are those that differ from the preset, ``facts`` what training wrote. None: not known.
    """
    config, facts = model.synthesizer.config, dict(model.synthesizer.facts)
    steps, batch = facts.get("step"), config.adversarial.batch_size
    usual = preset(config.preset).flat()
    return {
        "weights": shown_name(model.weights),
        "sha256": model.synthesizer.sha256,
        "preset": config.preset,
        "seed": config.seed,
        "steps": steps,
        "batch_size": batch,
        "pictures": None if steps is None else steps * batch,
        "seconds": facts.get("seconds"),
        "hardware": hardware(model.weights),
        "start": start(model.weights),
        "settings": {key: value for key, value in config.flat().items() if value != usual[key]},
        "facts": facts,
    }


def about_row(models: Sequence[Model]) -> dict[str, Any]:
    """What a report says about the weights of one row: the first run's facts, and under ``runs`` those of each."""
    runs = [about_weights(model) for model in models]
    return {**runs[0], "runs": runs}


def shown_name(weights: str) -> str:
    """A name for a report that other people read: of a path from the root only the last part."""
    path = Path(weights)
    return path.name if path.is_absolute() or ".." in path.parts else weights


def hardware(weights: str) -> str | None:
    """On what they were trained: from the record of a run folder, or from the card of a shipped set."""
    if weights in shipped_sets():
        return _on_card(weights, "hardware")
    try:
        names = dict.fromkeys(began["hardware"] for began in _record(weights)["starts"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return "; then ".join(names) or None


def start(weights: str) -> str | None:
    """The run whose weights training began with; None for random ones, or where nobody wrote it down."""
    if weights in shipped_sets():
        said = _on_card(weights, "start")
        return None if said is None else said.partition("`")[2].partition("`")[0]
    try:
        return str(_record(weights)["start_from"]["run"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _on_card(weights: str, name: str) -> str | None:
    lines = card(weights).read_text("utf-8").splitlines() if card(weights).is_file() else []
    found = [line.split("|")[2].strip() for line in lines if line.startswith(f"| {name} |")]
    return found[0] if found else None


def _record(weights: str) -> dict[str, Any]:
    path = Path(weights)
    record: dict[str, Any] = json.loads(
        ((path if path.is_dir() else path.parent) / "run.json").read_text("utf-8")
    )
    return record


def check_seeds(models: Sequence[Model]) -> None:
    """Looks whether the runs of one row may be averaged: they must differ in their seed, and in nothing else.

    Raises:
        UserError: they may not; the first difference is named.
    """
    first = models[0]
    for other in models[1:]:
        pair = f"{first.weights} and {other.weights} are both weights for the row '{first.name}'"
        ours, theirs = (model.synthesizer.config.flat() for model in (first, other))
        different = [key for key in ours if ours[key] != theirs[key] and key.rpartition(".")[2] not in FREE]
        wrong = [key for key in different if key != "seed"]
        if wrong:
            raise UserError(
                f"{pair} and differ in {wrong[0]} ({ours[wrong[0]]} and {theirs[wrong[0]]}): "
                "name one of them, or runs that differ in their seed only"
            )
    seeds = [model.synthesizer.config.seed for model in models]
    twice = [model for model, seed in zip(models, seeds, strict=True) if seeds.count(seed) > 1]
    if twice:
        raise UserError(
            f"{twice[0].weights} and {twice[1].weights} are both weights for the row '{first.name}' with seed "
            f"{twice[0].synthesizer.config.seed}: name one of them, or runs of different seeds"
        )

"""The card of a trained estimator: all its numbers are read from the file, none is typed."""

from collections.abc import Iterator

from lfes_core.action_units import ACTION_UNITS
from lfes_core.evaluation.estimator import IntensityMeter
from lfes_core.evaluation.questions import UNITS


def estimator_card(meter: IntensityMeter) -> str:
    """The card in Markdown."""
    return "\n".join(_lines(meter)) + "\n"


def _lines(meter: IntensityMeter) -> Iterator[str]:
    facts, data = meter.facts, meter.facts["data"]
    numbers = sum(parameter.numel() for parameter in meter.network.parameters())
    tested = data["test_people"]
    frames = f"{data['training_pictures']:,} pictures of {data['training_people']} training people"
    yield "# `estimator.safetensors`: how strong is each Action Unit in a picture?"
    yield ""
    yield (
        f"The ruler of `python -m lfes_core evaluate`: four convolutions and a linear layer, {numbers:,} numbers in "
        f"float16, for {len(meter.units)} Action Units. It is shown a picture and the neutral picture of the same "
        "person, and answers with intensities from 0 (absent) to 5 (E). It shares nothing with the networks that it "
        "judges."
    )
    yield ""
    yield "| | |"
    yield "|---|---|"
    yield f"| data | ScanFaces: {frames}; {tested[0]} to {tested[-1]} never seen |"
    yield (
        "| command | `python -m lfes_core.evaluation.train_estimator --data scanfaces:FILE "
        f"--out estimator.safetensors --steps {facts['steps']}`, FILE being an archive of "
        f"`python -m tools.scan_faces` with `--subjects {data['training_people']} --frames 20` |"
    )
    yield f"| seed | {facts['seed']}; a step shows 64 pictures |"
    minutes = f"{facts['seconds'] / 60:.0f} minutes by the clock, on a CPU that it shared"
    yield f"| software, time | torch {facts['torch']}; {minutes} |"
    yield ""
    yield "## Accuracy on held-out people"
    yield ""
    count = next(iter(facts["held_out"].values()))["n"]
    yield (
        f"True pictures of {len(tested)} people, n = {count} for each Action Unit. ICC(3,1) of Shrout and Fleiss "
        "(1979) with the true level, over all pictures, 0 where the Action Unit is absent; MAE in levels over the "
        "same pictures. Computed once, after training; nothing was chosen by it."
    )
    yield ""
    yield "| Action Unit | ICC(3,1) | MAE |"
    yield "|---|---|---|"
    for unit in meter.units:
        found = facts["held_out"][str(unit)]
        mark = "" if unit in UNITS else " (not among the twelve of the report)"
        yield f"| {unit} {ACTION_UNITS[unit].name}{mark} | {found['icc']:.3f} | {found['mae']:.2f} |"
    yield ""
    yield "## Limits"
    yield ""
    yield "- Frontal rendered faces only: it says nothing about photographs."
    yield (
        "- It was trained on pictures that were blurred, tinted, shifted and stained, and not on synthesized ones. The "
        "report therefore repeats its accuracy on blurred true pictures. A synthesizer's own mistakes may mislead it "
        "more than blur does."
    )
    yield "- A synthesizer must not be trained against it: a ruler that is aimed at is a ruler no more."

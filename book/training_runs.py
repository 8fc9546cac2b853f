"""What chapter 11 shows of training: a step cut into its parts, curves, and kept runs side by side in tables.

Which runs are shown stands here and nowhere else: `REPLAYED`, `WITHOUT_R1` and `DESIGNS`.
"""

import csv
import inspect
import math
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from figures import COLORS, show_figure
from lfes_core.config import Config, preset
from lfes_core.training import adversarial
from moved_faces import FACE
from replay import RUNS, UNDECIDED, Record
from report import table

import matplotlib.pyplot as plt
from IPython.display import Markdown, display
from PIL import Image

DESIGNS = ("tiny", "tiny_moving")
"""The last run of each design, whose weights are shipped; `chain` finds what came before."""

REPLAYED = (
    "tiny_lambda_1",
    "tiny_lambda_20",
    "tiny",
    "tiny_moving_scratch",
    "tiny_moving_r1",
    "tiny_moving",
)
"""The runs of the replay, at most as many as it has colors."""

WITHOUT_R1 = (
    "tiny_lambda_50",
    "tiny_lambda_5",
    "tiny_moving_lambda_5",
    "tiny_lambda_1",
    "tiny_moving_lambda_1",
)
"""What was tried before the discriminators were kept flat."""

FAILED = ("mode_collapse", "first_long_run", "attention_stuck")
"""The failures, in the order of the chapter."""

WEIGHTED = {
    "before": "before",
    "plain": "1,500 steps of plain L1",
    "weighted": "1,500 steps, moved places count eleven times",
}
"""The rows of ``l1_median.csv``."""

FULL = 256
"""Pixels of a picture whose face `FACE` cuts out."""

ALMOST = 0.1
"""A run with discriminators for at most this share of its steps counts as one with L1 alone."""

SETTINGS = """networks.synthesizer.moves matching.learning_rate matching.steps
adversarial.learning_rate adversarial.batch_size adversarial.steps adversarial.warmup
adversarial.decay adversarial.ema_decay adversarial.mirror adversarial.photographic
adversarial.condition_dropout losses.adversarial losses.identity losses.reconstruction
losses.reconstruction_reduction losses.reconstruction_moved losses.flow losses.occlusion
losses.kl losses.language_visual losses.expression_adversarial losses.gradient_penalty"""
"""Those that differ between the presets, or between them and the shipped runs."""

OUTCOMES = ("ssim_moved", "sharpness", "vse_distance")


def chain(name: str) -> list[Record]:
    """A kept run and the kept runs that it goes on from, the first one first."""
    found = [Record(name)]
    while before := re.search(r"--start-from runs/(\w+)", found[0].facts["command"]):
        if not (RUNS / before[1] / "record.json").exists():
            break
        found.insert(0, Record(before[1]))
    return found


def with_r1() -> list[Record]:
    """The runs of both designs whose discriminators were kept flat, design by design."""
    runs = [record for name in DESIGNS for record in chain(name)]
    return [run for run in runs if run.config["losses"].get("gradient_penalty")]


def title(record: Record) -> str:
    """A run in a few words: its design, who taught it, and whether it began from nothing."""
    config = Config.from_json(record.config)
    design = "moving" if config.networks.synthesizer.moves else "paper’s design"
    taught = record.facts["step"] - config.adversarial.warmup
    if not config.losses.adversarial or taught <= ALMOST * record.facts["step"]:
        start = "" if "--start-from" in record.facts["command"] else ", from nothing"
        return f"{design}, L1{start}"
    flat = ", R1" if config.losses.gradient_penalty else ""
    return f"{design}, λ₁ = {config.losses.adversarial:g}{flat}"


def show_table(head: Sequence[str], body: Iterable[Sequence[str]]) -> None:
    """Show a table; its first column is text, all others are centered."""
    first, _, *rest = table(head, body).split("\n")
    rule = "|".join(["", ":---", *[":---:"] * (len(head) - 1), ""])
    display(Markdown("\n".join([first, rule, *rest])))


def show_outcomes(records: Iterable[Record]) -> None:
    """What became of runs with all losses: numbers of held-out people, first look and last look."""
    rows = []
    for record in records:
        losses = Config.from_json(record.config).losses
        moves = record.config["networks"]["synthesizer"]["moves"]
        row = ["moving" if moves else "paper’s", f"{losses.adversarial:g}"]
        row += [f"{losses.language_visual:g}", f"{record.facts['step']:,}"]
        for name, digits in zip(OUTCOMES, (".3f", ".2f", ",.0f"), strict=True):
            _, values = record.column(name)
            row.append(f"{values[0]:{digits}} → {values[-1]:{digits}}")
        right = record.column("right_about_synthesized")[1][-1]
        rows.append([*row, f"{right:.2f}"])
    head = ["Design", "$\\lambda_1$", "$L_{LVM}$", "Steps", "SSIM, moved", "Sharpness"]
    show_table([*head, "VSE distance", "D right"], rows)


def show_runs(records: Iterable[Record]) -> None:
    """Who, how long and how fast; and the last look at held-out people, with copy."""
    rows = []
    for record in records:
        stage = "adversarial"
        last = [row for row in record.rows if row.get("ssim")][-1]
        speeds = sorted(record.column("images_per_second", stage)[1])
        seen = record.facts["step"] * record.config[stage]["batch_size"]
        row = [title(record), _people(record), f"{seen:,}"]
        row += [
            f"{record.facts['seconds'] / 60:.0f}",
            f"{speeds[len(speeds) // 2]:.0f}",
        ]
        moved, copy = float(last["ssim_moved"]), float(last["copy_ssim_moved"])
        sharp = f"{float(last['sharpness']):.2f}" if last.get("sharpness") else "–"
        rows.append([*row, f"{moved:.3f} ({copy:.3f})", sharp])
    head = ["Run", "People", "Pairs seen", "Minutes", "Pairs/s"]
    show_table([*head, "SSIM, moved (copy)", "Sharpness"], rows)


def show_settings(columns: Mapping[str, Config]) -> None:
    """The settings that differ, a column for each configuration."""
    flat = [config.flat() for config in columns.values()]
    rows = [
        [f"`{key}`", *(_short(each[key]) for each in flat)] for key in SETTINGS.split()
    ]
    show_table(["Setting", *columns], rows)


def show_differences(base: Config, columns: Mapping[str, Config]) -> None:
    """Everything in which configurations differ from one; a dash where there is no difference."""
    was, others = base.flat(), [config.flat() for config in columns.values()]
    rows = []
    for key, value in was.items():
        if key != "preset" and any(each[key] != value for each in others):
            now = (_short(each[key]) if each[key] != value else "–" for each in others)
            rows.append([f"`{key}`", _short(value), *now])
    show_table(["Setting", f"`{base.preset}`", *columns], rows)


def step_parts() -> list[str]:
    """The loop of the package's adversarial training, cut at its own comments."""
    source = inspect.getsource(adversarial.train_adversarially)
    _, *parts = re.split(r"^ +# -{20,} ", source, flags=re.MULTILINE)
    return ["# " + textwrap.dedent(" " * 12 + part).strip() for part in parts]


def show_step(number: int) -> None:
    """Show one part of a training step, as the package runs it; the first one is 1."""
    display(Markdown(f"```python\n{step_parts()[number - 1]}\n```"))


def points(folder: Path, stage: str, name: str) -> tuple[list[int], list[float]]:
    """Steps and values of one column of a run folder's metrics, where it has any."""
    with (folder / "metrics.csv").open(newline="", encoding="utf-8") as file:
        rows = [
            row for row in csv.DictReader(file) if row["stage"] == stage and row[name]
        ]
    return [int(row["step"]) for row in rows], [float(row[name]) for row in rows]


def show_training(folder: Path) -> None:
    """Four curves of a run folder: matching, L1, both sides of the game, held-out people."""
    figure, panels = plt.subplots(2, 2, figsize=(7, 4.6))
    matching, painting, game, people = panels.flat
    matching.plot(*points(folder, "matching", "matching"))
    unknown = 4 * math.log(preset("tiny").matching.batch_size)
    matching.axhline(unknown, color=COLORS["ink"], linestyle=":")
    matching.text(5, unknown, "knows nothing", va="top", color=COLORS["ink"])
    matching.set_ylim(11.2, None)
    matching.set_title("$L_{LVM}$, matching stage")
    painting.plot(*points(folder, "adversarial", "reconstruction"))
    painting.set_title("$L_{recon}$, all levels")
    for name, color, style, label in (
        ("discriminator", "vermilion", "-", "$L_{D,total}$"),
        ("adversarial", "blue", "--", "$L_{adv}$, all levels"),
    ):
        steps, values = points(folder, "adversarial", name)
        game.plot(steps, values, style, marker="o", color=COLORS[color], label=label)
    _undecided(game)
    game.set_ylim(0, None)
    game.set_title("the game, from its first step")
    game.legend()
    steps, moved = points(folder, "adversarial", "ssim_moved")
    _, copy = points(folder, "adversarial", "copy_ssim_moved")
    people.plot(steps, moved, marker="o", label="synthesized")
    people.plot(steps, copy, ":", color=COLORS["ink"], label="copy")
    people.set_title("held-out SSIM, moved region")
    people.legend()
    for panel in (painting, people, game):
        panel.set_ylim(0, None)
    plt.setp(panels, xlabel="step")
    show_figure(figure)


def show_game(record: Record) -> None:
    """Four curves of a kept run whose discriminators win."""
    figure, panels = plt.subplots(2, 2, figsize=(7, 4.6))
    for panel, (name, color, words) in zip(
        panels.flat,
        (
            ("discriminator", "vermilion", "$L_{D,total}$"),
            ("adversarial", "blue", "$L_{adv}$, all levels"),
            ("generator_gradient", "green", "gradient norm of G, unclipped"),
            ("ssim_moved", "purple", "held-out SSIM, moved region"),
        ),
        strict=True,
    ):
        panel.plot(*record.column(name), color=COLORS[color])
        panel.set(title=words, xlabel="step", ylim=(0, None))
    _undecided(panels[0, 0])
    panels[0, 0].set_ylim(0, UNDECIDED * 1.15)
    copy = record.column("copy_ssim_moved")[1][-1]
    panels[1, 1].axhline(copy, color=COLORS["ink"], linestyle="--")
    panels[1, 1].text(0, copy, "copy", va="bottom", color=COLORS["ink"])
    panels[1, 1].set_ylim(0, copy * 1.15)
    show_figure(figure)


def faces(record: Record, step: int) -> list[Image.Image]:
    """What a kept run made of each of its people after so many steps, cut to the face."""
    people = range(len(record.facts["people"]))
    return [_face(record.picture(step, person)) for person in people]


def true_faces(record: Record) -> list[Image.Image]:
    """What it should have made, cut in the same way."""
    people = range(len(record.facts["people"]))
    return [_face(record.true_picture(person)) for person in people]


def show_lids() -> None:
    """The share of the true change that two ways of counting L1 bring: of raised lids, and of all units."""
    with (RUNS / "l1_median.csv").open(newline="", encoding="utf-8") as file:
        found: dict[str, dict[int, float]] = {}
        for row in csv.DictReader(file):
            found.setdefault(row["run"], {})[int(row["unit"])] = float(row["share"])
    rows = [
        [WEIGHTED[name], f"{units[5]:.2f}", f"{sum(units.values()) / len(units):.2f}"]
        for name, units in found.items()
    ]
    show_table(["Weights", "AU 5", "mean of 12 units"], rows)


def probes_with_controls(name: str) -> list[tuple[str, Mapping[str, str]]]:
    """The answers of a failed run and of its control, each with the name of its row."""
    rows: list[tuple[str, Mapping[str, str]]] = [
        (f"failure, step {row['step']}", row) for row in Record(name).probes
    ]
    with (RUNS / "failure_controls.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["failure"] == name:
                rows.append((f"control, step {row['step']}", row))
    return rows


def shares(row: Mapping[str, str]) -> list[str]:
    """Of both levels of attention: the strongest word's share over an even one, places, word."""
    cells = []
    for level in (1, 2):
        share = float(row[f"top_share_{level}"]) / float(row["even_share"])
        cells += [f"{share:.1f}×", f"{float(row[f'top_places_{level}']):.0%}"]
        cells.append(row[f"top_word_{level}"] or "(varies)")
    return cells


def wrapped(command: str, width: int = 84) -> str:
    """A command over several lines, as a shell takes it."""
    return " \\\n    ".join(textwrap.wrap(command, width, break_on_hyphens=False))


def _face(picture: Image.Image) -> Image.Image:
    scale = picture.width / FULL
    side = round((FACE[0].stop - FACE[0].start) * scale)
    left, top = round(FACE[1].start * scale), round(FACE[0].start * scale)
    return picture.crop((left, top, left + side, top + side))


def _people(record: Record) -> str:
    found = re.search(r"scan(\d+)\.zip", record.facts["command"])
    return found[1] if found else "96"


def _short(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_short, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _undecided(panel: Any) -> None:
    panel.axhline(UNDECIDED, color=COLORS["ink"], linestyle=":")
    low, high = panel.get_xlim()
    panel.text(
        high, UNDECIDED, "undecided", ha="right", va="bottom", color=COLORS["ink"]
    )
    panel.set_xlim(low, high)

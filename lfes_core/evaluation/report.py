"""The report of an evaluation: tables as CSV, JSON about what was judged, Markdown for people."""

import gzip
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from lfes_core.action_units import ACTION_UNITS
from lfes_core.evaluation.figures import FIGURES
from lfes_core.evaluation.rows import BLURRED, ROWS, WHY_EMPTY

FORMAT = "lfes report 2"

AIMS: tuple[tuple[str, str, float], ...] = (
    ("direction_right", "at least", 0.95),
    ("icc", "at least", 0.8),
    ("leakage", "below", 0.25),
    ("attention_lift", "at least", 3.0),
    ("identity_right", "at least", 0.9),
)
"""What the words of a good model should reach on held-out people of ScanFaces."""

TITLES = {
    "estimator_icc": "the estimator of Action Units on true pictures: ICC(3,1)",
    "estimator_mae": "the estimator of Action Units on true pictures: MAE in levels",
    "phrase_removed": "a phrase crossed out: its AU is weaker",
    "phrase_removed_change": "... and by how many levels, mean",
    "phrase_removed_others": "... change of all other AUs, mean levels",
    "phrase_added": "a phrase added: its AU is stronger",
    "phrase_added_change": "... and by how many levels, mean",
    "phrase_added_others": "... change of all other AUs, mean levels",
    "leakage_largest": "leakage, the unnamed AU that changes most",
    "paraphrase": "other words and order: distance in levels",
    "several_icc": "ICC, sentences of several AUs",
    "unseen_icc": "ICC, combinations never trained on",
    "locality": "share of the change inside the region of the AU",
    "area": "share of the picture in that region: what chance would have",
    "identity_among_all": "nearest to the right person among everybody in the dataset",
    "vse_distance": "Frechet distance on this project's VSE (not FID; it shrinks as n grows)",
    "direction_right": "direction of change right",
    "icc": "ICC(3,1) between named and measured intensity",
    "mae": "MAE between named and measured intensity, in levels, where the AU is named",
    "leakage": "leakage of the named AU",
    "change_made": "share of the true change of colors that is made",
    "mass": "attention inside the region of the AU",
    "lift": "attention inside the region of the AU, times chance",
    "pointing": "attention points into the region of the AU",
    "chance": "attention inside the region, and pointing, by chance",
}
"""How a reader calls the figures that are no columns of the first table, or have a table by group."""

GROUPS = ("unit", "pair", "level word", "level", "level unit")
"""The groups that have tables; what else there is stands in ``figures.csv``."""


@dataclass(frozen=True)
class Report:
    """Everything that an evaluation found.

    Attributes:
        about: data, people, settings and versions.
        models: for each row with weights what is known about them, one entry for each training.
        figures: `lfes_core.evaluation.figures.figures` of the measurements.
        measurements: one line for each number about a picture.
        questions: what was asked, by number.
        pictures: PNG files by name.
    """

    about: Mapping[str, Any]
    models: Mapping[str, Sequence[Mapping[str, Any]]]
    figures: pd.DataFrame
    measurements: pd.DataFrame = field(repr=False)
    questions: pd.DataFrame = field(repr=False)
    pictures: Mapping[str, bytes] = field(repr=False, default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """What ``report.json`` holds; the figures are in ``figures.csv``."""
        models = {row: list(runs) for row, runs in self.models.items()}
        return {"format": FORMAT, "about": dict(self.about), "models": models, "aims": self.aims()}

    def aims(self) -> list[dict[str, Any]]:
        """Each aim with the value of every model of the paper's design or with skips, and whether it is reached.

        There are none for photographs: the aims are set for people of ScanFaces.
        """
        if self.about["why_no_words"]:
            return []
        values = self.figures[self.figures["by"] == ""].set_index(["figure", "row"])["value"]
        found = []
        for figure, how, wanted in AIMS:
            for row in ("full", "full_skips"):
                if (figure, row) in values.index:
                    value = float(values[figure, row])
                    reached = value < wanted if how == "below" else value >= wanted
                    aim = {"figure": figure, "row": row, "aim": f"{how} {wanted:g}"}
                    found.append({**aim, "value": value, "reached": reached})
        return found

    def files(self) -> dict[str, bytes]:
        """The files of a report folder by name."""
        return {
            "report.json": (json.dumps(self.to_json(), indent=1) + "\n").encode(),
            "report.md": ("\n".join(markdown(self)) + "\n").encode(),
            "figures.csv": _csv(self.figures),
            "pictures.csv": _csv(self.held_out(), na_rep="nan"),
            "questions.csv": _csv(self.questions),
            "measurements.csv.gz": gzip.compress(_csv(self.measurements, float_format="%.9g"), mtime=0),
            **self.pictures,
        }

    def held_out(self) -> pd.DataFrame:
        """``pictures.csv``: the numbers of each answer to a held-out pair, means over the trainings of a row."""
        names = {
            "ssim": "ssim",
            "ssim_moved": "ssim_moved",
            "l1_moved": "l1_moved",
            "identity": "identity_right",
        }
        lines = self.measurements[self.measurements["measure"].isin(names)]
        lines = lines.assign(row=pd.Categorical(lines["row"], ROWS))
        table = (
            lines.groupby(["row", "question", "measure"], observed=True)["value"].mean().unstack().round(4)
        )
        asked = self.questions.rename(columns={"person": "subject"}).set_index("question")
        table = table.rename(columns=names).reset_index().join(asked, on="question")
        return table[["row", "subject", "target", "sentence", *names.values()]]


def _csv(table: pd.DataFrame, **options: Any) -> bytes:
    text: str = table.to_csv(index=False, lineterminator="\n", **options)
    return text.encode()


def markdown(report: Report) -> Iterator[str]:
    """The lines of ``report.md``: the figures as tables for people."""
    about, shown = report.about, _Shown(report.figures)
    people, rows = len(about["people"]), [row for row in ROWS if row in shown.rows]
    yield "# Evaluation"
    yield ""
    yield (
        f"{about['data']}, {people} held-out {'person' if people == 1 else 'people'}, {about['pairs']} pairs, "
        f"{about['singles']} sentences of one Action Unit{' (quick: a part of the questions)' * about['quick']}. "
        f"In brackets: 95 % interval over people ({about['bootstrap_draws']} draws). `figures.csv` holds all figures."
    )
    yield ""
    yield from _table(["row", *FIGURES], [[row, *(shown(row, name) for name in FIGURES)] for row in ROWS])
    yield from ("", f"n: {', '.join(f'{name} {shown.n(name)}' for name in FIGURES if shown.n(name))}")
    empty = [f"`{row}`: {why}" for row, why in WHY_EMPTY.items() if row not in rows]
    if empty:
        yield from ("", f"Rows without figures: {'; '.join(empty)}.")
    if about["why_no_words"]:
        yield from ("", f"Empty columns: {about['why_no_words']}.")
    verdicts = {True: "reached", False: "**not reached**"}
    yield from _section(
        "Aims",
        ["figure", "row", "aim", "value", ""],
        [
            [a["figure"], a["row"], a["aim"], f"{a['value']:.3f}", verdicts[a["reached"]]]
            for a in report.aims()
        ],
    )
    yield from _models(report.models, shown)
    yield from _settings(about)
    if about["pairs"] < 2:
        yield from ("", "No Frechet distance: it compares sets of two pictures or more.")
    others = [name for name in TITLES if name not in FIGURES and shown.n(name)]
    body = [[TITLES[name], *(shown(row, name) for row in shown.rows), shown.n(name)] for name in others]
    yield from _section("Other figures", ["", *shown.rows, "n"], body)
    for name, by in [(name, by) for name in TITLES for by in GROUPS]:
        groups = shown.groups(name, by)
        known = [row for row in shown.rows if any((row, name, by, group) in shown.lines for group in groups)]
        body = [
            [_name(group, by), *(shown(row, name, by, group) for row in known), shown.n(name, by, group)]
            for group in groups
        ]
        title = f"{TITLES[name]}, by {by}"
        yield from _section(title[0].upper() + title[1:], ["", *known, "n"], body)


class _Shown:
    """Figures as text, with their intervals unless a table has a line for each Action Unit."""

    def __init__(self, figures: pd.DataFrame) -> None:
        self.lines = {
            (one.row, one.figure, one.by, one.group): one for one in figures.itertuples(index=False)
        }
        self.rows = [row for row in (*ROWS, BLURRED) if row in set(figures["row"])]

    def __call__(self, row: str, figure: str, by: str = "", group: str = "") -> str:
        line: Any = self.lines.get((row, figure, by, group))
        if line is None:
            return "-"
        plain = math.isnan(line.low) or by.endswith("unit")
        return f"{line.value:.3f}" if plain else f"{line.value:.3f} [{line.low:.3f}, {line.high:.3f}]"

    def groups(self, figure: str, by: str) -> list[str]:
        return list(dict.fromkeys(group for _, *found, group in self.lines if found == [figure, by]))

    def n(self, figure: str, by: str = "", group: str = "") -> str:
        found: Any = [self.lines.get((row, figure, by, group)) for row in self.rows]
        counts = {line.n for line in found if line is not None and not math.isnan(line.n)}
        return " or ".join(f"{int(n):,}" for n in sorted(counts))


def _table(head: Sequence[str], body: Sequence[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for line in body:
        yield "| " + " | ".join(line) + " |"


def _section(title: str, head: Sequence[str], body: Sequence[Sequence[str]], *before: str) -> Iterator[str]:
    """A heading and a table, if there is something to say."""
    if body:
        yield from ("", f"## {title}", "", *(part for text in before for part in (text, "")))
        yield from _table(head, body)


def _name(group: str, by: str) -> str:
    """A group as a reader calls it: an Action Unit by number and name."""
    *before, last = group.split()
    return " ".join([*before, f"{last} {ACTION_UNITS[int(last)].name}"]) if by.endswith("unit") else group


def _models(models: Mapping[str, Sequence[Mapping[str, Any]]], shown: _Shown) -> Iterator[str]:
    runs = [(row, run) for row, several in models.items() for run in several]
    numbers = {"steps": "steps", "batch": "batch_size", "pictures seen": "pictures"}
    body = [
        [
            row,
            f"`{run['weights']}`",
            run["preset"],
            str(run["seed"]),
            *("-" if run[key] is None else f"{run[key]:,}" for key in numbers.values()),
            "-" if run["seconds"] is None else f"{run['seconds'] / 60:.0f}",
            run["hardware"] or "-",
            "-" if run["sha256"] is None else f"`{run['sha256'][:12]}`",
        ]
        for row, run in runs
    ]
    head = ["row", "weights", "preset", "seed", *numbers, "minutes", "hardware", "SHA-256"]
    said = "Steps, batch, pictures and minutes are those of adversarial training (stage 2)."
    yield from _section("The weights, and what was spent on them", head, body, said)
    begun = [
        f"`{run['weights']}` did not begin with random weights but with those of the run `{run['start']}`: its steps "
        "come on top."
        for _, run in runs
        if run.get("start")
    ]
    if begun:
        yield from ("", *begun)
    body = [
        [
            row,
            f"`{run['weights']}`",
            str(run["seed"]),
            *(shown(row, k, "seed", str(run["seed"])) for k in FIGURES),
        ]
        for row, run in runs
        if len(models[row]) > 1
    ]
    said = "The tables hold the mean over the seeds, with its interval over people; n counts one seed's measurements."
    yield from _section("Each seed by itself", ["row", "weights", "seed", *FIGURES], body, said)


def _settings(about: Mapping[str, Any]) -> Iterator[str]:
    settings = ", ".join(f"{name}={value}" for name, value in about["ssim"].items())
    yield from ("", "## Settings", "")
    yield (
        f"SSIM: `skimage.metrics.structural_similarity({settings})`; in the moved region the mean of its map. L1: "
        "mean absolute difference of the colors in 0..1. Moved region: where the true picture differs from the "
        f"neutral face by more than {about['moved_threshold']:g} of the range. Region of an Action Unit: where it "
        f"moves at least {about['region_share']:g} of what it moves most. Right person: the nearest of "
        f"{about['faces_held_out']} held-out faces, or of all {about['faces']}."
    )

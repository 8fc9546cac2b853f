"""The report of an evaluation: tables as CSV, JSON about what was judged, Markdown for people."""

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isnan
from typing import Any

import pandas as pd

from lfes_core.action_units import ACTION_UNITS
from lfes_core.evaluation.figures import FIGURES, OF_PAIRS
from lfes_core.evaluation.rows import BLURRED, ROWS, TRAINED_WITH

FORMAT = "lfes report 2"

AIMS: tuple[tuple[str, str, float, float], ...] = (
    ("ssim", "at least", 0.88, 0.988),
    ("ssim_moved", "at least", 0.70, 0.90),
    ("sharpness", "at least", 0.6, 0.85),
    ("sharpness", "at most", 1.15, 1.15),
    ("direction_right", "at least", 0.97, 0.99),
    ("icc", "at least", 0.75, 0.94),
    ("leakage", "at most", 0.25, 0.04),
    ("identity_right", "at least", 0.98, 1.0),
    ("attention_lift", "at least", 3.0, 3.0),
    ("words_alone", "at least", 0.5, 0.5),
    ("phrase_removed_share", "at least", 0.6, 0.6),
    ("phrase_removed_others_share", "at most", 0.15, 0.15),
)
"""What a good model of the paper's design, and of the extension, should reach on held-out people of ScanFaces."""

TITLES = {
    "estimator_icc": "the estimator of Action Units on true pictures: ICC(3,1)",
    "estimator_mae": "the estimator of Action Units on true pictures: MAE in levels",
    "phrase_removed": "a phrase crossed out: its AU is weaker",
    "phrase_removed_change": "a phrase crossed out: by how many levels, mean",
    "phrase_removed_others": "a phrase crossed out: change of all other AUs, mean levels",
    "phrase_added": "a phrase added: its AU is stronger",
    "phrase_added_change": "a phrase added: by how many levels, mean",
    "phrase_added_others": "a phrase added: change of all other AUs, mean levels",
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
    "sharpness": "sharpness where the face moves: energy of the edges, share of the truth's",
    "change_made": "share of the true change of colors that is made",
    "words_alone": "share of what a sentence changes that its words change alone, with the condition hidden",
    "phrase_removed_share": "a phrase crossed out: share of its AU's intensity that goes with it",
    "phrase_removed_others_share": "a phrase crossed out: change of the other named AUs, as a share",
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
    """Everything that an evaluation found."""

    about: Mapping[str, Any]  # data, people, settings and versions
    models: Mapping[str, Sequence[Mapping[str, Any]]]  # `about_weights` of each training of a row
    figures: pd.DataFrame
    measurements: pd.DataFrame = field(repr=False)  # one line for each number about a picture
    questions: pd.DataFrame = field(repr=False)
    pictures: Mapping[str, bytes] = field(repr=False, default_factory=dict)  # PNG files by name

    def aims(self) -> list[dict[str, Any]]:
        """Each aim with the value of the two designs, and whether it is reached; none for photographs."""
        found = []
        values = self.figures[self.figures["by"] == ""].set_index(["figure", "row"])["value"].to_dict()
        for figure, how, *wanted in () if self.about["why_no_words"] else AIMS:
            for row, limit in zip(("full", "full_moving"), wanted, strict=True):
                if (value := values.get((figure, row))) is not None:
                    aim = {"figure": figure, "row": row, "aim": f"{how} {limit:g}", "value": value}
                    found.append(aim | {"reached": value <= limit if how == "at most" else value >= limit})
        return found

    def files(self) -> dict[str, bytes]:
        """The files of a report folder by name."""
        facts = {"format": FORMAT, "about": self.about, "models": self.models, "aims": self.aims()}
        return {
            "report.json": (json.dumps(facts, indent=1) + "\n").encode(),
            "report.md": ("\n\n".join(markdown(self)) + "\n").encode(),
            "figures.csv": _csv(self.figures),
            "pictures.csv": _csv(self.held_out(), na_rep="nan"),
            "questions.csv": _csv(self.questions),
            "measurements.csv.gz": gzip.compress(_csv(self.measurements, float_format="%.9g"), mtime=0),
            **self.pictures,
        }

    def held_out(self) -> pd.DataFrame:
        """``pictures.csv``: the numbers of each answer to a held-out pair, means over the trainings of a row."""
        lines = self.measurements[self.measurements["measure"].isin(OF_PAIRS)]
        lines = lines.assign(row=pd.Categorical(lines["row"], ROWS))
        means = lines.groupby(["row", "question", "measure"], observed=True)["value"].mean().unstack()
        asked = self.questions.rename(columns={"person": "subject"}).set_index("question")
        table = means.round(4).reset_index().join(asked, on="question")
        return table.reindex(columns=["row", "subject", "target", "sentence", *OF_PAIRS])


def _csv(table: pd.DataFrame, **options: Any) -> bytes:
    text: str = table.to_csv(index=False, lineterminator="\n", **options)
    return text.encode()


def markdown(report: Report) -> Iterator[str]:
    """The paragraphs and tables of ``report.md``: the figures for people."""
    about, people = report.about, len(report.about["people"])
    figures = report.figures.assign(text=[_text(line) for line in report.figures.itertuples()])
    plain, seeds = (figures[figures["by"] == by] for by in ("", "seed"))
    yield "# Evaluation"
    yield (
        f"{about['data']}, {people} held-out {'person' if people == 1 else 'people'}, {about['pairs']} pairs, "
        f"{about['singles']} sentences of one Action Unit{' (quick: a part of the questions)' * about['quick']}. "
        f"In brackets: 95 % interval over people (jackknife, Student's t). `figures.csv` holds all figures."
    )
    first = plain.pivot(index="row", columns="figure", values="text").reindex(index=ROWS, columns=FIGURES)
    yield from _table(first.reset_index())
    n = plain.groupby("figure")["n"].agg(_numbers)
    yield f"n: {', '.join(f'{name} {n[name]}' for name in FIGURES if name in n)}"
    if empty := [f"`{row}` ({how})" for row, how in TRAINED_WITH.items() if row not in set(figures["row"])]:
        yield f"Rows without figures, for no such weights were named (train them with): {', '.join(empty)}."
    if about["why_no_words"]:
        yield f"Empty columns: {about['why_no_words']}."
    aims = pd.DataFrame(report.aims(), columns=["figure", "row", "aim", "value", "reached"])
    aims["value"] = aims["value"].map("{:.3f}".format)
    yield from _table(aims.replace({"reached": {True: "yes", False: "**no**"}}), "Aims")
    runs = [{"row": row, **run} for row, several in report.models.items() for run in several]
    said = "Steps, batch, pictures and minutes are those of adversarial training (stage 2)."
    yield from _table(pd.DataFrame(map(_run, runs)), "The weights, and what was spent on them", said)
    for run in [run for run in runs if run["start"]]:
        said = f"`{run['weights']}` did not begin with random weights but with those of the run `{run['start']}`"
        yield f"{said}: its steps come on top."
    each = seeds.pivot(index=["row", "group"], columns="figure", values="text").reindex(columns=FIGURES)
    said = "The tables hold the mean over the seeds, with its interval over people; n counts one seed's measurements."
    yield from _table(each.reset_index(names=["row", "seed"]), "Each seed by itself", said)
    settings = ", ".join(f"{name}={value}" for name, value in about["ssim"].items())
    yield "## Settings"
    yield (
        f"SSIM: `skimage.metrics.structural_similarity({settings})`; in the moved region the mean of its map. L1: "
        "mean absolute difference of the colors in 0..1. Moved region: where the true picture differs from the "
        f"neutral face by more than {about['moved_threshold']:g} of the range. Region of an Action Unit: where it "
        f"moves at least {about['region_share']:g} of what it moves most. Right person: the nearest of "
        f"{about['faces_held_out']} held-out faces, or of all {about['faces']}."
    )
    if about["pairs"] < 2:
        yield "No Frechet distance: it compares sets of two pictures or more."
    others = pd.concat(plain[plain["figure"] == name] for name in TITLES if name not in FIGURES)
    yield from _table(_by_row(others.replace({"figure": TITLES}), "figure"), "Other figures")
    for name, title in TITLES.items():
        for by in GROUPS:
            lines = figures[(figures["figure"] == name) & (figures["by"] == by)]
            if by.endswith("unit"):
                lines = lines.assign(group=[f"{it} {ACTION_UNITS[int(it.split()[-1])].name}" for it in lines["group"]])
            yield from _table(_by_row(lines, "group"), f"{title[0].upper()}{title[1:]}, by {by}")


def _text(line: Any) -> str:
    """A figure with its interval, unless its table has a line for each Action Unit."""
    interval = "" if isnan(line.low) or line.by.endswith("unit") else f" [{line.low:.3f}, {line.high:.3f}]"
    return f"{line.value:.3f}{interval}"


def _numbers(n: "pd.Series[int]") -> str:
    return " or ".join(f"{one:,}" for one in sorted(n.unique()))


def _by_row(lines: pd.DataFrame, index: str) -> pd.DataFrame:
    """A line for each figure or group, a column for each row of the report, and n."""
    table = lines.pivot(index=index, columns="row", values="text")
    known = [row for row in (*ROWS, BLURRED) if row in table]
    table = table.reindex(index=lines[index].unique(), columns=known)
    return table.assign(n=lines.groupby(index)["n"].agg(_numbers)).reset_index(names="")


def _table(table: pd.DataFrame, title: str = "", *before: str) -> Iterator[str]:
    """A table in Markdown under its heading, if there is something to say; "-" is what is not known."""
    if len(table):
        yield from [f"## {title}", *before] if title else []
        lines = [list(table), ["---"] * table.shape[1], *table.astype(object).fillna("-").to_numpy().tolist()]
        yield "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def _run(run: Mapping[str, Any]) -> dict[str, Any]:
    """A line of the table of weights."""
    names = {"steps": "steps", "batch_size": "batch", "pictures": "pictures seen", "minutes": "minutes"}
    spent = {**run, "minutes": run["seconds"] and run["seconds"] / 60}
    return {
        "row": run["row"],
        "weights": f"`{run['weights']}`",
        "preset": run["preset"],
        "seed": run["seed"],
        **{name: None if spent[key] is None else f"{spent[key]:,.0f}" for key, name in names.items()},
        "hardware": run["hardware"],
        "SHA-256": run["sha256"] and run["sha256"][:12],
    }

"""From the long table of measurements to figures: sums of people, a statistic of the sums, an interval over people.

Every statistic here (a mean, a ratio of sums, an ICC of two judges) is a function of sums over lines. Pictures of one
person resemble each other, so people are drawn and not pictures (percentile bootstrap; the cluster bootstrap of
Davison and Hinkley, 1997, Sec. 3.8), and a draw of people only weighs each person's sums. With eight people an interval
is itself uncertain; it says how much the figure would change with other people, and nothing about another training.
"""

import warnings
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from lfes_core.action_units import INTENSITY_LETTERS
from lfes_core.evaluation.questions import UNITS
from lfes_core.evaluation.rows import BLURRED, ROWS

DRAWS = 1000
SEED = 0
LEVEL = 0.95
"""Share of the draws that lie inside the interval."""
DIGITS = 4

SMALLEST_CHANGE = 0.01
"""A change of less than a hundredth of a level is the rounding of a computer and no change of a face."""

FIGURES = (
    "ssim",
    "ssim_moved",
    "l1_moved",
    "direction_right",
    "icc",
    "leakage",
    "attention_lift",
    "identity_right",
)
"""The figures of a report's first table, in its order."""

COLUMNS = ("row", "figure", "by", "group", "value", "low", "high", "n")

MOMENTS = ("count", "x", "y", "xx", "yy", "xy")
"""The sums of which `icc` is made."""

Figures = Iterator[tuple[Any, ...]]
Statistic = Callable[[Float[np.ndarray, "... sums"]], Float[np.ndarray, "..."]]


def ratio(sums: Float[np.ndarray, "... sums"]) -> Float[np.ndarray, "..."]:
    """The first sum over the second: a mean where the second is the number of lines; nan for 0 / 0."""
    found: np.ndarray = sums[..., 0] / sums[..., 1]
    return found


def icc(sums: Float[np.ndarray, "... 6"]) -> Float[np.ndarray, "..."]:
    """Intraclass correlation of single ratings by two fixed judges, ICC(3,1) of Shrout and Fleiss (1979), of `MOMENTS`.

    For two judges (BMS - EMS) / (BMS + EMS) is 2 cov / (var + var). It asks whether the judges' numbers are
    consistent: a constant difference between judges does not count against them, different scales do. 1 is perfect,
    0 is none; nan where nothing varies, or for fewer than two targets.
    """
    n, x, y, xx, yy, xy = np.moveaxis(sums, -1, 0)
    total = (xx - x * x / n + yy - y * y / n) / (n - 1)
    return np.where(total > 1e-12, 2 * (xy - x * y / n) / (n - 1) / total, np.nan)


def icc_3_1(ratings: Float[np.ndarray, "targets 2"]) -> float:
    """`icc` of two columns, here the level that a sentence names and the level that is measured."""
    x, y = ratings.T - ratings.mean()
    with np.errstate(all="ignore"):
        return float(icc(np.array([len(x), x.sum(), y.sum(), x @ x, y @ y, x @ y])))


@cache
def people_drawn(people: int, draws: int = DRAWS) -> Int[np.ndarray, "draws people"]:
    """How often each of so many people is in each draw: as many are drawn as there are, with replacement."""
    chosen = np.random.default_rng(SEED).integers(people, size=(draws, people))
    return np.stack([np.bincount(draw, minlength=people) for draw in chosen])


def summarize(
    lines: pd.DataFrame,
    figure: str,
    by: str = "",
    sums: tuple[str, ...] = ("value", "count"),
    statistic: Statistic = ratio,
    within: str = "",
    draws: int = DRAWS,
) -> Figures:
    """One statistic of every row and group, with its interval over people, as tuples of `COLUMNS`.

    A row of several trainings (seeds) has their mean, taken inside each draw, for the same people are drawn for all;
    the figures of `FIGURES` follow once more by seed. Its ``n`` is that of one of them. There is no interval with
    fewer than two people, and no figure where nothing is known.

    Args:
        lines: with the columns row, seed, person, value and those that are named here; nan is a value that is not
            known, and its person is drawn all the same.
        figure: what it is called.
        by: the columns of the groups.
        sums: the columns that are added up for each person; ``count`` is 1 where the value is known.
        statistic: from these sums to a number.
        within: a column for each of whose values the statistic is taken by itself, and then its mean.
        draws: how many times people are drawn.
    """
    lines = lines.assign(count=lines["value"].notna().astype(float), value=lines["value"].fillna(0.0))
    keys, cells = ["row", *by.split()], ["seed", "person", *within.split()]
    added = lines.groupby(keys + cells, observed=True)[list(dict.fromkeys((*sums, "count")))].sum()
    for key, part in added.groupby(level=keys, observed=True):
        runs, people = (part.index.unique(level=name) for name in ("seed", "person"))
        table = part.to_numpy(float).reshape(len(runs), len(people), -1, part.shape[1])
        drawn = np.einsum("dp,rpis->dris", people_drawn(len(people), draws), table)
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # a mean of nothing is not known
            values, drawn = (
                np.nanmean(statistic(several[..., : len(sums)]), axis=-1)
                for several in (table.sum(axis=1), drawn)
            )
            values = values.round(DIGITS)
            n = round(table[0, ..., list(part.columns).index("count")].sum() / table.shape[2])
            row, group = key[0], " ".join(map(str, key[1:]))
            yield row, figure, by, group, values.mean(), *_ends(drawn.mean(axis=1), len(people)), n
            if len(runs) > 1 and not by and figure in FIGURES:
                for seed, value, one in zip(runs, values, drawn.T, strict=True):
                    yield row, figure, "seed", str(seed), value, *_ends(one, len(people)), n


def _ends(drawn: Float[np.ndarray, " draws"], people: int) -> tuple[float, float]:
    tail = 100 * (1 - LEVEL) / 2
    low, high = np.nanpercentile(drawn, [tail, 100 - tail]) if people > 1 else (np.nan, np.nan)
    return float(low), float(high)


def figures(measurements: pd.DataFrame, questions: pd.DataFrame) -> pd.DataFrame:
    """All figures of a report, those of a row after the other; what is not known has no line.

    Args:
        measurements: lines of `lfes_core.evaluation.measure`.
        questions: `lfes_core.evaluation.questions.question_table` of the questions that were asked.
    """
    lines = measurements.assign(
        seed=measurements["seed"].fillna(0).astype(int),
        row=pd.Categorical(measurements["row"], [*ROWS, BLURRED]),
        person=pd.Categorical(measurements["person"].fillna(""), [*questions["person"].unique(), ""]),
        word=pd.Categorical(measurements["word"], ["noun", "and", "a"]),
    )
    level = lines[lines["measure"] == "level"]
    single = level[level["set"] == "single"]
    found = [
        *_held_out(lines),
        *_adverbs(single),
        *_agreement(single),
        *_leakage(single),
        *_changes(lines),
        *_phrases(level, questions),
        *_combinations(level[level["set"] == "held_out"], questions),
        *_attention(lines[lines["set"] == "added"]),
        *_estimator(level[level["set"] == "held_out"]),
    ]
    table = pd.DataFrame(found, columns=COLUMNS).dropna(subset="value")
    table["row"] = pd.Categorical(table["row"], [*ROWS, BLURRED])
    numbers = table[["value", "low", "high"]].astype(float).round(DIGITS) + 0.0  # no -0.0
    return (
        table.assign(**numbers).sort_values("row", kind="stable").astype({"row": str}).reset_index(drop=True)
    )


def _of(lines: pd.DataFrame, measure: str) -> pd.DataFrame:
    return lines[lines["measure"] == measure]


def _held_out(lines: pd.DataFrame) -> Figures:
    """How close the pictures are to the true ones, and whose face they show."""
    for name in ("ssim", "ssim_moved", "l1_moved"):
        yield from summarize(_of(lines, name), name)
    for name, figure in (("identity", "identity_right"), ("identity_all", "identity_among_all")):
        if _of(lines, name)["person"].nunique() > 1:  # one person is always the nearest
            yield from summarize(_of(lines, name), figure)
    pairs = len(_of(lines, "ssim").drop_duplicates("question"))
    for row, figure, by, group, value, *_ in summarize(_of(lines, "vse_distance"), "vse_distance"):
        yield row, figure, by, group, value, np.nan, np.nan, pairs  # of two sets of so many pictures


def _adverbs(single: pd.DataFrame) -> Figures:
    """Is the Action Unit stronger where the adverb is? A change below `SMALLEST_CHANGE` is wrong, so copy scores 0.

    A coin would score one half.
    """
    own = single[single["unit"] == single["about"]]
    same = ["row", "seed", "person", "unit"]
    pairs = own.merge(own[[*same, "named", "value"]], on=same, suffixes=("", "_strong"))
    pairs = pairs[pairs["named"] < pairs["named_strong"]]
    letters = dict(enumerate(INTENSITY_LETTERS, start=1))
    pairs = pairs.assign(
        value=(pairs["value_strong"] - pairs["value"] > SMALLEST_CHANGE).astype(float),
        pair=pairs["named"].map(letters) + "-" + pairs["named_strong"].map(letters),
        apart=pairs["named_strong"] - pairs["named"],
    )
    for by in ("", "apart", "pair", "unit", "unit pair"):
        yield from summarize(pairs, "direction_right", by)
    strongest = own.loc[own["named"] == own["named"].max(), "question"]
    yield from summarize(single[single["question"].isin(strongest)], "response", "about unit")


def _moments(lines: pd.DataFrame) -> pd.DataFrame:
    """With the sums of which `icc` is made; what is named without a level has none."""
    lines = lines[lines["named"].notna()]
    x, y = lines["named"].astype(float), lines["value"]
    return lines.assign(x=x, y=y, xx=x * x, yy=y * y, xy=x * y)


def _agreement(single: pd.DataFrame) -> Figures:
    """Named and measured intensity: of each of the twelve Action Units all pictures count, also those without it."""
    lines = _moments(single[single["unit"].isin(UNITS)])
    yield from summarize(lines, "icc", "", MOMENTS, icc, within="unit")
    yield from summarize(lines, "icc", "unit", MOMENTS, icc)
    named = lines[lines["named"] > 0]
    yield from summarize(named.assign(value=(named["x"] - named["value"]).abs()), "mae", "unit")
    yield from summarize(lines, "measured", "unit named")


def _leakage(single: pd.DataFrame) -> Figures:
    """Change of what was not named, as a share of what was: the sum of the one over that of the other.

    The estimator compares with the neutral face, so what it measures *is* the change. All Action Units count that it
    knows: in the mean, or the one of each picture that changes most.
    """
    silent = single.assign(unit=single["about"], silent=single["value"].abs().where(single["named"] == 0))
    pictures = silent.groupby(
        ["row", "seed", "person", "unit", "question"], observed=True, as_index=False
    ).agg(named=("named", "max"), value=("silent", "mean"), largest=("silent", "max"))
    yield from summarize(pictures, "leakage", "", ("value", "named"))
    yield from summarize(pictures, "leakage", "unit", ("value", "named"))
    yield from summarize(
        pictures.assign(value=pictures["largest"]), "leakage_largest", "", ("value", "named")
    )


def _changes(lines: pd.DataFrame) -> Figures:
    """How much of the true change is made, and how much of a change lies in its region (``area``: by chance)."""
    same = ["row", "seed", "question"]
    made = _of(lines, "change_made").merge(
        _of(lines, "change_true")[[*same, "value"]], on=same, suffixes=("", "_true")
    )
    yield from summarize(made.assign(unit=made["about"]), "change_made", "unit", ("value", "value_true"))
    for measure, figure in (("inside", "locality"), ("area", "area")):
        for by in ("", "unit"):
            yield from summarize(_of(lines, measure), figure, by)


def _phrases(level: pd.DataFrame, questions: pd.DataFrame) -> Figures:
    """What a phrase changes, in levels: its own Action Unit should follow, and all others stay as they are.

    Other words for the same description (``paraphrase``) should change nothing.
    """
    same, whose = ["row", "seed", "other", "unit"], ["row", "seed", "person", "question"]
    other = level[["row", "seed", "question", "unit", "value"]].rename(columns={"question": "other"})
    pairs = questions.loc[questions["other"].notna(), ["question", "other"]].astype(int)
    both = level.merge(pairs, on="question").merge(other, on=same, suffixes=("", "_other"))
    both["value"] -= both["value_other"]
    for name, figure, sign in (("removed", "phrase_removed", -1), ("added", "phrase_added", 1)):
        change = both[both["set"] == name].assign(value=sign * both["value"])
        own, others = change[change["unit"] == change["about"]], change[change["unit"] != change["about"]]
        yield from summarize(own.assign(value=(own["value"] > SMALLEST_CHANGE).astype(float)), figure)
        yield from summarize(own, f"{figure}_change")
        yield from summarize(_mean_change(others, whose), f"{figure}_others")
    named = both[(both["set"] == "reworded") & (both["named"] > 0)]
    yield from summarize(_mean_change(named, whose), "paraphrase")


def _mean_change(lines: pd.DataFrame, whose: list[str]) -> pd.DataFrame:
    """The mean change of each picture, without a sign."""
    lines = lines.assign(value=lines["value"].abs())
    return lines.groupby(whose, observed=True, as_index=False)["value"].mean()


def _combinations(level: pd.DataFrame, questions: pd.DataFrame) -> Figures:
    """Agreement over all named Action Units of all pictures together, for sets with too few pictures of each."""
    named = _moments(level[(level["named"] > 0) & level["row"].isin(ROWS)])
    for figure, chosen in (("several_icc", questions["n_named"] > 1), ("unseen_icc", questions["unseen"])):
        lines = named[named["question"].isin(questions.loc[chosen, "question"])]
        yield from summarize(lines, figure, "", MOMENTS, icc)


def _attention(lines: pd.DataFrame) -> Figures:
    """Does a word look where its muscle is? Nouns and idle words in the same regions; a lift of 1 is chance."""
    nouns = lines[lines["word"] == "noun"]
    yield from summarize(_of(nouns, "lift"), "attention_lift")
    for name in ("mass", "lift", "pointing"):
        yield from summarize(_of(lines, name), name, "level word")
        yield from summarize(_of(nouns, name), name, "level unit")
    for by in ("level", "level unit"):
        yield from summarize(_of(nouns, "chance"), "chance", by)


def _estimator(level: pd.DataFrame) -> Figures:
    """The ruler's own accuracy on the true pictures of the held-out people, as they are and blurred."""
    lines = _moments(level[level["row"].isin(["truth", BLURRED]) & level["unit"].isin(UNITS)])
    error = lines.assign(value=(lines["x"] - lines["value"]).abs())
    yield from summarize(lines, "estimator_icc", "", MOMENTS, icc, within="unit")
    yield from summarize(lines, "estimator_icc", "unit", MOMENTS, icc)
    yield from summarize(error, "estimator_mae", "", within="unit")
    yield from summarize(error, "estimator_mae", "unit")

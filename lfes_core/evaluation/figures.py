"""From the long table of measurements to figures: sums of people, a statistic of the sums, an interval over people.

Every statistic here (a mean, a ratio of sums, an ICC of two judges) is a function of sums over lines. Pictures of one
person resemble each other, so people are left out one by one and not pictures, which only takes their sums away. An
interval says how much a figure would change with other people (chapter 12), and nothing about another training.
"""

import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float
from scipy.special import stdtrit

from lfes_core.action_units import INTENSITY_LETTERS
from lfes_core.evaluation.questions import UNITS
from lfes_core.evaluation.rows import BLURRED, ROWS

DIGITS = 4
SMALLEST_CHANGE = 0.01  # of a level: a smaller one is the rounding of a computer and no change of a face

OF_PAIRS = ("ssim", "ssim_moved", "l1_moved", "identity_right")
"""What is known of each answer to a held-out pair."""
FIGURES = (*OF_PAIRS[:3], "sharpness", "direction_right", "icc", "leakage", "attention_lift", "identity_right")
"""The figures of a report's first table, in its order."""

COLUMNS = ("row", "figure", "by", "group", "value", "low", "high", "n")
MOMENTS = ("count", "x", "y", "xx", "yy", "xy")  # the sums of which `icc` is made

Statistic = Callable[[Float[np.ndarray, "... sums"]], Float[np.ndarray, "..."]]
Found = Iterator[tuple[Any, ...]]  # of `COLUMNS`


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


def interval(value: float, without: Float[np.ndarray, " people"]) -> tuple[float, float]:
    """95 % interval of a statistic, from its values ``without`` each of the people; nan for fewer than two people.

    The jackknife's standard error (Efron and Tibshirani, 1993, Eq. 11.5) times Student's t of people - 1: with eight
    people it holds the true value about as often as it says, where percentiles of a bootstrap over people are too
    narrow (about 90 % for a mean; chapter 12).
    """
    people = len(without)
    if people < 2:
        return float("nan"), float("nan")
    error = np.sqrt((people - 1) / people * ((without - without.mean()) ** 2).sum())
    half = float(stdtrit(people - 1, 0.975) * error)
    return value - half, value + half


def summarize(
    lines: pd.DataFrame,
    figure: str,
    *groups: str,
    sums: tuple[str, ...] = ("value", "count"),
    statistic: Statistic = ratio,
    within: str = "",
) -> Found:
    """One statistic of every row and group, with its `interval` over people, as tuples of `COLUMNS`.

    A row of several trainings (seeds) has their mean, also without each of the people; the figures of `FIGURES` follow
    once more by seed. Its ``n`` is that of one of them. There is no figure where nothing is known.

    Args:
        lines: with the columns row, seed, person, value and those that are named here; nan is a value that is not
            known, and a person of whom nothing is known does not count.
        figure: what it is called.
        groups: for each grouping the columns of its groups; without any, all lines of a row are one group.
        sums: the columns that are added up for each person; ``count`` is 1 where the value is known.
        statistic: from these sums to a number.
        within: a column for each of whose values the statistic is taken by itself, and then its mean.
    """
    lines = lines.assign(count=lines["value"].notna().astype(float), value=lines["value"].fillna(0.0))
    for by in groups or ("",):
        keys = ["row", *by.split()]
        cells = [name for name in ("seed", "person", within) if name and name not in keys]
        added = lines.groupby(keys + cells, observed=True)[list(dict.fromkeys((*sums, "count")))].sum()
        for key, part in added.groupby(level=keys, observed=True):
            runs, people = (part.index.unique(level=name) for name in ("seed", "person"))
            table = part.to_numpy(float).reshape(len(runs), len(people), -1, part.shape[1])
            counts = table[..., list(part.columns).index("count")]
            table = table[:, counts.sum(axis=(0, 2)) > 0]
            whole = table.sum(axis=1, keepdims=True)
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore", RuntimeWarning)  # a mean of nothing is not known
                values, without = (
                    np.nanmean(statistic(several[..., : len(sums)]), axis=-1) for several in (whole, whole - table)
                )
                values, n = values[:, 0].round(DIGITS), round(counts[0].sum() / counts.shape[2])
                found = [(by, " ".join(map(str, key[1:])), values.mean(), without.mean(axis=0))]
                if len(runs) > 1 and not by and figure in FIGURES:
                    found += [("seed", str(seed), values[i], without[i]) for i, seed in enumerate(runs)]
                for name, group, value, others in found:
                    yield key[0], figure, name, group, value, *interval(float(value), others), n


def figures(measurements: pd.DataFrame, questions: pd.DataFrame) -> pd.DataFrame:
    """All figures of what `Ruler` measured and `question_table` asked, row by row; what is not known has no line."""
    rows = [*ROWS, BLURRED]
    lines = measurements.assign(
        seed=measurements["seed"].fillna(0).astype(int),
        row=pd.Categorical(measurements["row"], rows),
        person=pd.Categorical(measurements["person"].fillna(""), [*questions["person"].unique(), ""]),
        word=pd.Categorical(measurements["word"], ["noun", "and", "a"]),
    )
    found = sorted(_all(lines, questions), key=lambda line: rows.index(line[0]))
    table = pd.DataFrame(found, columns=COLUMNS).dropna(subset="value")
    pairs = (questions["set"] == "held_out").sum()
    table.loc[table["figure"] == "vse_distance", "n"] = pairs  # of two sets of so many pictures
    numbers = table[["value", "low", "high"]].astype(float).round(DIGITS) + 0.0  # no -0.0
    return table.assign(**numbers).reset_index(drop=True)


def _all(lines: pd.DataFrame, questions: pd.DataFrame) -> Found:
    """Every figure: how close the pictures are, whose face they show, what their words do, and the ruler's accuracy."""
    for name in (*OF_PAIRS, "identity_among_all", "vse_distance"):
        yield from summarize(_of(lines, name), name)

    for name, one, other in (
        ("sharpness", "edges_made", "edges_true"),
        ("change_made", "change_made", "change_true"),
        ("words_alone", "change_by_words", "change_by_sentence"),
    ):
        yield from summarize(_side_by_side(lines, one, other), name, "", "unit", sums=("value", "true"))

    # With the sums of which `icc` is made, x being the named level and y the measured one.
    level = _of(lines, "level")
    x, y = level["named"].astype(float), level["value"]
    level = level.assign(x=x, y=y, xx=x * x, yy=y * y, xy=x * y, error=(x - y).abs())
    agreement = partial(summarize, sums=MOMENTS, statistic=icc)
    single, held_out = (level[level["set"] == name] for name in ("single", "held_out"))
    own = single[single["unit"] == single["about"]]
    strongest = own.loc[own["named"] == own["named"].max(), "question"]
    yield from summarize(_exchanges(own), "direction_right", "", "apart", "pair", "unit", "unit pair")
    yield from summarize(single[single["question"].isin(strongest)], "response", "about unit")

    # Of each of the twelve Action Units all pictures count, also those that are asked to move another one.
    twelve = single[single["unit"].isin(UNITS)]
    yield from agreement(twelve, "icc", "", "unit", within="unit")
    yield from summarize(twelve[twelve["named"] > 0].assign(value=lambda level: level["error"]), "mae", "unit")
    yield from summarize(twelve, "measured", "unit named")

    # The estimator compares with the neutral face, so what it measures *is* the change. Leakage is the sum of what was
    # not named (in the mean of all Action Units that it knows, or of the one that changes most) over what was.
    silent = single.assign(silent=single["value"].abs().where(single["named"] == 0))
    for name, how, groups in (("leakage", "mean", ("", "unit")), ("leakage_largest", "max", ())):
        pictures = _by_picture(silent, unit=("about", "first"), named=("named", "max"), value=("silent", how))
        yield from summarize(pictures, name, *groups, sums=("value", "named"))

    # How much of a change lies in its region (``area``: by chance).
    for name in ("locality", "area"):
        yield from summarize(_of(lines, name), name, "", "unit")
    yield from _phrases(level, questions)

    # Over all named Action Units of all pictures together, for sets with too few pictures of each.
    named = held_out[(held_out["named"] > 0) & held_out["row"].isin(ROWS)]
    for name, chosen in (("several_icc", questions["n_named"] > 1), ("unseen_icc", questions["unseen"])):
        yield from agreement(named[named["question"].isin(questions.loc[chosen, "question"])], name)

    # Does a word look where its muscle is? Nouns and idle words in the same regions; a lift of 1 is chance.
    nouns = lines[lines["word"] == "noun"]
    yield from summarize(_of(nouns, "lift"), "attention_lift")
    for name in ("mass", "lift", "pointing"):
        yield from summarize(_of(lines, name), name, "level word")
        yield from summarize(_of(nouns, name), name, "level unit")
    yield from summarize(_of(nouns, "chance"), "chance", "level", "level unit")

    # The ruler's own accuracy on the true pictures of the held-out people, as they are and blurred.
    true = held_out[held_out["row"].isin(["truth", BLURRED]) & held_out["unit"].isin(UNITS)]
    true = true[true["named"].notna()]
    yield from agreement(true, "estimator_icc", "", "unit", within="unit")
    yield from summarize(true.assign(value=lambda level: level["error"]), "estimator_mae", "", "unit", within="unit")


def _of(lines: pd.DataFrame, measure: str) -> pd.DataFrame:
    return lines[lines["measure"] == measure]


def _side_by_side(lines: pd.DataFrame, one: str, other: str) -> pd.DataFrame:
    """Two measures of the same pictures, as ``value`` and ``true``; their sums are divided."""
    both = lines[lines["measure"].isin([one, other])]
    true = both["value"].where(both["measure"] == other)
    return both.assign(unit=both["about"], value=both["value"].where(both["measure"] == one), true=true)


def _exchanges(own: pd.DataFrame) -> pd.DataFrame:
    """Is the Action Unit stronger where the adverb is? Where nothing changes it is not: copy scores 0, a coin 0.5."""
    same = ["row", "seed", "person", "unit"]
    pairs = own.merge(own[[*same, "named", "value"]], on=same, suffixes=("", "_strong"))
    pairs = pairs[pairs["named"] < pairs["named_strong"]]
    letters = dict(enumerate(INTENSITY_LETTERS, start=1))
    return pairs.assign(
        value=(pairs["value_strong"] - pairs["value"] > SMALLEST_CHANGE).astype(float),
        pair=pairs["named"].map(letters) + "-" + pairs["named_strong"].map(letters),
        apart=pairs["named_strong"] - pairs["named"],
    )


def _phrases(level: pd.DataFrame, questions: pd.DataFrame) -> Found:
    """What a phrase changes, in levels: its own Action Unit alone should; other words (``paraphrase``) nothing."""
    other = level[["row", "seed", "question", "unit", "value"]].rename(columns={"question": "other"})
    pairs = questions.loc[questions["other"].notna(), ["question", "other"]].astype(int)
    both = level.merge(pairs, on="question")
    both = both.merge(other, on=["row", "seed", "other", "unit"], suffixes=("", "_other"))
    both["value"] -= both["value_other"]
    both["change"] = both["value"].abs()
    for name, sign in (("removed", -1), ("added", 1)):
        change = both[both["set"] == name].assign(value=sign * both["value"])
        own, others = change[change["unit"] == change["about"]], change[change["unit"] != change["about"]]
        right = own.assign(value=(own["value"] > SMALLEST_CHANGE).astype(float))
        yield from summarize(right, f"phrase_{name}")
        yield from summarize(own, f"phrase_{name}_change")
        yield from summarize(_by_picture(others, value=("change", "mean")), f"phrase_{name}_others")
        if name == "removed":  # as shares of what there was with the phrase, of its own muscle and of the others named
            for figure, part in (
                ("phrase_removed_share", own),
                ("phrase_removed_others_share", others[others["named"] > 0].assign(value=others["change"])),
            ):
                yield from summarize(part.assign(was=part["value_other"]), figure, sums=("value", "was"))
    named = both[(both["set"] == "reworded") & (both["named"] > 0)]
    yield from summarize(_by_picture(named, value=("change", "mean")), "paraphrase")


def _by_picture(lines: pd.DataFrame, **columns: tuple[str, str]) -> pd.DataFrame:
    """One line for each picture, its columns made as `pandas.DataFrame.agg` makes them."""
    pictures = lines.groupby(["row", "seed", "person", "question"], observed=True, as_index=False)
    return pictures.agg(**columns)

"""``report.md``: everything that ``report.json`` holds, as tables for people."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lfes_core.action_units import ACTION_UNITS
from lfes_core.evaluation.markdown_details import detail_sections
from lfes_core.evaluation.markdown_tables import cell, plain_number, section, table


def markdown(report: Mapping[str, Any]) -> Iterator[str]:
    """The lines of ``report.md``.

    Args:
        report: what ``report.json`` holds.
    """
    yield "# Evaluation"
    yield ""
    yield _what_was_asked(report["about"])
    yield ""
    if report["estimator"] is not None:
        yield _ruler(report["estimator"])
        yield ""
    yield from _figures(report["rows"], report["why_empty"])
    if report["about"].get("why_no_words"):
        yield ""
        yield f"Empty columns: {report['about']['why_no_words']}."
    yield from _aims(report["aims"])
    yield from _models(report["models"])
    yield from _seeds(report["details"])
    yield from _settings(report["about"])
    yield from _distances(report["details"], report["about"].get("published", {}))
    if report["estimator"] is not None:
        yield from _estimator(report["estimator"])
    yield from detail_sections(report["details"])


def _what_was_asked(about: Mapping[str, Any]) -> str:
    return (
        f"{about['data']}, {_people(len(about['people']))}, {about['pairs']} pairs, {about['exchanges']} "
        f"adverb exchanges{' (quick: a part of the questions)' if about['quick'] else ''}. In brackets: "
        f"95 % interval over people ({about['bootstrap_draws']} draws)."
    )


def _ruler(estimator: Mapping[str, Any]) -> str:
    """How far the words' figures can be trusted, before any of them."""
    return (
        "Action Units are measured by an estimator that shares nothing with the models. On the true pictures of these "
        f"people it agrees with the named levels at ICC(3,1) {estimator['mean_icc']:.3f}, MAE "
        f"{estimator['mean_mae']:.3f} levels (n = {estimator['n']}; each AU below)."
    )


def _people(count: int) -> str:
    return f"{count} held-out {'person' if count == 1 else 'people'}"


def _figures(rows: Mapping[str, Mapping[str, Any]], why_empty: Mapping[str, str]) -> Iterator[str]:
    names = list(next(iter(rows.values())))
    yield from table(
        ["row", *names], [[row, *(cell(found[name]) for name in names)] for row, found in rows.items()]
    )
    counts = {name: sorted({found[name]["n"] for found in rows.values() if found[name]}) for name in names}
    yield ""
    yield "n: " + ", ".join(
        f"{name} {' or '.join(f'{n:,}' for n in several)}" for name, several in counts.items() if several
    )
    if why_empty:
        yield ""
        yield "Rows without figures: " + "; ".join(f"`{row}`: {why}" for row, why in why_empty.items()) + "."


def _aims(aims: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if aims:
        yield from section("Aims")
        yield from table(
            ["figure", "row", "aim", "value", ""],
            [
                [
                    aim["figure"],
                    aim["row"],
                    aim["aim"],
                    f"{aim['value']:.3f}",
                    "reached" if aim["reached"] else "**not reached**",
                ]
                for aim in aims
            ],
        )


def _models(models: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    if not models:
        return
    yield from section("The weights, and what was spent on them")
    yield from table(
        [
            "row",
            "weights",
            "preset",
            "seed",
            "steps",
            "batch",
            "pictures seen",
            "minutes",
            "hardware",
            "SHA-256",
        ],
        [
            [
                row,
                f"`{run['weights']}`",
                run["preset"],
                str(run["seed"]),
                plain_number(run["steps"]),
                str(run["batch_size"]),
                plain_number(run["pictures"]),
                "-" if run["seconds"] is None else f"{run['seconds'] / 60:.0f}",
                run["hardware"] or "-",
                "-" if run["sha256"] is None else f"`{run['sha256'][:12]}`",
            ]
            for row, model in models.items()
            for run in model["runs"]
        ],
    )
    yield ""
    yield "Steps, batch, pictures and minutes are those of adversarial training (stage 2)."
    for run in (run for model in models.values() for run in model["runs"] if run.get("start")):
        yield (
            f"`{run['weights']}` did not begin with random weights but with those of the run "
            f"`{run['start']}`: its steps come on top."
        )


def _seeds(details: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    found = {row: detail["seeds"] for row, detail in details.items() if "seeds" in detail}
    if not found:
        return
    names = list(next(iter(found.values()))["spread"])
    lines = []
    for row, seeds in found.items():
        for run in seeds["runs"]:
            values = [plain_number(run["values"][name]) for name in names]
            lines.append([row, f"`{run['weights']}`", str(run["seed"]), *values])
        lines.append([row, "spread", "", *(plain_number(seeds["spread"][name]) for name in names)])
    yield from section("Each seed by itself")
    yield "The tables hold the mean over the seeds, with its interval over people; n counts one seed's measurements."
    yield ""
    yield from table(["row", "weights", "seed", *names], lines)


def _settings(about: Mapping[str, Any]) -> Iterator[str]:
    settings = ", ".join(f"{name}={value}" for name, value in about["ssim"].items())
    yield from section("Settings")
    yield (
        f"SSIM: `skimage.metrics.structural_similarity({settings})`; in the moved region the mean of its map. L1: "
        "mean absolute difference of the colors in 0..1. Moved region: where the true picture differs from the "
        f"neutral face by more than {about['moved_threshold']:g} of the range. Region of an Action Unit: where it "
        f"moves at least {about['region_share']:g} of what it moves most."
    )


def _distances(details: Mapping[str, Mapping[str, Any]], published: Mapping[str, str]) -> Iterator[str]:
    """What needs a network to compare pictures stands apart from the columns."""
    known = {row: found["vse_distance"] for row, found in details.items() if found.get("vse_distance")}
    if known:
        yield ""
        yield (
            "Frechet distance to the true pictures on this project's VSE (not FID; it shrinks as n grows): "
            + ", ".join(f"`{row}` {one['value']:.3f}" for row, one in known.items())
            + f"; n = {next(iter(known.values()))['n']}."
        )
    for name, how in published.items():
        found = {row: detail[name] for row, detail in details.items() if detail.get(name)}
        yield ""
        if not found:
            yield f"{name.upper()}: {how}."
        else:
            values = ", ".join(f"`{row}` {cell(one)}" for row, one in found.items())
            yield f"{name.upper()} ({how}): {values}; n = {next(iter(found.values()))['n']}."


def _estimator(estimator: Mapping[str, Any]) -> Iterator[str]:
    """The ruler's own accuracy, before anything that was measured with it."""
    blurred = estimator["by_unit_blurred"]
    yield from section("The estimator of Action Units, on true pictures of the held-out people")
    yield (
        f"ICC(3,1) {estimator['mean_icc']:.3f} and MAE {estimator['mean_mae']:.3f} levels in the mean over the "
        f"twelve Action Units; ICC {estimator['mean_icc_blurred']:.3f} where the pictures are blurred "
        f"({estimator['blur']:g} pixels); n = {estimator['n']}."
    )
    yield ""
    yield from table(
        ["AU", "ICC(3,1)", "MAE, levels", "ICC, blurred", "n"],
        [
            [
                f"{unit} {ACTION_UNITS[int(unit)].name}",
                plain_number(found["icc"]),
                plain_number(found["mae"]),
                plain_number(blurred[unit]["icc"]),
                str(found["n"]),
            ]
            for unit, found in estimator["by_unit"].items()
        ],
    )

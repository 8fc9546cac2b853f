"""Model cards as Markdown. What is measured is filled in; what the weights cannot do is written by a person."""

import hashlib
import math
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from torch import Tensor

from lfes_core.encoders import Retrieval
from lfes_core.errors import UserError
from lfes_core.weights import Stored
from tools.ship_weights.packing import BITS
from tools.ship_weights.run import Rows

HEADING = "## Limits"
WRITTEN_BY = "Each figure here was read from the run or measured, by `python -m tools.ship_weights`."


def read_limits(file: Path | None, card: Path) -> str:
    """The text of a file (a heading of its own is dropped), or the section of the card that is there.

    Raises:
        UserError: there is neither, or nothing is written in it.
    """
    source = file or card
    if not source.is_file():
        raise UserError(f"{source}: no such file; say with --limits FILE what the weights cannot do")
    text = source.read_text(encoding="utf-8")
    if HEADING in text or file is None:
        text = text.partition(HEADING)[2]
    if not text.strip():
        raise UserError(f"{source}: no limits are written there; give them with --limits FILE (Markdown)")
    return text.strip()


Pictures = tuple[Mapping[str, Any], pd.Series, pd.Series]
"""What a report says of itself; means and, over the people's own means, standard deviations: of the set ("ours") and
of "copy", each by measure ("ssim", "ssim_moved")."""

Matching = tuple[Retrieval, Retrieval, Tensor, Sequence[str]]
"""Retrieval in the run's full precision and as shipped; the cosines of the features f_s of each picture, after the
mean over all pictures is taken off, for the part that they share would hide what was lost; the people."""


def synthesizer_card(name: str, rows: Rows, stored: Stored, found: Pictures, limits: str) -> str:
    """The card of a set that synthesizes. The rest of its title is what the command ``weights`` prints."""
    about, means, spreads = found
    design = "moves pixels (our extension)" if stored.config.networks.synthesizer.moves else "the paper's design"
    title = (
        f"{design}, preset `{stored.config.preset}`, {_millions(stored)}; SSIM where the face moves "
        f"{means['ours', 'ssim_moved']:.3f}, copy {means['copy', 'ssim_moved']:.3f}"
    )
    what = (
        "The four networks that turn a face and a sentence into a picture (LSE, conditioning augmentation, FFE, MES), "
        f'in float16, {_size(stored)}: `Synthesizer.load("{name}")`. The header holds configuration and vocabulary. '
        f'What they were trained against is there as `Discriminators.load("{name}")`.'
    )
    how = (
        f"All {about['pairs']} held-out pairs of {_people(about['people'])}, sentences of seed 0. Mean, and in "
        "brackets the standard deviation over the people. SSIM by scikit-image "
        f"({', '.join(f'{key}={value}' for key, value in about['ssim'].items())}). *Copy* returns the neutral face "
        "unchanged. Moved region: where the true picture differs from the neutral face by more than "
        f"{about['moved_threshold']} of the range."
    )
    table = ["| | whole picture | moved region |", "|---|---|---|"]
    for row, whose in (("these weights", "ours"), ("copy", "copy")):
        cells = [_figure(means[whose, key], spreads[whose, key]) for key in ("ssim", "ssim_moved")]
        table.append(f"| {row} | {' | '.join(cells)} |")
    return _card(f"# `{name}`: {title}", what, rows, stored, how, table, limits)


def matching_card(rows: Rows, stored: Stored, found: Matching, limits: str) -> str:
    """The card of LSE and VSE."""
    before, after, cosines, people = found
    title = (
        f"LSE and VSE, {_millions(stored)}; R@1 in {after.group_size} pairs: "
        f"sentence of a picture {after.image_to_sentence.value:.3f}, picture of a sentence "
        f"{after.sentence_to_image.value:.3f}, chance {after.chance:.3f}"
    )
    what = (
        "The two encoders that say how well a sentence fits a picture; the default set was trained with them. LSE and "
        f"the first layers of VSE (Inception-v3) are in float16, its other weights in {BITS} bits with one scale for "
        f"each output channel: {_size(stored)}."
    )
    how = (
        f"R@1 in {after.groups} groups of {after.group_size}, drawn with seed {after.seed} from all {after.pairs} "
        f"held-out pairs of {_people(people)}. Pairs with the same Action Units and intensities are equally right. In "
        "brackets the standard deviation over the groups. The features f_s as shipped, against full precision and "
        f"after the mean over all pictures is taken off: cosine {float(cosines.mean()):.4f} on average, "
        f"{float(cosines.min()):.4f} at least."
    )
    table = ["| | picture to sentence | sentence to picture |", "|---|---|---|"]
    for form, one in (("full precision", before), (f"as shipped, {BITS} bits", after)):
        recalls = (one.image_to_sentence, one.sentence_to_image)
        table.append(f"| {form} | {' | '.join(_figure(r.value, r.spread) for r in recalls)} |")
    table.append(f"| chance | {after.chance:.3f} | {after.chance:.3f} |")
    return _card(f"# `matching`: {title}", what, rows, stored, how, table, limits)


def file_row(path: Path, name: str = "") -> tuple[str, str]:
    """A row of a card: a file of weights, and its checksum, with which a copy can be compared."""
    return f"`{name or path.name}`", f"SHA-256 `{hashlib.sha256(path.read_bytes()).hexdigest()}`, as `sha256sum` says"


def _card(title: str, what: str, rows: Rows, stored: Stored, how: str, table: Sequence[str], limits: str) -> str:
    begun = "; the run that it started with is not part of the package" if "start" in stored.facts else ""
    rows = [
        *rows,
        ("replay", f"that command, with that seed{begun}. Other processors round otherwise: the same run, other bits"),
        ("SHA-256", f"`{stored.sha256}` over all tensors, compared at every load"),
        file_row(stored.path),
    ]
    if (judges := stored.path.parent / (beside := f"discriminators/{stored.path.name}")).is_file():
        rows.append(file_row(judges, beside))
    about = ["| | |", "|---|---|", *(f"| {name} | {text} |" for name, text in rows)]
    what, how = (
        textwrap.fill(text, 120, break_long_words=False, break_on_hyphens=False)
        for text in (f"{what} {WRITTEN_BY}", how)
    )
    parts = (title, what, "\n".join(about), "## Numbers", how, "\n".join(table), HEADING, limits)
    return "\n\n".join(parts) + "\n"


def _millions(stored: Stored) -> str:
    return f"{sum(tensor.numel() for tensor in stored.tensors.values()) / 1e6:.1f} million numbers"


def _people(names: Sequence[str]) -> str:
    return f"{len(names)} people whom training never saw ({', '.join(sorted(names))})"


def _figure(value: float, spread: float) -> str:
    return f"{value:.3f}" + ("" if math.isnan(spread) else f" ({spread:.3f})")


def _size(stored: Stored) -> str:
    return f"{stored.path.stat().st_size / 1e6:.1f} MB"

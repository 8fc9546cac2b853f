"""Model cards as Markdown. What is measured is filled in; what the weights cannot do is written by a person."""

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lfes_core.encoders import Recall
from lfes_core.errors import UserError
from lfes_core.metrics import MOVED_THRESHOLD, SSIM_SETTINGS
from lfes_core.weights import BITS, Stored
from tools.ship_weights.matching import MatchingQuality
from tools.ship_weights.pictures import PictureQuality
from tools.ship_weights.run import Rows, RunFacts

HEADING = "## Limits"
WRITTEN_BY = "Each figure here was read from the run or measured, by `python -m tools.ship_weights`."


@dataclass(frozen=True)
class Limits:
    """The section that a person writes, and whether it was kept from the card before."""

    text: str
    kept: bool

    @classmethod
    def read(cls, file: Path | None, card: Path) -> "Limits":
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
        return cls(text.strip(), kept=file is None)


def synthesizer_card(
    name: str,
    run: RunFacts,
    stored: Stored,
    quality: PictureQuality,
    limits: Limits,
) -> str:
    """The card of a set that synthesizes. The rest of its title is what the command ``weights`` prints."""
    skips = stored.config.networks.synthesizer.skips
    design = "with skip connections (our extension)" if skips else "the paper's design"
    title = (
        f"{design}, preset `{stored.config.preset}`, {_millions(stored)}; "
        f"SSIM where the face moves {quality.moved_ssim.mean:.3f}, copy {quality.copy_moved_ssim.mean:.3f}"
    )
    what = _paragraph(
        "The four networks that turn a face and a sentence into a picture (LSE, conditioning augmentation, FFE, MES),",
        f'in float16, {_size(stored)}: `Synthesizer.load("{name}")`. The header holds configuration and vocabulary.',
        WRITTEN_BY,
    )
    how = _paragraph(
        f"All {quality.pairs} held-out pairs of {_people(quality.people)}, sentences of seed {quality.seed}. Mean,",
        "and in brackets the standard deviation over the people. SSIM by scikit-image",
        f"({', '.join(f'{key}={value}' for key, value in SSIM_SETTINGS.items())}). *Copy* returns the neutral face",
        "unchanged. Moved region: where the true picture differs from the neutral face by more than",
        f"{MOVED_THRESHOLD} of the range.",
    )
    table = [
        "| | whole picture | moved region |",
        "|---|---|---|",
        f"| these weights | {quality.ssim} | {quality.moved_ssim} |",
        f"| copy | {quality.copy_ssim} | {quality.copy_moved_ssim} |",
    ]
    rows = [*run.data, *run.matching, *run.adversarial, *run.machine, _checksum(stored)]
    return _card(f"# `{name}`: {title}", what, rows, how, table, limits)


def matching_card(run: RunFacts, stored: Stored, quality: MatchingQuality, limits: Limits) -> str:
    """The card of LSE and VSE."""
    before, after = quality.before, quality.after
    title = (
        f"LSE and VSE, {_millions(stored)}; R@1 in {after.group_size} pairs: "
        f"sentence of a picture {after.image_to_sentence.value:.3f}, picture of a sentence "
        f"{after.sentence_to_image.value:.3f}, chance {after.chance:.3f}"
    )
    what = _paragraph(
        "The two encoders that say how well a sentence fits a picture; the default set was trained with them.",
        "LSE and the first layers of VSE (Inception-v3) are in float16, its other weights in",
        f"{BITS} bits with one scale for each output channel: {_size(stored)}.",
        WRITTEN_BY,
    )
    how = _paragraph(
        f"R@1 in {after.groups} groups of {after.group_size}, drawn with seed {after.seed} from all {after.pairs}",
        f"held-out pairs of {_people(quality.people)}. Pairs with the same Action Units and intensities are equally",
        "right. In brackets the standard deviation over the groups. The features f_s as shipped, against full",
        f"precision and after the mean over all pictures is taken off: cosine {float(quality.cosines.mean()):.4f}",
        f"on average, {float(quality.cosines.min()):.4f} at least.",
    )
    table = ["| | picture to sentence | sentence to picture |", "|---|---|---|"]
    for form, found in (("full precision", before), (f"as shipped, {BITS} bits", after)):
        table.append(f"| {form} | {_recall(found.image_to_sentence)} | {_recall(found.sentence_to_image)} |")
    table.append(f"| chance | {after.chance:.3f} | {after.chance:.3f} |")
    rows = [*run.data, *run.matching, *run.machine, _checksum(stored)]
    return _card(f"# `matching`: {title}", what, rows, how, table, limits)


def _card(title: str, what: str, rows: Rows, how: str, table: Sequence[str], limits: Limits) -> str:
    about = "\n".join(["| | |", "|---|---|", *(f"| {name} | {text} |" for name, text in rows)])
    numbers = "\n".join(table)
    parts = (title, what, about, "## Numbers", how, numbers, HEADING, limits.text)
    return "\n\n".join(parts) + "\n"


def _paragraph(*words: str) -> str:
    return textwrap.fill(" ".join(words), 120, break_long_words=False, break_on_hyphens=False)


def _checksum(stored: Stored) -> tuple[str, str]:
    return "SHA-256", f"`{stored.sha256}` over all tensors, compared at every load"


def _millions(stored: Stored) -> str:
    return f"{sum(tensor.numel() for tensor in stored.tensors.values()) / 1e6:.1f} million numbers"


def _people(names: Sequence[str]) -> str:
    return f"{len(names)} people whom training never saw ({', '.join(names)})"


def _recall(recall: Recall) -> str:
    return f"{recall.value:.3f}" + ("" if math.isnan(recall.spread) else f" ({recall.spread:.3f})")


def _size(stored: Stored) -> str:
    return f"{stored.path.stat().st_size / 1e6:.1f} MB"

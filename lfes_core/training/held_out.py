"""People whom training never sees: pictures by SSIM beside copy, a grid to look at, and retrieval after matching."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from lightning_fabric import Fabric
from PIL import Image
from torch.nn import functional

from lfes_core.config import IMAGE_SIZE
from lfes_core.datasets.pairs import Batch, ExpressionPairs, collate
from lfes_core.encoders import Retrieval, measure_retrieval, share_of_variance
from lfes_core.images import to_uint8
from lfes_core.metrics import (
    SSIM_SETTINGS,
    Closeness,
    closeness,
    edge_energy,
    frechet_distance,
    moved_region,
    to_unit_range,
)

Network = Callable[..., Any]  # or what behaves like one

GRID_ROWS = 4  # faces in a sample grid
RETRIEVAL_PAIRS = 400  # spread evenly over the held-out part

_PART = 8
_AT_ONCE = 25


class HeldOut:
    """``count`` pairs of the validation people, whom training never sees, spread evenly, the same at every step.

    ``frames`` are those of the targets; ``shown``, frame and sentence of each row of the sample grid.
    """

    def __init__(self, pairs: ExpressionPairs, count: int) -> None:
        chosen = _spread(len(pairs), count)
        items = [pairs[index] for index in chosen]
        self.frames = [pairs.frames[index] for index in chosen]
        self.parts: list[Batch] = [collate(items[i : i + _PART]) for i in range(0, len(items), _PART)]
        pictures = [(to_unit_range(item.neutral), to_unit_range(item.target)) for item in items]
        self._moved = [moved_region(neutral, target) for neutral, target in pictures]
        self._copy = [closeness(*both, moved) for both, moved in zip(pictures, self._moved, strict=True)]
        rows = self._most_moved()
        self._grid = collate([items[index] for index in rows])
        self.shown = [(self.frames[index], items[index].sentence) for index in rows]

    def settings(self) -> str:
        """One line that says what is measured, and how."""
        arguments = ", ".join(f"{name}={value}" for name, value in SSIM_SETTINGS.items())
        return f"held-out SSIM: {len(self.frames)} pairs, skimage.metrics.structural_similarity({arguments})"

    def measure(self, fabric: Fabric, language: Network, visual: Network, generator: Network) -> dict[str, float | int]:
        """What to watch, as columns of the metrics.

        SSIM of the synthesizer and of copy, of the whole picture and of the moved region (nan where nothing moved),
        means over the pairs; sharpness there; and the Frechet distance of made and true pictures in the space of VSE,
        which is comparable along a run only: it depends on the number of pairs.
        """
        found: list[Closeness] = []
        edges = np.zeros(2)
        features: list[list[torch.Tensor]] = [[], []]
        for part in self.parts:
            images = synthesize(fabric, language, generator, part)[-1]
            for kept, pictures in zip(features, (images, part.target), strict=True):
                with torch.no_grad(), fabric.autocast():
                    kept.append(visual(fabric.to_device(pictures)).image.cpu().double())
            for both in zip(images, part.target, strict=True):
                made, true = (to_unit_range(picture) for picture in both)
                moved = self._moved[len(found)]
                edges += edge_energy(made, moved), edge_energy(true, moved)
                found.append(closeness(made, true, moved))
        means: dict[str, float | int] = {}
        for start, each in (("", found), ("copy_", self._copy)):
            for name in ("ssim", "ssim_moved"):
                known = [value for one in each if not np.isnan(value := getattr(one, name))]
                means[f"{start}{name}"] = float(np.mean(known)) if known else float("nan")
        distance = frechet_distance(*(torch.cat(kept).numpy() for kept in features)) if len(found) > 1 else math.nan
        means |= {"sharpness": edges[0] / edges[1] if edges[1] else math.nan, "vse_distance": distance}
        return means | {"pairs": len(found)}

    def grid(self, fabric: Fabric, language: Network, generator: Network) -> Image.Image:
        """Rows of one person each: neutral | level 1 | level 2 | level 3 | target, 256x256 pixels each."""
        synthesized = synthesize(fabric, language, generator, self._grid)
        columns = [self._grid.neutral, *synthesized, self._grid.target]
        size = (IMAGE_SIZE, IMAGE_SIZE)
        rows = torch.cat([functional.interpolate(column, size) for column in columns], dim=-1)
        return Image.fromarray(np.concatenate(list(to_uint8(rows)), axis=0))

    def _most_moved(self) -> list[int]:
        """The pairs whose faces move most, one of each person as long as there are enough people."""
        order = sorted(range(len(self.frames)), key=lambda index: -self._moved[index].mean())
        people: dict[str, list[int]] = {}
        for index in order:
            people.setdefault(self.frames[index].subject, []).append(index)
        # First everybody's most moved pair, then everybody's second, ...
        return sorted(order, key=lambda index: people[self.frames[index].subject].index(index))[:GRID_ROWS]


@torch.no_grad()
def synthesize(fabric: Fabric, language: Network, generator: Network, batch: Batch) -> tuple[torch.Tensor, ...]:
    """The three levels of a batch, on the CPU in float32, with the mean of the condition (nothing is drawn)."""
    neutral, tokens, lengths = (fabric.to_device(x) for x in (batch.neutral, batch.tokens, batch.lengths))
    with fabric.autocast():
        words, sentence, mask = language(tokens, lengths)
        generated = generator(neutral, words, sentence, mask, sample=False)
    return tuple(image.float().cpu() for image in generated.levels.images)


@torch.no_grad()
def measure_matching(
    fabric: Fabric, encoders: Network, pairs: ExpressionPairs
) -> tuple[Retrieval, dict[str, float | int]]:
    """R@1 of the encoders (in evaluation mode) among the validation people, on the same pairs at every call.

    Beside it stand the columns of the metrics; ``gender_share`` is the share of the sentence vectors' variance that is
    the subject ("a woman", "a man"), 0..1. Near 1 the encoders tell women from men and read nothing else.
    """
    chosen = _spread(len(pairs), RETRIEVAL_PAIRS)
    images, sentences, labels, genders = [], [], [], []
    for start in range(0, len(chosen), _AT_ONCE):
        batch = collate([pairs[index] for index in chosen[start : start + _AT_ONCE]])
        target, tokens, lengths = (fabric.to_device(x) for x in (batch.target, batch.tokens, batch.lengths))
        with fabric.autocast():
            language, visual = encoders(target, tokens, lengths)
        images.append(visual.image.float().cpu())
        sentences.append(language.sentence.float().cpu())
        labels.append(batch.labels)
        genders += [description.subject for description in batch.descriptions]
    vectors = torch.cat(sentences)
    found = measure_retrieval(torch.cat(images), vectors, torch.cat(labels))
    return found, {
        "r1_image_to_sentence": found.image_to_sentence.value,
        "r1_sentence_to_image": found.sentence_to_image.value,
        "r1_chance": found.chance,
        "gender_share": share_of_variance(vectors, genders),
        "pairs": found.pairs,
    }


def _spread(pairs: int, count: int) -> list[int]:
    """So many numbers of pairs, or all, spread evenly."""
    chosen = np.linspace(0, pairs - 1, min(count, pairs)).round().astype(int).tolist()
    return list(dict.fromkeys(chosen))

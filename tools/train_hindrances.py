"""Train what sees open mouths and glasses: ``python -m tools.train_hindrances --out FILE.safetensors``.

Only rendered training people are shown, disturbed in many ways, and no photograph. The recipe is fixed; the figures of
held-out people, and of photographs where a table of them is given, are computed once, at the end.
"""

import argparse
import csv
import io
import math
import random
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, UInt8
from PIL import Image
from torch import Tensor
from tqdm import tqdm

from lfes_core.datasets import FaceDataset, Frame, open_dataset
from lfes_core.datasets.augmentation import like_a_phone
from lfes_core.errors import UserError
from lfes_core.files import write_text
from lfes_core.hindrances import LEAST_SURE, WARNINGS, Watcher
from lfes_core.images import align, face_crop, read_image, similarity, to_tensor, to_uint8
from lfes_core.photographs import FIVE, TURNED_AWAY, find_faces
from tools.exit_code import exit_code
from tools.scan_faces.glasses import wears_glasses
from tools.scan_faces.person import draw_person
from tools.scan_faces.plan import plan
from tools.ship_weights.cards import file_row

BATCH, LEARNING_RATE, WEIGHT_DECAY = 64, 6e-3, 0.05
ARCHIVE_SEED = 1  # what `python -m tools.scan_faces` takes if it is not told otherwise
PARTS_LIPS = {25: 3, 26: 2, 27: 1, 10: 4, 16: 4, 22: 4}  # Action Units that do it from this intensity on
HELD_OUT = 20  # pairs of pictures of each person who is held out

CARD = """\
# `hindrances.safetensors`: is the mouth open, are glasses worn?

Four convolutions and a linear layer, {numbers:,} numbers in float16. They see the middle of a face on the frame, 80x80
pixels, and its mirror image, and warn from a share of {least}.

| | |
|---|---|
| data | ScanFaces: {pictures:,} pictures of {people:,} training people; no photograph |
| command | `python -m tools.train_hindrances --data scanfaces:FILE --out hindrances.safetensors --pairs {pairs} \
--steps {steps}`, FILE being an archive of `python -m tools.scan_faces` with `--subjects {people}` |
| seed, software | {seed}, torch {torch}; a step shows 64 pictures |
| {file} |

## What it finds

Held-out people are rendered, and disturbed as their files and cameras are in training. Photographs are public ones;
*those to choose by* helped to choose the recipe and the shares above, the others were asked once, in the end; among
them are many hard ones (dark, covered, turned, painted). Open means lips apart by more than 0.15 of the distance of the
eyes, closed less than 0.02, and *ajar* 0.05 to 0.15.

| pictures | of | found | warned without reason |
|---|---|---|---|
{rows}

## Limits

A mouth a little open, thin rims and glasses without rims are missed now and then; a beard, deep shadows or things in
front of the face may be taken for either. Nothing is said of hands, masks, or hair over the eyes.
"""

Crops = tuple[UInt8[Tensor, "n 3 80 80"], Float[Tensor, "n 2"]]
"""Faces, and whether each has an open mouth and glasses: 0, 1 or nan for what is in between or not known."""


def wearers(people: int) -> set[str]:
    """Who wears glasses, as the renderer decides it for each person by name."""
    everybody = plan(max(people, 1), 8, 16, ARCHIVE_SEED, frames=2)
    return {one.name for one in everybody if wears_glasses(draw_person(one.seed, one.gender))}


def open_mouth(frame: Frame) -> float:
    """1 where teeth or a gap are seen between the lips, 0 where they are closed, nan where they are hardly parted."""
    levels = [(unit, frame.action_units.get(unit) or 0) for unit in PARTS_LIPS]
    if any(level >= PARTS_LIPS[unit] for unit, level in levels):
        return 1.0
    return math.nan if any(level for _, level in levels) else 0.0


def read_crops(dataset: FaceDataset, people: Sequence[str], pairs: int, seed: int, progress: bool = False) -> Crops:
    """So many pairs of neutral face and expression of each person, as cameras and files spoil them.

    People with glasses are shown as often as the others.
    """
    r, glasses, targets = random.Random(seed), wearers(len(dataset.subjects)), defaultdict(list)
    for frame in dataset.targets():
        targets[frame.subject].append(frame)
    with_, without = ([one for one in people if targets[one] and (one in glasses) == worn] for worn in (True, False))
    if not with_ or not without:
        raise UserError(f"{dataset.tree.root} has not people with and people without glasses to show")
    crops, labels = [], []
    for number in tqdm(range(pairs * len(people)), desc="crops", unit="pair", disable=not progress, leave=False):
        group = (with_, without)[number % 2]
        frame = r.choice(targets[group[number // 2 % len(group)]])
        pair = torch.stack([to_tensor(dataset.face(one)) for one in (dataset.neutral_of(frame), frame)])
        if r.random() < 0.85:
            drawn = torch.Generator().manual_seed(r.randrange(2**31))
            pair, _ = like_a_phone(pair, torch.zeros(3, 64, 64), drawn)
        pictures = to_uint8(pair)
        if r.random() < 0.5:
            size, quality = r.randrange(64, 257), r.randrange(15, 80)
            pictures = np.stack([_coarse(picture, size, quality) for picture in pictures])
        crops.append(face_crop(pictures))
        labels += [[0.0, float(frame.subject in glasses)], [open_mouth(frame), float(frame.subject in glasses)]]
    return torch.cat(crops), torch.tensor(labels)


def _coarse(picture: np.ndarray, size: int, quality: int) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(picture).resize((size, size), Image.Resampling.BOX).save(file, "JPEG", quality=quality)
    return np.array(Image.open(file).resize(picture.shape[:2], Image.Resampling.BICUBIC))


def varied(crops: UInt8[Tensor, "n 3 80 80"], r: torch.Generator) -> Float[Tensor, "n 3 80 80"]:
    """Crops 0..1 of other heads and cameras: mirrored, stretched, sheared, shifted, lit from a side, blurred, noisy."""

    def drawn(spread: float, *shape: int) -> Tensor:
        return spread * torch.randn(len(crops), *shape, generator=r)

    theta = torch.eye(2, 3) + drawn(0.05, 2, 3) + drawn(0.08, 1, 1) * torch.eye(2, 3)
    theta[:, :, :2] += drawn(0.06, 1, 1) * torch.tensor([[0.0, -1.0], [1.0, 0.0]])
    theta[:, :, 0] *= drawn(1.0, 1).sign()
    grid = F.affine_grid(theta, list(crops.shape), align_corners=False)
    shown = F.grid_sample(crops / 255.0, grid, padding_mode="border", align_corners=False)
    slope, across = drawn(0.35, 1, 2, 1, 1), torch.linspace(-1, 1, crops.shape[-1])
    light = (slope[:, :, 0] * across + slope[:, :, 1] * across[:, None]).exp()
    contrast = 0.45 + torch.rand(len(crops), 1, 1, 1, generator=r)
    shown = torch.where(drawn(1.0, 1, 1, 1) > 0.5, F.avg_pool2d(shown, 3, stride=1, padding=1), shown)
    stains = F.interpolate(drawn(1.0, 1, 12, 12), crops.shape[-1], mode="bilinear")
    shown = (shown * light - 0.5) * contrast + 0.5 + drawn(0.05, 3, 1, 1) + drawn(0.08, 1, 1, 1) * stains
    return (shown + drawn(0.02, 1, 1, 1) * drawn(1.0, *shown.shape[1:])).clamp(0, 1)


def fit(crops: Crops, steps: int, seed: int, progress: bool = False) -> Watcher:
    """Train a network; the seed decides everything."""
    torch.manual_seed(seed)
    network, r = Watcher().train(), torch.Generator().manual_seed(seed)
    optimizer = torch.optim.AdamW(network.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=steps)
    for _ in tqdm(range(steps), desc="hindrances", unit="step", disable=not progress, leave=False):
        chosen = torch.randint(len(crops[0]), (BATCH,), generator=r)
        pictures, wanted = varied(crops[0][chosen], r), crops[1][chosen]
        with torch.autocast("cpu", torch.bfloat16):
            answers = network(pictures).float()
        known = ~wanted.isnan()
        loss = F.binary_cross_entropy_with_logits(answers[known], wanted[known])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return network.eval().requires_grad_(False)


def read_photographs(table: Path) -> Iterator[tuple[str, Crops]]:
    """Faces on the frame by the set that they belong to; photographs without one face are left out.

    A row of the table names the file, beside it, the set, and mouth and glasses: 0, 1 or nothing if it is open.
    """
    sets: dict[str, list[tuple[np.ndarray, list[float]]]] = defaultdict(list)
    for row in csv.DictReader(io.StringIO(table.read_text("utf-8"))):
        picture = read_image(table.parent / row["file"])
        found = [face for face in find_faces(picture) if abs(face.turn) <= TURNED_AWAY]
        with suppress(UserError):  # somebody who is not upright
            if len(found) == 1:
                crop = align(picture, similarity(found[0].points, FIVE))
                sets[row["set"]].append((crop, [float(row[what] or "nan") for what in WARNINGS]))
    for name, rows in sets.items():
        yield name, (face_crop(np.stack([crop for crop, _ in rows])), torch.tensor([wanted for _, wanted in rows]))


def counted(watcher: Watcher, crops: Crops) -> dict[str, list[int]]:
    """Of each hindrance, how many pictures show it, how many of them are warned of; how many do not, and still are."""
    said = watcher.shares(crops[0]) >= torch.tensor([*LEAST_SURE.values()])
    there = {what: (crops[1][:, column] == 1, crops[1][:, column] == 0) for column, what in enumerate(LEAST_SURE)}
    return {
        what: [int(each.sum()) for each in (yes, yes & said[:, column], no, no & said[:, column])]
        for column, (what, (yes, no)) in enumerate(there.items())
    }


def card(watcher: Watcher, file: Path) -> str:
    """The card of a trained network in Markdown: all its numbers are read from its file, none is typed."""
    rows = [
        f"| {name} | {what} | {found} of {shown} | {false} of {others} |"
        for name, each in watcher.facts["found"].items()
        for what, (shown, found, others, false) in each.items()
        if shown or others
    ]
    return CARD.format(
        numbers=sum(parameter.numel() for parameter in watcher.parameters()),
        least=" and ".join(f"{least} for {what}" for what, least in LEAST_SURE.items()),
        rows="\n".join(rows),
        file=" | ".join(file_row(file)),
        **watcher.facts,
    )


def train_and_save(options: argparse.Namespace, progress: bool = False) -> None:
    """Trains on training people, measures on held-out ones, writes the file and its card."""
    if not options.out.parent.is_dir():
        raise UserError(f"{options.out.parent} is no folder: make it first")
    dataset, shipped = open_dataset(options.data), open_dataset("scanfaces")
    held_out = (*shipped.validation_subjects, *shipped.test_subjects)
    people = [one for one in dataset.subjects if one not in held_out]
    asked = dict(read_photographs(options.photographs)) if options.photographs else {}
    crops = read_crops(dataset, people, options.pairs, options.seed, progress)
    watcher = fit(crops, options.steps, options.seed, progress)
    asked = {"held-out people": read_crops(shipped, held_out, HELD_OUT, options.seed, progress)} | asked
    settings = {name: getattr(options, name) for name in ("pairs", "steps", "seed")}
    size = {"people": len(people), "pictures": len(crops[0]), "torch": torch.__version__}
    watcher.facts = settings | size | {"found": {name: counted(watcher, each) for name, each in asked.items()}}
    watcher.save(options.out)
    write_text(options.out.with_suffix(".md"), card(watcher, options.out))
    print(f"{options.out}: {options.out.stat().st_size:,} bytes")


def main(argv: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", default="scanfaces", help="scanfaces or scanfaces:ARCHIVE, the people to train on")
    parser.add_argument("--out", type=Path, required=True, help="the file to write, .safetensors")
    parser.add_argument("--pairs", type=int, default=4, help="pairs of pictures of each person (default: 4)")
    parser.add_argument("--steps", type=int, default=2000, help=f"updates of {BATCH} pictures (default: 2000)")
    parser.add_argument("--seed", type=int, default=0, help="of everything that is drawn (default: 0)")
    parser.add_argument("--photographs", type=Path, help="a table of photographs to ask in the end (read_photographs)")
    options = parser.parse_args(argv)
    return exit_code(lambda: train_and_save(options, sys.stderr.isatty()), lambda: "interrupted: nothing was written")


if __name__ == "__main__":
    sys.exit(main())

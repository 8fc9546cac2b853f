"""Train the intensity estimator: ``python -m tools.train_estimator --out FILE.safetensors``.

Only training people are shown. Pictures are disturbed as a synthesizer would disturb them (blur, color, shift,
soft stains), so that the estimator must look at the movement and not at the sharpness of a rendering. The recipe
is fixed, nothing is chosen by the held-out people; their figures are computed once, at the end.
"""

import argparse
import math
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor
from tqdm import tqdm

from lfes_core.action_units import ACTION_UNITS
from lfes_core.datasets import FaceDataset, Frame, open_dataset, split
from lfes_core.errors import UserError
from lfes_core.evaluation.estimator import IntensityMeter
from lfes_core.evaluation.figures import icc_3_1
from lfes_core.evaluation.questions import UNITS
from lfes_core.files import write_text
from lfes_core.images import FACE_SIZE, face_crop
from lfes_core.training.checkpoint import load_checkpoint, save_checkpoint
from tools.exit_code import exit_code
from tools.ship_weights.cards import file_row

BATCH = 64
LEARNING_RATE = 3e-3
WEIGHT_DECAY = 1e-3
CHECKPOINT_INTERVAL = 50


CARD = """\
# `estimator.safetensors`: how strong is each Action Unit in a picture?

The ruler of `python -m lfes_core evaluate`: four convolutions and a linear layer, {numbers:,} numbers in \
float16, for {units} Action Units. It is shown a picture and the neutral picture of the same \
person, and answers with intensities from 0 (absent) to 5 (E). It shares nothing with the networks that it judges.

| | |
|---|---|
| data | ScanFaces: {pictures} |
| command | `python -m tools.train_estimator --data scanfaces:FILE --out estimator.safetensors --steps {steps}`, \
FILE being an archive of `python -m tools.scan_faces` with `--subjects {people} --frames 20` |
| seed | {seed}; a step shows 64 pictures |
| software, time | torch {torch}; {minutes:.0f} minutes by the clock, on a CPU that it shared |
| {file} |

## Accuracy on held-out people

True pictures of {tested} people, n = {n} for each Action Unit. ICC(3,1) of Shrout and Fleiss (1979) with the true \
level, over all pictures, 0 where the Action Unit is absent; MAE in levels over the same pictures. Computed once, \
after training; nothing was chosen by it.

| Action Unit | ICC(3,1) | MAE |
|---|---|---|
{rows}

## Limits

- Frontal rendered faces only: it says nothing about photographs.
- It was trained on pictures that were blurred, tinted, shifted and stained, and not on synthesized ones. The report \
therefore repeats its accuracy on blurred true pictures. A synthesizer's own mistakes may mislead it more than blur \
does.
- A synthesizer must not be trained against it: a ruler that is aimed at is a ruler no more.
"""


@dataclass(frozen=True)
class Faces:
    """Cropped pictures of one part of a dataset, [n 3 80 80] bytes; levels [n units], nan where not labelled."""

    pictures: Tensor
    neutrals: Tensor
    levels: Tensor


def read_faces(dataset: FaceDataset, part: str, units: tuple[int, ...], progress: bool = False) -> Faces:
    """Decode all frames of a part, neutral ones included, with the intensities 0 to 5 of `units`."""
    frames = split(dataset, part)
    if not frames:
        raise UserError(f"{dataset.tree.root} has nobody for {part}")
    cropped = {
        frame.image: face_crop(dataset.face(frame)[None])[0]
        for frame in tqdm(frames, desc=f"{part} pictures", unit="picture", disable=not progress, leave=False)
    }
    return Faces(
        torch.stack([cropped[frame.image] for frame in frames]),
        torch.stack([cropped[dataset.neutral_of(frame).image] for frame in frames]),
        torch.tensor([[_level(frame, unit) for unit in units] for frame in frames]),
    )


def units_of(dataset: FaceDataset) -> tuple[int, ...]:
    """Every Action Unit that occurs in a dataset, in ascending order."""
    return tuple(sorted({unit for frame in dataset.targets() for unit in frame.description.action_units}))


def _level(frame: Frame, unit: int) -> float:
    """0 where absent; nan where it is not known, and where it is present without an intensity."""
    level = frame.action_units.get(unit, 0)
    return float("nan") if level is None or unit in frame.missing else float(level)


def disturbed(
    picture: Float[Tensor, "batch 3 80 80"], neutral: Float[Tensor, "batch 3 80 80"], r: torch.Generator
) -> tuple[Float[Tensor, "batch 3 80 80"], Float[Tensor, "batch 3 80 80"]]:
    """Both pictures, mirrored and tinted together; the first one also shifted, blurred, tinted and stained."""
    batch = len(picture)

    def drawn(low: float, high: float, *shape: int) -> Tensor:
        return torch.rand(batch, *shape, generator=r) * (high - low) + low

    if torch.rand(1, generator=r) < 0.5:
        picture, neutral = picture.flip(-1), neutral.flip(-1)
    # A synthesizer draws the face a little elsewhere and a little larger or smaller than it was.
    theta = torch.zeros(batch, 2, 3)
    theta[:, 0, 0] = theta[:, 1, 1] = drawn(0.98, 1.02)
    theta[:, :, 2] = drawn(-1.5 / FACE_SIZE, 1.5 / FACE_SIZE, 2)
    grid = F.affine_grid(theta, [batch, 3, FACE_SIZE, FACE_SIZE], align_corners=False)
    picture = F.grid_sample(picture, grid, padding_mode="border", align_corners=False)
    # Light and color of both, then of the first alone.
    light, tint = drawn(0.8, 1.2, 1, 1, 1), drawn(0.95, 1.05, 3, 1, 1)
    picture = picture * light * tint * drawn(0.95, 1.05, 3, 1, 1) + drawn(-0.03, 0.03, 1, 1, 1)
    neutral = neutral * light * tint
    # Blur of the first alone: one width for each eighth of the batch, the first eighth stays sharp.
    parts = list(picture.chunk(8))
    for at in range(1, len(parts)):
        sigma = float(torch.rand(1, generator=r)) * 1.6 + 0.2
        parts[at] = _blurred(parts[at], sigma)
    picture = torch.cat(parts)
    # Soft stains and fine noise of the first alone.
    stains = F.interpolate(drawn(-1.0, 1.0, 3, 6, 6), (FACE_SIZE, FACE_SIZE), mode="bilinear")
    picture = picture + drawn(0.0, 0.06, 1, 1, 1) * stains
    picture = picture + 0.01 * torch.randn(picture.shape, generator=r)
    return picture.clamp(0, 1), neutral.clamp(0, 1)


def _blurred(image: Tensor, sigma: float) -> Tensor:
    radius = int(np.ceil(3 * sigma))
    weights = torch.exp(-(torch.arange(-radius, radius + 1) ** 2) / (2 * sigma**2))
    kernel = (weights / weights.sum()).expand(3, 1, -1)
    image = F.pad(image, (radius,) * 4, mode="replicate")
    image = F.conv2d(image, kernel[:, :, None], groups=3)
    return F.conv2d(image, kernel[:, :, :, None], groups=3)


def fit(
    faces: Faces, units: tuple[int, ...], steps: int, seed: int, checkpoint: Path, progress: bool = False
) -> tuple[IntensityMeter, float]:
    """Train, or go on from `checkpoint`; returns the network and the seconds that all sittings took together.

    A batch depends on seed and step alone, so that an interrupted training ends as an unbroken one.
    """
    torch.manual_seed(seed)
    network = IntensityMeter(units).train()
    optimizer = torch.optim.AdamW(network.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    first, before = _resume(checkpoint, network, optimizer, (steps, seed, len(faces.levels)))
    started = time.monotonic()
    bar = tqdm(total=steps, initial=first, desc="estimator", unit="step", disable=not progress, leave=False)
    try:
        for step in range(first, steps):
            r = torch.Generator().manual_seed(seed * 1_000_003 + step)
            torch.manual_seed(seed * 1_000_003 + step)  # of dropout
            loss = _loss(network, faces, torch.randint(len(faces.levels), (BATCH,), generator=r), r)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            for group in optimizer.param_groups:
                group["lr"] = LEARNING_RATE * 0.5 * (1 + math.cos(math.pi * step / steps))
            optimizer.step()
            bar.update()
            bar.set_postfix(loss=f"{loss.item():.3f}", refresh=False)
            if (step + 1) % CHECKPOINT_INTERVAL == 0:
                seconds = before + time.monotonic() - started
                known = {"step": step + 1, "seconds": seconds, "of": [steps, seed, len(faces.levels)]}
                save_checkpoint(
                    checkpoint,
                    networks={"estimator": network},
                    optimizers={"estimator": optimizer},
                    random_states=[],
                    facts=known,
                )
    finally:
        bar.close()
    return network.eval().requires_grad_(False), before + time.monotonic() - started


def _loss(network: IntensityMeter, faces: Faces, chosen: Tensor, r: torch.Generator) -> Tensor:
    picture, neutral = disturbed(faces.pictures[chosen] / 255.0, faces.neutrals[chosen] / 255.0, r)
    levels = faces.levels[chosen]
    known = ~levels.isnan()
    with torch.autocast("cpu", torch.bfloat16):
        found = network(picture, neutral)
    return F.mse_loss(found.float()[known], levels[known])


def _resume(path: Path, network: torch.nn.Module, optimizer: torch.optim.Optimizer, of: Any) -> tuple[int, float]:
    if not path.is_file():
        return 0, 0.0
    checkpoint = load_checkpoint(path)
    if checkpoint.facts.get("of") != list(of):
        raise UserError(f"{path}: left by a training with other settings; delete it, or use those settings")
    checkpoint.restore({"estimator": network}, {"estimator": optimizer})
    return int(checkpoint.facts["step"]), float(checkpoint.facts["seconds"])


def main(argv: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", default="scanfaces", help="scanfaces or scanfaces:ROOT")
    parser.add_argument("--out", type=Path, required=True, help="the file to write, .safetensors")
    parser.add_argument("--steps", type=int, default=3000, help="updates of 64 pictures (default: 3000)")
    parser.add_argument("--seed", type=int, default=0, help="of everything that is drawn (default: 0)")
    options = parser.parse_args(argv)
    progress = sys.stderr.isatty()
    return exit_code(
        lambda: train_and_save(options.data, options.out, options.steps, options.seed, progress),
        lambda: "interrupted: the same command goes on",
    )


def train_and_save(data: str, out: Path, steps: int, seed: int, progress: bool = False) -> None:
    """Trains on training people, measures on held-out ones, writes the file and its card."""
    dataset = open_dataset(data)
    units = units_of(dataset)
    checkpoint = out.with_name(out.name + ".checkpoint")
    faces = read_faces(dataset, "train", units, progress)
    meter, seconds = fit(faces, units, steps, seed, checkpoint, progress)
    facts = {
        "data": {
            "kind": dataset.kind,
            "training_people": len(dataset.subjects) - len(dataset.validation_subjects),
            "training_pictures": len(faces.levels),
            "test_people": list(dataset.validation_subjects),
        },
        "steps": steps,
        "seed": seed,
        "seconds": round(seconds),
        "torch": torch.__version__,
    }
    held_out = read_faces(dataset, "validation", units, progress)
    with torch.no_grad():
        found = meter(held_out.pictures / 255.0, held_out.neutrals / 255.0)
    facts["held_out"] = accuracy(held_out.levels.double().numpy(), found.double().numpy(), units)
    meter.facts = facts
    meter.save(out)
    write_text(out.with_suffix(".md"), estimator_card(meter, out))
    checkpoint.unlink(missing_ok=True)
    print(f"{out}: {out.stat().st_size:,} bytes")


def accuracy(
    named: Float[np.ndarray, "n units"], measured: Float[np.ndarray, "n units"], units: tuple[int, ...]
) -> dict[str, Any]:
    """ICC(3,1), MAE and n of each Action Unit; pictures whose level is not known (nan) are left out."""
    found = {}
    for column, unit in enumerate(units):
        known = ~np.isnan(named[:, column])
        pair = np.stack((named[known, column], measured[known, column]), axis=1)
        icc, mae = icc_3_1(pair), float(np.abs(pair[:, 0] - pair[:, 1]).mean())
        found[str(unit)] = {"icc": round(icc, 4), "mae": round(mae, 4), "n": int(known.sum())}
    return found


def estimator_card(meter: IntensityMeter, file: Path) -> str:
    """The card of a trained estimator in Markdown: all its numbers are read from its file, none is typed."""
    facts, data = meter.facts, meter.facts["data"]
    people, pictures, tested = data["training_people"], data["training_pictures"], data["test_people"]
    rows = [
        f"| {unit} {ACTION_UNITS[unit].name}{'' if unit in UNITS else ' (not among the twelve of the report)'} | "
        f"{facts['held_out'][str(unit)]['icc']:.3f} | {facts['held_out'][str(unit)]['mae']:.2f} |"
        for unit in meter.units
    ]
    return CARD.format(
        numbers=sum(parameter.numel() for parameter in meter.parameters()),
        units=len(meter.units),
        pictures=f"{pictures:,} pictures of {people} training people; {tested[0]} to {tested[-1]} never seen",
        people=people,
        minutes=facts["seconds"] / 60,
        tested=len(tested),
        n=next(iter(facts["held_out"].values()))["n"],
        rows="\n".join(rows),
        file=" | ".join(file_row(file)),
        **{name: facts[name] for name in ("steps", "seed", "torch")},
    )


if __name__ == "__main__":
    sys.exit(main())

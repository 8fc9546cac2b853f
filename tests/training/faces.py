"""A handful of drawn faces in the layout of DISFA+, and settings small enough to train on in seconds."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from lfes_core.action_units import DISFA_PLUS_ACTION_UNITS
from lfes_core.config import Config, preset
from lfes_core.datasets import DISFAPlus
from lfes_core.errors import UserError
from lfes_core.training import Options, TrainingResult, train

SMALL_STEPS = {
    "networks.facial.channels": [4, 4, 4, 8, 8, 8, 512],
    "networks.synthesizer.level_1": [8, 8, 8, 8, 8, 8],
    "networks.synthesizer.level_2": 4,
    "networks.synthesizer.level_3": 4,
    "networks.discriminator.base": 4,
    "networks.discriminator.maximum": 8,
    "matching.batch_size": 2,
    "matching.steps": 2,
    "matching.log_interval": 1,
    "matching.checkpoint_interval": 1,
    "adversarial.batch_size": 2,
    "adversarial.steps": 4,
    "adversarial.warmup": 0,  # so that the discriminators learn too
    "adversarial.log_interval": 1,
    "adversarial.grid_interval": 2,
    "adversarial.checkpoint_interval": 2,
    "adversarial.held_out_pairs": 2,
}


def small(**changes: object) -> Config:
    """`tiny`, narrower still, two matching steps and four adversarial ones; dotted keys with ``__`` for dots."""
    dotted = {key.replace("__", "."): value for key, value in changes.items()}
    return preset("tiny").overridden(SMALL_STEPS | dotted)


TWO_STEPS = {"adversarial__steps": 2, "adversarial__grid_interval": 9, "adversarial__checkpoint_interval": 9}
"""For `small`: two adversarial steps, and neither pictures nor checkpoints on the way."""


def quiet_run(dataset: DISFAPlus, folder: Path, config: Config | None = None, **options: Any) -> TrainingResult:
    """A training that prints nothing, in 32 bits; `TWO_STEPS` long if not told otherwise."""
    quiet: dict[str, Any] = {"precision": "32-true", "progress": False, "report": lambda line: None}
    return train(config or small(**TWO_STEPS), dataset, folder, Options(**(quiet | options)))


def state(folder: Path) -> dict[str, bytes | None]:
    """All that lies in a folder: files with what they hold, and folders."""
    paths = (path for path in sorted(folder.rglob("*")) if path.name != ".lock")
    return {str(path): path.read_bytes() if path.is_file() else None for path in paths}


def refusal(dataset: DISFAPlus, folder: Path, config: Config | None = None, **options: Any) -> str:
    """The one line with which a training is refused that must not have made or changed anything."""
    before = state(folder.parent)
    with pytest.raises(UserError) as caught:
        quiet_run(dataset, folder, config, **options)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400
    assert state(folder.parent) == before
    return str(caught.value)


def drawn_face(person: int, smile: int, jaw: int) -> bytes:
    """A round face; the person decides colors, AU 12 bends the mouth, AU 26 opens it."""
    generator = np.random.default_rng(person)
    skin, back, eyes = (tuple(generator.integers(60, 220, 3).tolist()) for _ in range(3))
    image = Image.new("RGB", (256, 256), back)
    draw = ImageDraw.Draw(image)
    draw.ellipse((48, 28, 208, 238), fill=skin)
    for x in (100, 156):
        draw.ellipse((x - 12, 98, x + 12, 116), fill=eyes)
    draw.ellipse((100 - 4 * smile, 180 - 2 * smile, 156 + 4 * smile, 184 + 2 * smile + 6 * jaw), fill=(90, 20, 30))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def drawn_faces(root: Path, people: int = 4) -> DISFAPlus:
    """Write people with a neutral face, a smile, a dropped jaw and both; the last one is held out."""
    frames = {"000.jpg": (0, 0), "001.jpg": (4, 0), "002.jpg": (0, 4), "003.jpg": (2, 5)}
    for person in range(people):
        subject = f"SN{901 + person}"
        images, labels = root / "Images" / subject / "A", root / "Labels" / subject / "A"
        images.mkdir(parents=True)
        labels.mkdir(parents=True)
        for name, (smile, jaw) in frames.items():
            (images / name).write_bytes(drawn_face(person, smile, jaw))
        for unit in DISFA_PLUS_ACTION_UNITS:
            values = {n: {12: s, 26: j}.get(unit, 0) for n, (s, j) in frames.items()}
            lines = [f"{name}     {value}" for name, value in values.items()]
            (labels / f"AU{unit}.txt").write_text("\n".join(["# AU", "# frame", *lines]) + "\n")
    return DISFAPlus(root)

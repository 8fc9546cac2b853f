"""The folder of one run: what lies where, and what may be written into it.

```
config.json               every setting, the seed among them
run.json                  each start: versions, hardware, speed, memory, how it ended
log.txt                   every line that was reported, with the time
start.safetensors         weights that the run began with, if it did not begin with random ones (--start-from)
matching.safetensors      LSE and VSE after stage 1, or as another run left them
checkpoint.safetensors    the state to continue from
metrics.csv               losses and held-out numbers
tensorboard/              the same numbers and the samples, for TensorBoard
samples/step_000100.png   fixed held-out faces
synthesizer.safetensors   the result, as Synthesizer.load takes it
```
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lfes_core.config import Config
from lfes_core.errors import UserError

#: Settings that say how long a run goes on and how often it tells of itself: they may change when it resumes.
CHANGEABLE = frozenset(
    {
        "adversarial.steps",
        "adversarial.log_interval",
        "adversarial.grid_interval",
        "adversarial.checkpoint_interval",
        "matching.log_interval",
        "matching.checkpoint_interval",
    }
)


class RunFolder:
    """Paths inside a run folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.config = path / "config.json"
        self.start = path / "start.safetensors"
        self.matching = path / "matching.safetensors"
        self.checkpoint = path / "checkpoint.safetensors"
        self.metrics = path / "metrics.csv"
        self.record = path / "run.json"
        self.log = path / "log.txt"
        self.tensorboard = path / "tensorboard"
        self.samples = path / "samples"
        self.synthesizer = path / "synthesizer.safetensors"

    def sample_grid(self, step: int) -> Path:
        """Where the sample grid of a step lies."""
        return self.samples / f"step_{step:06d}.png"

    def check(self, config: Config, *, resume: bool) -> None:
        """Looks whether the run may start here, or continue. Writes nothing.

        Raises:
            UserError: the folder holds a run and ``resume`` is off; there is none to resume; its configuration
                differs (the first setting that does is named); the path is a file.
        """
        if self.path.exists() and not self.path.is_dir():
            raise UserError(f"{self.path} is a file; give a folder for the run")
        there = [file for file in (self.config, self.checkpoint, self.metrics) if file.exists()]
        if not resume:
            if there:
                raise UserError(
                    f"{self.path} already holds a run; continue it with --resume or choose another folder"
                )
            return
        if not self.config.exists():
            raise UserError(f"{self.path} holds no run to resume; start it without --resume")
        try:
            stored = Config.from_json(json.loads(self.config.read_text(encoding="utf-8"))).to_json()
        except (OSError, ValueError) as error:
            raise UserError(
                f"{self.config} cannot be read; put it back or start the run anew elsewhere"
            ) from error
        different = first_difference(stored, config.to_json())
        if different is not None:
            key, before, now = different
            raise UserError(
                f"{self.path} was started with {key} = {before!r}, and now it is {now!r}; resume with the same "
                "settings or choose another folder"
            )

    def create(self, config: Config) -> None:
        """Makes the folder and writes the configuration."""
        self.samples.mkdir(parents=True, exist_ok=True)
        unfinished = self.path / ".config.json.unfinished"
        unfinished.write_text(json.dumps(config.to_json(), indent=2) + "\n", encoding="utf-8")
        os.replace(unfinished, self.config)


def first_difference(before: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[str, Any, Any] | None:
    """The first setting, in the order of the configuration, that must not change and does: key, old value, new."""
    old, new = dict(_flat(before)), dict(_flat(now))
    for key in [*new, *(key for key in old if key not in new)]:
        if key not in CHANGEABLE and old.get(key) != new.get(key):
            return key, old.get(key), new.get(key)
    return None


def in_lines(config: Config) -> list[str]:
    """The whole configuration for a log: one line a section, as in ``losses: adversarial 1.0, identity 5.0``."""
    sections: dict[str, list[str]] = {}
    for key, value in _flat(config.to_json()):
        section, _, name = key.rpartition(".")
        sections.setdefault(section, []).append(f"{name} {value}")
    return [f"{section}: {', '.join(settings)}".removeprefix(": ") for section, settings in sections.items()]


def _flat(data: Mapping[str, Any], start: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in data.items():
        found += _flat(value, f"{start}{key}.") if isinstance(value, Mapping) else [(f"{start}{key}", value)]
    return found

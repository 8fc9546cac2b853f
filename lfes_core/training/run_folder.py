"""The folder of a run: its files, whether a run may start there or continue, and a lock.

```
config.json               every setting, the seed among them
run.json                  each start: versions, hardware, speed, memory, how it ended
log.txt                   every line that was reported, with the time
start.safetensors         weights that the run began with, if it did not begin with random ones (--start-from)
matching.safetensors      LSE and VSE after stage 1, or as another run left them
checkpoint.safetensors    the state to continue from
metrics.csv               losses and held-out numbers
tensorboard/              the same numbers and the samples, where TensorBoard is installed
samples/step_000100.png   fixed held-out faces
synthesizer.safetensors   the result, as Synthesizer.load takes it
.lock                     held while a run is at work there
```
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from lightning_fabric import Fabric

from lfes_core.config import Config
from lfes_core.errors import UserError
from lfes_core.files import alone_in, parse_json
from lfes_core.training.checkpoint import check_same


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


def check_folder(folder: RunFolder, config: Config, *, resume: bool) -> None:
    """Looks whether a run may start there, or continue. Writes nothing.

    Raises:
        UserError: the folder holds a run and ``resume`` is off; there is none to resume; its configuration
            differs (the first setting that does is named); the path is a file.
    """
    if folder.path.exists() and not folder.path.is_dir():
        raise UserError(f"{folder.path} is a file; give a folder for the run")
    if not resume:
        if any(file.exists() for file in (folder.config, folder.checkpoint, folder.metrics)):
            raise UserError(
                f"{folder.path} already holds a run; continue it with --resume or choose another folder"
            )
        return
    if not folder.config.exists():
        raise UserError(f"{folder.path} holds no run to resume; start it without --resume")
    try:
        stored = Config.from_json(parse_json(folder.config.read_bytes(), folder.config))
    except (OSError, UserError) as error:
        raise UserError(
            f"{folder.config} cannot be read; put it back or start the run anew elsewhere"
        ) from error
    advice = "resume with the same settings or choose another folder"
    check_same(f"{folder.path} was started", stored.flat(), config.flat(), advice)


@contextmanager
def alone(fabric: Fabric, folder: RunFolder, config: Config, *, resume: bool) -> Iterator[None]:
    """Keeps other runs out of the folder, which is made if it is not there; one process holds the lock for all.

    Raises:
        UserError: another run is at work there, or was quicker.
    """
    with ExitStack() as stack:
        refused: str | None = None
        if fabric.is_global_zero:
            try:
                folder.path.mkdir(parents=True, exist_ok=True)
                stack.enter_context(alone_in(folder.path))
                check_folder(folder, config, resume=resume)
            except UserError as error:
                refused = str(error)
            except OSError as error:
                refused = f"{folder.path}: the folder cannot be made: {error.strerror or error}"
        refused = fabric.broadcast(refused)
        if refused is not None:
            raise UserError(refused)
        yield

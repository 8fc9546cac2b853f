"""Files of trained networks: what training writes once and everybody else reads. Nothing is unpickled.

A synthesizer is LSE, conditioning augmentation, FFE and MES in float16, ``matching`` is LSE and VSE. A run writes the
latter in full precision, and its discriminators in float16, for whoever wants to ask them; the package keeps most of
VSE in a few bits a number (`tools.ship_weights.packing`, `unpack`). Configuration, vocabulary and free facts (steps,
seconds, numbers) stand as JSON in the header. `write_tensors` and `read_tensors` at the end keep any tensors under
checksums, those of a checkpoint, too.
"""

import hashlib
import json
import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from lfes_core.config import Config
from lfes_core.errors import UserError, shortened
from lfes_core.files import written_whole
from lfes_core.sentences import VOCABULARIES, Vocabulary

SYNTHESIZER = "lfes synthesizer 1"
MATCHING = "lfes matching 1"
DISCRIMINATORS = "lfes discriminators 1"

Network = TypeVar("Network", bound=nn.Module)

SCALE = ".scale"
"""End of the name of a packed weight's scales."""


@dataclass(frozen=True, kw_only=True)
class Stored:
    """What a file of weights says: what `save` was given, and the checksum of the tensors as they were stored."""

    path: Path
    tensors: Mapping[str, Tensor]  # by full name, float32; whole numbers as they were
    config: Config
    vocabulary: Vocabulary
    facts: Mapping[str, Any]
    sha256: str

    def part(self, network: str) -> dict[str, Tensor]:
        """The tensors of one network, for example ``language_semantic_encoder``, by full name."""
        return {name: tensor for name, tensor in self.tensors.items() if name.startswith(f"{network}.")}

    def built(self, build: Callable[[], Network], device: str = "cpu") -> Network:
        """A network that ``build`` makes from the file's configuration, with the file's weights.

        It is on the device, named as PyTorch does. UserError: it has other tensors than the file, as when another
        version of the package wrote it; or PyTorch cannot compute on the device.
        """
        try:
            with without_numbers():
                network = build()
            for name, own in network.state_dict().items():
                if name in self.tensors and own.is_floating_point() != self.tensors[name].is_floating_point():
                    raise ValueError(f"{name} is of {self.tensors[name].dtype}")
            network.load_state_dict(dict(self.tensors), assign=True)
        except (RuntimeError, ValueError) as error:
            reason = shortened(" ".join(str(error).split()), 200)
            raise UserError(
                f"{self.path}: weights of preset '{self.config.preset}' do not fit the networks ({reason}); "
                "use the preset and version that wrote it"
            ) from error
        try:
            network.to(device)
        except (RuntimeError, AssertionError) as error:
            raise UserError(
                f"device {shortened(repr(device))}: PyTorch cannot compute there; use cpu, or a GPU as cuda or mps"
            ) from error
        return network


@contextmanager
def without_numbers() -> Iterator[None]:
    """Networks that are built in here have shapes and no memory, for weights to be put into."""
    with torch.device("meta"), _NothingDrawn():
        yield


class _NothingDrawn(TorchFunctionMode):
    """Leaves out what draws nothing where there is no memory, and for which PyTorch would load its compiler (1 s)."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        return None if func in (Tensor.normal_, nn.init.normal_) else func(*args, **(kwargs or {}))


def save(
    path: str | os.PathLike[str],
    kind: str,
    tensors: Mapping[str, Tensor],
    config: Config,
    vocabulary: Vocabulary,
    facts: Mapping[str, Any] | None = None,
    *,
    bits: int = 16,
    shapes: Mapping[str, Sequence[int]] | None = None,
) -> None:
    """Writes trained networks, in place of the file that was there.

    Args:
        path: where to; its folder must exist.
        kind: `SYNTHESIZER`, `MATCHING` or `DISCRIMINATORS`.
        tensors: the networks' states by full name (the averaged ones where an average is kept).
        config: the configuration that built them.
        vocabulary: the vocabulary whose ids the language encoder was trained on.
        facts: anything JSON can hold that a later reader should know: steps, seconds, dataset, numbers.
        bits: of a number: 16 in float16, 32 as they are; fewer where some are packed (see `unpack`) already.
        shapes: of the packed ones.

    Raises:
        UserError: a weight is not finite, or not in that many bits; or the file cannot be written.
    """
    stored = {name: x.half() if bits == 16 and x.is_floating_point() else x for name, x in tensors.items()}
    for name, value in stored.items():
        if value.is_floating_point() and not bool(value.isfinite().all()):
            advice = "start a new run with a smaller learning rate"
            raise UserError(f"{path}: {name} is not finite in {bits} bits; {advice}")
    header = {
        "format": kind,
        "config": json.dumps(config.to_json()),
        "vocabulary": json.dumps(vocabulary.to_json()),
        "facts": json.dumps(dict(facts or {})),
        "bits": str(bits),
        "shapes": json.dumps(dict(shapes or {})),
    }
    write_tensors(Path(path), stored, header)


def load(path: Path, kind: str) -> Stored:
    """Reads a file of `save`, all weights in float32, and checks that it is whole.

    UserError: there is no such file, it is of another kind, it was damaged, or its header does not make sense.
    """
    file = read_tensors(path, kind, f"give a run folder of the command train ('{kind}' is what it exports)")
    try:
        said = {name: json.loads(file.header[name]) for name in ("config", "vocabulary", "facts", "shapes")}
        config, facts = Config.from_json(said["config"]), dict(said["facts"].items())
        vocabulary = VOCABULARIES[config.networks.language.input].from_json(said["vocabulary"])
        if vocabulary.to_json() != said["vocabulary"] or any(type(word) is not str for word in said["vocabulary"]):
            raise ValueError("the vocabulary is no list of words")
        if any(type(unit) is not int for unit in facts.get("action_units", ())):
            raise ValueError("action_units is no list of numbers")
        tensors = dict(file.tensors)
        for name, shape in said["shapes"].items():
            tensors[name] = unpack(tensors[name], tensors.pop(name + SCALE), tuple(shape), int(file.header["bits"]))
        tensors = {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in tensors.items()}
        if endless := [name for name, tensor in tensors.items() if not bool(tensor.isfinite().all())]:
            raise ValueError(f"{endless[0]} is not finite")
    except (LookupError, TypeError, ValueError, AttributeError, RuntimeError) as error:  # one is RecursionError
        reason = shortened(" ".join(f"{type(error).__name__}: {error}".split()), 200)
        raise UserError(f"{path}: not understood ({reason}); written by another version of the package") from error
    return Stored(path=path, tensors=tensors, config=config, vocabulary=vocabulary, facts=facts, sha256=file.sha256)


def unpack(packed: Tensor, scale: Tensor, shape: tuple[int, ...], bits: int) -> Tensor:
    """A weight, float32 of the given shape, that `tools.ship_weights.packing` has made small.

    The numbers of an output channel lie one after the other in so many ``bits`` each, as whole numbers from 0 on. The
    middle one stands for zero, and each step is the channel's ``scale``.
    """
    count = math.prod(shape[1:])
    if packed.shape != (shape[0], math.ceil(count * bits / 8)) or not 1 <= bits <= 8:
        raise ValueError(f"a tensor of {tuple(packed.shape)} is not {shape} in {bits} bits")
    each_bit = np.unpackbits(packed.numpy(), axis=1, count=count * bits).reshape(shape[0], count, bits)
    numbers = np.packbits(np.pad(each_bit, ((0, 0), (0, 0), (8 - bits, 0))), axis=2)[..., 0]
    weight: Tensor = (torch.from_numpy(numbers).float() - (2 ** (bits - 1) - 1)) * scale[:, None]
    return weight.reshape(shape)


@dataclass(frozen=True, kw_only=True)
class TensorFile:
    """What `read_tensors` found: texts of the header, tensors as they were stored, checksum of the tensors."""

    header: Mapping[str, str]
    tensors: Mapping[str, Tensor]
    sha256: str


def write_tensors(path: Path, tensors: Mapping[str, Tensor], header: Mapping[str, str]) -> None:
    """Writes tensors and header with checksums of both, in place of the file that was there.

    The header's ``format`` says what the file is; its names ``sha256`` and ``header_sha256`` are taken. UserError: the
    file cannot be written (no permission, no space).
    """
    plain = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
    header = {**header, "sha256": digest(plain)}
    with written_whole(path) as unfinished:
        try:
            save_file(plain, unfinished, metadata={**header, "header_sha256": _seal(header)})
        except SafetensorError as error:
            raise UserError(f"{path}: cannot be written: {error}") from error
        os.chmod(unfinished, 0o644)  # safetensors makes files that only their owner can read


def read_tensors(path: Path, kind: str, advice: str) -> TensorFile:
    """Reads a file of `write_tensors` and checks that nobody has changed it.

    Args:
        path: the file.
        kind: what its header must name as its format.
        advice: what to do if it is missing, or of another kind: the end of the UserError, as where it was damaged.
    """
    if not path.is_file():
        raise UserError(f"{path}: no such file; {advice}")
    try:
        with safe_open(path, framework="pt") as file:
            header = dict(file.metadata() or {})
            found = header.get("format")
            tensors = {name: file.get_tensor(name) for name in file.keys()} if found == kind else {}
    except (SafetensorError, OSError) as error:
        raise UserError(f"{path}: not a file of tensors (safetensors cannot read it); {advice}") from error
    if found != kind:
        raise UserError(f"{path}: its format is {shortened(repr(found or 'not named'))}, expected {kind!r}; {advice}")
    sha256 = digest(tensors)
    seal = header.pop("header_sha256", None)
    if header.get("sha256") != sha256 or seal != _seal(header):
        raise UserError(f"{path}: damaged, it does not match its checksum; copy it again, or {advice}")
    return TensorFile(header=header, tensors=tensors, sha256=sha256)


def digest(tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 over names, types, shapes and bytes of the tensors, in the order of their names."""
    total = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].detach().cpu().contiguous()
        total.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        total.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes() if tensor.numel() else b"")
    return total.hexdigest()


def _seal(header: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(dict(header), sort_keys=True).encode()).hexdigest()

"""The shipped networks as ONNX files, for a page that computes in its reader's browser.

``python -m tools.book.onnx_models FOLDER``. The package keeps weights in float16; the files keep the same numbers in
float16 and cast them, so that nothing is lost and half the bytes travel. The same weights give the same bytes.
"""

import argparse
import logging
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper
from torch import Tensor, nn

from lfes_core.config import FEATURES, IMAGE_SIZE, LEVEL_SIZES
from lfes_core.evaluation.estimator import IntensityMeter
from lfes_core.hindrances import WARNINGS, Watcher
from lfes_core.images import FACE_CROP, FACE_LEFT, FACE_SIZE, FACE_TOP
from lfes_core.networks import Discriminators, LanguageSemanticEncoder, Movement, Verdict
from lfes_core.networks.blocks import Enlarge
from lfes_core.synthesis import Synthesizer
from tools.book.hashed_files import store

DESIGNS = ("tiny_moving", "tiny")
OPSET = 18
SMALLEST = 256
"""Constants of fewer numbers stay float32: a cast costs more bytes than it saves."""

_Outputs = tuple[Tensor, ...]


class OneKernel(nn.Module):
    """`Enlarge`, with its 4x4 kernel as two products with a constant: an exporter has to see the shape of the kernel.

    The file holds the trained 3x3 weights, and the runtime multiplies once, when it loads them.
    """

    doubling: Tensor

    def __init__(self, enlarge: Enlarge) -> None:
        super().__init__()
        self.convolution, self.activate = enlarge.convolution, enlarge.activate
        self.register_buffer("doubling", torch.tensor([[0.0, 0, 1], [0, 1, 1], [1, 1, 0], [1, 0, 0]]))

    def forward(self, x: Tensor) -> Tensor:
        """As `Enlarge.forward`."""
        kernel = self.doubling @ self.convolution.weight.transpose(0, 1) @ self.doubling.T
        enlarged: Tensor = self.activate(F.conv_transpose2d(x, kernel, stride=2, padding=1))
        return enlarged


class OneSentence(nn.Module):
    """LSE's LSTM as ONNX has it: gates in another order, both directions in one tensor, any number of words.

    PyTorch's own would be unrolled to as many words as the example has. The result is right in the file alone.
    """

    def __init__(self, lstm: nn.LSTM) -> None:
        super().__init__()
        self.size = lstm.hidden_size
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            both = (self._reordered(getattr(lstm, f"{name}_l0{direction}")) for direction in ("", "_reverse"))
            self.register_buffer(name, torch.stack(tuple(both)))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the states of the words, [1 512 n], and the sentence vector, [1 512]."""
        words = x.shape[1]
        bias = torch.cat((self.get_buffer("bias_ih"), self.get_buffer("bias_hh")), dim=1)
        states, final = torch.onnx.ops.symbolic_multi_out(
            "LSTM",
            (x.transpose(0, 1), self.get_buffer("weight_ih"), self.get_buffer("weight_hh"), bias),
            {"direction": "bidirectional", "hidden_size": self.size},
            dtypes=(x.dtype, x.dtype),
            shapes=((words, 2, 1, self.size), (2, 1, self.size)),
            version=OPSET,
        )
        # n x 2 x 1 x 256; 2 x 1 x 256
        return states.reshape(1, words, 2 * self.size).transpose(1, 2), final.reshape(1, 2 * self.size)

    @staticmethod
    def _reordered(rows: Tensor) -> Tensor:
        into, forget, cell, out = rows.chunk(4)
        return torch.cat((into, out, forget, cell))


class Speaker(nn.Module):
    """A synthesizer that takes one face and the numbers of the words of one sentence."""

    inputs = ("neutral", "tokens", "hidden")

    def __init__(self, synthesizer: Synthesizer) -> None:
        super().__init__()
        for part in list(synthesizer.modules()):
            for name, child in part.named_children():
                if isinstance(child, Enlarge):
                    setattr(part, name, OneKernel(child))
        language = synthesizer.language_semantic_encoder
        assert isinstance(language, LanguageSemanticEncoder)
        self.synthesizer, self.embedding, self.lstm = synthesizer, language.embedding, OneSentence(language.lstm)
        layer = synthesizer.conditioning_augmentation.layer
        self.mean = nn.Linear(FEATURES, FEATURES)  # without the rows for a variance, which nothing here draws with
        self.mean.weight, self.mean.bias = (nn.Parameter(each[:FEATURES]) for each in (layer.weight, layer.bias))
        moves = synthesizer.config.networks.synthesizer.moves
        made = ("picture", "middle", "small", "attention_1", "attention_2", "condition")
        self.outputs = made + (Movement._fields if moves else ())

    def forward(self, neutral: Tensor, tokens: Tensor, hidden: Tensor) -> _Outputs:
        """One sentence needs no padding, and every number is a word; ``hidden`` is 1 for zeros as w-hat_N."""
        words, sentence = self.lstm(self.embedding(tokens))
        *maps, f_f = self.synthesizer.facial_feature_encoder.maps(neutral)
        condition = self.mean(F.layer_norm(sentence, (FEATURES,)))
        levels = self.synthesizer.multi_level_expression_synthesizer(
            f_f, condition * (1 - hidden), words, tokens >= 0, maps
        )
        movement: _Outputs = levels.movements[-1] if levels.movements else ()
        return (*levels.images[::-1], *levels.attention, condition, *movement)

    def example(self) -> _Outputs:
        """A face and five words."""
        return torch.zeros(1, 3, IMAGE_SIZE, IMAGE_SIZE), torch.arange(2, 7)[None], torch.tensor(0.0)


class Judges(nn.Module):
    """The five discriminators; each answer is the chance, from 0 to 1, that what they see is true."""

    inputs = ("neutral", "small", "middle", "picture", "condition")
    names = ("D_FV¹", "D_FV²", "D_EV¹", "D_EV²", "D_syn")
    outputs = tuple(f"{name} {kind}" for name in names for kind in Verdict._fields)

    def __init__(self, discriminators: Discriminators) -> None:
        super().__init__()
        self.discriminators = discriminators

    def forward(self, neutral: Tensor, small: Tensor, middle: Tensor, picture: Tensor, condition: Tensor) -> _Outputs:
        """Each level is judged by its own picture, as in training."""
        logits = self.discriminators((small, middle, picture), neutral, condition).logits()
        return torch.split(logits.sigmoid(), 1, dim=1)

    def example(self) -> _Outputs:
        """A face and a condition."""
        sizes = (IMAGE_SIZE, *LEVEL_SIZES)
        return (*(torch.zeros(1, 3, size, size) for size in sizes), torch.zeros(1, FEATURES))


class Meter(nn.Module):
    """The intensity estimator for pictures in -1..1; an output for each Action Unit, named by its number."""

    inputs = ("neutral", "picture")

    def __init__(self, meter: IntensityMeter) -> None:
        super().__init__()
        self.meter = meter
        self.outputs = tuple(str(unit) for unit in meter.units)

    def forward(self, neutral: Tensor, picture: Tensor) -> _Outputs:
        """As `IntensityMeter.measure`, which is given bytes."""
        levels: Tensor = self.meter(cropped(picture), cropped(neutral))
        return torch.split(levels, 1, dim=1)

    def example(self) -> _Outputs:
        """Two faces."""
        return torch.zeros(1, 3, IMAGE_SIZE, IMAGE_SIZE), torch.zeros(1, 3, IMAGE_SIZE, IMAGE_SIZE)


class Hindrances(nn.Module):
    """How sure the package is that a mouth is open and that glasses are worn, from 0 to 1."""

    inputs = ("picture",)
    outputs = tuple(WARNINGS)

    def __init__(self, watcher: Watcher) -> None:
        super().__init__()
        self.watcher = watcher

    def forward(self, picture: Tensor) -> _Outputs:
        """As `Watcher.shares`, which is given bytes: the face and its mirror image are asked."""
        crop = cropped(picture)
        answers = (self.watcher(crop) + self.watcher(crop.flip(-1))) / 2
        return torch.split(answers.sigmoid(), 1, dim=1)

    def example(self) -> _Outputs:
        """A face."""
        return (torch.zeros(1, 3, IMAGE_SIZE, IMAGE_SIZE),)


def cropped(picture: Tensor) -> Tensor:
    """As `lfes_core.images.face_crop`, of a picture in -1..1; the result is 0..1 in steps of a byte."""
    bottom, right = FACE_TOP + FACE_CROP, FACE_LEFT + FACE_CROP
    shown = ((picture.clamp(-1, 1) + 1) * 127.5).round()[:, :, FACE_TOP:bottom, FACE_LEFT:right]
    return F.avg_pool2d(shown, FACE_CROP // FACE_SIZE).round() / 255


def models() -> Iterator[tuple[str, bytes]]:
    """Name and file of every network that a page may load."""
    for design in DESIGNS:
        yield f"synthesizer_{design}", exported(Speaker(Synthesizer.load(design)))
    yield f"discriminators_{DESIGNS[0]}", exported(Judges(Discriminators.load(DESIGNS[0])))
    yield "intensity", exported(Meter(IntensityMeter.load()))
    yield "hindrances", exported(Hindrances(Watcher.load()))


def exported(network: "Speaker | Judges | Meter | Hindrances") -> bytes:
    """The ONNX file of a network, with nothing in it but the function and the names of what comes in and out."""
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    words = torch.export.Dim("words", min=1, max=256)
    shapes = tuple({1: words} if name == "tokens" else None for name in network.inputs)
    with warnings.catch_warnings(action="ignore"):  # of the exporter, about itself
        program = torch.onnx.export(
            network.eval().requires_grad_(False),
            network.example(),
            dynamo=True,
            opset_version=OPSET,
            input_names=network.inputs,
            output_names=network.outputs,
            dynamic_shapes=shapes,
            verbose=False,
        )
    assert program is not None
    model = halved(program.model_proto)
    for part in (model, model.graph, *model.graph.node, *model.graph.value_info, *model.graph.input):
        part.ClearField("metadata_props")  # where in which source file a node was made
        part.ClearField("doc_string")
    onnx.checker.check_model(model, full_check=True)
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def halved(model: onnx.ModelProto) -> onnx.ModelProto:
    """Stores each large constant that float16 holds without loss in float16, and casts it."""
    graph, casts = model.graph, []
    for constant in graph.initializer:
        if constant.data_type != onnx.TensorProto.FLOAT:
            continue
        numbers = numpy_helper.to_array(constant)
        half = numbers.astype(np.float16)
        if half.size >= SMALLEST and np.array_equal(half, numbers):
            name = constant.name
            constant.CopyFrom(numpy_helper.from_array(half, f"{name}.half"))
            casts.append(onnx.helper.make_node("Cast", [f"{name}.half"], [name], to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    return model


def main() -> int:
    """Write the files and ``models.json``."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    store(parser.parse_args().folder, {f"{name}.onnx": content for name, content in models()})
    return 0


if __name__ == "__main__":
    sys.exit(main())

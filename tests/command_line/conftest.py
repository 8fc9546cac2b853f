"""What the tests of the command line share: untrained weights and a picture."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lfes_core.config import preset
from lfes_core.sentences import Vocabulary
from lfes_core.synthesis import Synthesizer
from lfes_core.weights import SYNTHESIZER, save


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run folder with the export of an untrained synthesizer."""
    folder = tmp_path_factory.mktemp("run")
    synthesizer = Synthesizer(preset("tiny"), Vocabulary())
    path = folder / "synthesizer.safetensors"
    save(path, SYNTHESIZER, synthesizer.state_dict(), synthesizer.config, synthesizer.vocabulary)
    return folder


@pytest.fixture(scope="session")
def unlike(run_folder: Path) -> Path:
    """An export whose header names other widths than its tensors have."""
    synthesizer = Synthesizer.load(run_folder)
    narrower = synthesizer.config.overridden({"networks.synthesizer.level_3": 4})
    path = run_folder / "other.safetensors"
    save(path, SYNTHESIZER, synthesizer.state_dict(), narrower, synthesizer.vocabulary)
    return path


@pytest.fixture
def face(tmp_path: Path) -> Path:
    """A drawing of the size of the frame, which is taken as it is."""
    pixels = np.random.default_rng(0).integers(0, 256, (256, 256, 3), dtype=np.uint8)
    path = tmp_path / "face.png"
    Image.fromarray(pixels).save(path)
    return path

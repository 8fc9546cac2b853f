"""What the tests of training share: drawn faces of four people, read once."""

import pytest

from lfes_core.datasets import DISFAPlus
from tests.training.faces import drawn_faces


@pytest.fixture(scope="session")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> DISFAPlus:
    return drawn_faces(tmp_path_factory.mktemp("faces") / "data")

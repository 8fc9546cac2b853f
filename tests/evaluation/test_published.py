"""FID and LPIPS: one clear line where library or weights are missing, numbers where both are there."""

import hashlib
import sys
from types import ModuleType

import numpy as np
import pytest
import torch

from lfes_core.evaluation import published as module
from lfes_core.evaluation.frechet import frechet_distance
from lfes_core.evaluation.published import WEIGHTS, find_published


class Extractor:
    """Stands where torch-fidelity has its Inception network: the mean color of a picture."""

    def __init__(self, name, features_list, feature_extractor_weights_path):
        assert features_list == ["2048"]
        with open(feature_extractor_weights_path, "rb") as file:
            assert file.read() == b"inception"

    def __call__(self, pictures):
        assert pictures.dtype == torch.uint8 and pictures.shape[1:] == (3, 256, 256)
        return (pictures.double().mean((2, 3)),)


class Distance:
    """Stands where torch-fidelity has LPIPS: the mean difference of colors."""

    def __init__(self, name):
        assert name == "lpips-vgg16"
        self.hub = torch.hub.get_dir()

    def __call__(self, a, b):
        return (a.float() - b.float()).abs().mean((1, 2, 3)) / 255


@pytest.fixture
def library(monkeypatch):
    """The names of torch-fidelity 0.4 that are used."""
    parts = {
        "": {"__version__": "0.4.0"},
        ".feature_extractor_inceptionv3": {"FeatureExtractorInceptionV3": Extractor},
        ".metric_fid": {
            "KEY_METRIC_FID": "frechet_inception_distance",
            "fid_features_to_statistics": lambda features: features.numpy(),
            "fid_statistics_to_metric": lambda a, b, verbose: {
                "frechet_inception_distance": frechet_distance(a, b)
            },
        },
        ".sample_similarity_lpips": {"SampleSimilarityLPIPS": Distance},
    }
    for name, content in parts.items():
        part = ModuleType(f"torch_fidelity{name}")
        vars(part).update(content)
        monkeypatch.setitem(sys.modules, part.__name__, part)


@pytest.fixture
def pictures():
    r = np.random.default_rng(0)
    return r.integers(0, 256, (20, 256, 256, 3), dtype=np.uint8)


PEOPLE = ["a"] * 10 + ["b"] * 10


def test_without_the_library_nothing_is_computed_and_one_line_says_why(monkeypatch, tmp_path, pictures):
    monkeypatch.setitem(sys.modules, "torch_fidelity", None)
    found = find_published(tmp_path)
    assert found.measure(PEOPLE, pictures, pictures) == {"fid": None, "lpips": None}
    for line in found.about().values():
        assert line == "not computed: torch-fidelity is not installed (pip install torch-fidelity)"


def test_without_weights_nothing_is_downloaded_and_the_file_is_named(library, tmp_path, pictures):
    found = find_published(tmp_path)
    assert found.measure(PEOPLE, pictures, pictures) == {"fid": None, "lpips": None}
    for name, files in WEIGHTS.items():
        line = found.about()[name]
        assert line.startswith(f"not computed: {next(iter(files))} is not in the folder checkpoints")
        assert next(iter(files.values())) in line and str(tmp_path) not in line


def test_a_file_that_is_not_the_published_one_is_not_used(library, tmp_path):
    (tmp_path / "checkpoints").mkdir()
    for files in WEIGHTS.values():
        for name in files:
            (tmp_path / "checkpoints" / name).write_bytes(b"anything")
    about = find_published(tmp_path).about()
    assert "is not the published file: its SHA-256 does not start with 6726825d" in about["fid"]
    assert "vgg16-397923af.pth is not the published file" in about["lpips"]


def test_where_library_and_weights_are_there_both_are_measured(library, tmp_path, monkeypatch, pictures):
    digits = hashlib.sha256(b"inception").hexdigest()[:8]
    weights = {"fid": {f"inception-{digits}.pth": "somewhere"}, "lpips": {"lpips.pth": "somewhere"}}
    monkeypatch.setattr(module, "WEIGHTS", weights)
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / f"inception-{digits}.pth").write_bytes(b"inception")
    (tmp_path / "checkpoints" / "lpips.pth").write_bytes(b"")
    found = find_published(tmp_path)
    assert found.about() == {
        "fid": f"torch-fidelity 0.4.0, inception-{digits}.pth",
        "lpips": "torch-fidelity 0.4.0, lpips.pth",
    }
    hub = torch.hub.get_dir()
    same = found.measure(PEOPLE, pictures, pictures)
    assert torch.hub.get_dir() == hub
    assert same["fid"] == {"value": pytest.approx(0, abs=1e-4), "n": 20}
    assert same["lpips"].value == 0.0 and same["lpips"].n == 20
    other = found.measure(PEOPLE, 255 - pictures, pictures)
    assert other["fid"]["value"] > 0 and other["lpips"].value > 0.4

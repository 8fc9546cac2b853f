"""A run may start with another one's weights: all of them, kept in its folder, and refused where they do not fit."""

import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from lfes_core.datasets import DISFAPlus
from lfes_core.errors import UserError
from lfes_core.training.checkpoint import load_checkpoint
from tests.training.faces import TWO_STEPS as STEPS
from tests.training.faces import drawn_faces, small
from tests.training.faces import quiet_run as run

GENERATOR = ("conditioning_augmentation.", "facial_feature_encoder.", "multi_level_expression_synthesizer.")


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> DISFAPlus:
    return drawn_faces(tmp_path_factory.mktemp("faces") / "data")


@pytest.fixture(scope="module")
def first(dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run with another seed, whose weights the others start with."""
    folder = tmp_path_factory.mktemp("runs") / "first"
    run(dataset, folder, small(seed=5, **STEPS))
    return folder


def state_before_the_first_step(folder: Path, dataset, **options) -> dict[str, torch.Tensor]:
    config = small(matching__steps=0, adversarial__steps=0)
    run(dataset, folder, config, **options)
    return dict(load_checkpoint(folder / "checkpoint.safetensors").tensors)


def test_encoders_and_generator_begin_with_the_other_runs_weights(first, dataset, tmp_path):
    begun = state_before_the_first_step(tmp_path / "run", dataset, start_from=first)
    for name, tensor in load_file(first / "matching.safetensors").items():
        assert torch.equal(begun[f"encoders.{name}"], tensor), name
    theirs = load_file(first / "synthesizer.safetensors")
    generator = {name: tensor for name, tensor in theirs.items() if name.startswith(GENERATOR)}
    assert generator
    for name, tensor in generator.items():
        assert torch.equal(begun[f"generator.{name}"], tensor.float()), name
        assert torch.equal(begun[f"average.{name}"], tensor.float()), name


def test_encoders_that_are_taken_go_before_those_of_the_start(first, dataset, tmp_path):
    run(dataset, tmp_path / "other", small(seed=6, matching__steps=1, adversarial__steps=0))
    begun = state_before_the_first_step(
        tmp_path / "run", dataset, start_from=first, matching_from=tmp_path / "other"
    )
    for name, tensor in load_file(tmp_path / "other" / "matching.safetensors").items():
        assert torch.equal(begun[f"encoders.{name}"], tensor), name


def test_a_resumed_run_ends_with_the_same_bits_without_the_other_run(first, dataset, tmp_path):
    other = shutil.copytree(first, tmp_path / "other")
    run(dataset, tmp_path / "unbroken", start_from=other)
    stopped = run(dataset, tmp_path / "broken", start_from=other, time_limit="0.001s")
    assert (stopped.stage, stopped.step) == ("matching", 1)
    (tmp_path / "broken" / "checkpoint.safetensors").unlink()  # killed before the first checkpoint
    shutil.rmtree(other)
    run(dataset, tmp_path / "broken", resume=True)
    ours, theirs = (
        load_checkpoint(tmp_path / name / "checkpoint.safetensors").tensors for name in ("broken", "unbroken")
    )
    assert [name for name in theirs if not torch.equal(ours[name], theirs[name])] == []


def test_the_record_says_whose_weights_they_were(first, dataset, tmp_path):
    lines: list[str] = []
    run(dataset, tmp_path / "run", start_from=first, report=lines.append)
    assert any(line.startswith("start: the weights of first, sha256 ") for line in lines)
    assert '"run": "first"' in (tmp_path / "run" / "run.json").read_text()


def test_what_is_no_run_is_refused_before_anything_is_written(dataset, tmp_path):
    with pytest.raises(UserError, match="neither a run whose matching stage is finished nor one of"):
        run(dataset, tmp_path / "run", start_from=tmp_path / "nothing")
    assert not (tmp_path / "run").exists()


def test_weights_of_other_widths_are_refused_before_anything_is_written(first, dataset, tmp_path):
    wider = small(**STEPS, networks__synthesizer__level_3=24)
    with pytest.raises(UserError, match="--start-from first: its generator has other widths"):
        run(dataset, tmp_path / "run", wider, start_from=first)
    assert not (tmp_path / "run").exists()


def test_a_run_that_resumes_takes_no_other_start(first, dataset, tmp_path):
    run(dataset, tmp_path / "run", start_from=first)
    with pytest.raises(UserError, match="resume without --start-from"):
        run(dataset, tmp_path / "run", start_from=first, resume=True)

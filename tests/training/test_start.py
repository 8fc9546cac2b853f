"""A run may take weights from another one: the same tensors, kept in its folder, and no silent mix-up."""

import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from lfes_core import shipped, weights
from lfes_core.sentences import Vocabulary
from lfes_core.training.checkpoint import load_checkpoint
from lfes_core.training.start import ORIGIN, matched_encoders, take
from tests.training.faces import TWO_STEPS, refusal, small
from tests.training.faces import quiet_run as run

GENERATOR = ("conditioning_augmentation.", "facial_feature_encoder.", "multi_level_expression_synthesizer.")
NO_STEPS = small(matching__steps=0, adversarial__steps=0)


@pytest.fixture(scope="module")
def first(dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run with another seed, whose weights the others take."""
    folder = tmp_path_factory.mktemp("runs") / "first"
    run(dataset, folder, small(seed=5, matching__steps=1, **TWO_STEPS))
    return folder


@pytest.fixture(scope="module")
def borrower(dataset, first, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that took both, and was never interrupted; its lines are kept beside it."""
    folder = tmp_path_factory.mktemp("runs") / "borrower"
    lines: list[str] = []
    result = run(dataset, folder, matching_from=first, start_from=first, report=lines.append)
    assert (result.stopped, result.stage, result.step) == ("finished", "adversarial", 2)
    folder.with_name("lines").write_text("\n".join(lines))
    return folder


def matching(folder: Path) -> weights.Stored:
    return weights.load(shipped.matching_file(folder), weights.MATCHING)


def checkpoint(folder: Path) -> dict[str, torch.Tensor]:
    return dict(load_checkpoint(folder / "checkpoint.safetensors").tensors)


def different(ours: dict[str, torch.Tensor], theirs: dict[str, torch.Tensor]) -> list[str]:
    assert ours.keys() == theirs.keys()
    return [name for name in theirs if not torch.equal(ours[name], theirs[name])]


def test_the_encoders_are_the_other_runs_and_stage_one_is_left_out(borrower, first):
    ours = {name: tensor for name, tensor in checkpoint(borrower).items() if name.startswith("encoders.")}
    theirs = {f"encoders.{name}": tensor for name, tensor in matching(first).tensors.items()}
    assert different(ours, theirs) == []
    assert "\nmatching," not in (borrower / "metrics.csv").read_text()


def test_the_folder_keeps_copies_that_say_where_they_came_from(borrower, first):
    assert different(matching(borrower).tensors, matching(first).tensors) == []
    assert matching(borrower).facts == matching(first).facts | {ORIGIN: "first"}
    lines = borrower.with_name("lines").read_text()
    assert "matching: LSE and VSE of first, sha256 " in lines
    assert "start: the weights of first, sha256 " in lines
    assert (borrower / "run.json").read_text().count('"run": "first"') == 2
    exported = weights.load(borrower / "synthesizer.safetensors", weights.SYNTHESIZER)
    assert exported.facts["start"] == "first"


@pytest.mark.parametrize("named", [True, False], ids=["the same command", "without the other run"])
def test_a_stopped_run_resumes_with_the_same_command_or_without_the_other_run(
    dataset, first, borrower, tmp_path, named
):
    other = shutil.copytree(first, tmp_path / "first")
    options = {"matching_from": other, "start_from": other}
    stopped = run(dataset, tmp_path / "run", **options, time_limit="0.001s")
    assert (stopped.stopped, stopped.stage, stopped.step) == ("time limit", "adversarial", 1)
    shutil.rmtree(other)
    run(dataset, tmp_path / "run", resume=True, **(options if named else {}))
    assert different(checkpoint(tmp_path / "run"), checkpoint(borrower)) == []


def test_what_was_taken_for_the_second_stage_survives_a_stop_in_the_first(dataset, first, tmp_path):
    other = shutil.copytree(first, tmp_path / "first")
    run(dataset, tmp_path / "unbroken", start_from=other)
    stopped = run(dataset, tmp_path / "run", start_from=other, time_limit="0.001s")
    assert (stopped.stopped, stopped.stage) == ("time limit", "matching")
    shutil.rmtree(other)
    run(dataset, tmp_path / "run", resume=True)
    assert different(checkpoint(tmp_path / "run"), checkpoint(tmp_path / "unbroken")) == []


def test_all_networks_begin_with_the_other_runs_weights(first, dataset, tmp_path):
    run(dataset, tmp_path / "run", NO_STEPS, start_from=first)
    begun = checkpoint(tmp_path / "run")
    for name, tensor in matching(first).tensors.items():
        assert torch.equal(begun[f"encoders.{name}"], tensor), name
    theirs = weights.load(first / "synthesizer.safetensors", weights.SYNTHESIZER).tensors
    generator = {name: tensor for name, tensor in theirs.items() if name.startswith(GENERATOR)}
    assert generator
    for name, tensor in generator.items():
        assert torch.equal(begun[f"generator.{name}"], tensor), name
        assert torch.equal(begun[f"average.{name}"], tensor), name
    judges = weights.load(first / "discriminators.safetensors", weights.DISCRIMINATORS).tensors
    assert judges
    for name, tensor in judges.items():
        assert torch.equal(begun[f"discriminators.{name}"], tensor), name


def test_encoders_that_are_taken_go_before_those_of_the_start(first, dataset, tmp_path):
    config = small(**TWO_STEPS, networks__language__embedding=64)
    run(dataset, tmp_path / "run", config, start_from=first, matching_from="matching", time_limit="0.001s")
    begun = checkpoint(tmp_path / "run")
    stored = matching(Path(weights.__file__).with_name("assets") / "weights" / "matching.safetensors")
    assert all(torch.equal(begun[f"encoders.{name}"], tensor) for name, tensor in stored.tensors.items())
    assert different(matching(tmp_path / "run").tensors, stored.tensors) == []
    assert matching(tmp_path / "run").facts[ORIGIN] == "matching"


def test_a_copy_may_be_taken_again_and_still_names_the_run_that_was_trained(borrower):
    config = small(**TWO_STEPS)
    for given in (borrower, borrower / "matching.safetensors"):
        assert matched_encoders(given, config, Vocabulary()).facts[ORIGIN] == "first"


def test_a_run_that_is_called_matching_comes_before_the_package(first, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "matching").symlink_to(first, target_is_directory=True)
    taken = matched_encoders("matching", small(), Vocabulary())
    assert different(dict(taken.tensors), dict(matching(first).tensors)) == []


def test_a_set_of_the_package_is_a_start_by_its_name():
    taken = take(None, "tiny_moving", small(), Vocabulary())
    assert taken.matched is None and taken.run == "tiny_moving"
    assert {name.split(".")[0] for name in taken.start} == {"encoders", "generator", "discriminators"}


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"networks__language__embedding": 32}, "networks.language.embedding = 64, and now it is 32"),
        ({"networks__visual__input_size": 96}, "networks.visual.input_size = 75, and now it is 96"),
        ({"losses__word_matching": False}, "losses.word_matching = True"),
    ],
)
@pytest.mark.parametrize("whose", ["a run's", "the package's"])
def test_encoders_of_other_networks_or_losses_are_refused(dataset, first, tmp_path, changes, named, whose):
    given = first if whose == "a run's" else "matching"
    assert named in refusal(dataset, tmp_path / "run", small(**changes), matching_from=given)


def test_encoders_of_other_words_are_refused(dataset, first, tmp_path):
    stored = matching(first)
    file = tmp_path / "words.safetensors"
    words = Vocabulary(["a", "woman"])
    weights.save(file, weights.MATCHING, stored.tensors, stored.config, words, bits=32)
    assert "trained with vocabulary = " in refusal(dataset, tmp_path / "run", matching_from=file)


def test_what_is_no_finished_matching_or_run_is_named(dataset, tmp_path):
    folder, empty, text, foreign = (tmp_path / name for name in ("run", "empty", "text", "foreign"))
    empty.mkdir()
    text.write_text("not tensors")
    save_file({"x": torch.zeros(1)}, foreign)
    for given in (empty, tmp_path / "absent", text, foreign):
        assert str(given) in refusal(dataset, folder, matching_from=given)
    for given in (empty, tmp_path / "absent", text):
        message = refusal(dataset, folder, start_from=given)
        assert "neither a run whose matching is finished nor one of" in message


def test_weights_of_other_widths_are_refused_before_anything_is_written(first, dataset, tmp_path):
    wider = small(**TWO_STEPS, networks__synthesizer__level_3=24)
    message = refusal(dataset, tmp_path / "run", wider, start_from=first)
    assert "--start-from first: its generator has other widths" in message

"""A run may take LSE and VSE from another one: the same tensors, no second matching, and no silent mix-up."""

import json
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from lfes_core.datasets import DISFAPlus
from lfes_core.errors import UserError
from lfes_core.training.checkpoint import load_checkpoint
from lfes_core.weights import load_matching, load_synthesizer
from tests.training.faces import TWO_STEPS as STEPS
from tests.training.faces import drawn_faces, small
from tests.training.faces import quiet_run as run


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> DISFAPlus:
    return drawn_faces(tmp_path_factory.mktemp("faces") / "data")


@pytest.fixture(scope="module")
def matched(dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose matching stage is finished, and nothing more."""
    folder = tmp_path_factory.mktemp("runs") / "matched"
    assert run(dataset, folder, small(seed=5, matching__steps=1), time_limit="0.001s").step == 1
    assert (folder / "matching.safetensors").exists()
    return folder


@pytest.fixture(scope="module")
def borrower(dataset, matched, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that took the encoders of `matched`; its lines are kept beside it."""
    folder = tmp_path_factory.mktemp("runs") / "borrower"
    lines: list[str] = []
    result = run(dataset, folder, matching_from=matched, report=lines.append)
    assert (result.stopped, result.stage, result.step) == ("finished", "adversarial", 2)
    folder.with_name("lines").write_text("\n".join(lines))
    return folder


def header(folder: Path) -> dict[str, str]:
    with safe_open(folder / "matching.safetensors", framework="pt") as file:
        return dict(file.metadata())


def test_the_encoders_are_the_other_runs_and_stage_one_is_left_out(borrower, matched):
    theirs = load_file(matched / "matching.safetensors")
    stored = load_checkpoint(borrower / "checkpoint.safetensors").tensors
    assert all(torch.equal(tensor, stored[f"encoders.{name}"]) for name, tensor in theirs.items())
    assert "\nmatching," not in (borrower / "metrics.csv").read_text()


def test_the_folder_keeps_a_copy_that_says_where_it_came_from(borrower, matched):
    ours, theirs = (load_file(folder / "matching.safetensors") for folder in (borrower, matched))
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    assert header(borrower) == header(matched) | {"taken_from": "matched"}
    assert "LSE and VSE of matched, sha256 " in borrower.with_name("lines").read_text()


def test_a_run_resumes_without_naming_the_other_one_and_ends_with_the_same_bits(
    dataset, matched, borrower, tmp_path
):
    first = run(dataset, tmp_path / "run", matching_from=matched, time_limit="0.001s")
    assert (first.stopped, first.stage, first.step) == ("time limit", "adversarial", 1)
    run(dataset, tmp_path / "run", resume=True)
    ours, theirs = (
        load_checkpoint(path / "checkpoint.safetensors").tensors for path in (tmp_path / "run", borrower)
    )
    assert [name for name in theirs if not torch.equal(ours[name], theirs[name])] == []


def test_a_run_killed_before_its_first_checkpoint_still_has_the_encoders(
    dataset, matched, borrower, tmp_path
):
    folder = tmp_path / "run"

    def kill(line: str) -> None:
        if line.startswith("step 0:"):
            raise SystemExit("killed")

    with pytest.raises(SystemExit):
        run(dataset, folder, matching_from=matched, report=kill)
    assert not (folder / "checkpoint.safetensors").exists()
    run(dataset, folder, resume=True)
    ours, theirs = (load_checkpoint(path / "checkpoint.safetensors").tensors for path in (folder, borrower))
    assert [name for name in theirs if not torch.equal(ours[name], theirs[name])] == []


def test_a_copy_may_be_taken_again_and_still_names_the_run_that_was_trained(
    dataset, matched, borrower, tmp_path
):
    run(dataset, tmp_path / "third", matching_from=borrower / "matching.safetensors", time_limit="0.001s")
    assert header(tmp_path / "third")["taken_from"] == "matched"


def test_the_encoders_of_the_package_are_taken_by_their_name_and_stay_what_they_are(dataset, tmp_path):
    config = small(**STEPS, networks__language__embedding=64)
    run(dataset, tmp_path / "run", config, matching_from="matching", time_limit="0.001s")
    shipped = load_matching()
    ours = load_file(tmp_path / "run" / "matching.safetensors")
    assert ours.keys() == shipped.tensors.keys()
    assert all(torch.equal(ours[name], tensor) for name, tensor in shipped.tensors.items())
    assert header(tmp_path / "run")["taken_from"] == "matching"
    exported = load_synthesizer(tmp_path / "run" / "synthesizer.safetensors").tensors
    lse = [name for name in exported if name.startswith("language_semantic_encoder.")]
    assert lse and all(torch.equal(exported[name], shipped.tensors[name]) for name in lse)
    run(dataset, tmp_path / "run", config, resume=True)
    assert "networks.visual.input_size = 75, and here it is 96" in refusal(
        dataset, tmp_path / "other", small(networks__visual__input_size=96), matching_from="matching"
    )


def test_a_run_that_is_called_matching_comes_before_the_package(dataset, matched, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "matching").symlink_to(matched, target_is_directory=True)
    run(dataset, tmp_path / "run", matching_from=Path("matching"), time_limit="0.001s")
    ours, theirs = (load_file(folder / "matching.safetensors") for folder in (tmp_path / "run", matched))
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def refusal(dataset, folder, config=None, **options) -> str:
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")} if folder.exists() else None
    with pytest.raises(UserError) as caught:
        run(dataset, folder, config, **options)
    after = {path: path.stat().st_mtime_ns for path in folder.rglob("*")} if folder.exists() else None
    assert after == before
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_encoders_of_other_networks_words_or_losses_are_refused_and_nothing_is_written(
    dataset, matched, tmp_path
):
    folder = tmp_path / "run"
    other = small(networks__language__embedding=32)
    message = refusal(dataset, folder, other, matching_from=matched)
    assert "networks.language.embedding = 64, and here it is 32" in message
    other = small(networks__visual__input_size=96)
    assert "networks.visual.input_size = 75" in refusal(dataset, folder, other, matching_from=matched)
    other = small(losses__word_matching=False)
    assert "losses.word_matching = True" in refusal(dataset, folder, other, matching_from=matched)
    words = tmp_path / "words.safetensors"
    tensors = load_file(matched / "matching.safetensors")
    save_file(tensors, words, metadata=header(matched) | {"vocabulary": json.dumps(["a", "woman"])})
    assert "another vocabulary" in refusal(dataset, folder, matching_from=words)


def test_what_is_no_finished_matching_is_named(dataset, tmp_path):
    folder, empty, text, foreign = (tmp_path / name for name in ("run", "empty", "text", "foreign"))
    empty.mkdir()
    text.write_text("not tensors")
    save_file({"x": torch.zeros(1)}, foreign)
    assert "no such file" in refusal(dataset, folder, matching_from=empty)
    assert "no such file" in refusal(dataset, folder, matching_from=tmp_path / "absent")
    assert "cannot be read" in refusal(dataset, folder, matching_from=text)
    assert "not what a matching stage writes" in refusal(dataset, folder, matching_from=foreign)


def test_a_run_resumes_with_the_encoders_it_was_started_with(dataset, matched, borrower, tmp_path):
    own = tmp_path / "own"
    run(dataset, own, small(**STEPS, matching__steps=1), time_limit="0.001s")
    message = refusal(dataset, own, small(**STEPS, matching__steps=1), resume=True, matching_from=matched)
    assert "was started without --matching-from" in message
    message = refusal(dataset, borrower, resume=True, matching_from=own)
    assert "was started with the encoders of matched" in message
    run(dataset, borrower, resume=True, matching_from=matched)

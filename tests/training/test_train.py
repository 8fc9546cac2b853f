"""Whole runs, seconds long: what they write, that they continue exactly, and what they refuse."""

import csv
import itertools
import json
import re
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from lfes_core import weights
from lfes_core.errors import UserError
from lfes_core.networks import Discriminators
from lfes_core.training import adversarial
from lfes_core.training.checkpoint import load_checkpoint
from lfes_core.training.compute import multiplies_bfloat16
from lfes_core.training.run import GIVE_UP_AFTER, Run
from tests.training.faces import quiet_run, refusal, small

NETWORKS = {
    *("language_semantic_encoder", "conditioning_augmentation"),
    *("facial_feature_encoder", "multi_level_expression_synthesizer"),
}


def run(dataset, folder, config=None, **options):
    return quiet_run(dataset, folder, config or small(), **options)


def synthesizer(folder: Path) -> weights.Stored:
    return weights.load(folder / "synthesizer.safetensors", weights.SYNTHESIZER)


@pytest.fixture(scope="module")
def unbroken(dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two matching and four adversarial steps; its lines are kept beside it."""
    folder = tmp_path_factory.mktemp("runs") / "unbroken"
    lines: list[str] = []
    result = run(dataset, folder, report=lines.append)
    (folder / "lines").write_text("\n".join(lines))
    assert (result.stopped, result.stage, result.step) == ("finished", "adversarial", 4)
    of_pairs = {"ssim", "ssim_moved", "copy_ssim", "copy_ssim_moved", "pairs"}
    assert set(result.metrics) == of_pairs | {"sharpness", "vse_distance"}
    return folder


def rows(folder: Path) -> list[dict[str, str]]:
    """The rows of the metrics file without what depends on the clock."""
    with (folder / "metrics.csv").open(newline="") as file:
        return [
            {name: value for name, value in row.items() if name not in ("seconds", "images_per_second")}
            for row in csv.DictReader(file)
        ]


def assert_same_run(folder: Path, unbroken: Path) -> None:
    ours, theirs = (load_checkpoint(path / "checkpoint.safetensors") for path in (folder, unbroken))
    assert ours.tensors.keys() == theirs.tensors.keys()
    different = [name for name, tensor in theirs.tensors.items() if not torch.equal(tensor, ours.tensors[name])]
    assert different == []
    assert rows(folder) == rows(unbroken)


def test_a_run_writes_what_its_folder_promises(unbroken):
    files = {path.relative_to(unbroken).as_posix() for path in unbroken.rglob("*") if path.is_file()}
    events = {file for file in files if file.startswith("tensorboard/")}
    assert {file.split("/")[1] for file in events} == {"matching", "adversarial"}
    assert files - events - {"lines", ".lock"} == {
        "config.json",
        "matching.safetensors",
        "checkpoint.safetensors",
        "metrics.csv",
        "run.json",
        "log.txt",
        "samples/step_000000.png",
        "samples/step_000002.png",
        "samples/step_000004.png",
        "synthesizer.safetensors",
        "discriminators.safetensors",
        "snapshots/step_000000/synthesizer.safetensors",
        "snapshots/step_000000/discriminators.safetensors",
    }
    lines = (unbroken / "lines").read_text()
    assert "adversarial: learning_rate 0.0004, betas [0.5, 0.999], batch_size 2" in lines
    assert "structural_similarity(data_range=1.0" in lines
    places = [(row["stage"], row["step"]) for row in rows(unbroken)]
    assert places == [
        *(("matching", "1"), ("matching", "1"), ("matching", "2"), ("matching", "2")),
        *(("adversarial", "0"), ("adversarial", "1")),
        *(("adversarial", "2"), ("adversarial", "2"), ("adversarial", "3")),
        *(("adversarial", "4"), ("adversarial", "4")),
    ]


def test_matching_tells_what_it_learned_about_people_it_has_not_met(unbroken):
    measured = [row for row in rows(unbroken) if row["r1_image_to_sentence"]]
    assert [(row["stage"], row["step"], row["pairs"]) for row in measured] == [
        ("matching", "1", "3"), ("matching", "2", "3"),
    ]  # fmt: skip
    assert {row["r1_chance"] for row in measured} == {"0.333333"}
    facts = weights.load(unbroken / "matching.safetensors", weights.MATCHING).facts
    assert (facts["step"], facts["data"]["held_out_pairs"]) == (2, 3)
    assert (facts["held_out"]["groups"], facts["held_out"]["r1_image_to_sentence_spread"]) == (1, None)
    for name in ("r1_image_to_sentence", "r1_sentence_to_image", "r1_chance", "gender_share"):
        assert float(measured[-1][name] or "nan") == pytest.approx(facts["held_out"][name], abs=1e-5, nan_ok=True)
    assert (unbroken / "lines").read_text().count("held-out retrieval: R@1 image -> sentence") == 2


def test_the_encoders_stay_as_matching_left_them(unbroken):
    matched = load_file(unbroken / "matching.safetensors")
    stored = load_checkpoint(unbroken / "checkpoint.safetensors").tensors
    assert any(name.endswith("running_mean") for name in matched)
    for name, tensor in matched.items():
        assert torch.equal(tensor, stored[f"encoders.{name}"]), name


def test_the_export_holds_the_language_encoder_and_the_averaged_generator(dataset, unbroken):
    exported = synthesizer(unbroken)
    stored = load_checkpoint(unbroken / "checkpoint.safetensors").tensors
    assert {name.split(".")[0] for name in exported.tensors} == NETWORKS
    differs_from_the_trained = False
    for name, tensor in exported.tensors.items():
        group = "encoders" if name.startswith("language") else "average"
        assert torch.equal(tensor, stored[f"{group}.{name}"].half().float()), name
        if group == "average":
            differs_from_the_trained |= not torch.equal(stored[f"average.{name}"], stored[f"generator.{name}"])
    assert differs_from_the_trained
    assert (exported.facts["step"], exported.facts["start"]) == (4, None)
    assert set(exported.facts["action_units"]) == {n for frame in dataset.targets() for n in frame.action_units}
    assert re.search(r"\d+ cores, \d+ GB, 1 process, \d+ threads?, 32-true$", exported.facts["hardware"])
    assert exported.config == small()


def test_the_discriminators_are_exported_as_they_judge_and_snapshots_keep_both_sides(unbroken):
    exported = weights.load(unbroken / "discriminators.safetensors", weights.DISCRIMINATORS)
    judges = exported.built(lambda: Discriminators(exported.config.networks.discriminator))
    stored = load_checkpoint(unbroken / "checkpoint.safetensors").tensors
    for name, value in judges.state_dict().items():
        assert torch.equal(value, stored[f"discriminators.{name}"].half().float())
    first = unbroken / "snapshots/step_000000"
    assert synthesizer(first).facts["step"] == 0 and synthesizer(unbroken).facts["step"] == 4
    before = weights.load(first / "discriminators.safetensors", weights.DISCRIMINATORS).tensors
    assert any(not torch.equal(value, exported.tensors[name]) for name, value in before.items())


@pytest.mark.fault(
    "Reproducibility",
    "a run is stopped in its first stage, and resumed",
    "it ends with the same weights, bit for bit, as one that nobody stopped",
)
def test_a_run_stopped_in_matching_continues_with_the_same_bits(dataset, unbroken, tmp_path):
    folder = tmp_path / "run"
    first = run(dataset, folder, time_limit="0.001s")
    assert (first.stopped, first.stage, first.step) == ("time limit", "matching", 1)
    assert first.synthesizer is None
    second = run(dataset, folder, resume=True)
    assert second.stopped == "finished"
    assert_same_run(folder, unbroken)


@pytest.mark.fault(
    "Reproducibility",
    "a run is killed between two checkpoints, and resumed",
    "it ends with the same weights, bit for bit, and no row of its record is there twice",
)
def test_a_killed_run_continues_from_the_last_checkpoint_with_the_same_bits(dataset, unbroken, tmp_path, monkeypatch):
    folder = tmp_path / "run"
    losses = Run.losses

    def killed(self):
        means = losses(self)
        if (self.stage, self.step) == ("adversarial", 3):
            raise SystemExit("killed")
        return means

    monkeypatch.setattr(Run, "losses", killed)
    with pytest.raises(SystemExit):
        run(dataset, folder)
    monkeypatch.undo()
    assert load_checkpoint(folder / "checkpoint.safetensors").facts["step"] == 2
    assert rows(folder)[-1]["step"] == "3"
    run(dataset, folder, resume=True)
    assert_same_run(folder, unbroken)


@pytest.mark.fault(
    "Training",
    "kill -9 between a checkpoint and the weights for others",
    "they are written when the run goes on, with the same numbers",
)
@pytest.mark.parametrize("what", ["missing", "older", "damaged"])
def test_an_export_that_a_kill_left_undone_is_made_when_the_run_resumes(dataset, unbroken, tmp_path, what):
    folder = shutil.copytree(unbroken, tmp_path / "run")
    export = synthesizer(unbroken)
    path = folder / "synthesizer.safetensors"
    path.unlink()
    (folder / "matching.safetensors").unlink()
    (folder / ".4711.0.unfinished").write_text("left by a process that was killed")
    if what == "older":
        empty = {name: torch.zeros_like(tensor) for name, tensor in export.tensors.items()}
        weights.save(path, weights.SYNTHESIZER, empty, small(), export.vocabulary, {"step": 2})
    elif what == "damaged":
        path.write_bytes((unbroken / path.name).read_bytes()[:-1])
    result = run(dataset, folder, resume=True)
    assert (result.stopped, result.step, result.synthesizer) == ("finished", 4, path)
    assert synthesizer(folder).sha256 == export.sha256
    assert synthesizer(folder).facts["hardware"].endswith("; in 2 sittings")
    ours, theirs = (weights.load(path / "matching.safetensors", weights.MATCHING) for path in (folder, unbroken))
    assert ours.sha256 == theirs.sha256 and ours.facts["held_out"] == pytest.approx(theirs.facts["held_out"])
    assert rows(folder) == rows(unbroken)
    assert list(folder.glob("*unfinished*")) == list(folder.glob(".*unfinished*")) == []


def test_a_run_of_no_steps_exports_what_it_began_with_and_resumes_without_a_second_row(dataset, tmp_path):
    config = small(matching__steps=0, adversarial__steps=0)
    for resume in (False, True):
        result = run(dataset, tmp_path / "run", config, resume=resume)
        assert (result.stopped, result.step) == ("finished", 0)
        assert synthesizer(tmp_path / "run").facts["step"] == 0
    assert [(row["stage"], row["step"]) for row in rows(tmp_path / "run")] == [("adversarial", "0")]


def test_losses_of_matching_that_no_row_told_do_not_leak_into_the_next_stage(dataset, unbroken, tmp_path):
    run(dataset, tmp_path / "run", small(matching__log_interval=9, adversarial__steps=1))
    ours, theirs = (next(row for row in rows(f) if row["generator"]) for f in (tmp_path / "run", unbroken))
    assert ours == theirs


def test_while_the_generator_warms_up_the_discriminators_rest(dataset, tmp_path):
    config = small(adversarial__warmup=2, adversarial__checkpoint_interval=1)
    states = []
    for steps in (0, 2, 3):
        run(dataset, tmp_path / "run", config.overridden({"adversarial.steps": steps}), resume=bool(steps))
        states.append(load_checkpoint(tmp_path / "run" / "checkpoint.safetensors").tensors)
    start, warm, after = states
    judges = [name for name in start if name.startswith("discriminators.")]
    makers = [name for name in start if name.startswith("generator.")]
    assert all(torch.equal(start[name], warm[name]) for name in judges)
    assert not all(torch.equal(start[name], warm[name]) for name in makers)
    assert not any(torch.equal(warm[name], after[name]) for name in judges if name.endswith("weight"))
    written = [row for row in rows(tmp_path / "run") if row["generator"]]
    assert [bool(row["adversarial"]) for row in written] == [False, False, True]
    assert [bool(row["discriminator"]) for row in written] == [False, False, True]
    assert all(row["reconstruction"] for row in written)


def test_all_that_the_extension_draws_is_drawn_again_when_a_run_is_resumed(dataset, tmp_path):
    changes = {"warmup": 3, "mirror": True, "photographic": 0.5, "condition_dropout": 0.5, "steps": 4}
    changes |= {"grid_interval": 9, "checkpoint_interval": 1}
    config = small(matching__steps=1, networks__synthesizer__moves=True, losses__flow=10.0, losses__occlusion=1.0)
    config = config.overridden({f"adversarial.{key}": value for key, value in changes.items()})
    for steps in (0, 2, 4):
        run(dataset, tmp_path / "run", config.overridden({"adversarial.steps": steps}), resume=bool(steps))
    run(dataset, tmp_path / "unbroken", config)
    ours, theirs = (load_checkpoint(tmp_path / name / "checkpoint.safetensors").tensors for name in ("run", "unbroken"))
    assert [name for name in theirs if not torch.equal(ours[name], theirs[name])] == []
    assert {"flow", "occlusion"} <= {name for row in rows(tmp_path / "run") for name, value in row.items() if value}


def test_mirrored_pairs_are_learned_from_only_where_they_are_asked_for(dataset, tmp_path, monkeypatch):
    shown: list[torch.Tensor] = []

    def noted(batch):
        shown.append(batch.neutral.clone())
        return batch._replace(neutral=batch.neutral.flip(-1), target=batch.target.flip(-1))

    monkeypatch.setattr(adversarial, "mirrored", noted)
    losses = {}
    for mirror in (False, True):
        steps = {"steps": 1, "grid_interval": 9, "mirror": mirror}
        config = small(matching__steps=1, **{f"adversarial__{key}": value for key, value in steps.items()})
        run(dataset, tmp_path / str(mirror), config)
        losses[mirror] = [float(row["generator"]) for row in rows(tmp_path / str(mirror)) if row["generator"]]
        assert len(shown) == mirror
    assert losses[False] != losses[True]


def test_the_learning_rates_fall_to_zero_over_the_last_steps(dataset, tmp_path, monkeypatch):
    settings = small(adversarial__steps=8, adversarial__decay=3, adversarial__learning_rate=1.0).adversarial
    rates = [adversarial.learning_rate_at(settings, step) for step in range(1, 9)]
    assert rates == [1.0, 1.0, 1.0, 1.0, 1.0, 0.75, 0.5, 0.25]
    given: list[float] = []
    update = Run.update

    def noted(self, optimizer, *clip):
        given.extend(group["lr"] for group in optimizer.param_groups if self.stage == "adversarial")
        return update(self, optimizer, *clip)

    monkeypatch.setattr(Run, "update", noted)
    run(dataset, tmp_path / "run", small(matching__steps=1, adversarial__steps=2, adversarial__decay=1))
    assert given == [4e-4, 4e-4, 2e-4, 2e-4]  # discriminators and generator; half at the last step


def spoil_the_generator(monkeypatch, first: int) -> None:
    """From that adversarial step on the generator's loss is not finite; the discriminators' are."""
    objective = adversarial.generator_objective
    steps = itertools.count(1)

    def broken(*arguments):
        loss, parts = objective(*arguments)
        return (loss * float("nan") if next(steps) >= first else loss), parts

    monkeypatch.setattr(adversarial, "generator_objective", broken)


@pytest.mark.fault(
    "Training",
    "gradients are no longer finite",
    "after five updates in a row the run ends; the last good state is kept, and the run goes on from it",
)
def test_a_generator_that_is_no_longer_finite_ends_the_run_which_then_goes_on_from_the_last_good_state(
    dataset, tmp_path, monkeypatch
):
    folder = tmp_path / "run"
    steps = {"matching__steps": 1, "adversarial__log_interval": 20, "adversarial__grid_interval": 20}
    spoil_the_generator(monkeypatch, first=3)
    with pytest.raises(UserError) as caught:
        run(dataset, folder, small(adversarial__steps=20, **steps), precision="auto")
    monkeypatch.undo()
    assert f"{GIVE_UP_AFTER} updates in a row had gradients that are not finite" in str(caught.value)
    way_on = "; go on from it with --resume --precision 32-true, or " if multiplies_bfloat16() else "; start a new"
    assert f"last good state, adversarial step 6{way_on}" in str(caught.value)
    assert str(caught.value) in (folder / "log.txt").read_text()
    assert synthesizer(folder).facts["step"] == 6
    stored = load_checkpoint(folder / "checkpoint.safetensors")
    assert all(torch.isfinite(tensor).all() for tensor in stored.tensors.values())
    assert stored.facts["skipped"] == 4  # steps 3, 4, 5 and 6
    result = run(dataset, folder, small(adversarial__steps=7, **steps), resume=True)
    assert (result.stopped, result.step) == ("finished", 7)


@pytest.mark.fault(
    "Training",
    "a weight is no longer finite",
    "it is never saved; the last good checkpoint stays",
)
def test_a_network_that_is_not_finite_never_takes_the_place_of_a_good_checkpoint(dataset, tmp_path, monkeypatch):
    update = adversarial.AveragedModel.update_parameters

    def broken(self, source):
        update(self, source)
        if self.n_averaged == 4:  # after update 3
            next(self.module.parameters()).data.fill_(float("inf"))

    monkeypatch.setattr(adversarial.AveragedModel, "update_parameters", broken)
    with pytest.raises(UserError, match="is not finite after adversarial step 4") as caught:
        run(dataset, tmp_path / "run", small(matching__steps=1, adversarial__grid_interval=20))
    assert str(caught.value).partition("; ")[2] == (
        "checkpoint.safetensors keeps the last good state, adversarial step 2; start a new run with a smaller "
        "learning rate"
    )
    stored = load_checkpoint(tmp_path / "run" / "checkpoint.safetensors")
    assert stored.facts["step"] == 2
    assert all(torch.isfinite(tensor).all() for tensor in stored.tensors.values())


@pytest.mark.fault(
    "Reproducibility",
    "pictures are read by other processes",
    "what is learned is the same",
)
def test_reader_processes_do_not_change_what_is_learned(dataset, unbroken, tmp_path):
    run(dataset, tmp_path / "run", small(adversarial__steps=2), workers=1)
    written = {row["step"]: row for row in rows(unbroken) if row["generator"]}
    assert [row for row in rows(tmp_path / "run") if row["generator"]] == [written["1"], written["2"]]
    (start,) = json.loads((tmp_path / "run" / "run.json").read_text())["starts"]
    assert (start["workers"], start["cache"]) == (1, "all")


def test_the_record_tells_of_both_starts_of_a_resumed_run(dataset, tmp_path):
    config = small(matching__steps=1, adversarial__steps=2, adversarial__grid_interval=20)
    lines: list[str] = []
    for resume in (False, True):
        run(dataset, tmp_path / "run", config, resume=resume, time_limit=None if resume else "0.001s",
            report=lines.append)  # fmt: skip
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    first, second = record["starts"]
    assert (record["seed"], record["data"]["training_pairs"]) == (0, 9)
    assert (first["from"], first["stage"], first["step"]) == (None, "adversarial", 1)
    assert (second["from"], second["step"]) == ("adversarial step 1", 2)
    assert (first["stopped"], second["stopped"]) == ("time limit", "finished")
    assert second["images_per_second"] > 0
    assert second["peak_memory_bytes"] > 100_000_000
    written = [line[20:] for line in (tmp_path / "run" / "log.txt").read_text().splitlines()]
    assert written == lines
    assert lines.count("resumed from adversarial step 1") == 1
    assert "images/s, at most " in lines[-1]


def test_the_average_equals_the_recursion_written_out():
    source = torch.nn.Linear(1, 1, bias=False)
    values = [3.0, -1.0, 0.5, 2.0]
    expected = source.weight.item()
    average = adversarial.averaged(source, decay=0.3)
    for number, value in enumerate(values, start=1):
        with torch.no_grad():
            source.weight.fill_(value)
        average.update_parameters(source)
        decay = min(0.3, (1 + number) / (10 + number))
        expected = decay * expected + (1 - decay) * value
    assert average.module.weight.item() == pytest.approx(expected, abs=1e-6)


def test_matching_may_end_early_when_a_run_is_resumed_and_not_be_changed_when_it_is_over(dataset, tmp_path):
    folder = tmp_path / "run"
    stopped = run(dataset, folder, small(), time_limit="0.001s")
    assert (stopped.stage, stopped.step) == ("matching", 1)
    ended = small(matching__steps=1)
    assert run(dataset, folder, ended, resume=True).stopped == "finished"
    assert weights.load(folder / "matching.safetensors", weights.MATCHING).facts["step"] == 1
    assert "whose matching ended at step 1" in refusal(dataset, folder, small(), resume=True)

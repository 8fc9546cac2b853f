"""From a run of seconds to weights and their card: all of it read or measured, and nothing half-written."""

import math
import platform
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
import torch

from lfes_core import weights
from lfes_core.config import preset
from lfes_core.datasets import DISFAPlus, ExpressionPairs
from lfes_core.metrics import closeness, moved_region
from lfes_core.sentences import Vocabulary
from lfes_core.synthesis import Synthesizer
from lfes_core.training.log import RunFolder, hardware
from tests.training.faces import drawn_faces, quiet_run, small
from tools.ship_weights.__main__ import main
from tools.ship_weights.pictures import spread
from tools.ship_weights.run import command, duration, read_run

LIMITS = "- These faces were drawn with ellipses.\n"


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> DISFAPlus:
    return drawn_faces(tmp_path_factory.mktemp("faces") / "data")


@pytest.fixture(scope="module")
def run(dataset: DISFAPlus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "short"
    config = small(adversarial__steps=2, seed=4)
    quiet_run(dataset, folder, config)
    return folder


@pytest.fixture(scope="module")
def shipped(run: Path, dataset: DISFAPlus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a set and the matching."""
    folder = tmp_path_factory.mktemp("shipped")
    limits = folder.parent / "limits.md"
    limits.write_text(LIMITS)
    options = ["--data", f"disfaplus:{dataset.tree.root}", "--limits", str(limits), "--into", str(folder)]
    for name in ("short", "matching"):
        assert main([str(run), name, *options]) == 0
    return folder


def card_of(folder: Path, name: str) -> str:
    return (folder / f"{name}.md").read_text(encoding="utf-8")


def rows(card: str) -> dict[str, str]:
    """The rows of all tables: first cell, and the others."""
    cells = [line.strip("| ").split(" | ") for line in card.splitlines() if line.startswith("| ")]
    return {first: " | ".join(others) for first, *others in cells}


def test_the_set_is_the_run_s_own(run: Path, shipped: Path) -> None:
    ours = weights.load(shipped / "short.safetensors", weights.SYNTHESIZER)
    theirs = weights.load(run / "synthesizer.safetensors", weights.SYNTHESIZER)
    assert ours.sha256 == theirs.sha256 and ours.facts == theirs.facts
    assert f"`{ours.sha256}`" in rows(card_of(shipped, "short"))["SHA-256"]


def test_the_card_reads_the_run(run: Path, shipped: Path) -> None:
    found = rows(card_of(shipped, "short"))
    assert found["data"] == "DISFA+: 9 training pairs of 3 people"
    assert found["seed"] == "4"
    assert found["command"].startswith(
        "`python -m lfes_core train --preset tiny --data disfaplus:ROOT --out RUN "
    )
    assert "--seed 4" in found["command"] and "--set networks.synthesizer.level_3=4" in found["command"]
    assert found["stage 1, matching"].startswith("2 steps of 2 pairs (4 pictures); loss ")
    assert found["stage 2, adversarial"].startswith("2 steps of 2 pairs (4 pictures, each pair 0.4 times); ")
    assert hardware() in found["hardware"] and ", 1 process, " in found["hardware"]
    assert "GB" in found["speed, memory"]
    assert found["software"].startswith(f"python {platform.python_version()}, torch {version('torch')}")
    assert str(run) not in card_of(shipped, "short")  # nobody's folders


def test_the_card_s_numbers_are_those_of_the_pictures(shipped: Path, dataset: DISFAPlus) -> None:
    synthesizer = Synthesizer.load(shipped / "short.safetensors")
    pairs = ExpressionPairs(dataset, "test", Vocabulary(), seed=4)
    found = []
    for index, frame in enumerate(pairs.frames):
        neutral, target = dataset.face(pairs.neutrals[index]) / 255, dataset.face(frame) / 255
        drawn = np.asarray(synthesizer(neutral, pairs.sentence(index)).image) / 255
        moved = moved_region(neutral, target)
        ours, copied = closeness(drawn, target, moved), closeness(neutral, target, moved)
        found.append((ours.ssim, ours.ssim_moved, copied.ssim, copied.ssim_moved))
    table = rows(card_of(shipped, "short"))
    means, copies = np.mean(found, axis=0)[:2], np.mean(found, axis=0)[2:]
    assert table["these weights"] == " | ".join(f"{value:.3f}" for value in means)
    assert table["copy"] == " | ".join(f"{value:.3f}" for value in copies)
    assert "All 3 held-out pairs of 1 people" in card_of(shipped, "short")


def test_the_matching_card_has_retrieval_before_and_after(shipped: Path) -> None:
    table = rows(card_of(shipped, "matching"))
    assert {"full precision", "as shipped, 6 bits", "chance"} <= table.keys()
    stored = weights.load(shipped / "matching.safetensors", weights.MATCHING)
    assert f"`{stored.sha256}`" in table["SHA-256"]
    for name, tensor in weights.load(shipped / "short.safetensors", weights.SYNTHESIZER).tensors.items():
        if name.startswith("language_semantic_encoder."):
            assert torch.equal(tensor, stored.tensors[name])  # the set and the matching share one LSE


def test_a_person_s_limits_are_kept_and_somebody_must_write_them(
    run: Path, shipped: Path, dataset: DISFAPlus, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ["--data", f"disfaplus:{dataset.tree.root}"]
    assert card_of(shipped, "short").endswith(f"## Limits\n\n{LIMITS}")
    assert main([str(run), "short", *data, "--into", str(tmp_path)]) == 2
    assert "--limits FILE" in capsys.readouterr().err and list(tmp_path.iterdir()) == []
    (tmp_path / "short.md").write_text("# Old\n\n## Limits\n\nOnly ellipses, as I said.\n")
    assert main([str(run), "short", *data, "--into", str(tmp_path)]) == 0
    assert card_of(tmp_path, "short").endswith("## Limits\n\nOnly ellipses, as I said.\n")
    assert "read them again" in capsys.readouterr().out


@pytest.mark.parametrize(("name", "part"), [("Tiny", "not a name"), ("../tiny", "not a name")])
def test_names_that_cannot_be_are_refused(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, part: str
) -> None:
    assert main([str(run), name, "--into", str(tmp_path)]) == 2
    printed = capsys.readouterr().err
    assert part in printed and printed.count("\n") == 1 and list(tmp_path.iterdir()) == []


def test_a_run_without_a_result_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "limits.md").write_text(LIMITS)
    options = ["--limits", str(tmp_path / "limits.md"), "--into", str(tmp_path)]
    assert main([str(tmp_path / "none"), "short", *options]) == 2
    assert "let the run finish" in capsys.readouterr().err
    assert main([str(tmp_path / "none"), "matching", *options]) == 2
    assert "no such weights" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["limits.md"]


def test_spread_is_over_people_and_leaves_out_what_has_no_value() -> None:
    found = spread([0.2, 0.4, math.nan, 0.9], ["a", "a", "a", "b"])
    assert found.mean == pytest.approx(0.5)
    assert found.over_people == pytest.approx(np.std([0.3, 0.9], ddof=1))
    assert str(found) == "0.500 (0.424)"
    assert str(spread([0.5, 0.7], ["a", "a"])) == "0.600"


def test_a_run_with_a_preset_s_own_settings_needs_none_in_its_command() -> None:
    assert command(preset("book"), "scanfaces") == (
        "python -m lfes_core train --preset book --data scanfaces --out RUN"
    )
    assert command(preset("tiny"), "scanfaces", taken=True).endswith("--matching-from MATCHED_RUN")
    assert command(preset("tiny"), "scanfaces", begun=True).endswith("--start-from FIRST_RUN")


def test_what_a_run_took_over_and_did_not_record_is_said(dataset: DISFAPlus, tmp_path: Path) -> None:
    config, result = small(), {"step": 5}
    (tmp_path / "config.json").write_text("{}")
    facts = read_run(RunFolder(tmp_path), config, dataset, result=result)
    assert facts.machine == [("hardware, software", "not recorded by the run")]
    assert dict(facts.data)["data"] == "not recorded by the run"
    here = dict(read_run(RunFolder(tmp_path), config, dataset, result=result, this_machine=True).machine)
    assert here["hardware"] == hardware() and version("torch") in here["software"]
    (tmp_path / "run.json").write_text(
        '{"matching_from": {"run": "first", "sha256": "0"}, "start_from": {"run": "zero"}, "starts": [{}, {}]}'
    )
    facts = read_run(RunFolder(tmp_path), config, dataset, result=result)
    assert "of the run `first`, frozen" in dict(facts.matching)["stage 1, matching"]
    assert dict(facts.data)["command"].endswith("--matching-from MATCHED_RUN --start-from FIRST_RUN`")
    assert dict(facts.data)["start"] == "the weights of the run `zero`, not random ones"
    assert dict(facts.machine)["hardware"] == "not recorded; in 2 sittings"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(3, "3 seconds"), (2160, "36 minutes"), (9000, "2.5 hours"), (119.6, "120 seconds")],
)
def test_times_are_said_as_people_say_them(seconds: float, words: str) -> None:
    assert duration(seconds) == words

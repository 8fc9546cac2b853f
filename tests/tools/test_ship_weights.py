"""From a run of seconds and its report to weights and their card: all of it read or measured, nothing half-written."""

import hashlib
import json
import platform
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from lfes_core import weights
from lfes_core.config import preset
from lfes_core.evaluation.evaluate import evaluate
from lfes_core.networks import Discriminators
from lfes_core.synthesis import Synthesizer
from lfes_core.training.log import hardware
from lfes_core.weights import MATCHING, SYNTHESIZER
from tests.training.faces import drawn_faces, quiet_run, small
from tools.ship_weights.__main__ import main, read_report
from tools.ship_weights.run import command, duration, rows_of

LIMITS = "- These faces were drawn with ellipses.\n"


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return drawn_faces(tmp_path_factory.mktemp("faces") / "data")


@pytest.fixture(scope="module")
def run(dataset, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "short"
    quiet_run(dataset, folder, small(adversarial__steps=2, seed=4))
    return folder


@pytest.fixture(scope="module")
def options(run, dataset, tmp_path_factory):
    """What the command needs, with the report of an evaluation."""
    folder = tmp_path_factory.mktemp("report")
    for name, content in evaluate([("short", Synthesizer.load(run))], dataset).files().items():
        (folder / name).write_bytes(content)
    (limits := folder / "limits.md").write_text(LIMITS)
    return {"report": folder, "data": f"disfaplus:{dataset.tree.root}", "limits": limits}


def ship(run, name, into, options):
    given = [f"--{key}={value}" for key, value in options.items() if value is not None]
    return main([str(run), name, "--into", str(into), *given])


@pytest.fixture(scope="module")
def shipped(run, options, tmp_path_factory):
    """A folder with a set and the matching."""
    folder = tmp_path_factory.mktemp("shipped")
    assert [ship(run, name, folder, options) for name in ("short", "matching")] == [0, 0]
    return folder


def card_of(folder: Path, name: str) -> tuple[str, dict[str, str]]:
    """The text, and the rows of all its tables: first cell, and the others."""
    text = (folder / f"{name}.md").read_text(encoding="utf-8")
    cells = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return text, {first: " | ".join(others) for first, *others in cells}


def test_a_set_brings_the_discriminators_it_was_trained_against(run, shipped):
    ours = Discriminators.load(shipped / "discriminators" / "short.safetensors").state_dict()
    theirs = Discriminators.load(run).state_dict()
    assert ours.keys() == theirs.keys() and all(torch.equal(ours[name], theirs[name]) for name in ours)
    assert 'Discriminators.load("short")' in " ".join(card_of(shipped, "short")[0].split())


def test_the_set_is_the_run_s_own_and_its_card_says_how_it_was_trained(run, shipped):
    ours = weights.load(shipped / "short.safetensors", SYNTHESIZER)
    theirs = weights.load(run / "synthesizer.safetensors", SYNTHESIZER)
    assert ours.sha256 == theirs.sha256 and ours.facts == theirs.facts
    text, found = card_of(shipped, "short")
    assert f"`{ours.sha256}`" in found["SHA-256"]
    for file in ("short.safetensors", "discriminators/short.safetensors"):
        assert hashlib.sha256((shipped / file).read_bytes()).hexdigest() in found[f"`{file}`"]
    assert found["data"] == "DISFA+: 9 training pairs of 3 people" and found["seed"] == "4"
    made = "python -m lfes_core train --preset tiny --data disfaplus:ROOT --out RUN "
    for part in (made, " --seed 4", " --set networks.synthesizer.level_3=4"):
        assert part in found["command"]
    assert found["stage 1, matching"].startswith("2 steps of 2 pairs (4 pictures); loss ")
    told = "2 steps of 2 pairs (4 pictures, each pair 0.4 times), 2 with all losses; "
    assert found["stage 2, adversarial"].startswith(told)
    assert hardware() in found["hardware"] and ", 1 process, " in found["hardware"]
    assert "GB" in found["speed, memory"]
    assert found["software"].startswith(f"python {platform.python_version()}, torch {version('torch')}")
    assert str(run) not in text  # nobody's folders


def test_the_card_s_numbers_are_those_of_the_report(shipped, options):
    pictures = pd.read_csv(options["report"] / "pictures.csv").groupby("row")
    text, table = card_of(shipped, "short")
    for row, name in (("full", "these weights"), ("copy", "copy")):
        shown = [float(cell) for cell in table[name].split(" | ")]
        assert shown == pytest.approx(list(pictures[["ssim", "ssim_moved"]].mean().loc[row]), abs=6e-4)
    assert "All 3 held-out pairs of 1 people whom training never saw (SN904), sentences of seed 0." in text


def written_report(folder, sha256="b", quick=False):
    """Two trainings of one row, pictures of two people; those of the second seed, which is asked for, are better."""
    models = {"full": [{"sha256": "a", "seed": 0}, {"sha256": sha256, "seed": 1}]}
    folder.mkdir()
    (folder / "report.json").write_text(json.dumps({"about": {"quick": quick}, "models": models}))
    lines = [("copy", None, "ssim", "x", 0.5)]
    for person, value in (("x", 0.2), ("x", 0.4), ("x", np.nan), ("y", 0.9)):
        lines += [("full", seed, "ssim_moved", person, value + 0.1 * seed) for seed in (0, 1)]
    table = pd.DataFrame(lines, columns=["row", "seed", "measure", "person", "value"])
    table.to_csv(folder / "measurements.csv.gz", index=False)
    return folder


def test_spread_is_over_people_of_these_weights_and_leaves_out_what_has_no_value(tmp_path):
    _, means, spreads = read_report(written_report(tmp_path / "report"), "b")
    assert means["ours", "ssim_moved"] == pytest.approx(0.6)
    assert spreads["ours", "ssim_moved"] == pytest.approx(np.std([0.4, 1.0], ddof=1))
    assert means["copy", "ssim"] == 0.5 and np.isnan(spreads["copy", "ssim"])


def test_a_report_that_is_not_of_these_very_weights_is_refused(run, options, tmp_path, capsys):
    (written_report(tmp_path / "torn") / "measurements.csv.gz").write_bytes(b"\x1f\x8b")
    written_report(tmp_path / "others")
    sha256 = weights.load(run / "synthesizer.safetensors", SYNTHESIZER).sha256
    written_report(tmp_path / "quick", sha256, True)
    (into := tmp_path / "into").mkdir()
    for name, told in (
        (None, "no report says how good"),
        *(("none", "no report that can be read"), ("torn", "no report that can be read")),
        *(("others", "a report of other weights"), ("quick", "a report of a part of the pairs")),
    ):
        assert ship(run, "short", into, {**options, "report": name and tmp_path / name}) == 2
        assert told in capsys.readouterr().err and list(into.iterdir()) == []


def test_the_matching_card_has_retrieval_before_and_after(shipped):
    _, table = card_of(shipped, "matching")
    assert {"full precision", "as shipped, 6 bits", "chance"} <= table.keys()
    stored = weights.load(shipped / "matching.safetensors", MATCHING)
    assert f"`{stored.sha256}`" in table["SHA-256"] and "stage 2, adversarial" not in table
    lse = weights.load(shipped / "short.safetensors", SYNTHESIZER).part("language_semantic_encoder")
    assert lse and all(torch.equal(tensor, stored.tensors[name]) for name, tensor in lse.items())


def test_a_person_s_limits_are_kept_and_somebody_must_write_them(run, shipped, options, tmp_path, capsys):
    assert card_of(shipped, "short")[0].endswith(f"## Limits\n\n{LIMITS}")
    nobody_s = {**options, "limits": None}
    assert ship(run, "short", tmp_path, nobody_s) == 2
    assert "--limits FILE" in capsys.readouterr().err and list(tmp_path.iterdir()) == []
    (tmp_path / "short.md").write_text("# Old\n\n## Limits\n\nOnly ellipses, as I said.\n")
    assert ship(run, "short", tmp_path, nobody_s) == 0
    assert card_of(tmp_path, "short")[0].endswith("## Limits\n\nOnly ellipses, as I said.\n")
    assert "read them again" in capsys.readouterr().out


def test_a_run_with_a_preset_s_own_settings_needs_none_in_its_command():
    plain = "python -m lfes_core train --preset book --data scanfaces --out RUN"
    assert command(preset("book"), "scanfaces") == plain
    assert command(preset("book"), "scanfaces", taken="a") == plain + " --matching-from MATCHED_RUN"
    assert command(preset("book"), "scanfaces", begun="a") == plain + " --start-from FIRST_RUN"


def test_what_a_run_took_over_and_did_not_record_is_said(run, dataset, tmp_path):
    stored = replace(weights.load(run / "synthesizer.safetensors", SYNTHESIZER), path=tmp_path / "s")
    data = {"kind": "scan_faces", "training_pairs": 5}
    stored = replace(stored, facts={"step": 5, "seconds": 9000, "data": data, "start": "zero"})
    found = dict(rows_of(stored, replace(stored, facts={"taken_from": "first"}), dataset))
    assert found["data"] == "ScanFaces: 5 training pairs"
    assert found["command"].endswith("--matching-from MATCHED_RUN --start-from FIRST_RUN`")
    assert found["start"] == "the weights of the run `zero`, not random ones"
    assert "of the run `first`, frozen" in found["stage 1, matching"]
    assert found["stage 2, adversarial"].endswith("; 2.5 hours")
    assert found["hardware"] == found["software"] == "not recorded by the run"
    assert "stage 1, matching" not in dict(rows_of(stored, None, dataset))
    matched = replace(stored, facts=stored.facts | {"taken_from": "first"})
    for wrong, told in ((matched, "the run first"), (replace(stored, facts={}), "how it was trained")):
        with pytest.raises(ValueError, match=told):
            rows_of(wrong, wrong, dataset)


def test_times_are_said_as_people_say_them():
    said = {3: "3 seconds", 119.6: "120 seconds", 2160: "36 minutes", 9000: "2.5 hours"}
    assert {seconds: duration(seconds) for seconds in said} == said

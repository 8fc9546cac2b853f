"""Several trainings of one row: which may share it, what their mean is, and what a report says of each."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from lfes_core.config import Config, preset
from lfes_core.errors import UserError
from lfes_core.evaluation.bootstrap import mean_figure, plain, with_interval
from lfes_core.evaluation.evaluate import evaluate
from lfes_core.evaluation.row_figures import FIGURES, RowResult
from lfes_core.evaluation.rows import Gallery, Model
from lfes_core.evaluation.seeds import mean_of, over_seeds
from lfes_core.evaluation.trained import about_row, about_weights, check_seeds, hardware, shown_name, start
from lfes_core.metrics import Closeness
from lfes_core.sentences import Vocabulary
from lfes_core.synthesis import Synthesizer
from lfes_core.weight_files import synthesizer_file
from lfes_core.weights import load_synthesizer
from tests.training.faces import drawn_faces, small

PEOPLE = {name: np.random.default_rng(seed).normal(size=5) for seed, name in enumerate("abcdef")}


def shifted(by: float, scale: float = 1.0):
    return {name: scale * values + by for name, values in PEOPLE.items()}


def test_the_mean_of_two_seeds_is_that_of_one_bootstrap_over_the_mean_of_both():
    first, second = with_interval(shifted(0.0)), with_interval(shifted(1.0, 3.0))
    mean = mean_figure([first, second])
    together = with_interval({name: (PEOPLE[name] + 3 * PEOPLE[name] + 1) / 2 for name in PEOPLE})
    assert mean.value == pytest.approx(together.value, abs=1e-4)
    assert mean.low == pytest.approx(together.low, abs=1e-4)
    assert mean.high == pytest.approx(together.high, abs=1e-4)
    assert mean.n == first.n == 30


def test_the_mean_of_one_person_has_no_interval():
    one = with_interval({"a": [1.0, 2.0]})
    mean = mean_figure([one, with_interval({"a": [3.0, 4.0]})])
    assert (mean.value, mean.low, mean.high, mean.n) == (2.5, None, None, 2)


def test_nested_details_are_averaged_at_every_depth():
    one = {
        "n": 3,
        "name": "x",
        "by": {"12": {"icc": 0.2, "n": 3}},
        "f": with_interval(shifted(0.0)),
        "none": 1.0,
    }
    two = {
        "n": 3,
        "name": "x",
        "by": {"12": {"icc": 0.4, "n": 3}},
        "f": with_interval(shifted(2.0)),
        "none": None,
    }
    mean = mean_of([one, two])
    assert mean["by"] == {"12": {"icc": 0.3, "n": 3}} and mean["n"] == 3 and mean["name"] == "x"
    assert mean["f"].value == pytest.approx(one["f"].value + 1, abs=1e-4)
    assert mean["none"] is None


def result(ssim: float) -> RowResult:
    figures = dict.fromkeys(FIGURES) | {"ssim": with_interval(shifted(ssim))}
    return RowResult(
        figures,
        {"locality_by_chance": 0.07},
        [Closeness(ssim=ssim, ssim_moved=ssim, l1_moved=float("nan"))],
        [float(ssim > 0.6)],
        np.full((1, 256, 256, 3), int(100 * ssim), dtype=np.uint8),
    )


def test_a_row_of_two_seeds_names_each_and_its_spread():
    runs = [{"weights": f"run_{seed}", "sha256": str(seed), "seed": seed} for seed in (0, 1)]
    first, second = result(0.5), result(0.75)
    row = over_seeds([first, second], runs)
    assert row.figures["ssim"].value == pytest.approx(first.figures["ssim"].value + 0.125, abs=1e-4)
    assert row.figures["icc"] is None
    seeds = row.details["seeds"]
    assert [(run["weights"], run["seed"]) for run in seeds["runs"]] == [("run_0", 0), ("run_1", 1)]
    assert [run["values"]["ssim"] for run in seeds["runs"]] == [
        first.figures["ssim"].value,
        second.figures["ssim"].value,
    ]
    assert seeds["spread"]["ssim"] == pytest.approx(0.25) and seeds["spread"]["icc"] is None
    assert row.closeness[0].ssim == 0.625 and row.recognized == [0.5]
    assert (row.pictures == first.pictures).all()
    json.dumps(plain(row.details))


def test_a_row_of_one_run_is_left_alone():
    only = result(0.5)
    assert over_seeds([only], [{}]) is only


@pytest.fixture(scope="module")
def gallery(tmp_path_factory):
    return Gallery(drawn_faces(tmp_path_factory.mktemp("faces")))


@pytest.fixture
def model(gallery):
    def made(name: str, config: Config) -> Model:
        torch.manual_seed(0)
        return Model(Synthesizer(config, Vocabulary()), gallery, name)

    return made


def test_only_runs_that_differ_in_their_seed_share_a_row(model):
    check_seeds([model("a", small()), model("b", small(seed=1, adversarial__log_interval=7))])
    with pytest.raises(UserError, match="a and b are both weights for the row 'full' with seed 0: name one"):
        check_seeds([model("a", small()), model("b", small())])
    with pytest.raises(
        UserError, match=r"differ in adversarial\.steps \(4 and 5\): name one of them, or runs"
    ):
        check_seeds([model("a", small()), model("b", small(seed=1, adversarial__steps=5))])


def test_a_report_says_what_was_spent_on_a_run(model, tmp_path):
    run = model(str(tmp_path), small(seed=3))
    run.synthesizer.facts = {"step": 4, "seconds": 60.0}
    (tmp_path / "run.json").write_text(
        '{"starts": [{"hardware": "one"}, {"hardware": "two"}, {"hardware": "one"}]}'
    )
    found = about_weights(run)
    assert (found["steps"], found["batch_size"], found["pictures"], found["seconds"]) == (4, 2, 8, 60.0)
    assert (found["seed"], found["hardware"], found["sha256"]) == (3, "one; then two", None)
    assert found["settings"]["seed"] == 3 and found["settings"]["adversarial.steps"] == 4
    assert "losses.kl" not in found["settings"]
    assert found["weights"] == tmp_path.name
    row = about_row([run])
    assert row["runs"] == [found] and row["weights"] == found["weights"]


def test_a_row_of_the_package_is_tied_to_its_file(gallery):
    found = about_weights(Model(Synthesizer.load("tiny_skips"), gallery, "tiny_skips"))
    stored = load_synthesizer(synthesizer_file("tiny_skips"))
    assert found["sha256"] == stored.sha256 and found["steps"] == stored.facts["step"]
    assert "cores" in found["hardware"]
    assert found["settings"]["networks.synthesizer.skips"] is True


def test_hardware_that_nobody_wrote_down_is_not_known(tmp_path: Path):
    assert hardware(str(tmp_path)) is None
    (tmp_path / "run.json").write_text("[]")
    assert hardware(str(tmp_path)) is None


def test_a_report_does_not_tell_where_a_home_folder_is():
    assert shown_name("tiny") == "tiny" and shown_name("runs/first") == "runs/first"
    assert shown_name("/home/somebody/runs/first") == shown_name("../runs/first") == "first"


def test_presets_have_no_settings_of_their_own(model):
    assert about_weights(model("x", preset("tiny")))["settings"] == {}


def test_two_seeds_are_measured_and_averaged_by_one_evaluation(gallery):
    runs = []
    for seed in (0, 1):
        torch.manual_seed(seed)
        runs.append((f"run_{seed}", Synthesizer(small(seed=seed), Vocabulary())))
    report, sheets = evaluate(runs, gallery.dataset)
    alone = [evaluate([run], gallery.dataset)[0].rows["full"].figures["ssim"].value for run in runs]
    assert alone[0] != alone[1]
    found = report.to_json()
    assert found["rows"]["full"]["ssim"]["value"] == pytest.approx(np.mean(alone), abs=1e-4)
    assert found["rows"]["full"]["ssim"]["n"] == found["about"]["pairs"]
    assert [run["values"]["ssim"] for run in found["details"]["full"]["seeds"]["runs"]] == alone
    assert [run["seed"] for run in found["models"]["full"]["runs"]] == [0, 1]
    assert list(sheets) == ["pictures_full.png"]
    files = report.files()
    assert files["pictures.csv"].count(b"\nfull,") == found["about"]["pairs"]
    assert b"## Each seed by itself" in files["report.md"]


def test_weights_that_went_on_from_others_name_them(tmp_path: Path):
    assert start("tiny_skips") == "tiny_skips_second" and start("tiny") == "tiny_level_1"
    assert start(str(tmp_path)) is None
    (tmp_path / "run.json").write_text('{"start_from": null}')
    assert start(str(tmp_path)) is None
    (tmp_path / "run.json").write_text('{"start_from": {"run": "earlier", "sha256": "0"}}')
    assert start(str(tmp_path)) == "earlier"

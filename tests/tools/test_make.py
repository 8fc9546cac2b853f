"""make and its twin without make know the same targets, and a system that has no make can do all the rest."""

import importlib.util
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest
from packaging.specifiers import SpecifierSet

from tools import make

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def ran(monkeypatch):
    """Instead of being run, commands are kept; one that mentions `fails` returns 3."""
    commands = []

    def run(command, **how):
        commands.append(SimpleNamespace(words=command, env=how.get("env", {})))
        return SimpleNamespace(returncode=3 if "fails" in " ".join(command) else 0)

    monkeypatch.setattr(make.subprocess, "run", run)
    monkeypatch.delenv("JOBS", raising=False)
    return commands


def test_the_makefile_has_the_same_targets_and_leaves_all_to_the_twin():
    text = (ROOT / "Makefile").read_text("utf-8")
    (targets,) = re.findall(r"^TARGETS := (.*)$", text, re.MULTILINE)
    assert targets.split() == [*make.TARGETS]
    assert re.findall(r"^(\S.*):$", text, re.MULTILINE) == [".NOTPARALLEL", "$(TARGETS)"]
    assert "-m tools.make $@" in text


@pytest.mark.parametrize("target", [target for target, (_, commands) in make.TARGETS.items() if commands])
def test_every_target_runs_modules_that_are_there_here_or_in_the_environment(ran, monkeypatch, target):
    monkeypatch.setattr(make, "_environment", lambda: 0)
    for options, python in (("--here", sys.executable), ("--optional", str(make.python_of(make.VENV)))):
        ran.clear()
        assert make.main([options, target]) == 0
        assert {command.words[0] for command in ran} == {python}
        for _, flag, module, *arguments in (command.words for command in ran):
            assert flag == "-m" and importlib.util.find_spec(module) is not None
            assert "{" not in "".join(arguments)
            assert target != "test-browser" or ("--optional" in arguments) == (options == "--optional")


def test_the_whole_test_is_its_parts_in_their_order_and_ends_with_the_first_that_fails(ran, monkeypatch, capsys):
    assert make.main(["--here", "test"]) == 0
    assert [command.words[2] for command in ran] == ["ruff", "ruff", "mypy", "pytest", "tools.book.chapters"]
    assert capsys.readouterr().out.endswith("All tests passed.\n")
    ran.clear()
    monkeypatch.setitem(make.TARGETS, "types", ("types", ("fails",)))
    assert make.main(["--here", "test", "book"]) == 3
    assert [command.words[2] for command in ran] == ["ruff", "ruff", "fails"]
    assert "All tests passed." not in capsys.readouterr().out


def test_tests_run_side_by_side_on_one_thread_each_and_as_many_as_asked(ran, monkeypatch):
    monkeypatch.setenv("JOBS", "5")
    make.main(["--here", "unit", "notebooks"])
    unit, notebooks = ran
    assert "5" in unit.words and notebooks.env["JOBS"] == "5"
    assert unit.env["OMP_NUM_THREADS"] == "1" and "OMP_NUM_THREADS" not in notebooks.env.keys() - os.environ.keys()
    assert unit.env["OMP_WAIT_POLICY"] == notebooks.env["OMP_WAIT_POLICY"] == "PASSIVE"


def test_the_environment_is_made_from_the_pins_once_and_again_when_they_change(ran, monkeypatch, tmp_path):
    monkeypatch.setattr(make, "ROOT", tmp_path)
    monkeypatch.setattr(make, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(make, "STAMP", tmp_path / ".venv" / ".installed")
    (tmp_path / ".venv").mkdir()
    for name in ("pyproject.toml", "constraints.txt"):
        (tmp_path / name).touch()
    assert make.main(["environment"]) == 0
    assert [command.words[2] for command in ran] == ["venv", "pip", "pip"]
    assert all("constraints.txt" in command.words for command in ran[1:])
    assert make.main(["environment"]) == 0 and len(ran) == 3
    os.utime(tmp_path / "constraints.txt", (2**33, 2**33))
    assert make.main(["environment"]) == 0 and len(ran) == 6


@pytest.mark.fault("The book and its page", "making the environment is interrupted", "the next call makes it anew")
def test_an_environment_that_was_left_half_made_is_made_anew(ran, monkeypatch, tmp_path):
    for name in ("ROOT", "VENV", "STAMP"):
        monkeypatch.setattr(make, name, tmp_path / {"ROOT": "", "VENV": ".venv", "STAMP": ".venv/.installed"}[name])
    for name in ("pyproject.toml", "constraints.txt"):
        (tmp_path / name).touch()
    run = make.subprocess.run

    def interrupted(*words, **options):
        (tmp_path / ".venv" / "half").touch()
        raise KeyboardInterrupt

    monkeypatch.setattr(make.subprocess, "run", interrupted)
    assert make.main(["environment"]) == 130 and not make.STAMP.exists()
    monkeypatch.setattr(make.subprocess, "run", run)
    assert make.main(["environment"]) == 0 and len(ran) == 3
    assert make.STAMP.exists() and not (tmp_path / ".venv" / "half").exists()


@pytest.mark.parametrize("version", [(3, 10, 1), (3, 14, 0)])
def test_a_python_that_does_not_fit_is_named_and_nothing_is_made(ran, monkeypatch, capsys, tmp_path, version):
    monkeypatch.setattr(make, "STAMP", tmp_path / "none")
    monkeypatch.setattr(make.sys, "version_info", version)
    assert make.main(["book"]) == 2 and ran == []
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and "Python 3.11 to 3.13 is needed" in told


def test_the_versions_of_python_are_those_of_the_project():
    wanted = SpecifierSet(tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["requires-python"])
    fits = [minor for minor in range(5, 20) if wanted.contains(f"3.{minor}.0")]
    assert [(3, minor) for minor in fits] == [(3, minor) for minor in range(make.OLDEST[1], make.NEWEST[1] + 1)]


def test_what_is_no_target_is_answered_with_those_that_are(ran, capsys):
    assert make.main(["--here", "lint", "boook"]) == 2 and ran == []
    assert "no target 'boook'; there are help, environment, book" in capsys.readouterr().err


def test_help_has_a_line_for_each_target_and_needs_no_package():
    done = subprocess.run(
        [sys.executable, "-S", "-m", "tools.make"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert [line.split()[0] for line in done.stdout.splitlines()[2:]] == [*make.TARGETS]


def test_clean_removes_what_was_made_and_nothing_else(monkeypatch, tmp_path):
    monkeypatch.setattr(make, "ROOT", tmp_path)
    monkeypatch.setattr(make, "VENV", tmp_path / ".venv")
    for name in ("_build/html", ".venv/__pycache__", "book/__pycache__", ".mypy_cache", "lfes.egg-info", "book/runs"):
        (tmp_path / name).mkdir(parents=True)
    assert make.main(["clean"]) == 0
    assert {path.name for path in tmp_path.iterdir()} == {".venv", "book"}
    assert [path.name for path in (tmp_path / "book").iterdir()] == ["runs"]
    assert make.main(["distclean"]) == 0 and [path.name for path in tmp_path.iterdir()] == ["book"]

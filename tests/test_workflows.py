"""What the workflows call is there: they run on machines that nobody watches."""

import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from tests.test_project_files import PROJECT, requirements
from tools import make

ROOT = Path(__file__).resolve().parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
ELSEWHERE = {"pip", "pip_audit"}
"""Modules that a workflow installs itself."""


def workflow(name: str) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / f"{name}.yml").read_text("utf-8"))
    return read


def commands(path: Path) -> list[str]:
    jobs = yaml.safe_load(path.read_text("utf-8"))["jobs"].values()
    runs = [step["run"] for job in jobs for step in job["steps"] if "run" in step]
    return [line.strip() for run in runs for line in run.splitlines()]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_command_of_a_workflow_names_what_is_there(path: Path) -> None:
    for command in commands(path):
        for module in re.findall(r"python -m ([\w.]+)", command):
            assert module in ELSEWHERE or importlib.util.find_spec(module) is not None, command
        for targets in re.findall(r"tools\.make((?: [\w-]+)+)|\bmake((?: [\w-]+)+)", command):
            named = [word for word in "".join(targets).split() if not word.startswith("-")]
            assert set(named) <= set(make.TARGETS), command
        for script in re.findall(r"^\.ci/\w+|(?<=--constraint )\S+|(?<=--requirement )\S+", command):
            assert (ROOT / script).is_file(), command
        for extras in re.findall(r'"?\.\[(.+?)\]', command):
            assert set(extras.split(",")) <= set(PROJECT["optional-dependencies"]), command


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_job_of_a_workflow_ends_and_may_only_read(path: Path) -> None:
    read = yaml.safe_load(path.read_text("utf-8"))
    assert read["permissions"] == {"contents": "read"}
    for job in read["jobs"].values():
        assert job.get("timeout-minutes", 360) < 360 or "environment" in job
        assert all(step["uses"].startswith("actions/") for step in job["steps"] if "uses" in step)


def test_three_systems_are_tried_with_every_python_and_with_the_oldest_and_newest_pytorch() -> None:
    job = workflow("portability")["jobs"]["unit"]
    matrix = job["strategy"]["matrix"]
    assert {name.partition("-")[0] for name in matrix["os"]} == {"ubuntu", "macos", "windows"}
    wanted = SpecifierSet(PROJECT["requires-python"])
    assert matrix["python"] == [f"3.{minor}" for minor in range(5, 20) if wanted.contains(f"3.{minor}.0")]
    more = {(one["os"].partition("-")[0], one["torch"]) for one in matrix["include"]}
    assert more == {(name, torch) for name in ("ubuntu", "macos", "windows") for torch in ("oldest", "newest")}
    assert all(one["python"] in matrix["python"] for one in matrix["include"])


def test_the_oldest_pytorch_that_is_tried_is_the_oldest_that_is_allowed() -> None:
    said = "\n".join(commands(ROOT / ".github" / "workflows" / "portability.yml"))
    for name in ("torch", "torchvision"):
        (asked,) = [one for one in requirements() if one.name == name]
        (oldest,) = re.findall(rf"\b{name}==(\S+)", said)
        assert f">={oldest.removesuffix('.0')}" in str(asked.specifier).split(",")
        assert asked.specifier.contains(oldest)


def test_the_weekly_run_takes_no_pins_for_the_newest_and_audits_the_pins() -> None:
    jobs = workflow("weekly")["jobs"]
    newest, audit, mutation, fuzz = ("\n".join(step.get("run", "") for step in jobs[name]["steps"]) for name in jobs)
    assert "constraint" not in newest and "--upgrade" in newest and "unit notebooks" in newest
    assert "--requirement constraints.txt" in audit and "tools.mutation" in mutation
    assert "pip install atheris" in fuzz and "tools.fuzz" in fuzz
    assert not [line for line in newest.split() if line.startswith("torch") and Requirement(line).specifier]

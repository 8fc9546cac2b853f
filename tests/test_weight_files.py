"""Names and paths of weights: what each means, and one line of advice where there is nothing."""

from pathlib import Path

import pytest

from lfes_core import weight_files
from lfes_core.errors import UserError
from lfes_core.weight_files import files_of, in_one_line, matching_file, shipped_sets, synthesizer_file


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package with three sets, one of them in shards, and the matching; the files are empty."""
    folder = tmp_path / "package"
    folder.mkdir()
    for name in ("tiny", "alpha", "wide-00001-of-00002", "wide-00002-of-00002", "matching-00001-of-00001"):
        (folder / f"{name}.safetensors").touch()
    (folder / "tiny.md").write_text("# `tiny`: preset `tiny`, trained briefly\n\nMore.\n")
    monkeypatch.setattr(weight_files, "FOLDER", folder)
    monkeypatch.setattr(weight_files, "DEFAULT", "tiny")
    return folder


def test_sets_are_found_in_the_folder_with_the_default_first(shipped: Path) -> None:
    assert shipped_sets() == ("tiny", "alpha", "wide")
    (shipped / "tiny_skips.safetensors").touch()
    assert "tiny_skips" in shipped_sets()


def test_a_set_says_in_one_line_what_it_is(shipped: Path) -> None:
    assert in_one_line("tiny") == "preset tiny, trained briefly"
    assert in_one_line("wide") == "no model card"


def test_nothing_means_the_default_and_a_name_a_set(shipped: Path) -> None:
    assert synthesizer_file() == synthesizer_file("tiny") == shipped / "tiny.safetensors"
    assert synthesizer_file("wide") == shipped / "wide.safetensors"
    assert [path.name for path in files_of(synthesizer_file("wide"))] == [
        "wide-00001-of-00002.safetensors",
        "wide-00002-of-00002.safetensors",
    ]
    assert matching_file() == shipped / "matching.safetensors"


def test_a_name_goes_before_a_folder_and_a_path_means_the_folder(
    shipped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny").mkdir()
    for name in ("synthesizer.safetensors", "matching.safetensors"):
        (tmp_path / "tiny" / name).touch()
    assert synthesizer_file("tiny") == shipped / "tiny.safetensors"
    assert (
        synthesizer_file("./tiny") == synthesizer_file(Path("tiny")) == Path("tiny/synthesizer.safetensors")
    )
    assert matching_file("tiny") == Path("tiny/matching.safetensors")


@pytest.mark.parametrize("given", ["tinny", "matching", "runs/none", "none.safetensors"])
def test_what_is_not_there_is_answered_with_the_names_that_are(
    shipped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError) as raised:
        synthesizer_file(given)
    message = str(raised.value)
    assert message.startswith(f"{given}: ") and "tiny, alpha, wide" in message and "\n" not in message


def test_a_folder_without_a_result_is_not_a_run(shipped: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no synthesizer\.safetensors in this folder"):
        synthesizer_file(tmp_path)
    with pytest.raises(UserError, match=r"no matching\.safetensors in this folder"):
        matching_file(tmp_path)


def test_a_package_without_weights_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weight_files, "FOLDER", tmp_path)
    with pytest.raises(UserError, match="no weights come with"):
        synthesizer_file()
    with pytest.raises(UserError, match="no matching encoders come with"):
        matching_file()

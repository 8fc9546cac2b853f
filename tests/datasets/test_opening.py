from pathlib import Path

import pytest

from lfes_core.datasets import CKPlus, DISFAPlus, ScanFaces, open_dataset
from lfes_core.errors import UserError
from tests.datasets import trees


def test_a_word_and_a_root_open_each_layout(tmp_path: Path) -> None:
    disfa, ck = trees.disfa_plus(tmp_path / "d"), trees.ck_plus(tmp_path / "c")
    assert type(open_dataset(f"disfaplus:{disfa}")) is DISFAPlus
    assert type(open_dataset(f"ckplus:{trees.zipped(ck)}")) is CKPlus
    assert type(open_dataset(f"scanfaces:{disfa}")) is ScanFaces


@pytest.mark.parametrize("spec", ["", "celeba", "/data/ck", "disfa+:/data"])
def test_an_unknown_name_lists_the_known_ones(spec: str) -> None:
    with pytest.raises(UserError, match="scanfaces, disfaplus:ROOT or ckplus:ROOT"):
        open_dataset(spec)


@pytest.mark.parametrize("spec", ["ckplus", "ckplus:", "disfaplus:", "scanfaces:"])
def test_a_name_without_its_root_says_what_to_add(spec: str) -> None:
    with pytest.raises(UserError, match=":ROOT"):
        open_dataset(spec)


@pytest.mark.parametrize("name", ["ckplus", "disfaplus", "scanfaces"])
def test_a_root_that_is_not_there_is_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no folder or zip archive at .*nowhere"):
        open_dataset(f"{name}:{tmp_path / 'nowhere'}")


def test_the_other_layout_is_recognized_and_suggested(tmp_path: Path) -> None:
    disfa, ck = trees.disfa_plus(tmp_path / "d"), trees.ck_plus(tmp_path / "c")
    with pytest.raises(UserError, match=f"it looks like disfaplus:{disfa}"):
        open_dataset(f"ckplus:{disfa}")
    for name in ("disfaplus", "scanfaces"):
        with pytest.raises(UserError, match=f"it looks like ckplus:{ck}"):
            open_dataset(f"{name}:{ck}")

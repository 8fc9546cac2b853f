"""Whatever lies in one file of a tree, the rest of the dataset is read and counted."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lfes_core.datasets import CKPlus, DISFAPlus, check_dataset
from lfes_core.datasets.tree import FolderTree
from tests.datasets import trees
from tests.datasets.trees import write


class ChangedTree(FolderTree):
    """A folder in which one file seems to hold other bytes."""

    def __init__(self, root, name, content):
        super().__init__(root)
        self.name, self.content = name, content

    def read_bytes(self, name, limit=None, **options):
        return self.content[:limit] if name == self.name else super().read_bytes(name, limit, **options)


@pytest.fixture(scope="module")
def layouts(tmp_path_factory):
    ck, disfa = trees.ck_plus(tmp_path_factory.mktemp("ck")), trees.disfa_plus(tmp_path_factory.mktemp("d"))
    write(ck / "FACS/S005/gender.txt", "1")
    write(disfa / "Labels/SN001/gender.txt", "1")
    return {ck: CKPlus, disfa: DISFAPlus}


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_content_of_one_file_stops_the_rest(layouts, data):
    root = data.draw(st.sampled_from(sorted(layouts)), label="root")
    name = data.draw(st.sampled_from(FolderTree(root).names()), label="name")
    whole = (root / name).read_bytes()
    cut = st.integers(0, len(whole) - 1).map(lambda length: whole[:length])
    swapped = st.tuples(st.integers(0, len(whole) - 1), st.binary(min_size=1, max_size=4)).map(
        lambda change: whole[: change[0]] + change[1] + whole[change[0] + len(change[1]) :]
    )
    content = data.draw(st.one_of(cut, swapped, st.binary(max_size=60)), label="content")
    dataset = layouts[root](ChangedTree(root, name, content))
    check = check_dataset(dataset)
    assert len(dataset.subjects) == 3
    # One sequence of CK+, or the pairs of the neutral picture of one DISFA+ trial: more is never lost.
    assert check.frames.target.sum() >= (5 if root.name.startswith("ck") else 9)
    if not dataset.skipped:
        assert check.broken == 0

"""The counts of chapter 2 are those of the data, and every published count is of a unit that exists."""

import pytest

from lfes_core.action_units import ACTION_UNITS
from lfes_core.sentences import Description
from tests.book.modules import module_of_the_book

FACES = [Description("man", None, units) for units in ({1: 2, 2: 3}, {1: 1, 2: None}, {4: 5}, {4: 1, 25: 2})]


@pytest.fixture(scope="module")
def corpus():
    return module_of_the_book("corpus")


def test_units_and_pairs_are_counted_once_a_face(corpus):
    assert corpus.occurrences(FACES) == {1: 2, 2: 2, 4: 2, 25: 1}
    assert corpus.meetings(FACES) == {(1, 2): 2, (4, 25): 1}


def test_published_counts_are_of_units_with_words_and_fit_together(corpus):
    assert corpus.CK_PLUS_COUNTS.keys() <= ACTION_UNITS.keys()
    assert max(corpus.CK_PLUS_COUNTS.values()) < corpus.CK_PLUS_PEAKS
    assert not corpus.CK_PLUS_PAIRS.keys() & set(corpus.CK_PLUS_NEVER)
    for (one, other), (seen, chance) in corpus.CK_PLUS_PAIRS.items():
        counts = corpus.CK_PLUS_COUNTS
        assert one < other and chance < seen <= min(counts[one], counts[other], corpus.CK_PLUS_EMOTIONS)


def test_the_table_counts_scan_faces_as_the_data_card_does(corpus, faces):
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in corpus.table_of_counts(faces).split("\n")]
    table = {name: cells for name, *cells in rows}
    assert table["people"] == ["123", "9", "96", "8", "16"]
    # The data card has 1,440, 976 and 736 pictures: one more for each person, at rest.
    assert table["pictures with an expression"][2:] == ["1,344", "968", "720"]
    assert table["of them with an emotion"][2:] == ["288", "56", "112"]
    assert len({len(row) for row in rows}) == 1

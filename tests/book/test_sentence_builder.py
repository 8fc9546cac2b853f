"""The sentence builder of a page, and sentences in fixed words."""

import itertools

import pytest

from lfes_core.sentences import Description, parse
from tests.book.modules import data_inside, module_of_the_book, stands_alone


@pytest.fixture(scope="module")
def module():
    return module_of_the_book("sentence_builder")


def test_the_page_is_small_stands_alone_and_begins_with_a_face_of_the_package(module):
    page = module.builder().page
    assert stands_alone(page) and len(page) < 200_000
    data = data_inside(page)
    units = {int(number): level or None for number, level in data["start"]["units"].items()}
    assert Description(data["start"]["subject"], data["start"]["emotion"], units) == module.START
    assert data["tables"] == data_inside(module.builder().page)["tables"]


def test_a_sentence_says_what_was_chosen_and_nothing_else(module):
    for subject, first, second in itertools.product(("man", "woman"), ((25, 2), (12, 5), None), ((1, 3), (4, 5), None)):
        movements = [move for move in (first, second) if move]
        said = parse(module.sentence_for(subject, movements))
        assert said == Description(subject, None, dict(movements))


def test_an_intensity_changes_the_adverb_only(module):
    for unit in (1, 6, 12, 17, 25):
        weak, strong = (module.sentence_for("man", [(unit, level)]).split() for level in (2, 5))
        assert len(weak) == len(strong) and sum(a != b for a, b in zip(weak, strong, strict=True)) == 1

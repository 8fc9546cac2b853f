"""The sentence builder as a part of a page; test_explorer_sentences.py compares its words with the package."""

from lfes_core.sentences import Description, parse
from tests.book.modules import data_inside, module_of_the_book, stands_alone


def test_the_page_is_small_stands_alone_and_has_a_sentence_for_readers_without_scripts():
    builder = module_of_the_book("sentence_builder")
    page = builder.builder().page
    assert stands_alone(page) and len(page) < 250_000
    assert "A happy woman with" in page.partition("<noscript>")[2].partition("</noscript>")[0]
    assert set(data_inside(page)) == {"tables", "start"}


def test_a_sentence_says_what_was_chosen_and_an_intensity_changes_the_adverb_only():
    sentence_for = module_of_the_book("sentence_builder").sentence_for
    sentences = [sentence_for("woman", [(25, level), (1, 3)]) for level in range(1, 6)]
    for level, sentence in enumerate(sentences, start=1):
        assert parse(sentence) == Description("woman", None, {25: level, 1: 3})
    assert len(set(sentences)) == 5
    assert all(sum(a != b for a, b in zip(one.split(), sentences[0].split(), strict=True)) <= 1 for one in sentences)

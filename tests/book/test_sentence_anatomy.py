"""The drawing of a sentence: no word is lost, and each is drawn as what it is."""

import matplotlib
import matplotlib.pyplot as plt
import pytest

from lfes_core.sentences import PROTOCOLS, Description, describe
from tests.book.modules import module_of_the_book

FACE = Description("woman", "happiness", {6: 3, 12: 5, 15: None, 26: 1})


@pytest.fixture
def module():
    matplotlib.use("Agg")
    with matplotlib.rc_context():
        yield module_of_the_book("sentence_anatomy")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_pieces_are_the_sentence_and_each_movement_has_its_words(module, protocol):
    face = Description(FACE.subject, FACE.emotion, {n: k for n, k in FACE.action_units.items() if n != 15})
    for seed in range(40):
        sentence = describe(face, protocol, seed)
        pieces = list(module.pieces(sentence, face))
        assert " ".join(piece.text for piece in pieces) == sentence
        kinds = [piece.kind for piece in pieces]
        assert (kinds.count("where"), kinds.count("what happened"), kinds.count("how much")) == (3, 3, 3)
        assert sorted(piece.code for piece in pieces if piece.code) == ["AU 12 E", "AU 26 A", "AU 6 C"]


def test_participles_with_a_hyphen_are_one_word(module):
    face = Description("man", None, {15: None})
    pieces = list(module.pieces("A man with a pushed-down lip corner.", face))
    assert [(piece.text, piece.kind) for piece in pieces[-2:]] == [
        ("pushed-down", "what happened"),
        ("lip corner.", "where"),
    ]


def test_every_line_stays_in_the_figure(module, monkeypatch):
    monkeypatch.setattr(plt, "show", lambda: None)
    module.show_anatomy(Description("woman", "happiness", {6: 3, 12: 5, 26: None}), seed=3)
    axis = plt.gcf().axes[0]
    wide, tall = axis.get_xlim()[1], axis.get_ylim()[0]
    assert all(0 <= y < tall for _, y in (text.get_position() for text in axis.texts))
    assert max(max(line.get_xdata()) for line in axis.lines) <= wide
    plt.close("all")

"""Who hears of a changed word: fading as the forget gates say, distances that are zero where nothing is heard."""

import matplotlib
import matplotlib.pyplot as plt
import pytest
import torch

from lfes_core.config import preset
from lfes_core.networks import LanguageSemanticEncoder
from lfes_core.sentences import Vocabulary
from tests.book.modules import module_of_the_book

VOCABULARY = Vocabulary()


@pytest.fixture
def reading():
    matplotlib.use("Agg")
    with matplotlib.rc_context():
        yield module_of_the_book("reading")


@pytest.fixture
def encoder():
    torch.manual_seed(0)
    return LanguageSemanticEncoder(preset("tiny").networks.language, len(VOCABULARY)).eval()


def test_news_differs_in_one_strong_adverb_and_has_room_to_walk(reading):
    for before, after, place in reading.news(VOCABULARY, 10):
        assert [n for n, pair in enumerate(zip(before, after, strict=True)) if pair[0] != pair[1]] == [place]
        assert VOCABULARY[before[place]] in reading.STRONG and VOCABULARY[after[place]] == "slightly"
        assert len(before) - place >= reading.WALKED


def test_memory_kept_is_the_product_of_forget_gates(reading, encoder):
    with torch.no_grad():
        for name, weight in encoder.lstm.named_parameters():
            weight.zero_()
            if name == "bias_ih_l0":
                weight[256:512] = torch.tensor(9.0).log()  # a forget gate of 0.9
    kept = reading.kept(encoder, reading.news(VOCABULARY, 4))
    assert torch.allclose(kept, 0.9 ** torch.arange(8.0)[:, None].expand(8, 256), atol=1e-5)


def test_gates_by_hand_are_those_of_the_package(reading, encoder):
    """With h shown to be the same, the gates are: a new encoder halves its memory and its news at each word."""
    pairs = reading.news(VOCABULARY, 20)
    assert reading.kept(encoder, pairs)[1].mean() == pytest.approx(0.5, abs=0.05)
    heard = reading.heard(encoder, pairs)
    assert heard.shape == (20, 8) and torch.equal(heard[:, 0], torch.ones(20))
    assert heard[:, 1].mean() == pytest.approx(0.5, abs=0.05) and (heard.diff(dim=1) < 0).all()


def test_changes_are_zero_for_a_deaf_encoder_and_pairs_differ(reading, encoder):
    found = {change.name: change.distances for change in reading.changes(encoder, VOCABULARY)}
    assert tuple(found) == reading.CHANGES
    assert all((distances > 0).all() for distances in found.values())
    assert len(found["another Action Unit"]) == 12 * 4 * 4 and len(found["faintest to strongest"]) == 12 * 4
    with torch.no_grad():
        encoder.embedding.weight.zero_()
        encoder.lstm.weight_hh_l0.zero_()
        encoder.lstm.weight_hh_l0_reverse.zero_()
        for name, bias in encoder.lstm.named_parameters():
            if name.startswith("bias"):
                bias[:256] = -100.0  # nothing is written
    assert all((each.distances < 1e-3).all() for each in reading.changes(encoder, VOCABULARY))


def test_figures_have_a_panel_or_a_line_for_each_encoder(reading, encoder, monkeypatch):
    shown = []
    monkeypatch.setattr(reading.plt, "show", lambda: shown.append(plt.gcf()))
    monkeypatch.setattr(reading.plt, "close", lambda *_: None)
    both = {"first": encoder, "second": encoder}
    reading.show_fading(both, VOCABULARY)
    reading.show_noticed("A man with a raised chin", "A man with a dropped chin", both, VOCABULARY)
    reading.show_changes(both, VOCABULARY)
    fading, noticed, changes = shown
    assert [axis.get_title(loc="left") for axis in fading.axes] == ["first", "second"]
    labels = [label.get_text() for label in noticed.axes[-1].get_xticklabels()]
    assert labels == ["a", "man", "with", "a", "raised → dropped", "chin"]
    assert [text.get_text() for text in changes.axes[0].get_legend().get_texts()] == ["first", "second"]
    monkeypatch.undo()
    plt.close("all")

"""The record of what one vector holds: sentences say what they are said to say, and answers are counted right."""

import random

import matplotlib
import matplotlib.pyplot as plt
import pytest
import torch
from torch import nn

from lfes_core.networks import LanguageFeatures
from lfes_core.sentences import parse
from tests.book.modules import module_of_the_book


@pytest.fixture
def readback():
    matplotlib.use("Agg")
    with matplotlib.rc_context():
        yield module_of_the_book("readback")


class KnowsAll(nn.Module):
    """Answers with what the sentence says, times a factor."""

    def __init__(self, readback, factor):
        super().__init__()
        self.readback, self.factor = readback, factor

    def forward(self, tokens, lengths):
        answers = torch.zeros(len(tokens), 12)
        for row, (numbers, length) in enumerate(zip(tokens.tolist(), lengths.tolist(), strict=True)):
            words = [self.readback.VOCABULARY[number] for number in numbers[:length]]
            said = parse(" ".join(words)).action_units
            for unit, level in said.items():
                answers[row, self.readback.UNITS.index(unit)] = level * self.factor
        return answers


def test_sentences_say_the_intensities_that_are_given_with_them(readback):
    told = readback.draw(random.Random(0), 20, (1, 3))
    named = (told.intensities > 0).sum(dim=1)
    assert set(named.tolist()) == {1, 3}
    assert torch.equal(KnowsAll(readback, 1)(told.tokens, told.lengths), told.intensities)


def test_right_answers_are_counted(readback):
    assert readback.right_shares(KnowsAll(readback, 1), 2, 20) == (1, 1)
    assert readback.right_shares(KnowsAll(readback, 1.08), 2, 20) == (1, 1)  # rounded
    assert readback.right_shares(KnowsAll(readback, 0), 2, 20) == (0, 0)


def test_readings_of_a_sentence_ignore_padding(readback):
    words = torch.randn(2, 512, 3)
    words[1, :, 2] = 0
    mask = torch.tensor([[True, True, True], [True, True, False]])
    language = LanguageFeatures(words, torch.randn(2, 512), mask)
    assert torch.equal(readback.final_states(language), language.sentence)
    assert torch.equal(readback.last_word(language), torch.stack((words[0, :, 2], words[1, :, 1])))
    assert torch.allclose(readback.mean_word(language)[1], words[1, :, :2].mean(dim=1))


def test_teaching_lowers_the_error_and_a_bottleneck_is_as_narrow_as_asked(readback):
    torch.manual_seed(0)
    reader = readback.UnitReader(bottleneck=12)
    assert reader.squeeze.out_features == reader.answer.in_features == 12
    assert readback.teach(reader, 25, (1,), seed=0) < 1.2
    assert isinstance(readback.UnitReader().squeeze, nn.Identity)


def test_the_record_holds_what_the_chapter_says_of_it(readback):
    rows = readback.record()
    taught = {(int(row["steps"]), row["reading"], int(row["seed"])) for row in rows}
    assert taught == set(readback.PLAN) and len(rows) == len(taught) * len(readback.ASKED)
    assert all(0 <= float(row["whole"]) <= float(row["letters"]) + 0.05 <= 1.05 for row in rows)


def test_figures_show_every_adverb_and_every_line_of_the_record(readback, monkeypatch):
    shown = []
    monkeypatch.setattr(readback.plt, "show", lambda: shown.append(plt.gcf()))
    monkeypatch.setattr(readback.plt, "close", lambda *_: None)
    readback.show_adverbs(KnowsAll(readback, 1))
    readback.show_record()
    adverbs, record = shown
    assert len(adverbs.axes[0].get_yticklabels()) == 15
    marks = [line for line in adverbs.axes[0].lines if len(line.get_xdata()) == 1]
    assert [round(float(mark.get_xdata()[0]), 3) for mark in marks] == [n for n in range(1, 6) for _ in range(3)]
    names = [name for name, _, _ in readback.LINES.values()]
    legend = [text.get_text().split(", n=")[0] for text in record.axes[0].get_legend().get_texts()]
    assert legend == names
    monkeypatch.undo()
    plt.close("all")

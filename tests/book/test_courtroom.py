"""The courtroom shows each judge what it says it shows: the right sentence, another one, and the neutral face."""

from types import SimpleNamespace

import pytest
import torch

from lfes_core.datasets import ScanFaces
from lfes_core.networks.discriminators import Verdict
from tests.book.modules import module_of_the_book

TRUE, MADE, WRONG, COPY = range(4)


@pytest.fixture(scope="module")
def courtroom():
    return module_of_the_book("courtroom")


@pytest.fixture(scope="module")
def heard(courtroom):
    faces = ScanFaces()
    faces.validation_subjects = faces.validation_subjects[:2]
    return courtroom.hearing("tiny_moving", faces)


def judged(heard, courtroom, exhibit):
    verdicts = heard.verdicts[courtroom.EXHIBITS[exhibit]]
    return [*verdicts.face, *verdicts.expression, verdicts.synthesis]


def test_a_wrong_sentence_changes_the_conditional_judgments_alone(heard, courtroom):
    for right, wrong in zip(judged(heard, courtroom, TRUE), judged(heard, courtroom, WRONG), strict=True):
        assert torch.allclose(right.unconditional, wrong.unconditional)
        assert (right.conditional != wrong.conditional).all()


def test_a_wrong_sentence_is_about_another_part_of_the_same_person(heard, courtroom):
    upper, mouth = ("brow", "lid"), ("lip",)
    assert len(heard.sentences) == 2 * len(courtroom.UNITS) == 12 and heard.people == 2
    for one, other in zip(heard.sentences[:3], heard.sentences[3:6], strict=True):
        assert any(word in one for word in upper) and any(word in other for word in mouth)
    copies = judged(heard, courtroom, COPY)[2].conditional  # of D_EV, which sees no difference: the sentence alone
    assert len({round(float(logit), 4) for logit in copies}) >= len(courtroom.UNITS)


def test_the_expression_judges_see_the_same_in_every_copy_and_the_face_judges_do_not(heard, courtroom):
    face, _, expression, *_ = (verdict.unconditional for verdict in judged(heard, courtroom, COPY))
    assert torch.allclose(expression, expression[0].expand(12), atol=1e-5)
    assert not torch.allclose(face[:6], face[6:])


def test_made_pictures_are_those_of_the_set(heard, courtroom):
    true, made, _, copy = (heard.pictures[exhibit] for exhibit in courtroom.EXHIBITS)
    assert true.shape == made.shape == (12, 3, 256, 256)
    assert 0 < (made - true).abs().mean() < (true[0] - true[6]).abs().mean()
    assert torch.equal(copy[0], copy[5]) and not torch.equal(copy[0], copy[6])


def test_shares_count_who_was_believed_and_who_won(courtroom):
    said = {  # four pairs: conditional logits of the four exhibits
        "true": [2.0, 1.0, -1.0, 3.0],
        "made": [1.0, 2.0, -2.0, -1.0],
        "wrong": [3.0, 2.0, 1.0, 1.0],
        "copy": [-1.0] * 4,
    }
    verdicts = {
        exhibit: Verdict(torch.tensor([1.0, 1.0, 1.0, -1.0]), torch.tensor(logits))
        for exhibit, logits in zip(courtroom.EXHIBITS, said.values(), strict=True)
    }
    heard = SimpleNamespace(verdicts=verdicts, sentences=[""] * 4, people=2)
    first, _, alone, beside = courtroom.shares(heard, {"D": lambda verdict: verdict})
    assert first.startswith("n = 4 pairs of 2 people")
    assert alone.split() == ["D", "unconditional", "75%", "75%", "-", "75%", "0%", "-"]
    assert beside.split() == ["D", "conditional", "75%", "50%", "100%", "0%", "75%", "25%"]

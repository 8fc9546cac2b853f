"""The court shows each discriminator what it says it shows: the right sentence, another one, somebody else."""

import copy
from types import SimpleNamespace

import matplotlib.pyplot as plt
import pytest
import torch

from lfes_core.losses import adversarial_loss
from lfes_core.networks.discriminators import Verdict
from tests.book.modules import module_of_the_book

TRUE, SYNTHESIZED, SENTENCE, PERSON, COPY = range(5)
PEOPLE = 4  # men and women in turn: the wrong person is the next but one


@pytest.fixture(scope="module")
def courtroom():
    return module_of_the_book("courtroom")


@pytest.fixture(scope="module")
def heard(courtroom, faces):
    faces = copy.copy(faces)
    faces.validation_subjects = faces.validation_subjects[:PEOPLE]
    return courtroom.hearing("tiny_moving", faces)


def judged(heard, courtroom, exhibit):
    verdicts = heard.verdicts[courtroom.EXHIBITS[exhibit]]
    return [*verdicts.face, *verdicts.expression, verdicts.synthesis]


def face(verdicts):
    return verdicts.face[0]


def expression(verdicts):
    return verdicts.expression[0]


def test_a_wrong_sentence_changes_the_conditional_judgments_alone(heard, courtroom):
    for right, wrong in zip(judged(heard, courtroom, TRUE), judged(heard, courtroom, SENTENCE), strict=True):
        assert torch.allclose(right.unconditional, wrong.unconditional)
        assert (right.conditional != wrong.conditional).all()


def test_a_wrong_sentence_is_about_another_part_of_the_same_person(heard, courtroom):
    upper, mouth = ("brow", "lid"), ("lip",)
    assert len(heard.sentences) == PEOPLE * len(courtroom.UNITS) == 24 and heard.people == PEOPLE
    for one, other in zip(heard.sentences[:3], heard.sentences[3:6], strict=True):
        assert any(word in one for word in upper) and any(word in other for word in mouth)
    copies = judged(heard, courtroom, COPY)[2].conditional  # of D_EV, which sees no difference: the sentence alone
    assert len({round(float(logit), 4) for logit in copies}) >= len(courtroom.UNITS)


def test_a_wrong_person_is_another_of_the_same_sex_with_the_same_movement(heard, courtroom):
    true, person = heard.pictures["true"], heard.pictures["wrong person"]
    assert torch.equal(person[0], true[12]) and torch.equal(person[13], true[1])
    assert heard.sentences[0] == heard.sentences[12] != heard.sentences[6]


def test_only_expression_discriminators_tell_a_wrong_person_from_one_more_true_picture(heard, courtroom):
    pairs = zip(judged(heard, courtroom, TRUE), judged(heard, courtroom, PERSON), strict=True)
    assert [courtroom.compares(*pair) for pair in pairs] == [False, False, True, True, False]


def test_expression_discriminators_see_the_same_in_every_copy_and_the_others_do_not(heard, courtroom):
    first, _, changed, *_ = (verdict.unconditional for verdict in judged(heard, courtroom, COPY))
    assert torch.allclose(changed, changed[0].expand(24), atol=1e-5)
    assert not torch.allclose(first[:6], first[6:12])


def test_synthesized_pictures_are_those_of_the_set(heard, courtroom):
    true, synthesized, _, _, copy = (heard.pictures[exhibit] for exhibit in courtroom.EXHIBITS)
    assert true.shape == synthesized.shape == (24, 3, 256, 256)
    assert 0 < (synthesized - true).abs().mean() < (true[0] - true[6]).abs().mean()
    assert torch.equal(copy[0], copy[5]) and not torch.equal(copy[0], copy[6])
    assert torch.equal(synthesized, heard.levels[2])


def test_shares_count_who_was_believed_and_who_won(courtroom):
    said = {  # four pairs: conditional logits of the exhibits
        "true": [2.0, 1.0, -1.0, 3.0],
        "synthesized": [1.0, 2.0, -2.0, -1.0],
        "wrong sentence": [3.0, 2.0, 1.0, 1.0],
        "wrong person": [1.0, 0.0, -2.0, 4.0],
        "copy": [-1.0] * 4,
    }
    verdicts = {
        exhibit: Verdict(torch.tensor([1.0, 1.0, 1.0, -1.0]), torch.tensor(logits)) for exhibit, logits in said.items()
    }
    heard = SimpleNamespace(verdicts=verdicts, sentences=[""] * 4, people=2)
    first, _, alone, beside = courtroom.shares(heard, {"D": lambda verdict: verdict})
    assert first.startswith("n = 4 pairs of 2 people")
    assert alone.split() == ["D", "unconditional", "75%", "75%", "-", "75%", "0%", "-", "-"]
    assert beside.split() == ["D", "conditional", "75%", "50%", "100%", "0%", "75%", "25%", "-"]
    verdicts["wrong person"] = Verdict(torch.tensor([0.0, 2.0, 0.0, -2.0]), verdicts["wrong person"].conditional)
    *_, alone, beside = courtroom.shares(heard, {"D": lambda verdict: verdict})
    assert alone.split()[-1] == beside.split()[-1] == "75%"


def test_the_pull_is_the_gradient_of_the_loss_of_the_generator(heard, courtroom):
    picture = heard.levels[0].clone().requires_grad_()
    verdict = heard.discriminators.face_1(picture, heard.condition)
    halves = [adversarial_loss(Verdict(logits, logits)) / 2 for logits in verdict]
    pulls = [torch.autograd.grad(len(picture) * half, picture, retain_graph=True)[0] for half in halves]
    *_, line = courtroom.voices(heard, {"D_FV¹": face})
    name, *lengths = line.split()[:3]
    assert name == "D_FV¹"
    assert lengths == [f"{pull.flatten(1).norm(dim=1).mean():.2f}" for pull in pulls]


def test_the_pull_of_every_discriminator_is_at_the_picture_of_its_own_level(heard, courtroom):
    asked = {"D_EV¹": expression, "D_syn": lambda verdicts: verdicts.synthesis}
    _, _, *lines = courtroom.voices(heard, asked)
    for line in lines:
        _, *numbers = line.split()
        assert len(numbers) == 5 and all(0 <= float(number.rstrip("%")) <= 100 for number in numbers)


def test_what_the_sentence_decides_of_a_pull_and_where_it_leads(courtroom):
    fits, other = torch.zeros(3, 1, 1, 2), torch.zeros(3, 1, 1, 2)
    fits[..., 0] = 1.0
    right = torch.tensor([[0.0, 1.0], [1.0, 0.0], [-1.0, 1.0]])[:, None, None]
    wrong = torch.tensor([[0.0, 1.0], [-1.0, 0.0], [1.0, 1.0]])[:, None, None]
    decided, toward = courtroom.by_the_sentence(right, wrong, fits, other)
    assert torch.allclose(decided, torch.tensor([0.0, 1.0, 2**-0.5]))
    assert toward.tolist() == [False, True, False]


def test_another_part_is_the_same_person_three_movements_further(courtroom):
    pairs = torch.arange(12)
    assert courtroom.another_part(pairs).tolist() == [3, 4, 5, 0, 1, 2, 9, 10, 11, 6, 7, 8]


def test_the_figure_has_a_panel_for_each_head_and_no_wrong_sentence_where_none_is_seen(heard, courtroom, monkeypatch):
    monkeypatch.setattr(plt, "show", lambda: None)
    courtroom.show({"one": heard, "two": heard}, expression)
    axes = plt.gcf().axes
    assert [axis.get_title() for axis in axes[:2]] == ["one, unconditional", "one, conditional"]
    dots = [[len(line.get_xdata()) for line in axis.lines if line.get_linestyle() == "None"] for axis in axes[:2]]
    assert dots == [[24, 24, 0, 24], [24, 24, 24, 24]]
    plt.close("all")

"""The questions: what differs between two of them is the word that is tested, and nothing else."""

from itertools import groupby

import pytest

from lfes_core.action_units import ACTION_UNITS, INTENSITY_ADVERBS
from lfes_core.datasets import split
from lfes_core.evaluation.questions import UNITS, ask, held_out_pairs, question_table
from lfes_core.sentences import parse


@pytest.fixture(scope="module")
def asked(faces):
    return ask(faces, "validation")


def of(asked, name):
    return [question for question in asked if question.set == name]


def without_adverbs(sentence):
    for adverb in sorted(sum(INTENSITY_ADVERBS.values(), ()), key=len, reverse=True):
        sentence = sentence.replace(f" {adverb} ", " ~ ")
    return sentence.replace(" an ~", " a ~").replace("an ~", "a ~")


def test_every_sentence_says_what_is_named_and_belongs_to_its_true_picture(asked):
    for question in asked[::7]:
        assert dict(parse(question.sentence).action_units) == dict(question.named)
        assert question.neutral.subject == question.person
        if question.truth is not None:
            assert question.truth.subject == question.person
            assert dict(question.truth.action_units) == dict(question.named)


def test_the_sentences_of_one_unit_and_person_differ_in_the_adverb_alone(asked, faces):
    of_whom = set()
    for key, group in groupby(of(asked, "single"), key=lambda question: (question.person, question.about)):
        questions = list(group)
        of_whom.add(key)
        assert [question.named[question.about] for question in questions] == [1, 2, 3, 4, 5]
        assert len({question.sentence for question in questions}) == 5
        assert len({without_adverbs(question.sentence) for question in questions}) == 1
    assert of_whom == {(person, unit) for person in faces.validation_subjects for unit in UNITS}


def test_a_removed_phrase_is_the_only_difference(asked):
    crossed_out = [question for question in of(asked, "removed") if question.other is not None]
    assert len(crossed_out) > 100
    for rest in crossed_out:
        whole = rest.other
        assert whole.named.keys() - rest.named.keys() == {rest.about}
        assert all(whole.named[unit] == level for unit, level in rest.named.items())
        assert not (26 in rest.named and 25 not in rest.named)
        assert ACTION_UNITS[rest.about].noun in whole.sentence


def test_an_added_phrase_is_about_the_other_half_of_the_face(asked):
    added = [question for question in of(asked, "added") if question.other is not None]
    assert len(added) == 12 * 8
    for both in added:
        assert both.named.keys() - both.other.named.keys() == {both.about}
        upper = ACTION_UNITS[max(both.other.named)].region in ("forehead", "brows", "eyes")
        assert both.about == (12 if upper else 1)


def test_paraphrases_say_the_same_in_other_words(asked):
    reworded, several = of(asked, "reworded"), [q for q in of(asked, "held_out") if len(q.named) > 1]
    assert len(reworded) == len(several) > 50
    for first, other in zip(several, reworded, strict=True):
        assert other.other is first
        assert other.sentence != first.sentence and other.named == first.named
        assert parse(other.sentence) == parse(first.sentence)


def test_unseen_combinations_are_shown_by_no_training_person(asked, faces):
    seen = {frozenset(frame.action_units) for frame in split(faces, "train")}
    unseen = [question for question in asked if question.unseen]
    assert unseen and {question.set for question in unseen} == {"held_out"}
    for question in of(asked, "held_out"):
        assert question.unseen == (len(question.named) > 1 and frozenset(question.named) not in seen)


def test_a_quick_evaluation_asks_about_every_unit_and_much_less(faces, asked):
    quick = ask(faces, "validation", quick=True)
    assert {question.about for question in of(quick, "single")} == set(UNITS)
    assert len(quick) < len(asked) / 3


def test_questions_without_their_pictures_are_left_out(faces):
    damaged = held_out_pairs(faces, "validation")[6].truth
    whole, rest = (
        ask(faces, "validation", quick=True),
        ask(faces, "validation", True, lambda frame: frame is not damaged),
    )
    assert len(of(rest, "held_out")) == len(of(whole, "held_out")) - 1
    assert damaged not in [question.truth for question in rest]
    assert ask(faces, "validation", True, lambda frame: False) == []


def test_the_table_numbers_the_questions_and_names_the_one_to_compare_with(asked):
    table = question_table(asked)
    assert len(table) == len(asked) and list(table["question"]) == list(range(len(asked)))
    for place in range(0, len(asked), 11):
        line, question = table.iloc[place], asked[place]
        assert (line["sentence"], line["person"]) == (question.sentence, question.person)
        if question.other is not None:
            assert asked[line["other"]] is question.other
        assert (line["n_named"], line["unseen"]) == (len(question.named), question.unseen)

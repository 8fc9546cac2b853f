"""The questions: what differs between two of them is the word that is tested, and nothing else."""

import pytest

from lfes_core.action_units import ACTION_UNITS, INTENSITY_ADVERBS
from lfes_core.datasets import ScanFaces
from lfes_core.evaluation.asked import ask
from lfes_core.evaluation.questions import UNITS, unit_of
from lfes_core.sentences import parse


@pytest.fixture(scope="module")
def faces() -> ScanFaces:
    return ScanFaces()


@pytest.fixture(scope="module")
def asked(faces):
    return ask(faces)


def without_adverbs(sentence):
    for adverb in sorted(sum(INTENSITY_ADVERBS.values(), ()), key=len, reverse=True):
        sentence = sentence.replace(f" {adverb} ", " ~ ")
    return sentence.replace(" an ~", " a ~").replace("an ~", "a ~")


def test_every_sentence_says_what_is_named_and_belongs_to_its_true_picture(asked):
    sets = [asked.held_out, asked.adverbs[0], asked.removed[0], asked.added[0], asked.reworded]
    for question in [question for questions in sets for question in questions[::7]]:
        assert dict(parse(question.sentence).action_units) == dict(question.named)
        assert question.neutral.subject == question.subject
        if question.truth is not None:
            assert question.truth.subject == question.subject
            assert dict(question.truth.action_units) == dict(question.named)


def test_all_twelve_units_all_five_levels_all_held_out_people_and_all_ten_exchanges(asked, faces):
    questions, exchanges = asked.adverbs
    assert len(questions) == 12 * 5 * 8
    assert {unit_of(question) for question in questions} == set(UNITS)
    assert {question.subject for question in questions} == set(faces.test_subjects)
    assert len(exchanges) == 10 * 12 * 8
    assert len(set(exchanges)) == len(exchanges)


def test_exchanged_sentences_differ_in_the_adverb_alone(asked):
    questions, exchanges = asked.adverbs
    for exchange in exchanges:
        weak, strong = questions[exchange.weak], questions[exchange.strong]
        assert weak.sentence != strong.sentence
        assert without_adverbs(weak.sentence) == without_adverbs(strong.sentence)
        assert weak.named[exchange.unit] < strong.named[exchange.unit]


def test_a_removed_phrase_is_the_only_difference(asked):
    questions, exchanges = asked.removed
    assert len(exchanges) > 100
    for exchange in exchanges:
        rest, whole = questions[exchange.weak], questions[exchange.strong]
        assert whole.named.keys() - rest.named.keys() == {exchange.unit}
        assert all(whole.named[unit] == level for unit, level in rest.named.items())
        assert not (26 in rest.named and 25 not in rest.named)
        assert ACTION_UNITS[exchange.unit].noun in whole.sentence


def test_an_added_phrase_is_about_the_other_half_of_the_face(asked):
    questions, exchanges = asked.added
    assert len(exchanges) == 12 * 8
    for exchange in exchanges:
        alone, both = questions[exchange.weak], questions[exchange.strong]
        assert both.named.keys() - alone.named.keys() == {exchange.unit}
        upper = ACTION_UNITS[unit_of(alone)].region in ("forehead", "brows", "eyes")
        assert exchange.unit == (12 if upper else 1)


def test_paraphrases_say_the_same_in_other_words(asked):
    assert len(asked.reworded) == len(asked.several) > 50
    for place, other in zip(asked.several, asked.reworded, strict=True):
        first = asked.held_out[place]
        assert other.sentence != first.sentence and other.named == first.named
        assert parse(other.sentence) == parse(first.sentence)


def test_unseen_combinations_are_shown_by_no_training_person(asked, faces):
    seen = {
        frozenset(frame.action_units) for frame in faces.frames if frame.subject not in faces.test_subjects
    }
    assert asked.unseen
    assert all(frozenset(asked.held_out[place].named) not in seen for place in asked.unseen)


def test_a_quick_evaluation_asks_about_every_unit_and_much_less(faces, asked):
    quick = ask(faces, quick=True)
    assert {unit_of(question) for question in quick.adverbs[0]} == set(UNITS)
    assert quick.drawings(attention=True) < asked.drawings(attention=True) / 3

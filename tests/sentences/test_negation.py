"""What is denied, doubtful or of another moment: understood and said, or refused by name; never turned round."""

import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lfes_core.errors import UserError
from lfes_core.sentences import Description, phrases, understand
from lfes_core.sentences.phrases import ENTRIES, INSIDE, LEVELS
from lfes_core.sentences.reader import read

DENIALS = pytest.mark.fault(
    "Sentences", "a negation: no, not, never, without, neither, isn't", "what is denied is left out, and that is said"
)
OPEN = pytest.mark.fault(
    "Sentences",
    "or, if, almost, questions, numbers, past, future, comparisons, several people, what turns round (anything but)",
    "refused in one line that names the word and what to write",
)
CONTRADICTIONS = pytest.mark.fault(
    "Sentences", "a sentence that contradicts itself (lips pressed and parted)", "a warning or refusal that names both"
)
VAGUE = pytest.mark.fault(
    "Sentences", "vague words (a little bit, kind of, hardly)", "the same movements, weaker, wherever the word stands"
)

MOVEMENTS = [entry for row in ENTRIES.values() for entry in row if entry.kind == "movement"]
NEGATIONS = phrases.listed(phrases.NEGATIONS)


def read_or_none(sentence: str) -> Description | None:
    """What everyday words say, None if they are refused."""
    try:
        return read(sentence, is_everyday=True).description
    except UserError as error:
        assert "\n" not in str(error)
        return None


@DENIALS
@pytest.mark.parametrize(
    ("sentence", "action_units", "said"),
    [
        *((f"{no} a smile", {}, [f'"{no} smile" takes away AU 12 ']) for no in ("no", "not", "without", "lacking")),
        *(
            (f"{no} smiling", {}, [f'"{no} smiling" takes away AU 12 '])
            for no in ("not", "never", "isn't", "isnt", "doesn't", "cannot", "non")
        ),
        ("she does not smile", {}, ['"not smile" takes away AU 12 ']),
        ("unsmiling", {}, ['"unsmiling" takes away AU 12 ']),
        ("happy but not smiling", {6: None}, ['"not smiling" takes away AU 12 ']),
        ("smiling, but not with the eyes", {12: None}, ['"not with the eyes" takes away AU 6 ']),
        ("frowning instead of smiling", {4: None}, ['"instead of smiling" takes away AU 12 ', '"frowning" is read as']),
        # Two things.
        (
            "neither smiling nor squinting",
            {},
            ['"neither smiling" takes away AU 12 ', '"nor squinting" takes away AU 7 '],
        ),
        ("no smile or parted lips", {}, ['"no smile" takes away AU 12 ', '"no parted lips" takes away AU 25 ']),
        ("not smiling or squinting", {}, ['"not smiling" takes away AU 12 ', '"not squinting" takes away AU 7 ']),
        ("a smile without glasses or beard", {12: None}, ['"without glasses" is no', '"without beard" is no']),
        ("no tears nor dimples", {}, ['"no tears" has no', '"nor dimples" takes away AU 14 ']),
        ("without dimples, but a smile", {12: None}, ['"without dimples" takes away AU 14 ']),
        # Inside a phrase.
        ("mouth not open", {}, [r'"mouth not open" takes away AU 25 \(lips part\) and AU 26 ']),
        ("her mouth is not open", {}, ['"mouth is not open" takes away AU 25 ']),
        ("his eyes aren't closed, but his lips are parted", {25: None}, ['"eyes aren\'t closed" takes away AU 43 ']),
        ("grinning, lips not parted", {12: None}, ['"lips not parted" takes away AU 25 ']),
        ("his mouth does not open", {}, ['"mouth does not open" takes away AU 25 ']),
        # What a word brings and another takes away is said, too; what was never brought is not.
        ("grinning with closed mouth", {12: None}, ['"closed mouth" takes away AU 25 ']),
        ("a sad man smiling", {1: None, 4: None, 12: None}, [r"AU 12 takes away AU 15 \("]),
        ("eyes open, lips parted", {25: None}, []),
    ],
)
def test_what_is_denied_is_left_out_and_said(sentence, action_units, said):
    understanding = understand(sentence)
    assert understanding.description.action_units == action_units
    assert len(understanding.warnings) == len(said)
    for warning, pattern in zip(understanding.warnings, said, strict=True):
        assert re.match(f"(?:left out: )?{pattern}", warning), warning


@OPEN
@pytest.mark.parametrize(
    ("sentence", "message"),
    [
        # A negation of what leaves a choice, and two negations.
        ("not happy", '"not happy" leaves open what is seen: say what moves'),
        ("not unhappy", '"not unhappy" leaves open what is seen'),
        ("neither happy nor sad", '"neither happy" leaves open what is seen'),
        ("isn't unsmiling", '"isn\'t unsmiling" leaves open'),
        ("eyes not open", '"eyes not open" leaves open'),
        ("not smiling broadly", '"not smiling broadly" leaves open'),
        ("mouth not wide open slightly", '"mouth not wide open slightly" leaves open'),
        ("smiling not slightly mouth open", '"not slightly mouth open" leaves open'),
        ("mouth not very open", '"mouth not very open" leaves open'),
        ("no eyes not closed", '"no eyes not closed" leaves open'),
        ("hardly happy", '"hardly happy" leaves open'),
        ("not smiling slightly surprised", '"slightly" could go with what stands before it or after it'),
        ("neither smiling, frowning", '"neither" may be about "frowning" too'),
        ("mouth not open and smiling", '"not" may be about "smiling" too: put "but" before it'),
        # Words that leave open, turn round, compare, or speak of another moment or of several people.
        ("smiling or frowning", 'not understood: "or" leaves open what is seen: name one of the two'),
        ("not smiling, frowning or squinting", '"or" leaves open'),
        ("happy or sad", '"or" leaves open'),
        ("either happy or sad", '"either" leaves open whether it is seen'),
        ("if she smiles", '"if" leaves open whether it is seen: say that it is'),
        ("is she smiling?", r'"\?" leaves open whether'),
        ("a smile, maybe", '"maybe" leaves open'),
        ("almost smiling", '"almost" leaves open'),
        ("trying not to smile", '"trying" leaves open'),
        ("hides a smile", '"hides" leaves open'),
        ("anything but happy", '"anything but" turns round what follows: say what is seen'),
        ("far from happy", '"far from" turns round'),
        ("lack of a smile", '"lack of" turns round'),
        ("smiling more than before", '"more" compares with a face that is not shown: say how strong'),
        ("smiling a bit less", '"less" compares'),
        ("a bit less smiling", '"less" compares'),
        ("a bigger smile", '"bigger" compares'),
        ("a man was smiling", '"was" is about another moment, and a picture shows one'),
        ("she will smile", '"will" is about another moment'),
        ("she smiled", '"smiled" is about another moment'),
        ("stops smiling", '"stops" is about another moment'),
        ("a smile that fades", '"fades" is about another moment'),
        ("no longer smiling", '"no longer" is about another moment'),
        ("smiles, then frowns", '"then" is about another moment'),
        ("two men smiling", '"two men" are several people, and a picture shows one'),
        ("people smiling", '"people" are several people'),
        ("a man smiling and a woman frowning", 'speaks of a man, then says "woman"'),
        ("a man smiling and a man frowning", 'names a man twice, "man" and "man"'),
        ("a 50 % smile", '"50" is a number: say how strong from "very slightly" to "strongly"'),
        ("smile 0", '"0" is a number'),
        # An adverb alone says nothing.
        *(
            (vague, f'"{vague}" has nothing to go with')
            for vague in ("barely", "a little bit", "kind of", "more or less")
        ),
    ],
)
def test_what_leaves_open_what_is_seen_is_refused_by_name(sentence, message):
    with pytest.raises(UserError, match=message) as error:
        understand(sentence)
    assert "\n" not in str(error.value)


@CONTRADICTIONS
@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("lips pressed and parted", ["lips pressed", "parted"]),
        ("eyes closed and wide open", ["eyes closed", "open"]),
        ("mouth open but closed", ["mouth open", "closed"]),
        ("smiling and not smiling", ["smiling", "not smiling"]),
        ("parted lips, a closed mouth", ["parted lips", "closed mouth"]),
        ("a neutral face with a smile", ["neutral", "smile"]),
        ("a neutral happy face", ["neutral", "happy"]),
        ("happy and sad", ["happiness", "sad"]),
    ],
)
def test_a_sentence_that_takes_back_what_it_says_is_refused_with_both(sentence, words):
    with pytest.raises(UserError) as error:
        understand(sentence)
    assert [word for word in words if word not in str(error.value)] == []


@CONTRADICTIONS
@pytest.mark.parametrize(
    "pair", ["lips pressed and lips parted", "eyes closed, eyes wide open", "a smile, mouth corners down"]
)
def test_movements_that_pull_against_each_other_are_read_with_a_warning(pair):
    understanding = understand(pair)
    first, second = understanding.description.action_units
    assert understanding.warnings[-1].startswith(f"AU {first} and AU {second}: ")


@DENIALS
def test_a_negation_before_or_inside_any_phrase_never_leaves_it_standing():
    turn, n_read = itertools.cycle(NEGATIONS), 0
    for entry in MOVEMENTS:
        for place in range(len(entry.words) + 1):
            sentence = " ".join([*entry.words[:place], next(turn), *entry.words[place:]])
            if (said := read_or_none(sentence)) is not None:
                assert not set(said.action_units) & set(entry.numbers), sentence
                n_read += 1
    assert n_read > len(MOVEMENTS)


@DENIALS
@settings(max_examples=200)
@given(st.data())
def test_a_negation_is_never_turned_round_whatever_stands_beside_it(data):
    draw = data.draw
    first, second = draw(st.sampled_from(MOVEMENTS)), draw(st.sampled_from(MOVEMENTS))
    words = list(first.words)
    words.insert(draw(st.integers(0, len(words) - 1)), draw(st.sampled_from(NEGATIONS)))
    words.insert(draw(st.integers(0, len(words))), draw(st.sampled_from(["", *sorted(INSIDE), *LEVELS])))
    parts = [" ".join(words), second.text]
    between = draw(st.sampled_from([", ", " and ", " but ", " or ", " nor ", " with ", " "]))
    sentence = between.join(parts[::-1] if draw(st.booleans()) else parts)
    if (said := read_or_none(sentence)) is not None:
        assert not set(said.action_units) & set(first.numbers), sentence


@OPEN
@settings(max_examples=200)
@given(st.sampled_from(sorted(phrases.REFUSED)), st.data())
def test_a_word_that_leaves_open_is_never_overheard(reason, data):
    word = data.draw(st.sampled_from(phrases.listed(phrases.REFUSED[reason])))
    parts = [data.draw(st.sampled_from(MOVEMENTS)).text for _ in range(2)]
    parts.insert(data.draw(st.integers(0, 2)), word)
    between = data.draw(st.sampled_from([", ", " and ", " "]))
    assert read_or_none(between.join(parts)) is None


@VAGUE
@settings(max_examples=200)
@given(st.sampled_from(MOVEMENTS), st.sampled_from(sorted(LEVELS)), st.data())
def test_an_adverb_says_the_same_before_inside_and_after_a_phrase(entry, adverb, data):
    for words in (list(entry.words), [*entry.words[1:], entry.words[0]]):
        said = []
        for place in range(len(words) + 1):
            one = read_or_none(" ".join([*words[:place], adverb, *words[place:]]))
            said += [one.action_units] if one else []
        assert all(one == said[0] for one in said), (words, adverb, said)


@VAGUE
@pytest.mark.parametrize(
    ("sentence", "level"),
    [
        *((f"{vague} smiling", 1) for vague in ("barely", "hardly", "scarcely", "very slightly")),
        *((f"{vague} smiling", 2) for vague in ("a little bit", "a bit", "somewhat", "a little", "slightly")),
        *((f"{vague} smiling", 3) for vague in ("kind of", "sort of", "more or less", "rather", "half")),
        ("hardly any smile", 1),
        ("smiling more or less", 3),
        ("a trace of a smile", 1),
    ],
)
def test_a_vague_word_makes_a_movement_weak(sentence, level):
    assert understand(sentence).description.action_units == {12: level}


@VAGUE
@settings(max_examples=200)
@given(st.sampled_from(MOVEMENTS), st.sampled_from(sorted(adverb for adverb, level in LEVELS.items() if level < 4)))
def test_a_vague_word_adds_no_movement_and_no_strength(entry, vague):
    if (said := read_or_none(f"{vague} {entry.text}")) is not None:
        assert said.action_units == dict.fromkeys(sorted(entry.numbers), LEVELS[vague])

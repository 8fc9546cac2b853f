"""What is understood and cannot be shown: left out and named, the rest as it is; an error where no rest is left."""

import re

import pytest

from lfes_core.errors import UserError
from lfes_core.sentences import phrases, understand
from lfes_core.sentences.reader import read


def test_every_phrase_of_the_table_is_left_out_with_the_reason_of_its_row():
    for reason, text in phrases.LEFT_OUT.items():
        for phrase in phrases.listed(text):
            reading = read(f"{phrase}, wide eyes", is_everyday=True)
            assert (reading.description.action_units, reading.left_out) == ({5: None}, (f'"{phrase}" {reason}',))


@pytest.mark.parametrize(
    ("sentence", "action_units", "left_out"),
    [
        ("she winks and smiles", {12: None}, ["winks"]),
        ("a man sticking his tongue out, eyes wide", {5: None}, ["sticking his tongue out"]),
        ("he cries, his eyes are closed", {43: None}, ["cries"]),
        ("she is sobbing, her lips are parted", {25: None}, ["sobbing"]),
        ("her jaw clenches and her eyes are closed", {43: None}, ["jaw clenches"]),
        ("a lady grits her teeth, her lips are tightly pressed", {24: 5}, ["grits her teeth"]),
        ("a tightly clenched jaw and a broad smile", {12: 5}, ["tightly clenched jaw"]),
        ("very puffed cheeks and a faint smile", {12: 1}, ["very puffed cheeks"]),
        ("a puffed cheek and a smile", {12: None}, ["puffed cheek"]),
        ("looking to the left with a smile, tilts his head", {12: None}, ["looking to the left", "tilts his head"]),
        ("a blushing woman smiling", {12: None}, ["blushing"]),
        ("his head is turned left, smiling", {12: None}, ["head is turned left"]),
        ("a young woman smiling broadly", {12: 5}, ["young"]),
        ("one eye closed, smiling", {12: None}, ["one eye closed"]),
        ("sad and crying", {1: None, 4: None, 15: None}, ["crying"]),
        ("an angry man with gritted teeth", {4: None, 5: None, 7: None, 23: None}, ["gritted teeth"]),
        ("A man is angry because he has gritted jaw", {4: None, 5: None, 7: None, 23: None}, ["gritted jaw"]),
        ("neutral, with puffed cheeks", {}, ["puffed cheeks"]),
        ("nodding slightly, smiling", {12: None}, ["nodding"]),
        ("smiling, not crying", {12: None}, ["not crying"]),
        ("not crying, not smiling, but wide eyes", {5: None}, ["not crying", "not smiling"]),
        ("no glasses but smiling", {12: None}, ["no glasses"]),
        ("yawning", {25: None, 27: None}, []),
        ("kiss", {18: None}, []),
        ("duck face", {18: None}, []),
        ("angry eyes", {4: None, 5: None, 7: None}, []),
        ("a smile showing her teeth", {12: None, 25: None}, []),
        ("a grin without showing teeth", {12: None}, ["without showing teeth"]),
        ("grinning from ear to ear", {12: 5, 25: 5}, []),
    ],
)
def test_what_cannot_be_shown_is_left_out_and_named(sentence, action_units, left_out):
    understanding = understand(sentence)
    assert understanding.description.action_units == action_units
    named = [re.match('left out: "(.*?)" [a-z]', warning) for warning in understanding.warnings]
    assert [match and match[1] for match in named] == left_out


@pytest.mark.parametrize("negation", phrases.listed(phrases.NEGATIONS))
def test_a_negation_of_what_is_left_out_is_never_about_less_than_it_says(negation):
    for phrase in (
        phrases.listed(text)[-1] for text in phrases.LEFT_OUT.values()
    ):  # "not a fake smile" may be no smile
        for sentence in (f"{negation} {phrase} smile", f"{negation} {phrase} woman smiling"):
            with pytest.raises(UserError, match=f'"{negation} {phrase}" leaves open'):
                read(sentence, is_everyday=True)


@pytest.mark.parametrize(
    ("sentence", "message"),
    [
        ("no tears, no wink", r'nothing in the sentence can be shown: "no tears" has .* and "no wink" moves'),
        ("puffed cheeks, no tears", r'nothing in the sentence can be shown: "puffed cheeks" is .* and "no tears" has '),
        (
            "The jaw clenches.",
            r'nothing in the sentence can be shown: "jaw clenches" is Action Unit 31 \(jaw clencher\)',
        ),
        ("not crying and smiling", 'not understood: "not" may be about "smiling" too'),
        ("without a smile and puffed cheeks", 'not understood: "without" may be about "puffed cheeks" too'),
        ("not very puffed cheeks, wide eyes", 'not understood: "not very puffed cheeks" leaves open'),
        ("no fake, forced smile", 'not understood: "no" may be about "forced" too'),
        ("without an evil and, happy grin", 'not understood: "without" may be about "happy" too'),
        ("not crying, smiling", 'not understood: "not" may be about "smiling" too: put "but" before it, or "no"'),
        ("puffed cheeks and purple", 'not understood: "purple"'),
    ],
)
def test_where_nothing_is_left_or_the_rest_is_not_understood_the_sentence_is_refused(sentence, message):
    with pytest.raises(UserError, match=f"^{message}") as error:
        understand(sentence)
    assert "\n" not in str(error.value)


def test_a_long_row_of_what_cannot_be_shown_gives_a_short_error():
    every = {phrases.listed(text)[0]: reason for reason, text in phrases.LEFT_OUT.items()}
    with pytest.raises(UserError) as error:
        read(", ".join(every), is_everyday=True)
    first, second, third, *_ = (f'"{phrase}" {reason}' for phrase, reason in every.items())
    assert str(error.value) == f"nothing in the sentence can be shown: {first} and {second} and {third}"

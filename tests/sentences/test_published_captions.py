"""The wording of the captions that the authors published with [18]: read with its slips, or refused by name.

The sentences here are ours, in that wording.
"""

import pytest

from lfes_core.errors import UserError
from lfes_core.sentences import Description, parse

HAPPY = Description("man", "happiness", {6: None, 12: 4, 25: None})


@pytest.mark.parametrize(
    "sentence",
    [
        "A man is joyous because he has raised cheek, his lip corner is pulled reasonably, and he has parted lips.",
        "A man is happy because his cheek are raised, his lip corner is positively pulled, and his lips is parted.",
        "A man is happy because he have raised cheek, he has sensibly stretched lip corner, and he has parted lips.",
        "A man is happy because he hasraised cheek, he haspulled lip corner positively, and his lips are parted.",
        "A man is happy because he has raised cheek,his lip corner is pulled reasonably,his lips are parted.",
        "A man is happy because he has , raised cheek, his lip corner is  pulled reasonably , and he has parted lips",
        "A man is happy because, he has raised cheek,, positively pulled lip corner, and, parted lips, ",
        "A delighted man, subject with cheek raised, lip corner positively pulled, and parted lips.",
        "A happy man subject with lips parted, raised cheek, and lip corner pulled positively.",
        "A happy man with raised cheek lips parted and positively pulled lip corner.",
        "A happy man's cheek is raised, his lip corner is reasonably pulled, lips are separated.",
        "A happy man with raised cheek. His lip corner is pulled positively. His lips are parted.",
    ],
)
def test_slips_that_leave_one_reading_are_forgiven(sentence):
    assert parse(sentence) == HAPPY


@pytest.mark.parametrize(
    ("sentence", "units"),
    [
        (
            "A woman's brow is down, her cheek is dimpling, and her lip is pushed.",
            {4: None, 14: None, 24: None},
        ),
        ("A woman with pursy lip, inflated nostril and deepened nasolabial", {18: None, 38: None, 11: None}),
        ("A woman with narrowed nostril, highly sucked lip", {39: None, 28: 5}),
        ("A woman is . because her lip is pressed quite", {24: 3}),
        ("A woman's her lips is parted kind of", {25: 3}),
    ],
)
def test_words_that_only_the_captions_use_are_read(sentence, units):
    assert parse(sentence) == Description("woman", None, units)


def test_they_has_is_read():
    assert parse("A person is sad because they has raised chin") == Description(
        "person", "sadness", {17: None}
    )


@pytest.mark.parametrize(
    ("adjective", "emotion"),
    [
        ("furious", "anger"),
        ("scornful", "contempt"),
        ("sickened", "disgust"),
        ("afraid", "fear"),
        ("joyous", "happiness"),
        ("somber", "sadness"),
        ("dazzled", "surprise"),
    ],
)
def test_every_adjective_of_the_captions_names_its_emotion(adjective, emotion):
    assert parse(f"A woman is {adjective} because her chin is lifted").emotion == emotion


@pytest.mark.parametrize("phrase", ["puffed cheek", "blown cheek"])
def test_a_phrase_of_three_units_is_refused_with_all_their_names(phrase):
    message = rf'"{phrase}" is ambiguous: .* 13 \(cheek puffer\), 33 \(cheek blow\), 34 \(cheek puff\)'
    with pytest.raises(UserError, match=message):
        parse(f"A woman with {phrase} and parted lips")


@pytest.mark.parametrize(
    ("sentence", "unit"),
    [
        ("A woman has slightly blinking eyes", r"45 \(blink\)"),
        ("A man's jaw is clenched", r"31 \(jaw clencher\)"),
        ("A man's head is turned left slightly", r"51 \(head turn left\)"),
        ("A man with tightened neck", r"21 \(neck tightener\)"),
        ("A man with bit lip", r"32 \(lip bite\)"),
        ("A woman's eye is narrowed", r"44 \(squint\)"),
    ],
)
def test_a_unit_that_no_sentence_of_ours_names_is_refused_by_its_name(sentence, unit):
    with pytest.raises(UserError, match=f"is Action Unit {unit}, which no sentence here names: leave it out"):
        parse(sentence)

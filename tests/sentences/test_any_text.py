"""Whatever is typed: an understanding, or a refusal of one line that repeats little of it; never another error."""

import unicodedata
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lfes_core.action_units import ACTION_UNITS
from lfes_core.command_line import main
from lfes_core.errors import UserError
from lfes_core.sentences import (
    ActionUnitVocabulary,
    Vocabulary,
    parse,
    read_action_units,
    signs,
    understand,
)
from lfes_core.sentences.phrases import ENTRIES

ANY_TEXT = pytest.mark.fault(
    "Sentences",
    "any text at all as a sentence or a list of Action Units: all of Unicode, control signs, halves of characters, "
    "words of 10,000 letters, 100,000 phrases",
    "understood, or one line that repeats at most 80 characters of it",
)
NONSENSE = pytest.mark.fault(
    "Sentences", "a phrase between words that are in no table", "refused: nothing is read in silence"
)

WORDS = sorted({word for row in ENTRIES.values() for entry in row for word in entry.words})
STRANGE = [
    "\0",
    "\x1b[31m",
    "\ud800",
    "\u202e",
    "\u0301",
    "\ufdfa",
    "\u200f",
    "\U0001f9d1\u200d\U0001f680",
    "\u0130",
    '"',
    "'",
    "-",
    "\n",
]
texts = st.one_of(
    st.text(st.characters(), max_size=60),
    st.lists(st.sampled_from([*WORDS, *STRANGE]) | st.text(st.characters(), max_size=3), max_size=12).map(" ".join),
    st.lists(st.sampled_from([*WORDS, *STRANGE]), max_size=12).map("".join),
    st.tuples(st.sampled_from([*WORDS, *STRANGE, "smile, ", "parted lips and ", "x"]), st.integers(0, 100_000)).map(
        lambda given: given[0] * min(given[1], 400_000 // len(given[0]))
    ),
)


def refusal(call, *given):
    """What a call refuses with; None where it answers. Any other error than a refusal is raised."""
    try:
        call(*given)
    except UserError as error:
        return str(error)
    return None


def assert_is_short(message, text):
    """One line that a terminal shows as it is, with no more than 80 characters of the text in a row."""
    assert message.isprintable() and len(message) < 700
    assert not any(message[at : at + 81] in text for at in range(len(message) - 80))


@ANY_TEXT
@settings(max_examples=150)
@given(texts)
def test_any_text_is_understood_or_refused_in_one_short_line(text):
    for read in (understand, parse, Vocabulary().encode, ActionUnitVocabulary().encode, read_action_units):
        if (message := refusal(read, text)) is not None:
            assert_is_short(message, text)
    if refusal(understand, text) is None:
        understood = understand(text)
        assert parse(understood.sentence) == understood.description
        assert all(line.isprintable() for line in (understood.sentence, *understood.warnings))


@ANY_TEXT
@settings(max_examples=50)
@given(texts.filter(lambda text: text and "\0" not in text and not text.startswith("-")))
def test_the_command_line_takes_any_text(text):
    for arguments in (["parse", text], ["describe", "--aus", text]):
        assert main(arguments) in (0, 2)


@ANY_TEXT
@settings(max_examples=60)
@given(st.lists(st.sampled_from(sorted(ACTION_UNITS)), unique=True), st.data())
def test_a_list_of_action_units_is_read_in_every_spelling(numbers, data):
    draw, parts, expected = data.draw, [], {}
    for number in numbers:
        expected[number] = level = draw(st.none() | st.integers(1, 5))
        prefix = draw(st.sampled_from(["", "AU", "au ", "0"]))
        spelled = [""] if level is None else [f":{level}", f" : {'ABCDE'[level - 1]}", "abcde"[level - 1]]
        parts.append(f"{prefix}{number}{draw(st.sampled_from(spelled))}")
    assert read_action_units(draw(st.sampled_from([",", "+", " , "])).join(parts)) == expected


@NONSENSE
@settings(max_examples=60)
@given(st.data())
def test_a_phrase_between_words_of_no_table_is_never_read(data):
    letters = st.text(st.characters(categories=["L", "N", "S", "P"]), min_size=1, max_size=8)
    nonsense = letters.filter(lambda word: word.isprintable() and unicodedata.normalize("NFKC", word).isalnum())
    unknown = data.draw(
        nonsense.filter(lambda word: unicodedata.normalize("NFKC", word).lower() not in {*WORDS, "a", "s"})
    )
    phrase = " ".join(data.draw(st.sampled_from(data.draw(st.sampled_from(sorted(ENTRIES.items())))[1])).words)
    for sentence in (
        f"{unknown} {phrase}",
        f"{phrase} {unknown}",
        f"{unknown} {phrase} {unknown}",
        f"{phrase}, {unknown}",
    ):
        assert refusal(understand, sentence) is not None


@ANY_TEXT
@pytest.mark.parametrize("sign", ["x", "\u0301\u0316", "\ufdfa", "\u0344"])
def test_a_text_that_is_too_long_is_refused_before_its_signs_are_put_in_order(monkeypatch, sign):
    lengths = []

    def normalize(form, text):
        lengths.append(len(text))
        return unicodedata.normalize(form, text)

    stand_in = SimpleNamespace(normalize=normalize, category=unicodedata.category)
    monkeypatch.setattr(signs, "unicodedata", stand_in)
    for read in (understand, parse, Vocabulary().encode):
        message = refusal(read, sign * 100_000)
        assert message and message.endswith("characters: write one of at most 5,000")
    assert max(lengths, default=0) <= signs.LONGEST
    assert parse("parted lips" + "." * (signs.LONGEST - 11)).action_units == {25: None}
    with pytest.raises(UserError, match="72,000 characters"):  # and what has grown by that is not read either
        understand("\ufdfa" * 4000)


@ANY_TEXT
def test_a_sentence_is_shown_in_one_line_and_without_invisible_signs():
    pasted = "A man\u2019s\u200b lips\n are\u202e  parted."
    assert understand(pasted).sentence == "A man's lips are parted."
    assert understand("A  man with\tparted lips").sentence == "A man with parted lips"
    assert Vocabulary().words("XXL, \u201eL\u2019 XX") == ["xxl", "l", "xx"]

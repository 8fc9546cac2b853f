"""Every sentence about one and about two Action Units, written and read back: `parse(describe(x)) == x`.

The whole list has 853,704 descriptions in a protocol. A plain run reads every 211th of them, so that each unit,
intensity, subject, emotion and protocol comes up. All of them are read by the next line; it leaves out the
checks of shapes, which take most of the time, and runs for some minutes.

    python -m pytest -o addopts= tests/sentences/test_round_trip.py --every-sentence

Sets of any size are drawn by the property tests of `test_reader.py` and `test_understanding.py`.
"""

import itertools
import random
import re

import pytest

from lfes_core.action_units import ACTION_UNITS, EMOTIONS
from lfes_core.sentences import PROTOCOLS, SUBJECTS, Description, describe, parse

INTENSITIES = (None, 1, 2, 3, 4, 5)
OWNERS = {"his": "man", "he": "man", "her": "woman", "she": "woman", "their": "person", "they": "person"}
PLURALS = {unit.noun for unit in ACTION_UNITS.values() if unit.plural}
NOUNS = "|".join(sorted({unit.noun for unit in ACTION_UNITS.values()}, key=len, reverse=True))


def every_case():
    """Description and protocol, for no, one and two units with every intensity, subject and emotion."""
    units = [()]
    units += itertools.product(ACTION_UNITS, INTENSITIES)
    units = [units[0], *((one,) for one in units[1:])]
    units += [
        ((first, level), (second, other))
        for first, second in itertools.combinations(ACTION_UNITS, 2)
        for level, other in itertools.product(INTENSITIES, INTENSITIES)
    ]
    yield from itertools.product(units, SUBJECTS, (None, *EMOTIONS), PROTOCOLS)


def count_of_cases():
    return sum(1 for _ in every_case())


def mistakes(sentence):
    """What is wrong with the English of a sentence, by rules that know nothing of how it was written."""
    if not re.fullmatch(r"An? [a-z', -]+\.", sentence) or re.search(r"\s\s|\s[,.]|,(?! )|,,", sentence):
        yield "capital, full stop, commas or spaces"
    if re.search(r"\ba [aeiou]|\ban [^aeiou]", sentence, re.IGNORECASE):
        yield "a or an"
    for noun, verb in re.findall(rf"({NOUNS}) (is|are)\b", sentence):
        if (verb == "are") != (noun in PLURALS):
            yield "is or are"
    for article, noun in re.findall(rf"(\ban? )?(?:[a-z-]+ )?(?:[a-z]+ )?[a-z-]+ ({NOUNS})\b(?! is| are)", sentence):
        if article and noun in PLURALS:
            yield "an article before a plural"
    for word in re.findall(r"\b(his|he|her|she|their|they)\b", sentence):
        if not re.search(rf"\b{OWNERS[word]}\b", sentence):
            yield "his, her or their"
    if re.search(r"\b(he|she) have|they has", sentence):
        yield "has or have"
    if re.search(r"\w (and|,) \w", sentence) and sentence.count(",") == 1:
        yield "a comma between two"
    if re.search(r"(?:pushed|drawn) down (?!and|slightly)(?:lip|brow|lower)|(?:sucked|rolled) in lips", sentence):
        yield "a participle of two words without its hyphen"
    if re.search(r"-down(?! (lip|lower|brow))|-in(?! lips)|(somewhat|kind of|quite|fairly)[,.]", sentence):
        yield "a hyphen or an adverb out of place"


def test_every_sentence_about_one_or_two_units_is_good_english_and_is_read_back(request: pytest.FixtureRequest):
    step = 1 if request.config.getoption("--every-sentence") else 211
    chance = random.Random(3)
    for units, subject, emotion, protocol in itertools.islice(every_case(), 0, None, step):
        description = Description(subject, emotion, dict(units))
        sentence = describe(description, protocol, chance)
        assert parse(sentence) == description, sentence
        assert not list(mistakes(sentence)), (sentence, list(mistakes(sentence)))


def test_the_list_is_as_long_as_promised():
    assert f"{count_of_cases():,}" in __doc__


@pytest.mark.parametrize(
    "slip",
    [
        "A man's lips is parted.",
        "A man with an lowered brow.",
        "A man with insignificantly lowered brow,a raised chin.",
        "A man with a insignificantly lowered brow.",
        "A man with a highly parted lips.",
        "A man's chin is raised, and her jaw is dropped.",
        "A person is sad because they has a raised chin.",
        "A man with a pushed down lip corner.",
        "A man's lip corner is pushed-down.",
        "A man's jaw is dropped kind of.",
        "A man with  a raised chin.",
        "a man with a raised chin.",
        "A man with a raised chin",
    ],
)
def test_the_rules_of_english_find_each_slip(slip):
    assert list(mistakes(slip))

"""The explorer's script says and reads sentences as the package does."""

import itertools
import json
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lfes_core.action_units import ACTION_UNITS, EMOTIONS
from lfes_core.errors import UserError
from lfes_core.sentences import (
    PROTOCOLS,
    SUBJECTS,
    Description,
    Vocabulary,
    describe,
    parse,
    phrases,
    understand,
    warnings,
)
from lfes_core.sentences.signs import LONGEST
from tests.book.modules import module_of_the_book
from tools.book.pages import ROOT

quickjs = pytest.importorskip("quickjs", reason="there is no QuickJS for this system")

DRAWN = 300
SEEDS = 400  # twice as many as either side needs for its last wording
WRONG = (
    *("", "A woman with partd lips.", "A woman with a parted nose.", "A woman with", "A man's jaw."),
    *("A man's jaw is dropped and her lips are parted.", "Highly parted lips and slightly parted lips."),
)


@pytest.fixture(scope="module")
def script():
    """The module in a JavaScript engine, over the tables of the book."""
    tables = module_of_the_book("explorer_tables").sentence_tables()
    context = quickjs.Context()
    context.eval((ROOT / "book/explorer/sentences.js").read_text("utf-8").replace("export ", ""))
    context.eval(f"const said = sentences({json.dumps(tables)});")
    context.eval("said.words = wordsOf;")
    for name in ("compose", "read", "understand", "proposal", "nearest", "everyday", "odd", "words"):
        answer = f"JSON.stringify(said.{name}(...JSON.parse(given)) ?? null)"
        context.eval(f"function ask_{name}(given) {{ return {answer}; }}")
    return context


def ask(script, name, *given):
    """What a function of the module answers."""
    return json.loads(script.get(f"ask_{name}")(json.dumps(given)))


def face_of(description):
    """A description as the module writes it."""
    units = {number: level or 0 for number, level in description.action_units.items()}
    return {"subject": description.subject, "emotion": description.emotion, "units": units}


def description_of(face):
    """What the module read."""
    units = {int(number): level or None for number, level in face["units"].items()}
    return Description(face["subject"], face["emotion"], units)


def read(script, sentence):
    """What the module reads in a sentence, None if it refuses."""
    answer = ask(script, "read", sentence)
    return description_of(answer["face"]) if "face" in answer else None


def drawn(generator: random.Random, most: int = 8) -> Description:
    """A description at random."""
    numbers = generator.sample(sorted(ACTION_UNITS), generator.randint(0, most))
    units = {number: generator.choice([None, 1, 2, 3, 4, 5]) for number in numbers}
    emotion = generator.choice([None, *EMOTIONS])
    return Description(generator.choice(list(SUBJECTS)), emotion, units)


def dealt(generator: random.Random) -> list[tuple[Description, str]]:
    """Each Action Unit with each intensity alone in each protocol, then descriptions at random."""
    levels = itertools.product(ACTION_UNITS, (None, 1, 2, 3, 4, 5))
    alone = [Description("woman", None, {number: level}) for number, level in levels]
    return [
        *itertools.product(alone, PROTOCOLS),
        *((drawn(generator), one) for one in itertools.islice(_turns(), DRAWN)),
    ]


def test_the_package_reads_from_the_script_s_sentence_what_was_chosen(script):
    for seed, (description, protocol) in enumerate(dealt(random.Random(0))):
        assert parse(ask(script, "compose", face_of(description), protocol, seed)) == description


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_script_writes_exactly_the_sentences_of_the_package(script, protocol):
    for subject, emotion, units in (
        ("woman", None, {25: 2}),
        ("man", "anger", {4: 5, 15: None}),
        ("woman", "surprise", {18: None, 24: None, 38: None}),
        ("man", None, {}),
        ("person", "sadness", {}),
    ):
        description = Description(subject, emotion, units)
        theirs = {ask(script, "compose", face_of(description), protocol, seed) for seed in range(SEEDS)}
        ours = {describe(description, protocol, seed) for seed in range(SEEDS)}
        assert theirs == ours


def test_the_script_understands_every_sentence_of_the_protocols_like_the_package_and_gives_the_same_tokens(script):
    generator, vocabulary = random.Random(1), Vocabulary()
    said = [describe(description, protocol, generator) for description, protocol in dealt(generator)]
    said += [
        "A man with significantly crease nose",
        "a woman with highly parted lips and significantly dropped jaw",
        "Slightly raise inner brow, drop jaw",
        "his lips are parted",
        "A man\u2019s lip corner is pushed-down.",
        "\u201cA man with signi\ufb01cantly parted\u00a0lips.\u201d",
    ]
    for sentence in said:
        ours, theirs = understand(sentence), ask(script, "understand", sentence)
        assert read(script, sentence) == parse(sentence), sentence
        assert description_of(theirs["face"]) == ours.description, sentence
        assert theirs["words"] == vocabulary.words(ours.sentence), sentence
        assert theirs["tokens"] == vocabulary.encode(ours.sentence), sentence


def _turns():
    return itertools.cycle(PROTOCOLS)


def test_each_word_of_a_sentence_is_given_to_its_action_unit(script):
    generator = random.Random(2)
    for protocol in itertools.islice(_turns(), DRAWN // 2):
        description = drawn(generator)
        answer = ask(script, "understand", describe(description, protocol, generator))
        for number, level in understand(answer["sentence"]).description.action_units.items():
            its = [
                (word, place["role"])
                for word, place in zip(answer["words"], answer["places"], strict=True)
                if place["unit"] == number
            ]
            roles = {role: " ".join(word for word, its_role in its if its_role == role) for role in ("part", "change")}
            assert roles["part"] == ACTION_UNITS[number].noun
            assert roles["change"] in ACTION_UNITS[number].participles
            assert ("adverb" in dict(map(reversed, its))) == (level is not None)


def test_what_the_script_reads_the_package_reads_the_same(script):
    """Sentences with a word taken out, doubled, swapped or unknown: refused, or read as `parse` does."""
    generator, known = random.Random(3), 0
    for _ in range(5 * DRAWN):
        words = describe(drawn(generator, 3), generator.choice(list(PROTOCOLS)), generator).split()
        place, other = generator.randrange(len(words)), generator.randrange(len(words))
        change = generator.choice(["cut", "double", "swap", "unknown"])
        if change == "swap":
            words[place], words[other] = words[other], words[place]
        else:
            words[place : place + 1] = {"cut": [], "double": [words[place]] * 2, "unknown": ["xylophone"]}[change]
        sentence = " ".join(words)
        if (description := read(script, sentence)) is not None:
            assert change != "unknown"
            assert description == parse(sentence), sentence
            known += 1
    assert 50 < known < 4 * DRAWN  # the test means something only if both outcomes occur


def test_both_refuse_what_is_no_sentence_and_the_script_names_near_phrases(script):
    for sentence in WRONG:
        assert read(script, sentence) is None
        with pytest.raises(UserError):
            parse(sentence)
    answer = ask(script, "read", "A woman with highly partd lips.")
    assert answer["error"] == '"highly partd lips" is not a phrase of the protocols.'
    assert ask(script, "nearest", answer["phrase"], 3)[0] == "highly parted lips"


def test_the_script_proposes_what_the_package_understands_in_everyday_words(script):
    for sentence in (
        "a woman smiling",
        "wide eyes",
        "a man with raised eyebrows and parted lips",
        "a woman with a strongly dropped jaw, frowning",
        "a woman smiling broadly",
        "a man with a very small smile and wide eyes",
        "a woman frowning a lot, and grinning from ear to ear",
        "a man squinting a little bit",
        "a hint of a smile",
        "a lady, her inner brow is raised",
    ):
        proposed = ask(script, "proposal", sentence)
        assert parse(proposed) == understand(sentence).description, proposed
    assert ask(script, "proposal", "a xylophone") is None
    assert ask(script, "proposal", "a constructor smiles") == ask(script, "proposal", "she smiles").replace(
        "woman", "person"
    )


PAGE = pytest.mark.fault(
    "The book and its page",
    "a sentence in everyday words with a negation, two people, a number or a word that leaves open what is seen",
    "the page proposes no sentence that says something else",
)
SHARED = settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])


@PAGE
@pytest.mark.parametrize(
    "sentence",
    [
        *(f"{negation} smiling" for negation in phrases.listed(phrases.NEGATIONS)),
        *("her mouth is not open", "not, smiling", "smiling or frowning", "a smile, was it", "smiling?", "a 50% smile"),
        *("grinning with closed mouth", "a half smile", "a wry smile", "almost a smile", "smiling more than before"),
        *("a man smiling and a woman frowning", "a man smiling and a man frowning", "a guy smiles and a lady frowns"),
    ],
)
def test_the_script_proposes_nothing_where_a_word_may_turn_it_round(script, sentence):
    assert ask(script, "proposal", sentence) is None


EVERYDAY = [entry for row in phrases.ENTRIES.values() for entry in row]


@PAGE
@SHARED
@given(st.lists(st.sampled_from(EVERYDAY).map(lambda entry: entry.text), min_size=1, max_size=5), st.randoms())
def test_a_proposal_of_the_script_moves_nothing_that_the_package_does_not_read(script, texts, chance):
    sentence = "".join(text + chance.choice([" ", ", ", " and "]) for text in texts)
    if (proposed := ask(script, "proposal", sentence)) is None:
        return
    try:
        understood = understand(sentence).description
    except UserError:
        return
    assert parse(proposed).action_units.keys() <= understood.action_units.keys(), sentence


SIGNS = (
    *("a", "Lip", "parted", "smile", " ", "  ", "\n", "\u00a0", "-", ",", ".", "!", '"', "'", "7", "\0", "\U0001f600"),
    *"\u2018\u2019\u201b\u02bc\u2032\u00b4`\u201c\u201d\u201e\u00ab\u00bb\u2010\u2011\u2014\u2212",
    *"\ufb01\ufb03\uff41\u00ad\u200b\u202e\ufeff\u0301\u0316\u0344\u0130\u0430\u4e2d\ufdfa\u05d0",
)


@pytest.mark.fault(
    "The book and its page", "a sentence pasted from another program", "page and package cut it into the same words"
)
@SHARED
@given(st.lists(st.sampled_from(SIGNS), max_size=30).map("".join))
def test_the_script_cuts_any_text_into_the_words_of_the_package(script, text):
    assert ask(script, "words", text) == Vocabulary().words(text)


@pytest.mark.fault(
    "The book and its page", "100,000 characters are pasted as a sentence", "refused at once, with the longest length"
)
@pytest.mark.parametrize("repeated", ["x", "parted lips, ", ".", "! ", "not ", "\u0301\u0316", "smile "])
def test_the_script_refuses_what_is_too_long(script, repeated):
    text = repeated * (100_000 // len(repeated))
    for function in ("read", "understand"):
        assert f"write one of at most {LONGEST}." in ask(script, function, text)["error"]
    assert ask(script, "proposal", text) is None
    assert ask(script, "read", "parted lips, " * (LONGEST // 14) + "parted lips")["face"]["units"] == {"25": 0}


def test_the_script_warns_where_the_package_warns(script):
    for pair in itertools.combinations(ACTION_UNITS, 2):
        description = Description("person", None, dict.fromkeys(pair))
        assert tuple(ask(script, "odd", dict.fromkeys(map(str, pair), 0))) == warnings(description)


def test_every_wording_of_a_phrase_was_drawn(monkeypatch):
    tables = module_of_the_book("explorer_tables")
    jaw = ACTION_UNITS[26]
    few = [tables.wordings(tables.clause, jaw, intensity) for intensity in tables.INTENSITIES]
    monkeypatch.setattr(tables, "DRAWS", 20 * tables.DRAWS)
    assert few == [tables.wordings(tables.clause, jaw, intensity) for intensity in tables.INTENSITIES]

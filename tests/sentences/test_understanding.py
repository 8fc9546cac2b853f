"""What people type: understood and shown in the words of the protocols, or refused with help; never guessed."""

import random
import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lfes_core.action_units import ACTION_UNITS, EMOTIONS
from lfes_core.errors import UserError
from lfes_core.sentences import Description, Vocabulary, describe, known_wording, parse, phrases, signs, understand
from tests.sentences.drawn import descriptions, protocols, seeds

VOCABULARY = Vocabulary()


def units(sentence):
    return understand(sentence).description.action_units


@pytest.mark.parametrize(
    ("sentence", "understood"),
    [
        ("a woman smiling broadly with wide eyes", "A woman with a raised upper lid and a strongly pulled lip corner."),
        ("happy", "A happy person with a raised cheek and a pulled lip corner."),
        ("no smile", "A person with a neutral face."),
        ("frowning", "A person with a lowered brow."),
        (
            "surprised man",
            "A surprised man with a raised inner brow, a raised outer brow, a raised upper lid, and a dropped jaw.",
        ),
        ("eyes closed", "A person's eyes are closed."),
        ("grinning", "A person with a pulled lip corner and parted lips."),
        ("raised eyebrows", "A person with a raised inner brow and a raised outer brow."),
        ("mouth wide open", "A person with parted lips and a stretched mouth."),
        ("She has a faint smile on her face.", "A woman with a marginally pulled lip corner."),
        ("A man's jaw is dropped lightly.", "A man's jaw is dropped lightly."),
    ],
)
def test_the_sentence_that_was_understood_is_always_shown(sentence, understood):
    assert understand(sentence).sentence == understood


@pytest.mark.parametrize(
    ("sentence", "action_units"),
    [
        # Adverbs before, between and after; the nearest item takes them.
        ("a slightly open mouth", {25: 2, 26: 2}),
        ("her eyes are very wide", {5: 4}),
        ("a very wide smile and very wide eyes", {12: 5, 5: 4}),
        ("she raises her eyebrows a little", {1: 2, 2: 2}),
        ("smiling, slightly surprised woman", {1: 2, 2: 2, 5: 2, 12: None, 26: 2}),
        ("raises slightly her eyebrows", {1: 2, 2: 2}),
        ("smiling a slightly open mouth", {12: None, 25: 2, 26: 2}),
        ("smiling an extremely open mouth", {12: None, 25: 5, 26: 5}),
        ("smiling the slightly open mouth", {12: None, 25: 2, 26: 2}),
        ("smiling slightly he squints", {12: 2, 7: None}),
        ("smiling he slightly squints", {12: None, 7: 2}),
        ("smiling slightly looking surprised", {1: None, 2: None, 5: None, 12: 2, 26: None}),
        # Phrases of the protocols stand beside everyday words.
        ("a smile and highly parted lips", {12: None, 25: 5}),
        ("a man smiling, his brow is lowered quite", {12: None, 4: 3}),
        # An emotion brings its prototype; what is named besides stands above it.
        ("very happy", {6: 4, 12: 4}),
        ("happy, smiling slightly", {6: None, 12: 2}),
        ("sad, but smiling", {1: None, 4: None, 12: None}),
        ("a surprised man with his mouth wide open", {1: None, 2: None, 5: None, 25: None, 27: None}),
        ("A happy man.", {6: None, 12: None}),
        ("A happy man with parted lips.", {25: None}),  # a sentence of the grammar that names movements: literally
        # What is absent is taken away from what other words bring.
        ("not smiling", {}),
        ("no frown, no smile", {}),
        ("happy but not smiling", {6: None}),
        ("no smile and wide eyes", {5: None}),
        ("grinning with closed mouth", {12: None}),
        ("eyes open, no expression", {}),
        ("closed-mouth smile", {12: None}),
        ("half-closed eyes", {43: 3}),
        ("eyes wide shut", {43: 5}),
        ("raised " + "the " * 6 + "eyebrows", {1: None, 2: None}),
        ("make him smile", {12: None}),
        ("raise your eyebrows", {1: None, 2: None}),
        ("open your mouth wide", {25: None, 27: None}),
        ("expressionless", {}),
        ("a tight-lipped smile", {12: None, 23: None}),
        ("eyes shut tight and tightly pressed lips", {24: 5, 43: 5}),
        ("A man speaks with a raised chin", {17: None}),
        ("a happy facial expression", {6: None, 12: None}),
        ("upturned lip corners", {12: None}),
        ("arched eyebrows", {1: None, 2: None}),
        ("smiling slightly, very surprised", {1: 4, 2: 4, 5: 4, 12: 2, 26: 4}),
        # A stronger word takes no other word away, whichever comes first.
        *(
            (sentence, {25: level, 27: level})
            for word, level in (("very", 4), ("really", 4), ("", None))
            for sentence in (f"a {word} wide open mouth", f"mouth {word} wide open", f"opens his mouth {word} wide")
        ),
        ("very wide open eyes", {5: 4}),
        ("eyes very wide open", {5: 4}),
        # Two movements without a comma, where only one reading can go on.
        ("smiling mouth open", {12: None, 25: None, 26: None}),
        ("smiling eyes closed", {12: None, 43: None}),
        ("mouth open wide eyes", {5: None, 25: None, 26: None}),
        ("eyes wide open mouth wide open", {5: None, 25: None, 27: None}),
    ],
)
def test_everyday_words_become_action_units(sentence, action_units):
    assert units(sentence) == action_units


@pytest.mark.parametrize(
    ("sentence", "message"),
    [
        ("", "the sentence is empty"),
        ("smilling", 'not understood: "smilling" .nearest: smiling, unsmiling, smiling eyes.$'),
        ("y" * 61, rf'not understood: "{"y" * 57}\.\.\." .a sentence'),
        ("7" * 26, rf'not understood: "{"7" * 22}\.\.\." is a number'),
        ("wrinkled very strongly" + " their" * 5 + " forehead", r'their fore\.\.\." can be raised'),
        ("not corners of" + " their" * 6 + " mouth turned up slightly", r'their mouth turn\.\.\. slightly" leaves'),
        ("A purple woman smiling", 'not understood: "purple" .a sentence it understands is "a woman smiling broadly'),
        ("smiling opened", 'not understood: "opened" .nearest: '),
        ("and opened", 'not understood: "opened" .nearest: '),
        ("emotion", 'not understood: "emotion" .nearest: no emotion, without emotion.$'),
        ("raises, raising, a smile", 'not understood: "raises, raising" .nearest: '),
        ("smiling, opened", 'not understood: "opened" after "smiling"'),
        ("smiling and opened", 'not understood: "opened" after "smiling" .nearest: '),
        ("partd lips", 'not understood: "partd" .nearest: parted lips, separated lips, lips apart.$'),
        ("big eyes", 'not understood: "eyes" .nearest: .*wide eyes'),
        ("a woman", "it says nothing about the face"),
        ("wink", '"wink" moves one side of the face only'),
        ("raising an eyebrow", 'one side of the face only, .* "raised eyebrows" lifts both'),
        ("left eye closed", '"left" moves one side'),
        ("a closed eye", '"closed eye" moves one side'),
        ("sneering", "say which"),
        ("blinking", "over too soon for one picture"),
        ("raised " + "the " * 7 + "eyebrows", "not understood"),
        ("raised " + "the " * 1000 + "eyebrows", "not understood"),
        ("no teeth", 'not understood: "teeth"'),
        ("not happy", '"not happy" leaves open what is seen'),
        ("not a broad smile", '"not broad smile" leaves open what is seen'),
        ("no closed mouth", '"no closed mouth" leaves open'),
        ("smiling and no smile", 'says "smiling" and takes it back'),
        ("a neutral smiling face", 'a neutral face shows no "smiling"'),
        ("mouth closed slightly", '"slightly" cannot be said of "mouth closed"'),
        ("mouth closed slightly surprised", '"slightly" could go with what stands before it or after it'),
        ("huge straight face", '"huge" cannot be said of "straight face"'),
        ("slightly neutral", '"slightly" cannot be said of "neutral"'),
        ("without a smile and wide eyes", '"without" may be about "wide eyes" too'),
        ("smiling slightly surprised", '"slightly" could go with what stands before it or after it'),
        ("smiling with a broadly", '"broadly" has nothing to go with'),
        ("very very happy", '"very" has nothing to go with'),
        ("no", '"no" has nothing to go with'),
        ("he smiles, her mouth is open", 'speaks of a man, then says "her"'),
        ("happy and sad", '"sad" is another emotion than happiness'),
        ("a big smile and a faint smile", r"Action Unit 12 \(.* twice with different intensities"),
        ("slightly raised very eyebrows", '"slightly raised very eyebrows" has two adverbs: use one'),
        ("a tight smile", '"tight" is said of what closes'),
        ("tightly smiling", '"tightly" is said of what closes'),
        ("a smile with", 'the end of the sentence after "with"; a whole one is "a woman smiling broadly'),
        # Two readings.
        ("smiling wide eyes", '"smiling wide eyes" can be read in two ways: put a comma'),
        ("smiling eyes wide", "can be read in two ways: put a comma"),
        ("mouth open wide open eyes", "can be read in two ways: put a comma"),
        ("kissing tight lips", "can be read in two ways: put a comma"),
        # Two people.
        ("a man smiling and a man frowning", 'names a man twice, "man" and "man": only one person is shown'),
        ("a woman smiling and a lady with closed eyes", 'names a woman twice, "woman" and "lady"'),
        ("someone's eyes are closed and somebody smiles", "names a person twice"),
        ("a man smiling and a woman frowning", 'speaks of a man, then says "woman"'),
        # A negation is never turned round.
        ("no man smiling", '"no man" leaves open who is seen'),
        ("she is not a woman smiling", '"not woman" leaves open who is seen'),
        ("no, he smiles", '"no" has nothing to go with'),
        ("not he smiles", '"not he" leaves open who is seen'),
        ("isn't smiling and frowning", '"isn\'t" may be about "frowning" too'),
        ("not without a smile", '"not" has nothing to go with'),
    ],
)
def test_what_is_not_understood_is_refused_with_help(sentence, message):
    with pytest.raises(UserError, match=message) as error:
        understand(sentence)
    assert "\n" not in str(error.value)


EVERYDAY_WORDS = sorted({word for row in phrases.ENTRIES.values() for entry in row for word in entry.words})


@given(st.lists(st.sampled_from(EVERYDAY_WORDS), max_size=8))
def test_any_row_of_known_words_is_understood_or_refused_but_never_breaks(words):
    try:
        understanding = understand(" ".join(words))
    except UserError as error:
        assert "\n" not in str(error)
        return
    assert parse(understanding.sentence) == understanding.description
    assert known_wording(understanding.sentence, Vocabulary()) == understanding.sentence


@given(st.lists(st.sampled_from(EVERYDAY_WORDS), min_size=1, max_size=6), st.integers(0, 6))
def test_a_word_that_is_in_no_table_is_never_dropped(words, place):
    words.insert(place, "purple")
    with pytest.raises(UserError):
        understand(" ".join(words))


def test_every_phrase_of_the_tables_is_read_as_its_row_says():
    for numbers, text in phrases.MOVEMENTS_OF.items():
        assert [phrase for phrase in phrases.listed(text) if set(units(phrase)) != set(numbers)] == []
    for text in phrases.ABSENT.values():
        assert [phrase for phrase in phrases.listed(text) if units(phrase)] == []
    for reason, text in phrases.REFUSED.items():
        for phrase in phrases.listed(text):
            with pytest.raises(UserError, match=re.escape(f'" {reason}')):
                understand(f"{phrase}, wide eyes")
    for name, text in phrases.EMOTION_WORDS.items():
        prototype = Description("person", name, dict.fromkeys(EMOTIONS[name].action_units))
        assert [word for word in phrases.listed(text) if understand(word).description != prototype] == []
    for level, text in phrases.ADVERBS.items():
        assert [adverb for adverb in phrases.listed(text) if units(f"{adverb} frown") != {4: level}] == []


@given(descriptions, protocols, seeds)
def test_every_sentence_of_a_protocol_is_kept(description, protocol, seed):
    sentence = describe(description, protocol, seed)
    assert known_wording(sentence, VOCABULARY) == sentence
    if description.action_units:
        understanding = understand(sentence)
        assert (understanding.description, understanding.sentence) == (description, sentence)
    bare = sentence.lower().rstrip(".").replace(",", "")
    if len(description.action_units) < 2:  # without commas an adverb may stand between two phrases
        assert known_wording(bare, VOCABULARY) == bare


@pytest.mark.parametrize(
    ("sentence", "wording"),
    [
        # A form that training never shows becomes the nearest that it shows, with the same words in the same order.
        (
            "A woman with highly parted lips and significantly dropped jaw",
            "A woman with highly parted lips and a significantly dropped jaw.",
        ),
        (
            "highly parted lips and significantly dropped jaw",
            "A person with highly parted lips and a significantly dropped jaw.",
        ),
        ("significantly crease nose", "A person with a significantly creased nose."),
        ("A man significantly creases his nose.", "A man with a significantly creased nose."),
        ("A man's jaw are dropped lightly, chin raised", "A man's jaw is dropped lightly and his chin is raised."),
        ("A man's jaw is dropped fairly", "A man's jaw is fairly dropped."),
        ("A man is furious because he has down brow", "A man is angry because he has a lowered brow."),
        ("She has the parted lips", "A woman has parted lips."),
        ("An happy man", "A man's face is happy."),
        ("parted lips and parted lips", "A person with parted lips."),
    ],
)
def test_other_sentences_are_said_anew_as_near_as_a_protocol_allows(sentence, wording):
    assert known_wording(sentence, VOCABULARY) == wording
    assert parse(wording) == parse(sentence)


@given(descriptions, protocols, seeds, st.randoms(use_true_random=False))
def test_a_changed_sentence_is_never_handed_on_in_a_form_without_protocol(description, protocol, seed, chance):
    words = describe(description, protocol, seed).split()
    words.pop(chance.randrange(len(words)))
    try:
        wording = known_wording(" ".join(words), VOCABULARY)
    except UserError:
        return
    said = parse(wording)
    assert said == parse(" ".join(words))
    assert known_wording(wording, VOCABULARY) == wording
    assert VOCABULARY.covers(wording)


def test_a_wording_is_left_to_no_chance():
    random.seed(1)
    first = known_wording("He creases his nose, drops his jaw and parts his lips", VOCABULARY)
    random.seed(2)
    assert known_wording("He creases his nose, drops his jaw and parts his lips", VOCABULARY) == first
    assert first == "A man's nose is creased, his jaw is dropped, and his lips are parted."


@pytest.mark.parametrize("number", [22, 28, 43])
def test_a_vocabulary_that_is_older_than_a_unit_refuses_it_by_name(number):
    words = {word for participle in ACTION_UNITS[number].participles for word in participle.split()}
    older = Vocabulary([word for word in VOCABULARY.to_json()[2:] if word not in words])
    assert known_wording("A man with parted lips.", older) == "A man with parted lips."
    sentence = describe(Description("man", None, {number: 3, 25: 1}), "possessive")
    with pytest.raises(UserError, match=rf"Action Unit {number} \(.*\) has no words in the vocabulary"):
        known_wording(sentence, older)
    with pytest.raises(UserError, match=rf"Action Unit {number} "):
        understand(sentence, older)


@pytest.mark.parametrize("word", ["frown", "frowns", "frowning"])
def test_a_word_for_two_movements_is_read_with_a_warning(word):
    understanding = understand(f"a woman, she {word} slightly")
    assert understanding.description.action_units == {4: 2}
    assert understanding.warnings == (
        f'"{word}" is read as lowered brows; a frown of the mouth is "mouth corners down"',
    )
    assert understand("mouth corners down").description.action_units == {15: None}
    assert understand("lowered eyebrows").warnings == ()
    assert understand(f"no {word}").warnings == (f'left out: "no {word}" takes away AU 4 (brow lowerer)',)


def test_an_understanding_is_plain_data_for_other_programs():
    assert understand("happy, not smiling").to_json() == {
        "subject": "person",
        "emotion": "happiness",
        "action_units": {"6": None},
        "understood": "A happy person with a raised cheek.",
        "warnings": ['left out: "not smiling" takes away AU 12 (lip corner puller)'],
    }


@pytest.mark.parametrize(
    ("verb", "forms"),
    [
        ("drop", "drops, dropping"),
        ("push down", "pushes down, pushing down"),
        ("raise", "raises, raising"),
        ("cry", "cries, crying"),
        ("shut", "shuts, shutting"),
        ("sob", "sobs, sobbing"),
        ("nod", "nods, nodding"),
        ("shrug", "shrugs, shrugging"),
        ("begin", "begins, beginning"),
        ("stop", "stops, stopping"),
        ("press", "presses, pressing"),
        ("clench", "clenches, clenching"),
    ],
)
def test_verbs_are_bent_as_english_does(verb, forms):
    assert phrases.listed(f"to {verb}") == [verb, *forms.split(", ")]


def test_the_names_of_facs_are_read():
    assert units("Cheek Raiser, Lip Corner Puller.") == {6: None, 12: None}
    assert units("a strong lip corner puller and lips part slightly") == {12: 5, 25: 2}
    for unit in ACTION_UNITS.values():
        assert units(unit.name) == {unit.number: None}


SENTENCE = "A man's pushed-down lip corner, significantly dropped jaw"


@pytest.mark.fault(
    "Sentences",
    "a sentence pasted from another program: ligatures, curly quotes, dashes, invisible signs",
    "read as if it had been typed",
)
@pytest.mark.parametrize(
    "pasted",
    [
        SENTENCE.replace("fi", "\N{LATIN SMALL LIGATURE FI}"),
        *(SENTENCE.replace("'", sign) for sign in "\u2018\u2019\u201b\u02bc\u02b9\u2032\u00b4`\uff07"),
        *(SENTENCE.replace("-", sign) for sign in "\u2010\u2011\u2012\u2013\u2014\u2212"),
        *(SENTENCE.replace("gni", f"gn{sign}i") for sign in "\u00ad\u200b\u200d\u2060\ufeff"),
        *(SENTENCE.replace(" ", sign) for sign in "\u00a0\u2009\u3000\n"),
        *(f"{a}{SENTENCE}.{b}" for a, b in ("''", '""', "\u201c\u201d", "\u201e\u201c", "\u2018\u2019")),
        *(f" {a} {SENTENCE} {b}. " for a, b in ("\u00ab\u00bb", "\u00bb\u00ab", "\u2039\u203a")),
        f'"\u201c{SENTENCE}!\u201d"',
        "\ufeff" + SENTENCE.upper(),
    ],
)
def test_signs_of_other_programs_are_read_as_those_of_a_keyboard(pasted):
    assert parse(pasted) == understand(pasted).description == Description("man", None, {15: None, 26: 5})
    assert Vocabulary().encode(pasted) == Vocabulary().encode(SENTENCE)


@pytest.mark.fault(
    "Sentences", "a letter of another alphabet that looks like a known one, a picture sign", "refused by its code point"
)
@pytest.mark.parametrize(
    ("sentence", "named"),
    [
        ("a \u4e2d smile", "U+4E2D"),
        ("\u0430 smile", "U+0430"),
        ("\u4e2d\u0430\u0431\u0432 smile", "U+4E2D, U+0430, U+0431"),
        ('a "slight" smile', "U+0022"),
        ("a smile \U0001f600", "U+1F600"),
    ],
)
def test_characters_that_are_not_known_are_named(sentence, named):
    for read in (parse, understand):
        with pytest.raises(UserError, match=rf"\(character {re.escape(named)}\)"):
            read(sentence)


REPEATED = [
    "lips a ", "lips very ", "parted lips very the ", "very ", "smile ", "smile, ", "no smile, ", "raised cheek ",
    "eyes wide open ", "open mouth wide wide ", "the ", "partd ", "parted lips, ", "angry face ", '"', "\u201c", ",",
    "x", "hasx", "tongue ", "looking to the ", "no wink, ", "not ", "neither ", "or ", "no smile or ", "mouth not ",
    "more or ", "smilin ", "parted lip ", "'", "a'", "- ", "7", "\ufb03", "\u0301\u0316", "\u0344", "\u0130",
    "\N{KANGXI RADICAL ONE} ", "\u202e", "\U0001f600", "smile\0",
]  # fmt: skip


@pytest.mark.fault(
    "Sentences",
    "long rows of words, commas, quotation marks, negations, combining signs, signs that stand for many",
    "the steps of reading grow with the length and not faster; more than 5,000 characters are refused at once",
)
@pytest.mark.parametrize("repeated", REPEATED)
def test_the_work_of_reading_grows_with_the_sentence_and_not_faster_up_to_a_limit(repeated):
    def calls(sentence):
        count = 0

        def note(_, event, __):
            nonlocal count
            count += "call" in event

        for read in (parse, understand):
            sys.setprofile(note)
            try:
                read(sentence)
            except UserError as error:
                sys.setprofile(None)
                assert "\n" not in str(error) and len(str(error)) < 500
            finally:
                sys.setprofile(None)
        return count

    half = repeated * (signs.LONGEST // 8 // len(repeated))
    calls(half)  # whatever is made once
    assert calls(half * 2) < 2.3 * calls(half) + 100
    for read in (parse, understand):
        with pytest.raises(UserError, match="characters: write one of at most 5,000") as error:
            read(repeated * (100_000 // len(repeated)))
        assert len(str(error.value)) < 80


REFUSED = [
    "", "x", "smilling", "partd lips", "big eyes", "wink", "raising an eyebrow", "a smirk", "blinking", "sneering",
    "pouting", "a tight smile", "a smile with", "without a smile and wide eyes", "without a smile and happy",
    "A woman with jaw", "crying", "a closed eye", "tongue", "happy and sad", "smiling wide eyes", "a purple woman",
    "opened lips", "eyes", "talking",
]  # fmt: skip


@pytest.mark.parametrize("sentence", REFUSED)
def test_whatever_a_refusal_proposes_is_understood(sentence):
    with pytest.raises(UserError) as error:
        understand(sentence)
    message = str(error.value)
    proposed = re.findall(r'"([^"]+)"', message.partition("; ")[2] + message.partition("is said of")[2])
    proposed += re.findall(r'(?:such as|understands is|one is) "([^"]+)"', message)
    proposed += [phrase for row in re.findall(r"nearest: ([^)]+)", message) for phrase in row.split(", ")]
    for phrase in proposed:
        assert understand(phrase).description


@pytest.mark.parametrize("sentence", ["happy", "A woman is sad with parted lips", "neutral"])
def test_what_the_grammar_proposes_is_read_by_the_grammar(sentence):
    with pytest.raises(UserError, match='write "') as error:
        parse(sentence)
    assert parse(str(error.value).split('write "')[1].rstrip('"'))

"""The sentence builder says and reads what the package says and reads, with a kernel and without."""

import itertools
import json
import random
import re

import pytest
import quickjs

from lfes_core.action_units import ACTION_UNITS, EMOTIONS
from lfes_core.errors import UserError
from lfes_core.sentences import PROTOCOLS, SUBJECTS, Description, describe, parse, understand, warnings
from tests.book.modules import data_inside, module_of_the_book, stands_alone

WRONG = (
    *("", "A woman with partd lips.", "A woman with a parted nose.", "A woman with", "A man's jaw."),
    *("A man's jaw is dropped and her lips are parted.", "Highly parted lips and slightly parted lips."),
)


@pytest.fixture(scope="module")
def page():
    return module_of_the_book("sentence_builder").published().page


@pytest.fixture(scope="module")
def script(page):
    """The page's own logic in a JavaScript engine, over the page's own tables."""
    logic = re.search(r"<script>\n// Every phrase(.*?)</script>", page, re.DOTALL)
    assert logic is not None
    context = quickjs.Context()
    context.eval("//" + logic[1])
    context.eval(f"const builder = lfesSentences({json.dumps(data_inside(page))});")
    context.eval("function composed(given) { return builder.compose(...JSON.parse(given)); }")
    context.eval("function near(phrase) { return JSON.stringify(builder.nearest(phrase, 3)); }")
    context.eval("function everyday(phrase) { return JSON.stringify(builder.everyday(phrase)); }")
    context.eval("function odd(given) { return JSON.stringify(builder.odd(JSON.parse(given))); }")
    context.eval("function understood(text) { return JSON.stringify(builder.read(text)); }")
    return context


def composed(script, description, protocol, seed):
    """The page's sentence."""
    units = {number: level or 0 for number, level in description.action_units.items()}
    face = {"subject": description.subject, "emotion": description.emotion, "units": units}
    return script.get("composed")(json.dumps([face, protocol, seed]))


def understood(script, sentence):
    """What the page reads, None if it refuses."""
    face = json.loads(script.get("understood")(sentence)).get("face")
    if face is None:
        return None
    units = {int(number): level or None for number, level in face["units"].items()}
    return Description(face["subject"], face["emotion"], units)


def drawn(generator: random.Random, most: int = 8) -> Description:
    """A description at random."""
    numbers = generator.sample(sorted(ACTION_UNITS), generator.randint(0, most))
    units = {number: generator.choice([None, 1, 2, 3, 4, 5]) for number in numbers}
    emotion = generator.choice([None, *EMOTIONS])
    return Description(generator.choice(list(SUBJECTS)), emotion, units)


def test_the_package_reads_from_the_page_s_sentence_what_was_chosen(script):
    generator = random.Random(0)
    for seed in range(1500):
        description, protocol = drawn(generator), generator.choice(list(PROTOCOLS))
        assert parse(composed(script, description, protocol, seed)) == description


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_page_writes_exactly_the_sentences_of_the_package(script, protocol):
    for subject, emotion, units in (
        ("woman", None, {25: 2}),
        ("man", "anger", {4: 5, 15: None}),
        ("person", "fear", {14: 1}),
        ("woman", "surprise", {18: None, 24: None, 38: None}),
        ("man", None, {}),
        ("person", "sadness", {}),
    ):
        description = Description(subject, emotion, units)
        theirs = {composed(script, description, protocol, seed) for seed in range(3000)}
        ours = {describe(description, protocol, seed) for seed in range(3000)}
        assert theirs == ours


def test_the_page_reads_every_sentence_of_the_protocols_and_the_verbs_of_the_paper_like_the_package(script):
    generator = random.Random(1)
    said = [describe(drawn(generator), generator.choice(list(PROTOCOLS)), generator) for _ in range(1500)]
    said += [
        "A man with significantly crease nose",
        "a woman with highly parted lips and significantly dropped jaw",
        "Slightly raise inner brow, drop jaw",
        "his lips are parted",
        "A man\u2019s lip corner is pushed-down.",
    ]
    for sentence in said:
        assert understood(script, sentence) == parse(sentence), sentence


def test_what_the_page_reads_the_package_reads_the_same(script):
    """Sentences with a word taken out, doubled or swapped: refused, or read as `parse` does."""
    generator, read = random.Random(2), 0
    for _ in range(1500):
        words = describe(drawn(generator, 3), generator.choice(list(PROTOCOLS)), generator).split()
        place, other = generator.randrange(len(words)), generator.randrange(len(words))
        change = generator.choice(["cut", "double", "swap"])
        if change == "swap":
            words[place], words[other] = words[other], words[place]
        else:
            words[place : place + 1] = [] if change == "cut" else [words[place]] * 2
        sentence = " ".join(words)
        if (description := understood(script, sentence)) is not None:
            assert description == parse(sentence), sentence
            read += 1
    assert 50 < read < 1400  # the test means something only if both outcomes occur


def test_both_refuse_what_is_no_sentence_and_the_page_names_near_phrases(script):
    for sentence in WRONG:
        assert understood(script, sentence) is None
        with pytest.raises(UserError):
            parse(sentence)
    answer = json.loads(script.get("understood")("A woman with highly partd lips."))
    assert answer["error"] == '"highly partd lips" is not a phrase of the protocols.'
    assert json.loads(script.get("near")(answer["phrase"]))[0] == "highly parted lips"


def test_the_page_translates_everyday_phrases_as_the_package_does(script):
    for sentence, words in (
        ("a woman smiling broadly", "smiling"),
        ("wide eyes", "wide eyes"),
        ("a man with raised eyebrows", "raised eyebrows"),
    ):
        phrase = json.loads(script.get("understood")(sentence))["phrase"]
        known, translation = json.loads(script.get("everyday")(phrase))
        assert known == words
        assert parse(translation) == understand(words).description


def test_the_page_warns_where_the_package_warns(script):
    for pair in itertools.combinations(ACTION_UNITS, 2):
        description = Description("person", None, dict.fromkeys(pair))
        given = json.dumps(dict.fromkeys(map(str, pair), 0))
        assert tuple(json.loads(script.get("odd")(given))) == warnings(description)


def test_every_wording_of_a_phrase_was_drawn(monkeypatch):
    builder = module_of_the_book("sentence_builder")
    jaw = ACTION_UNITS[26]
    few = [builder.wordings(builder.clause, jaw, intensity) for intensity in builder.INTENSITIES]
    monkeypatch.setattr(builder, "DRAWS", 20 * builder.DRAWS)
    assert few == [builder.wordings(builder.clause, jaw, intensity) for intensity in builder.INTENSITIES]


def test_the_page_is_small_stands_alone_and_tells_screen_readers_what_happens(page):
    assert stands_alone(page) and len(page) < 200_000
    assert 'aria-live="polite"' in page and "aria-label" in page


@pytest.fixture
def live():
    """The parts of the live form: boxes of the face, of its Action Units by number, the sentence, the answer."""
    who, sentence, status, movements = module_of_the_book("sentence_builder_live").live().children
    units = {int(box.description.split()[0]): box for box in movements.children}
    return (*who.children, units, sentence, status)


def test_live_form_says_what_is_chosen(live):
    subject, emotion, protocol, seed, units, sentence, status = live
    for box in units.values():
        box.value = -1
    assert sentence.value == "A woman with a happy face."
    subject.value, emotion.value, protocol.value, seed.value = "man", "anger", "because", 4
    units[4].value, units[24].value = 5, 0
    wanted = Description("man", "anger", {4: 5, 24: None})
    assert sentence.value == describe(wanted, "because", 4)
    assert "AU 4 at E, AU 24 (intensity not given)" in status.value


def test_live_form_shows_what_a_typed_sentence_says(live):
    subject, emotion, _, _, units, sentence, _ = live
    typed = "a sad man with slightly depressed lip corners"
    sentence.value = typed
    assert (subject.value, emotion.value, units[15].value) == ("man", "sadness", 2)
    assert {number for number, box in units.items() if box.value != -1} == {15}
    assert sentence.value == typed, "what somebody typed is left as it is"


def test_live_form_explains_what_it_does_not_understand_and_what_it_understood_and_warns(live):
    subject, _, _, _, units, sentence, status = live
    before = {number: box.value for number, box in units.items()}
    sentence.value = "A woman with highly parted lisp."
    assert 'role="alert"' in status.value and "lips" in status.value
    assert before == {number: box.value for number, box in units.items()}
    sentence.value = "a man smiling broadly with wide eyes"
    assert (subject.value, units[12].value, units[5].value) == ("man", 5, 0)
    assert "A man with a raised upper lid and a strongly pulled lip corner." in status.value
    units[43].value, units[5].value = 3, 2
    assert "AU 5 and AU 43: closed eyes" in status.value

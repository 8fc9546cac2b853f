"""Which words can be read, and which Action Unit they mean: the tables of the reader.

Three sources are merged: what the protocols write (`lfes_core.action_units`), the same as verbs, and the
wording of the captions that the authors published with [18] ("pursy lip", "down brow", "dimpling cheek").
Those captions also name Action Units that no sentence of ours can say, and use one phrase for three of them;
they are known here so that the error can name them.
"""

import difflib

from lfes_core.action_units import ACTION_UNITS, EMOTIONS, INTENSITY_ADVERBS
from lfes_core.errors import UserError, shortened
from lfes_core.sentences.description import SUBJECTS
from lfes_core.sentences.vocabulary import split

EXAMPLE = "A woman with highly parted lips and a significantly dropped jaw."
LONGEST = 5000
"""How many characters a sentence may have: four times as many as the longest of the protocols."""

AUTHORS_WORDING = """
    4 | brow | down
    11 | nasolabial | deepened
    13 | cheek | puffed, blown | cheek puffer
    14 | cheek | dimpling
    18 | lip | pursy
    21 | neck | tightened, constricted | neck tightener
    24 | lip | pushed
    28 | lip | sucked, pulled
    29 | jaw | thrust, pushed | jaw thrust
    30 | jaw | sideways | jaw sideways
    31 | jaw | clenched, gritted | jaw clencher
    32 | lip | bit, nipped | lip bite
    33 | cheek | puffed, blown | cheek blow
    34 | cheek | puffed, blown | cheek puff
    35 | cheek | sucked, drawn | cheek suck
    36 | tongue | bulged, swollen | tongue bulge
    37 | lip | wiped | lip wipe
    38 | nostril | inflated
    39 | nostril | narrowed
    40 | nose | sniffing, snuffled | sniff
    41 | lid | drooped, sagged | lid droop
    42 | eyes | slit, leering | slit
    44 | eye | squint, narrowed | squint
    45 | eyes | blinking | blink
    46 | eye | winking | wink
    51 | head | turned left, moving left | head turn left
    52 | head | turned right, moving right | head turn right
    53 | head | up, raised | head up
    54 | head | down, lowered | head down
    55 | head | tilted left, leaned left | head tilt left
    56 | head | tilted right, leaned right | head tilt right
    57 | head | forward, forth | head forward
    58 | head | back, backward | head back
    61 | eyes | turned left, moving left | eyes turn left
    62 | eyes | turned right, moving right | eyes turn right
    63 | eyes | up, raised | eyes up
    64 | eyes | down, lowered | eyes down
"""
"""What the published captions say otherwise than the protocols: Action Unit, part of the face, what happened to it,
and the name of an Action Unit that `ACTION_UNITS` has no words for."""

CAPTIONED = [[field.strip() for field in line.split("|")] for line in AUTHORS_WORDING.strip().splitlines()]
OTHER_UNITS = {int(number): name[0] for number, _, _, *name in CAPTIONED if name}

BOTH_NUMBERS = {"lips": "lip", "nostrils": "nostril"} | {
    f"{noun}s": noun
    for noun in (
        "inner brow",
        "outer brow",
        "brow",
        "upper lid",
        "lid",
        "cheek",
        "nasolabial fold",
        "lip corner",
    )
}
"""Plural and singular of parts that a face has twice: the protocols write one of them, both are read. Only
"eyes" is not here: a closed eye is a wink."""


def third_person(verb: str) -> str:
    """The form of a verb after "he": "drops", "presses", "pushes down"."""
    first, *rest = verb.split()
    return " ".join([first + ("es" if first.endswith(("s", "sh", "ch")) else "s"), *rest])


def gerund(verb: str) -> str:
    """The form of a verb after "she is": "raising", "dropping", "pushing down"."""
    first, *rest = verb.split()
    if first in ("drop", "shut"):
        first += first[-1]
    return " ".join([first.removesuffix("e") + "ing", *rest])


def as_participle(number: int, change: str) -> str:
    """What happened as a protocol says it, for any form of its verb: "dropped" for "drops" and "dropping"."""
    unit = ACTION_UNITS[number]
    for verb, participle in zip(unit.verbs, unit.participles, strict=False):
        if change in (verb, third_person(verb), gerund(verb)):
            return participle
    return change


def _movements() -> dict[tuple[str, str], tuple[int, ...]]:
    """Every (part of the face, movement) that can be read, with the Action Units that it may mean."""
    table: dict[tuple[str, str], tuple[int, ...]] = {}
    singular_of = BOTH_NUMBERS
    plural_of = {singular: plural for plural, singular in BOTH_NUMBERS.items()}
    for unit in ACTION_UNITS.values():
        other = plural_of.get(unit.noun) or singular_of.get(unit.noun) or unit.noun
        movements = [*unit.participles, *unit.verbs]
        movements += [form(verb) for verb in unit.verbs for form in (third_person, gerund)]
        table.update({(part, movement): (unit.number,) for part in (unit.noun, other) for movement in movements})
    for number, part, changes, *_ in CAPTIONED:
        for change in changes.split(", "):
            meant = table.get((part, change), ())
            table[part, change] = tuple(sorted({*meant, int(number)}))
    return table


MOVEMENTS = _movements()
LEVELS = {adverb: level for level, adverbs in INTENSITY_ADVERBS.items() for adverb in adverbs}
FEELINGS = {word: emotion.name for emotion in EMOTIONS.values() for word in (emotion.adjective, *emotion.synonyms)}
NOUNS = {subject.noun: name for name, subject in SUBJECTS.items()}
OWNERS = {subject.owner: name for name, subject in SUBJECTS.items()}
PRONOUNS = {subject.pronoun: name for name, subject in SUBJECTS.items()}
POSSESSIVES = {subject.possessive: name for name, subject in SUBJECTS.items()}
ARTICLES = ("a", "an", "the")
BE, HAVE = ("is", "are"), ("has", "have")
PARTS = sorted({part for part, _ in MOVEMENTS})
CHANGES = sorted({change for _, change in MOVEMENTS})
OTHER_PHRASES = {"neutral", "face", "and", "with", "because", "subject", ",", "."}.union(
    ARTICLES, BE, HAVE, FEELINGS, LEVELS, NOUNS, OWNERS, PRONOUNS, POSSESSIVES
)
"""What the grammar has beside parts of the face and what happened to them."""
KNOWN_WORDS = {word for phrase in OTHER_PHRASES.union(PARTS, CHANGES) for word in phrase.split()}
"""Every word and sign of the grammar."""


def words_of(sentence: str) -> list[str]:
    """The words and signs of a sentence; the captions lose the space in "hasraised".

    Raises:
        UserError: if it is empty, or longer than `LONGEST`.
    """
    if len(sentence) > LONGEST:
        raise UserError(f"the sentence has {len(sentence):,} characters: write one of at most {LONGEST:,}")
    words: list[str] = []
    for word in split(sentence):
        is_joined = word not in KNOWN_WORDS and word.startswith("has") and word[3:] in KNOWN_WORDS
        words += ["has", word[3:]] if is_joined else [word]
    if not set(words) - {",", "."}:
        raise UserError(f'the sentence is empty: write one such as "{EXAMPLE}"')
    return words


def unknown_word(word: str) -> str:
    """What a message says of a word that is not known."""
    near = difflib.get_close_matches(word, sorted(KNOWN_WORDS), n=3, cutoff=0.5)
    hint = f"nearest known: {', '.join(near)}" if near else "no known word is near"
    return f"unknown word {quoted(word, 25)} ({hint})"


def quoted(text: str, limit: int = 80) -> str:
    """Words of the sentence for a message; characters that only look as if they were known are named."""
    strange = dict.fromkeys(f"U+{ord(sign):04X}" for sign in text if sign == '"' or not sign.isascii())
    named = f" (character {', '.join(list(strange)[:3])})" if strange else ""
    return f'"{shortened(text, limit)}"{named}'


def action_unit(part: str, change: str) -> int:
    """The Action Unit of a phrase.

    Raises:
        UserError: if the phrase is no phrase, means several Action Units, or one without words here.
    """
    meant = MOVEMENTS.get((part, change), ())
    if not meant:
        can_be = dict.fromkeys(
            movement
            for (noun, movement), numbers in MOVEMENTS.items()
            if noun == part and any(movement in ACTION_UNITS[n].participles for n in numbers if n in ACTION_UNITS)
        )
        hint = f"it can be {', '.join(can_be)}" if can_be else "no sentence speaks of it"
        raise UserError(f'"{change}" is not said of the {part}: {hint}')
    names = [f"{n} ({ACTION_UNITS[n].name if n in ACTION_UNITS else OTHER_UNITS[n]})" for n in meant]
    if len(meant) > 1:
        raise UserError(f'"{change} {part}" is ambiguous: it can mean Action Unit {", ".join(names)}')
    if meant[0] not in ACTION_UNITS:
        raise UserError(f'"{change} {part}" is Action Unit {names[0]}, which no sentence here names: leave it out')
    return meant[0]

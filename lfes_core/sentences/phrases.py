"""Which words can be read, and which Action Unit they mean: the tables of the parser.

Three sources are merged: what the protocols write (`lfes_core.action_units`), the same as verbs, and the
wording of the captions that the authors published with [18] ("pursy lip", "down brow", "dimpling cheek").
Those captions also name Action Units that no sentence of ours can say, and use one phrase for three of them;
they are known here so that the error can name them.
"""

from collections.abc import Iterable

from lfes_core.action_units import ACTION_UNITS, EMOTIONS, INTENSITY_ADVERBS
from lfes_core.sentences.description import SUBJECTS

OTHER_UNITS = {
    13: "cheek puffer",
    21: "neck tightener",
    29: "jaw thrust",
    30: "jaw sideways",
    31: "jaw clencher",
    32: "lip bite",
    33: "cheek blow",
    34: "cheek puff",
    35: "cheek suck",
    36: "tongue bulge",
    37: "lip wipe",
    40: "sniff",
    41: "lid droop",
    42: "slit",
    44: "squint",
    45: "blink",
    46: "wink",
    51: "head turn left",
    52: "head turn right",
    53: "head up",
    54: "head down",
    55: "head tilt left",
    56: "head tilt right",
    57: "head forward",
    58: "head back",
    61: "eyes turn left",
    62: "eyes turn right",
    63: "eyes up",
    64: "eyes down",
}
"""Codes of FACS that the published captions name and that `ACTION_UNITS` has no words for."""

AUTHORS_WORDING = """
    4 brow: down
    11 nasolabial: deepened
    13 cheek: puffed, blown
    14 cheek: dimpling
    18 lip: pursy
    21 neck: tightened, constricted
    24 lip: pushed
    28 lip: sucked, pulled
    29 jaw: thrust, pushed
    30 jaw: sideways
    31 jaw: clenched, gritted
    32 lip: bit, nipped
    33 cheek: puffed, blown
    34 cheek: puffed, blown
    35 cheek: sucked, drawn
    36 tongue: bulged, swollen
    37 lip: wiped
    38 nostril: inflated
    39 nostril: narrowed
    40 nose: sniffing, snuffled
    41 lid: drooped, sagged
    42 eyes: slit, leering
    44 eye: squint, narrowed
    45 eyes: blinking
    46 eye: winking
    51 head: turned left, moving left
    52 head: turned right, moving right
    53 head: up, raised
    54 head: down, lowered
    55 head: tilted left, leaned left
    56 head: tilted right, leaned right
    57 head: forward, forth
    58 head: back, backward
    61 eyes: turned left, moving left
    62 eyes: turned right, moving right
    63 eyes: up, raised
    64 eyes: down, lowered
"""
"""What the published captions say otherwise than the protocols: Action Unit, part of the face, what happened."""

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


def longest_first(phrases: Iterable[str]) -> tuple[str, ...]:
    """Phrases in the order in which to try them: "lip corner" before "lip"."""
    return tuple(sorted(phrases, key=lambda phrase: (-len(phrase.split()), phrase)))


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


def _movements() -> dict[tuple[str, str], tuple[int, ...]]:
    """Every (part of the face, movement) that can be read, with the Action Units that it may mean."""
    table: dict[tuple[str, str], tuple[int, ...]] = {}
    singular_of = BOTH_NUMBERS
    plural_of = {singular: plural for plural, singular in BOTH_NUMBERS.items()}
    for unit in ACTION_UNITS.values():
        other = plural_of.get(unit.noun) or singular_of.get(unit.noun) or unit.noun
        movements = [*unit.participles, *unit.verbs]
        movements += [form(verb) for verb in unit.verbs for form in (third_person, gerund)]
        table.update(
            {(part, movement): (unit.number,) for part in (unit.noun, other) for movement in movements}
        )
    for line in AUTHORS_WORDING.strip().splitlines():
        head, changes = line.split(":")
        number, part = head.split(maxsplit=1)
        for change in (change.strip() for change in changes.split(",")):
            meant = table.get((part, change), ())
            table[part, change] = tuple(sorted({*meant, int(number)}))
    return table


MOVEMENTS = _movements()
LEVELS = {adverb: level for level, adverbs in INTENSITY_ADVERBS.items() for adverb in adverbs}
FEELINGS = {
    word: emotion.name for emotion in EMOTIONS.values() for word in (emotion.adjective, *emotion.synonyms)
}
NOUNS = {subject.noun: name for name, subject in SUBJECTS.items()}
OWNERS = {subject.owner: name for name, subject in SUBJECTS.items()}
PRONOUNS = {subject.pronoun: name for name, subject in SUBJECTS.items()}
POSSESSIVES = {subject.possessive: name for name, subject in SUBJECTS.items()}
ARTICLES = ("a", "an", "the")
BE, HAVE = ("is", "are"), ("has", "have")
FACE = "face"  # not a part that moves: "a neutral face", "an angry face"
PARTS = longest_first({FACE, *(part for part, _ in MOVEMENTS)})
CHANGES = longest_first({"neutral", *FEELINGS, *(change for _, change in MOVEMENTS)})
GERUNDS = longest_first({gerund(verb) for unit in ACTION_UNITS.values() for verb in unit.verbs})

KNOWN_WORDS = {
    word
    for table in (ARTICLES, BE, HAVE, PARTS, CHANGES, LEVELS, NOUNS, OWNERS, PRONOUNS, POSSESSIVES)
    for phrase in table
    for word in phrase.split()
} | {"and", "with", "because", "subject", ",", "."}
"""Every word and sign of the grammar."""

"""Everyday words and the Action Units that they stand for: the tables behind `understand`.

Each row is a decision that can be read here and argued with. A word is listed only if most people mean the same
movement by it; a word that leaves a choice is in `DOUBTFUL` or `REFUSED` with the reason. The words of a phrase may be
parted by an article, by "is", "her" and the like, or by one adverb: "raised eyebrows" also reads "raised her
eyebrows", "eyes wide" also "eyes are very wide".

Below the tables stand all phrases that can be read, these and those of `phrases`, by their first word.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from lfes_core.action_units import ACTION_UNITS
from lfes_core.sentences import phrases

MOVEMENTS_OF: dict[tuple[int, ...], str] = {
    (12,): """smile, smiles, smiling, mouth corners up, mouth corners turned up, lip corners up,
        lip corners pulled up, corners of mouth up, corners of mouth turned up, corners of lips up,
        mouth turned up, upturned mouth, upturned mouth corners, upturned lip corners, smiling mouth""",
    (12, 25): "grin, grins, grinning",
    (6, 12, 25): "beaming, beams",
    (6, 12, 25, 26): "laugh, laughs, laughing",
    (6,): "smiling eyes",
    (4,): """frown, frowns, frowning, scowl, scowls, scowling, lowered eyebrows, eyebrows lowered,
        eyebrows down, brows down, lowering eyebrows, lower eyebrows, furrowed brow, furrowed brows, brow furrowed,
        brows furrowed, furrowed eyebrows, eyebrows furrowed, furrowing brow, furrowing brows, knitted brow,
        knitted brows, brows knitted, knitted eyebrows, knitting brows""",
    (1, 2): """raised eyebrows, eyebrows raised, raising eyebrows, raises eyebrows, lifted eyebrows,
        eyebrows lifted, lifting eyebrows, lifts eyebrows, eyebrows up, raise eyebrows, lift eyebrows,
        raised brows, brows raised, raising brows, raises brows, brows up, lifted brows, brows lifted,
        arched eyebrows""",
    (5,): """wide eyes, eyes wide, wide eyed, eyes wide open, wide open eyes, eyes open wide, open eyes wide,
        opens eyes wide, opening eyes wide, widened eyes, eyes widened""",
    (7,): "squint, squints, squinting, narrowed eyes, eyes narrowed, narrow eyes, narrowing eyes",
    (25, 26): """open mouth, mouth open, mouth opened, opened mouth, open mouthed, opens mouth,
        opening mouth, gaping, gaping mouth, mouth gaping, mouth agape""",
    (25, 27): """mouth wide open, wide open mouth, mouth open wide, open mouth wide, opens mouth wide,
        opening mouth wide""",
    (25,): "open lips, lips open, lips apart",
    (15,): """mouth corners down, mouth corners turned down, lip corners down, corners of mouth down,
        corners of mouth turned down, corners of lips down, mouth turned down, turned down mouth,
        downturned mouth, downturned mouth corners, downturned lip corners, drooping mouth""",
    (9,): "scrunched nose, nose scrunched, scrunching nose, scrunches nose, crinkled nose, crinkling nose",
    (14,): "dimples",
    (18,): "kissing, kissing lips, kiss",
    (23,): "tight lips, lips tight, tight lipped",
    (24,): "lips pressed together, pressed together lips, pressing lips together, presses lips together",
    (38,): "flared nostrils, nostrils flared, flaring nostrils, flares nostrils, wide nostrils",
}
"""Action Units, and the everyday phrases for them."""

DOUBTFUL: dict[str, str] = {
    "frown, frowns, frowning": 'is read as lowered brows; a frown of the mouth is "mouth corners down"',
}
"""Phrases of `MOVEMENTS_OF` that some people use for another movement, and the warning that they get."""

ABSENT: dict[tuple[int, ...], str] = {
    (25, 26, 27): """closed mouth, mouth closed, mouth shut, shut mouth, closed lips, lips closed,
        lips together""",
    (43,): "open eyes, eyes open",
}
"""Phrases that say which Action Units are *not* seen, as "no smile" does with AU 12."""

NEUTRAL = """neutral, expressionless, no expression, without expression, no emotion, without emotion, emotionless,
    blank, straight face, poker face"""
"""A face without any Action Unit."""

EMOTION_WORDS: dict[str, str] = {
    "anger": "anger, mad",
    "contempt": "contempt",
    "disgust": "disgust, disgusting",
    "fear": "fear, terrified, horrified, panicked",
    "happiness": "happiness, joy, joyful, cheerful, glad, pleased",
    "sadness": "sadness, unhappy, sorrowful, sorrow",
    "surprise": "surprise, amazed, shocked, startled",
}
"""More words for the emotions, beside the adjectives of `lfes_core.action_units.EMOTIONS`."""

ADVERBS: dict[int, str] = {
    1: """barely, faint, faintly, tiny, a trace of, a hint of, a tiny bit, very slight, very small,
        very faint, very faintly, very little, very gently, very mildly""",
    2: """slight, little, a little, a little bit, a bit, a bit of, weak, weakly, mild, mildly, gentle, gently, small,
        subtle, subtly""",
    3: "moderate, moderately, medium, rather, half",
    4: "big, very, really, clear, clearly, much, firm, firmly, noticeable, noticeably, a lot",
    5: """broad, broadly, wide, widely, strong, huge, hugely, enormous, extremely, extreme, full, fully,
        completely, tight, tightly, intense, intensely, very big, very broad, very broadly, very wide, very widely,
        very strongly, very strong, very much, really big, really wide""",
}
"""Everyday adverbs and adjectives of degree for each intensity, beside `INTENSITY_ADVERBS`."""

NOUNS_FOR: dict[str, str] = {
    "woman": "woman, lady, girl, female",
    "man": "man, gentleman, guy, boy, male",
    "person": "person, someone, somebody",
}
"""What people call each subject of a sentence."""

TIGHT = (4, 7, 18, 23, 24, 28, 43)
"""The Action Units that "tight" and "tightly" make strong. A tight smile is no broad smile."""

_ONE_SIDED = "moves one side of the face only, and sentences here speak of both sides"
REFUSED: dict[str, str] = {
    "wink, winks, winking": f'{_ONE_SIDED}; "closed eyes" closes both',
    "smirk, smirks, smirking, crooked smile, lopsided smile, half smile": f'{_ONE_SIDED}; "a slight smile" lifts both',
    "raised eyebrow, eyebrow raised, raising eyebrow, raises eyebrow, lifted eyebrow, lifting eyebrow":
        f'{_ONE_SIDED}; "raised eyebrows" lifts both',
    "left, right, closed eye, eye closed, shut eye, eye shut, one eye, one eyebrow, one side, one corner": _ONE_SIDED,
    "sneer, sneers, sneering": 'can be a wrinkled nose, a raised upper lip or a dimpled cheek: say which',
    "pout, pouts, pouting": "can be a raised chin, puckered lips or funneled lips: say which",
    "blink, blinks, blinking": 'is over too soon for one picture; "closed eyes" is what it shows',
    "puffed cheeks, puffing cheeks, puffs cheeks, cheeks puffed": "are not among the Action Units of these sentences",
    "tongue": "is not among the Action Units of these sentences",
    "cry, cries, crying, tears, weeping": 'has no Action Unit; "sad" or the movements can be said',
    "looking left, looking right, looking up, looking down, looks up, looks down, eyes up, eyes down":
        "is about where the eyes look, which no sentence here says",
    "head": "is about the pose of the head, which no sentence here says",
}  # fmt: skip
"""Phrases that are understood well enough to say why they cannot be used."""

NEGATIONS = "no, not, without, never, isn't, aren't, doesn't, don't"
SEPARATORS = ("speaks with", *", . and with but while because plus also who that".split())
FILLERS = """a an the this is are has have does do any both being looking looks look seems seeming feeling feels
    showing shows wearing wears make makes making your face facial expression on in of subject"""
INSIDE = frozenset("a an the is are his her their your both being of".split())
"""Words that may stand between the words of a phrase."""
UNFINISHED = INSIDE.union(phrases.HAVE, SEPARATORS) - {",", ".", "also"}
"""Words with which no sentence ends."""


def listed(text: str) -> list[str]:
    """The phrases of a row, which commas divide."""
    return [" ".join(phrase.split()) for phrase in text.split(",") if phrase.strip()]


LEVELS = phrases.LEVELS | {adverb: level for level, text in ADVERBS.items() for adverb in listed(text)}
"""The intensity of each adverb, of the protocols and of everyday."""
NOUNS = {
    noun + ending: subject for subject, text in NOUNS_FOR.items() for noun in listed(text) for ending in ("", "'s")
}
"""Whom a noun speaks of: "lady's" of a woman."""
SUBJECT_OF = NOUNS | phrases.PRONOUNS | phrases.POSSESSIVES | {"him": "man", "them": "person"}
"""Whom a word speaks of: also "her" of a woman."""


@dataclass(frozen=True)
class Entry:
    """One phrase that can be read.

    Attributes:
        words: the phrase.
        kind: movement, absent, refused, neutral, phrase, emotion, adverb, subject, negation, separator, filler.
        about: the emotion, the reason of a refusal or of a doubt, or the part of the face of a phrase.
        change: what happened to that part.
        numbers: the Action Units of a movement or of what is absent.
    """

    words: tuple[str, ...]
    kind: str
    about: str = ""
    change: str = ""
    numbers: tuple[int, ...] = ()

    @property
    def text(self) -> str:
        """The phrase."""
        return " ".join(self.words)


_PHRASES_OF_GRAMMAR = [
    Entry(tuple(text.split()), "phrase", part, change)
    for part, change in phrases.MOVEMENTS
    for text in (f"{part} {change}", f"{change} {part}")
]


def _all_phrases() -> list[Entry]:
    """Every phrase once. Where two tables hold the same phrase, the first one counts."""
    table: dict[str, Entry] = {}

    def add(texts: Iterable[str], kind: str, about: str = "", change: str = "", numbers: Iterable[int] = ()) -> None:
        for text in texts:
            table.setdefault(text, Entry(tuple(text.split()), kind, about, change, tuple(numbers)))

    doubts = {phrase: doubt for text, doubt in DOUBTFUL.items() for phrase in listed(text)}
    for numbers, text in MOVEMENTS_OF.items():
        for phrase in listed(text):
            add([phrase], "movement", doubts.get(phrase, ""), numbers=numbers)
    for numbers, text in ABSENT.items():
        add(listed(text), "absent", numbers=numbers)
    for text, reason in REFUSED.items():
        add(listed(text), "refused", reason)
    add(listed(NEUTRAL), "neutral")
    table |= {entry.text: table.get(entry.text, entry) for entry in _PHRASES_OF_GRAMMAR}
    for unit in ACTION_UNITS.values():
        add([unit.name], "movement", numbers=[unit.number])
    for name, text in EMOTION_WORDS.items():
        add(listed(text), "emotion", name)
    for word, name in phrases.FEELINGS.items():
        add([word], "emotion", name)
    add(LEVELS, "adverb")
    add(SUBJECT_OF, "subject")
    add(listed(NEGATIONS), "negation")
    add(SEPARATORS, "separator")
    add(FILLERS.split(), "filler")
    return list(table.values())


def _by_first_word(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    table: dict[str, list[Entry]] = {}
    for entry in entries:
        table.setdefault(entry.words[0], []).append(entry)
    return table


_ALL = _all_phrases()
ENTRIES = _by_first_word(_ALL)
"""All phrases by their first word."""
GRAMMAR = _by_first_word([*_PHRASES_OF_GRAMMAR, *(entry for entry in _ALL if entry.text in phrases.OTHER_PHRASES)])
"""The phrases of the protocols and of the published captions alone."""
PHRASES = [
    *(f"{word} {unit.noun}" for unit in ACTION_UNITS.values() for word in unit.participles),
    *(entry.text for entry in _ALL if entry.kind in ("movement", "absent", "neutral", "emotion")),
]
"""What can be suggested to somebody whose words were not understood."""

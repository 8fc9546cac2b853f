"""What can be said: every phrase that the reader knows, and what it stands for.

The phrases of the grammar have three sources: what the protocols write (`lfes_core.action_units`), the same as verbs,
and the wording of the captions that the authors published with [18] ("pursy lip", "down brow", "dimpling cheek").
Those captions also name Action Units that no sentence of ours can say; they are known here so that they can be left
out by name. A row of everyday words is a decision to be argued with: a word is listed only if most people mean the same
movement by it; one that leaves a choice, or is of another face or moment, is in `DOUBTFUL` or `REFUSED`, one that
nothing can show in `LEFT_OUT`, with the reason. The words of a phrase may be parted by an article, by "is", "her" and
the like, by one adverb and one negation: "raised eyebrows" also reads "raised her eyebrows", "eyes wide" also "eyes are
not wide".
"""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lfes_core.action_units import ACTION_UNITS, EMOTIONS, INTENSITY_ADVERBS
from lfes_core.sentences.description import SUBJECTS


def listed(text: str) -> list[str]:
    """The phrases of a row, which commas divide; "to wink" stands for three forms, "somewhere" for every direction."""
    found = []
    for phrase in (" ".join(phrase.split()) for phrase in text.split(",")):
        verb = phrase.removeprefix("to ")
        forms = [phrase] if verb == phrase else [verb, third_person(verb), gerund(verb)]
        places = DIRECTIONS if "somewhere" in phrase else ("somewhere",)
        found += [form.replace("somewhere", place) for form in forms for place in places]
    return found


def third_person(verb: str) -> str:
    """The form of a verb after "he": "drops", "presses", "cries", "pushes down"."""
    first, *rest = verb.split()
    if first.endswith("ry"):
        first = first.removesuffix("y") + "ie"
    return " ".join([first + ("es" if first.endswith(("s", "sh", "ch")) else "s"), *rest])


def gerund(verb: str) -> str:
    """The form of a verb after "she is": "raising", "dropping", "pushing down"."""
    first, *rest = verb.split()
    if first in ("begin", "drop", "nod", "shrug", "shut", "sob", "stop"):
        first += first[-1]
    return " ".join([first.removesuffix("e") + "ing", *rest])


DIRECTIONS = (
    *"left right up down away back forward sideways aside".split(),
    *("to left", "to right", "to side", "straight ahead", "at camera", "into camera"),
)
"""Where eyes look and heads turn."""


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

OTHER_NUMBER = {"lips": "lip", "nostrils": "nostril"} | {
    noun: f"{noun}s"
    for noun in listed("inner brow, outer brow, brow, upper lid, lid, cheek, nasolabial fold, lip corner")
}
"""Singular or plural of parts that a face has twice: the protocols write one of them, both are read. Only
"eyes" is not here: a closed eye is a wink."""

MOVEMENTS_OF: dict[tuple[int, ...], str] = {
    (12,): """smile, smiles, smiling, mouth corners up, mouth corners turned up, lip corners up, lip corners pulled up,
        corners of mouth up, corners of mouth turned up, corners of lips up, mouth turned up, upturned mouth,
        upturned mouth corners, upturned lip corners, smiling mouth""",
    (12, 25): "grin, grins, grinning, toothy smile, toothy grin",
    (6, 12, 25): "beaming, beams",
    (6, 12, 25, 26): "laugh, laughs, laughing",
    (6,): "smiling eyes",
    (4, 5, 7): "angry eyes, glare, glares, glaring",
    (1, 4): "sad eyes",
    (4,): """frown, frowns, frowning, scowl, scowls, scowling, lowered eyebrows, eyebrows lowered, eyebrows down,
        brows down, lowering eyebrows, lower eyebrows, furrowed brow, furrowed brows, brow furrowed, brows furrowed,
        furrowed eyebrows, eyebrows furrowed, furrowing brow, furrowing brows, knitted brow, knitted brows,
        brows knitted, knitted eyebrows, knitting brows""",
    (1, 2): """raised eyebrows, eyebrows raised, raising eyebrows, raises eyebrows, lifted eyebrows, eyebrows lifted,
        lifting eyebrows, lifts eyebrows, eyebrows up, raise eyebrows, lift eyebrows, raised brows, brows raised,
        raising brows, raises brows, brows up, lifted brows, brows lifted, arched eyebrows""",
    (5,): """wide eyes, eyes wide, wide eyed, eyes wide open, wide open eyes, eyes open wide, open eyes wide,
        opens eyes wide, opening eyes wide, widened eyes, eyes widened""",
    (7,): "squint, squints, squinting, narrowed eyes, eyes narrowed, narrow eyes, narrowing eyes",
    (25, 26): """open mouth, mouth open, mouth opened, opened mouth, open mouthed, opens mouth, opening mouth, gaping,
        gaping mouth, mouth gaping, mouth agape, gasp, gasps, gasping""",
    (25, 27): """mouth wide open, wide open mouth, mouth open wide, open mouth wide, opens mouth wide,
        opening mouth wide, open wide mouth, opens wide mouth, opening wide mouth, wide mouth open, yawn, yawns,
        yawning, scream, screams, screaming, shout, shouts, shouting, yell, yells, yelling""",
    (25,): "open lips, lips open, lips apart, show teeth, shows teeth, showing teeth, teeth showing",
    (15,): """mouth corners down, mouth corners turned down, lip corners down, corners of mouth down,
        corners of mouth turned down, corners of lips down, mouth turned down, turned down mouth, downturned mouth,
        downturned mouth corners, downturned lip corners, drooping mouth""",
    (9,): "scrunched nose, nose scrunched, scrunching nose, scrunches nose, crinkled nose, crinkling nose",
    (14,): "dimples",
    (18,): """kissing, kissing lips, kiss, kisses, kissy face, blow kiss, blows kiss, blowing kiss, duck face, duckface,
        duck lips, whistle, whistles, whistling""",
    (23,): "tight lips, lips tight, tight lipped",
    (24,): "lips pressed together, pressed together lips, pressing lips together, presses lips together",
    (38,): "flared nostrils, nostrils flared, flaring nostrils, flares nostrils, wide nostrils",
    (43,): "asleep, sleeping",
}
"""Action Units, and the everyday phrases for them."""

DOUBTFUL = dict.fromkeys(
    ("frown", "frowns", "frowning"), 'is read as lowered brows; a frown of the mouth is "mouth corners down"'
)
"""Phrases of `MOVEMENTS_OF` that some people use for another movement, and the warning that they get."""

ABSENT: dict[tuple[int, ...], str] = {
    (25, 26, 27): "closed mouth, mouth closed, mouth shut, shut mouth, closed lips, lips closed, lips together",
    (43,): "open eyes, eyes open",
}
"""Phrases that say which Action Units are *not* seen, as "no smile" does with AU 12."""

DENIED: dict[tuple[int, ...], str] = {(6,): "not with eyes", (12,): "unsmiling, smileless"}
"""The same, where the phrase is about nothing else."""

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
    1: """barely, hardly, scarcely, faint, faintly, tiny, a trace of, a hint of, a tiny bit, very slight, very small,
        very faint, very faintly, very little, very gently, very mildly""",
    2: """slight, little, a little, a little bit, a bit, a bit of, weak, weakly, mild, mildly, gentle, gently, small,
        subtle, subtly""",
    3: "moderate, moderately, medium, rather, half, more or less, sort of",
    4: "big, very, really, clear, clearly, much, firm, firmly, noticeable, noticeably, a lot",
    5: """broad, broadly, wide, widely, strong, huge, hugely, enormous, extremely, extreme, full, fully, completely,
        tight, tightly, intense, intensely, very big, very broad, very broadly, very wide, very widely, very strongly,
        very strong, very much, really big, really wide, from ear to ear""",
}
"""Everyday adverbs and adjectives of degree for each intensity, beside `INTENSITY_ADVERBS`."""

NEARLY_NOT = ("barely", "hardly", "scarcely")  # a trace of a movement, and perhaps nothing of an emotion
TIGHT = (4, 7, 18, 23, 24, 28, 31, 43)
"""The Action Units that "tight" and "tightly" make strong. A tight smile is no broad smile."""

_ONE_SIDED = "moves one side of the face only, and sentences here speak of both sides"
_UNLEARNED = "which no weights have learned"
LEFT_OUT: dict[str, str] = {
    f'{_ONE_SIDED}; "closed eyes" closes both': """to wink, closed eye, eye closed, shut eye, eye shut,
        to close one eye, one closed eye, one eye closed, one eye shut""",
    f'{_ONE_SIDED}; "a slight smile" lifts both': """to smirk, crooked smile, lopsided smile, half smile, wry smile,
        crooked grin, crooked mouth, twisted mouth""",
    f'{_ONE_SIDED}; "raised eyebrows" lifts both': """to raise eyebrow, raised eyebrow, eyebrow raised, to lift eyebrow,
        lifted eyebrow, to raise one eyebrow, one raised eyebrow, one eyebrow raised, cocked eyebrow""",
    'is over too soon for one picture; "closed eyes" is what it shows': "to blink",
    'has no Action Unit; "sad" or the movements can be said': """to cry, to sob, to weep, tears, teary,
        teary eyes, tearful""",
    f"is Action Unit 19 (tongue show), {_UNLEARNED}": """tongue, tongue out, to stick out tongue, to stick tongue out,
        tongue sticking out, tongue stuck out, to show tongue""",
    f"is Action Unit 29 (jaw thrust), {_UNLEARNED}": "jutting jaw, jutting chin, jaw forward",
    f"is Action Unit 31 (jaw clencher), {_UNLEARNED}": """to clench jaw, jaw clenches, jaw clenching, to clench teeth,
        clenched teeth, teeth clenched, to grit teeth, gritted teeth, teeth gritted, to grind teeth""",
    f"is Action Unit 32 (lip bite), {_UNLEARNED}": """to bite lip, to bite lips, to bite lower lip,
        to bite bottom lip, bitten lip""",
    f"is Action Unit 34 (cheek puff), {_UNLEARNED}": """puffed cheeks, cheeks puffed, to puff cheeks,
        to puff out cheeks, to puff cheeks out, puffed out cheeks, cheeks puffed out, to blow out cheeks""",
    f"is Action Unit 35 (cheek suck), {_UNLEARNED}": """to suck in cheeks, to suck cheeks in, sucked in cheeks,
        hollow cheeks, fish face""",
    f"is Action Unit 37 (lip wipe), {_UNLEARNED}": "to lick lips",
    "is about the skin, which no Action Unit colors": """to blush, flushed, red cheeks, rosy cheeks, red face,
        pale, to sweat, sweaty""",
    "is about where the eyes look, which no sentence here says": """to look somewhere, to stare, to stare somewhere,
        to glance somewhere, to gaze, to gaze somewhere, eyes looking somewhere, eyes left, eyes right, to roll eyes,
        rolled eyes, eye roll, side eye, cross eyed, crossed eyes""",
    "is about the pose of the head, which no sentence here says": """head, head somewhere, to tilt head, tilted head,
        head tilted, to tilt head somewhere, head tilted somewhere, to turn head, turned head, head turned,
        to turn head somewhere, head turned somewhere, to nod, to shake head, to lower head, to raise head""",
    'moves from moment to moment; of one picture of it, "parted lips" can be said': """to talk, to speak, to sing,
        to chew, to eat""",
    "is no movement of the face": "to wave, to shrug, thumbs up",
    "is no movement: a face keeps its looks": "young, old, beautiful, handsome, cute, ugly, glasses, beard",
    "is no movement, and none of the seven emotions: say what moves": """bored, confused, tired, sleepy, worried,
        nervous, anxious, shy, proud, embarrassed, ashamed, guilty, jealous, lonely, hopeful, curious, skeptical,
        suspicious, thoughtful, thinking, calm, relaxed, serious, excited, annoyed, irritated, grumpy, disappointed,
        hurt, pain, silly, goofy, funny, crazy, evil, flirty, sexy, mischievous, sarcastic, awkward, fake, forced""",
}
"""Why a phrase cannot be shown though it is understood, and such phrases. The rest of the sentence is shown."""

REFUSED: dict[str, str] = {
    _ONE_SIDED: "left, right, one eye, one eyebrow, one side, one corner",
    "can be a wrinkled nose, a raised upper lip or a dimpled cheek: say which": "to sneer, curled lip, to curl lip",
    "can be a raised chin, puckered lips or funneled lips: say which": "to pout, pouty, pouty lips",
    "can be stretched lips, a wrinkled nose or narrowed eyes: say which": "to grimace, to wince, to cringe",
    "can be parted lips, a raised upper lip or a wrinkled nose: say which": "bared teeth, to bare teeth",
    "can be raised eyebrows or lowered eyebrows: say which": "wrinkled forehead, forehead wrinkled",
    "leaves open whether it is seen: say that it is, or leave it out": """?, if, whether, either, maybe, perhaps,
        possibly, probably, might, may, can, could, should, would, almost, nearly, to try, to hide, to suppress,
        to fail, to refuse""",
    'turns round what follows: say what is seen, or what is not seen after "no"': """anything but, nothing but,
        far from, less than, absence of, lack of, not only""",
    'compares with a face that is not shown: say how strong, from "very slightly" to "strongly"': """more, less, most,
        least, than, bigger, smaller, wider, broader, stronger, weaker, happier, sadder, angrier, twice""",
    "is about another moment, and a picture shows one: say what is seen in it": """was, were, had, did, will, wasn't,
        weren't, didn't, won't, used to, going to, about to, before, after, then, later, no longer, anymore, smiled,
        frowned, to start, to begin, to stop, to fade, to become, to turn into""",
    "are several people, and a picture shows one: describe one": """men, women, people, couple, guys, girls, boys,
        ladies, two men, two women, two people, everybody, everyone, nobody""",
}
"""Why a phrase leaves open what is meant, and such phrases: the whole sentence is refused."""

NOT = frozenset("not never isn't aren't doesn't don't isnt arent doesnt dont cannot can't".split())
"""Negations that may also stand between the words of a phrase: "her mouth is not open"."""
NEGATIONS = ", ".join(("no, non, without, lacking, lacks, neither, nor, instead of, rather than", *sorted(NOT)))
SEPARATORS = ("speaks with", *", . and with but while because plus also who that".split())
FILLERS = """a an the this is are has have does do any both being looking looks look seems seeming feeling feels
    showing shows wearing wears make makes making your face facial expression on in of subject""".split()
INSIDE = frozenset("a an the is are does do his her their your both being of".split())
"""Words that may stand between the words of a phrase."""
UNFINISHED = INSIDE.union(SEPARATORS, ("has", "have")) - {",", ".", "also"}
"""Words with which no sentence ends."""

LEVELS = {
    adverb: level for level, adverbs in INTENSITY_ADVERBS.items() for adverb in (*adverbs, *listed(ADVERBS[level]))
}
"""The intensity of each adverb, of the protocols and of everyday."""
NOUNS = {
    noun + ending: subject
    for subject, nouns in (
        ("woman", "woman lady girl female"),
        ("man", "man gentleman guy boy male"),
        ("person", "person someone somebody"),
    )
    for noun in nouns.split()
    for ending in ("", "'s")
}
"""Whom a noun speaks of: "lady's" of a woman."""
POSSESSIVES = {subject.possessive: name for name, subject in SUBJECTS.items()}
PRONOUNS = {subject.pronoun: name for name, subject in SUBJECTS.items()} | {"him": "man", "them": "person"}
SUBJECT_OF = NOUNS | POSSESSIVES | PRONOUNS
"""Whom a word speaks of: also "her" of a woman."""


@dataclass(frozen=True)
class Entry:
    """One phrase that can be read.

    Attributes:
        words: the phrase.
        kind: movement, absent, left out, refused, neutral, emotion, adverb, subject, negation, or, separator, filler.
        about: the emotion, or the reason why it is left out or refused, or that it only denies a movement.
        numbers: the Action Units of a movement, of an emotion's prototype, or of what is absent.
        part: the part of the face that a phrase of the grammar is about.
        change: what happened to that part, as a protocol says it: "dropped" for "drops" and "dropping".
    """

    words: tuple[str, ...]
    kind: str
    about: str = ""
    numbers: tuple[int, ...] = ()
    part: str = ""
    change: str = ""

    @property
    def text(self) -> str:
        """The phrase."""
        return " ".join(self.words)


def _movements() -> dict[tuple[str, str], dict[int, str]]:
    """Every (part of the face, what happened to it): each Action Unit that it may mean, with its participle."""
    table: dict[tuple[str, str], dict[int, str]] = {}
    for unit in ACTION_UNITS.values():
        said = {participle: participle for participle in unit.participles}
        for verb, participle in zip(unit.verbs, unit.participles, strict=False):
            said |= dict.fromkeys((verb, third_person(verb), gerund(verb)), participle)
        for part in (unit.noun, OTHER_NUMBER.get(unit.noun, unit.noun)):
            table |= {(part, change): {unit.number: participle} for change, participle in said.items()}
    for number, part, changes, *_ in CAPTIONED:
        for change in listed(changes):
            table.setdefault((part, change), {}).setdefault(int(number), change)
    return table


def _of_grammar() -> Iterator[Entry]:
    """The phrases about parts of the face; those of Action Units that have no words here are left out."""
    named = {unit.number: unit.name for unit in ACTION_UNITS.values()}
    named |= {int(number): name[0] for number, _, _, *name in CAPTIONED if name}
    for (part, change), meant in MOVEMENTS.items():
        numbers, kind, reason = tuple(sorted(meant)), "movement", ""
        if numbers[0] not in ACTION_UNITS:
            names = ", ".join(f"{number} ({named[number]})" for number in numbers)
            kind = "left out"
            reason = f"{'is' if len(numbers) == 1 else 'can be'} Action Unit {names}, {_UNLEARNED}"
        for text in (f"{part} {change}", f"{change} {part}"):
            yield Entry(tuple(text.split()), kind, reason, numbers, part, meant[numbers[0]])


def _all_phrases() -> list[Entry]:
    """Every phrase once. Where two tables hold the same phrase, the first one counts."""
    table: dict[str, Entry] = {}

    def add(kind: str, texts: Iterable[str], about: str = "", numbers: tuple[int, ...] = ()) -> None:
        for text in texts:
            table.setdefault(text, Entry(tuple(text.split()), kind, about, numbers))

    for kind, rows in (("movement", MOVEMENTS_OF), ("absent", ABSENT)):
        for numbers, text in rows.items():
            add(kind, listed(text), numbers=numbers)
    for numbers, text in DENIED.items():
        add("absent", listed(text), "denied", numbers)
    for kind, reasons in (("left out", LEFT_OUT), ("refused", REFUSED)):
        for reason, text in reasons.items():
            add(kind, listed(text), reason)
    add("neutral", listed(NEUTRAL))
    for entry in _of_grammar():
        table.setdefault(entry.text, entry)
    for unit in ACTION_UNITS.values():
        add("movement", [unit.name], numbers=(unit.number,))
    for name, emotion in EMOTIONS.items():
        words = (*listed(EMOTION_WORDS[name]), emotion.adjective, *emotion.synonyms)
        add("emotion", words, name, emotion.action_units)
    add("adverb", LEVELS)
    add("subject", SUBJECT_OF)
    add("negation", listed(NEGATIONS))
    add("or", ["or"])
    add("separator", SEPARATORS)
    add("filler", FILLERS)
    return list(table.values())


def _by_first_word(entries: list[Entry]) -> dict[str, list[Entry]]:
    ordered = sorted(entries, key=lambda entry: entry.words[0])
    return {word: list(row) for word, row in itertools.groupby(ordered, lambda entry: entry.words[0])}


MOVEMENTS = _movements()
_ALL = _all_phrases()
_IN_GRAMMAR = {
    *"neutral face and with because subject , . a an the is are has have".split(),
    *(word for emotion in EMOTIONS.values() for word in (emotion.adjective, *emotion.synonyms)),
    *itertools.chain.from_iterable(INTENSITY_ADVERBS.values()),
    *(word for one in SUBJECTS.values() for word in (one.noun, one.owner, one.pronoun, one.possessive)),
}
"""What the grammar has beside parts of the face and what happened to them."""
ENTRIES = _by_first_word(_ALL)
"""All phrases by their first word."""
GRAMMAR = _by_first_word([*_of_grammar(), *(entry for entry in _ALL if entry.text in _IN_GRAMMAR)])
"""The phrases of the protocols and of the published captions alone."""
KNOWN_WORDS = {word for row in GRAMMAR.values() for entry in row for word in entry.words}
"""Every word and sign of the grammar."""
SUGGESTIONS = [
    *(f"{word} {unit.noun}" for unit in ACTION_UNITS.values() for word in unit.participles),
    *(one.text for one in _ALL if one.kind in ("movement", "absent", "neutral", "emotion") and not one.part),
]
"""What can be proposed to somebody whose words were not understood."""

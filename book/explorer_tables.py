"""What the explorer's front end has to know, asked of the package: words, people, and their pictures.

The front end holds no grammar: the package says every phrase, every opening and what each of
them means, and the page joins them and looks them up. The same tables serve the published page,
whose files `tools.book.explorer_data` writes, and Jupyter, where the kernel hands them over.
"""

import io
import random
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from embedded import attention_colors
from lfes_core.action_units import (
    ACTION_UNITS,
    EMOTIONS,
    INTENSITY_ADVERBS,
    INTENSITY_LETTERS,
    ActionUnit,
)
from lfes_core.datasets import Frame, ScanFaces
from lfes_core.errors import UserError
from lfes_core.evaluation.measure import unit_region
from lfes_core.sentences import (
    PROTOCOLS,
    SUBJECTS,
    Description,
    Vocabulary,
    describe,
    phrases,
    understand,
    warnings,
)
from lfes_core.sentences.description import CONTRADICTIONS
from lfes_core.sentences.protocols import clause, noun_phrase

import numpy as np
from PIL import Image

INTENSITIES = (None, *INTENSITY_ADVERBS)

#: How often a phrase is drawn to have seen all of its wordings, of which it has at most twelve.
DRAWS = 400

#: Which kind of phrase comes first and which later, in each protocol.
KINDS = {
    "possessive": ("clauses", "clauses"),
    "because": ("nouns", "clauses"),
    "with": ("nouns", "nouns"),
}

#: What is shown first: a person, and a sentence.
START = ("SN098", "A woman with highly parted lips and a fairly raised inner brow.")

#: So many of the test people are shown, beside all validation people.
TEST_PEOPLE = 8

#: The sheet of all faces: its path, the side of a face in pixels, its quality.
SHEET = "people/faces.webp"
SHEET_SIDE, SHEET_QUALITY = 96, 75

#: Quality of the pictures: of neutral faces, which the networks read, and of true ones.
NEUTRAL_QUALITY, TRUE_QUALITY = 92, 78

PHRASES = [one for row in phrases.ENTRIES.values() for one in row]

#: Kinds of phrases that may turn round the words beside them, or leave open what is seen.
TURNING = ("negation", "or", "refused", "absent")

Wording = Callable[[ActionUnit, int | None, random.Random], str]


# --- words ---


def wordings(say: Wording, unit: ActionUnit, intensity: int | None) -> list[str]:
    """Every way in which the package can say one movement, in alphabetical order."""
    generator = random.Random(0)
    return sorted({say(unit, intensity, generator) for _ in range(DRAWS)})


def verb_phrases(unit: ActionUnit, intensity: int | None) -> list[str]:
    """What a face does, as in the paper's Fig. 1: "significantly crease nose"."""
    adverbs = INTENSITY_ADVERBS[intensity] if intensity else ("",)
    return [
        f"{adverb} {verb} {unit.noun}".strip()
        for verb in unit.verbs
        for adverb in adverbs
    ]


def opening(protocol: str, subject: str, emotion: str | None) -> dict[str, str | None]:
    """How a sentence begins, and the whole sentence for a face where nothing moves."""
    unit, kind = ACTION_UNITS[25], KINDS[protocol][0]
    sentence = describe(Description(subject, emotion, {unit.number: None}), protocol)
    for phrase in wordings(clause if kind == "clauses" else noun_phrase, unit, None):
        sentence = sentence.removesuffix(f" {phrase}.")
    still = describe(Description(subject, emotion), protocol)
    return {"subject": subject, "emotion": emotion, "words": sentence, "still": still}


def everyday_phrases() -> dict[str, str]:
    """Each everyday phrase for movements, and the same in the words of a protocol.

    Nothing stands for what holds such a phrase and cannot be shown ("half smile").
    """
    said = {
        phrase: understand(phrase).sentence.removeprefix("A person with ").rstrip(".")
        for row in phrases.MOVEMENTS_OF.values()
        for phrase in phrases.listed(row)
    }
    others = (f" {one.text} " for one in PHRASES if one.kind == "left out")
    return said | {
        other.strip(): ""
        for other in others
        if any(f" {one} " in other for one in said)
    }


def odd_pairs() -> list[dict[str, Any]]:
    """Pairs of Action Units that contradict each other, with what the package says."""
    faces = [
        (pair, Description("person", None, dict.fromkeys(pair)))
        for pair in CONTRADICTIONS
    ]
    return [{"pair": pair, "warning": warnings(face)[0]} for pair, face in faces]


@cache
def sentence_tables() -> dict[str, Any]:
    """All that `sentences.js` needs to know."""

    def of_every_unit(say: Callable[[ActionUnit, int | None], list[str]]) -> Any:
        return {
            unit.number: [say(unit, intensity) for intensity in INTENSITIES]
            for unit in ACTION_UNITS.values()
        }

    moving = {
        word
        for one in PHRASES
        if one.part or one.kind == "movement"
        for word in one.words
    }
    return {
        "units": [
            {
                "number": unit.number,
                "name": unit.name,
                "region": unit.region,
                "noun": unit.noun,
                "participles": unit.participles,
                "seen": unit.appearance,
            }
            for unit in ACTION_UNITS.values()
        ],
        "adverbs": [INTENSITY_ADVERBS[level] for level in INTENSITY_ADVERBS],
        "letters": INTENSITY_LETTERS,
        "emotions": list(EMOTIONS),
        "adjectives": {name: emotion.adjective for name, emotion in EMOTIONS.items()},
        "prototypes": {
            name: emotion.action_units for name, emotion in EMOTIONS.items()
        },
        "possessives": {name: who.possessive for name, who in SUBJECTS.items()},
        "kinds": KINDS,
        "openings": {
            protocol: [
                opening(protocol, subject, emotion)
                for subject in SUBJECTS
                for emotion in (None, *EMOTIONS)
            ]
            for protocol in PROTOCOLS
        },
        "clauses": of_every_unit(lambda *move: wordings(clause, *move)),
        "nouns": of_every_unit(lambda *move: wordings(noun_phrase, *move)),
        "verbs": of_every_unit(verb_phrases),
        "everyday": everyday_phrases(),
        "degrees": {
            adverb: level
            for adverb, level in phrases.LEVELS.items()
            if adverb not in ("tight", "tightly")
        },
        "turning": [one.text for one in PHRASES if one.kind in TURNING],
        "moving": sorted(moving - phrases.INSIDE),
        "subjects": phrases.SUBJECT_OF,
        "people": list(phrases.NOUNS),
        "odd": odd_pairs(),
        "vocabulary": Vocabulary().to_json(),
    }


# --- people ---


def picture_file(picture: Any, quality: int) -> bytes:
    """A picture as a WebP file."""
    file = io.BytesIO()
    image = picture if hasattr(picture, "save") else Image.fromarray(picture)
    image.save(file, format="WEBP", quality=quality, method=6)
    return file.getvalue()


def as_the_page_sees(file: bytes) -> Image.Image:
    """A picture file decoded again: what the networks of the page are given."""
    return Image.open(io.BytesIO(file)).convert("RGB")


def expression_name(units: Mapping[int, int | None]) -> str:
    """A name for an expression, as in ``25E+26E``; ``state.js`` writes the same."""
    return "+".join(
        f"{number}{INTENSITY_LETTERS[(level or 1) - 1]}"
        for number, level in sorted(units.items())
    )


def people_shown(faces: ScanFaces) -> tuple[str, ...]:
    """Who can be chosen: validation people, of whom most is known, and test people."""
    return (*faces.validation_subjects, *faces.test_subjects[:TEST_PEOPLE])


def sheet_file(faces: ScanFaces) -> bytes:
    """The faces of all people at rest, small, one below the other."""
    side = (SHEET_SIDE, SHEET_SIDE)
    rows = [
        np.asarray(Image.fromarray(faces.face(faces.neutral(who))).resize(side))
        for who in people_shown(faces)
    ]
    return picture_file(np.concatenate(rows), SHEET_QUALITY)


@cache
def region_units(faces: ScanFaces, subject: str) -> list[int]:
    """Action Units of which it is known where they move the person's face."""
    known = []
    for number in ACTION_UNITS:
        try:
            faces.region_map(subject, number)
        except UserError:
            continue
        known.append(number)
    return known


def masks_file(faces: ScanFaces, subject: str, numbers: list[int]) -> bytes:
    """The regions of Action Units, black and white, one below the other."""
    masks = [unit_region(faces, subject, number) for number in numbers]
    file = io.BytesIO()
    Image.fromarray(np.concatenate(masks)).save(file, format="PNG", optimize=True)
    return file.getvalue()


def expressions(faces: ScanFaces, subject: str) -> dict[str, Frame]:
    """The true picture of every expression that is known of a person, by its name."""
    found: dict[str, Frame] = {}
    for frame in faces.frames:
        levels = frame.action_units
        if frame.subject != subject or not levels or None in levels.values():
            continue
        units = {unit: level for unit, level in levels.items() if level}
        shown = faces.truth(subject, units)
        if units and shown is not None:
            found.setdefault(expression_name(units), shown)
    return found


def truth_file(faces: ScanFaces, frame: Frame) -> bytes:
    """The file of a true picture."""
    return picture_file(faces.face(frame), TRUE_QUALITY)


def truths_file(
    faces: ScanFaces, subject: str
) -> tuple[bytes, dict[str, tuple[int, int]]]:
    """All true pictures of a person in one file, and where in it each one lies."""
    packed, places = b"", {}
    for name, frame in expressions(faces, subject).items():
        file = truth_file(faces, frame)
        places[name] = (len(packed), len(file))
        packed += file
    return packed, places


def about(faces: ScanFaces, subject: str) -> dict[str, Any]:
    """What the front end knows of a person, but for the places of true pictures."""
    gender = faces.neutral(subject).gender
    people = people_shown(faces)
    kind = "Test person" if subject in faces.test_subjects else "Person"
    return {
        "id": subject,
        "name": f"{kind} {people.index(subject) + 1}, a {gender}",
        "subject": gender,
        "neutral": f"people/{subject}.webp",
        "masks": f"people/{subject}.masks.png",
        "truths": f"people/{subject}.pictures",
        "masked": region_units(faces, subject),
    }


def neutral_file(faces: ScanFaces, subject: str) -> bytes:
    """The picture of a person's face at rest."""
    return picture_file(faces.face(faces.neutral(subject)), NEUTRAL_QUALITY)


def person(faces: ScanFaces, subject: str) -> tuple[dict[str, Any], dict[str, bytes]]:
    """What the front end knows of a person, and the files that belong to it by their paths."""
    packed, places = truths_file(faces, subject)
    known = about(faces, subject)
    files = {
        known["neutral"]: neutral_file(faces, subject),
        known["masks"]: masks_file(faces, subject, known["masked"]),
        known["truths"]: packed,
    }
    return known | {"known": places}, files


def general(faces: ScanFaces, people: list[dict[str, Any]]) -> dict[str, Any]:
    """The data of the front end."""
    return {
        "tables": sentence_tables(),
        "people": people,
        "sheet": SHEET,
        "colors": attention_colors(),
        "designs": [
            {"id": "tiny_moving", "name": "the extension (moves pixels)"},
            {"id": "tiny", "name": "the paper’s design (paints anew)"},
        ],
        "start": dict(zip(("person", "sentence"), START, strict=True)),
    }


def everything(faces: ScanFaces) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The data of the front end, and its files by their paths."""
    people, files = [], {SHEET: sheet_file(faces)}
    for subject in people_shown(faces):
        its, its_files = person(faces, subject)
        people.append(its)
        files.update(its_files)
    return general(faces, people), files

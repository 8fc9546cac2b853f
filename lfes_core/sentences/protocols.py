"""Three ways to say a description in English (Sec. 3.1): possessive list, because clause, with phrase.

Each protocol is one short function. In all of them the order of the phrases is shuffled, synonyms are drawn,
and after "is" and "are" adverb and participle may swap places, all by one seeded generator, or all is said as
another sentence says it. The inverse is `parse`.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lfes_core.action_units import ACTION_UNITS, EMOTIONS, INTENSITY_ADVERBS, ActionUnit
from lfes_core.errors import UserError, shortened
from lfes_core.sentences.description import SUBJECTS, Description

Movement = tuple[ActionUnit, int | None]  # what moves, and how much

ADVERBS_BEFORE_ONLY = frozenset({"somewhat", "kind of", "fairly", "quite"})
"""Adverbs that stay before their participle. The rule of the dataset names the first two; "is dropped fairly"
and "is dropped quite" are no better English, so those stay too. The parser reads them in either place."""


@dataclass(frozen=True)
class Said:
    """How a sentence words one Action Unit: with which synonyms, and whether the adverb came last."""

    participle: str
    adverb: str | None = None
    swapped: bool = False


Choice = random.Random | Mapping[int, Said]
"""What chooses the words: chance, or what a sentence says of some Action Units (for others, the first words)."""


def describe(
    description: Description,
    protocol: str,
    seed: int | random.Random | None = 0,
    said: Mapping[int, Said] | None = None,
) -> str:
    """Say a description in one sentence.

    Args:
        description: what to say.
        protocol: "possessive", "because" or "with".
        seed: draws order, synonyms and swaps. The same seed gives the same sentence; a generator moves on.
            None leaves nothing to chance: Action Units in ascending order, in the first words of the tables.
        said: with None, how to word some of the Action Units, which also come first and in this order. Synonyms
            that no protocol writes are replaced.

    Returns:
        A sentence with a capital letter and a full stop, such that `parse` gives the description back.

    Raises:
        UserError: for another protocol.
    """
    if protocol not in PROTOCOLS:
        raise UserError(f'unknown protocol "{shortened(protocol)}": use one of {", ".join(PROTOCOLS)}')
    movements = [(ACTION_UNITS[number], level) for number, level in description.action_units.items()]
    choice: Choice = said or {}
    if seed is None:
        place = {number: at for at, number in enumerate(said or ())}
        movements.sort(key=lambda move: place.get(move[0].number, len(place)))
    else:
        choice = seed if isinstance(seed, random.Random) else random.Random(seed)
        choice.shuffle(movements)
    words = PROTOCOLS[protocol](description, movements, choice)
    return words[0].upper() + words[1:] + "."


def possessive_list(description: Description, movements: list[Movement], choice: Choice) -> str:
    """A man's cheek is quite lifted, his lip corner is highly stretched, and his jaw is lightly dropped."""
    subject = SUBJECTS[description.subject]
    if not movements:
        return f"a {subject.owner} face is {face_adjective(description)}"
    owners = [who(description, subject.owner)] + [subject.possessive] * (len(movements) - 1)
    phrases = [clause(*move, choice) for move in movements]
    return listed([f"{owner} {phrase}" for owner, phrase in zip(owners, phrases, strict=True)])


def because_clause(description: Description, movements: list[Movement], choice: Choice) -> str:
    """A woman is surprised because she has a strongly stretched mouth and her lips are parted highly."""
    subject = SUBJECTS[description.subject]
    if not movements:
        return f"a {subject.noun} has {article(face_adjective(description))} face"
    if description.emotion is None:
        opening = f"a {subject.noun} has"
    else:
        adjective = EMOTIONS[description.emotion].adjective
        opening = f"a {subject.noun} is {adjective} because {subject.pronoun} {subject.has}"
    first, *rest = movements
    phrases = [noun_phrase(*first, choice)]
    phrases += [f"{subject.possessive} {clause(*move, choice)}" for move in rest]
    return f"{opening} {listed(phrases)}"


def with_phrase(description: Description, movements: list[Movement], choice: Choice) -> str:
    """A surprised woman with highly parted lips, a significantly dropped jaw, and a raised chin."""
    subject = SUBJECTS[description.subject]
    if not movements:
        return f"a {subject.noun} with {article(face_adjective(description))} face"
    phrases = [noun_phrase(*move, choice) for move in movements]
    return f"{who(description, subject.noun)} with {listed(phrases)}"


PROTOCOLS: Mapping[str, Callable[[Description, list[Movement], Choice], str]] = {
    "possessive": possessive_list,
    "because": because_clause,
    "with": with_phrase,
}
"""The protocols by name, in the order in which the chapter builds them."""


def clause(unit: ActionUnit, intensity: int | None, choice: Choice) -> str:
    """What happened to a part of the face: "jaw is lightly dropped", or swapped, "jaw is dropped lightly"."""
    said = _said(unit, intensity, choice)
    words = [unit.noun, "are" if unit.plural else "is", said.participle]
    if said.adverb:
        may_swap = said.adverb not in ADVERBS_BEFORE_ONLY
        swapped = may_swap and (choice.random() < 0.5 if isinstance(choice, random.Random) else said.swapped)
        words.insert(3 if swapped else 2, said.adverb)
    return " ".join(words)


def noun_phrase(unit: ActionUnit, intensity: int | None, choice: Choice) -> str:
    """A part of the face with what happened to it: "a lightly dropped jaw", "parted lips"."""
    said = _said(unit, intensity, choice)
    adverb = f"{said.adverb} " if said.adverb else ""
    words = f"{adverb}{said.participle.replace(' ', '-')} {unit.noun}"  # a pushed-down lip corner
    return words if unit.plural else article(words)


def _said(unit: ActionUnit, intensity: int | None, choice: Choice) -> Said:
    """The words for a movement, with an adverb where the intensity is given."""
    adverbs = () if intensity is None else INTENSITY_ADVERBS[intensity]
    if isinstance(choice, random.Random):
        return Said(choice.choice(unit.participles), choice.choice(adverbs) if adverbs else None)
    said = choice.get(unit.number, Said(unit.participles[0]))
    participle = said.participle if said.participle in unit.participles else unit.participles[0]
    return Said(participle, said.adverb if said.adverb in adverbs else next(iter(adverbs), None), said.swapped)


def who(description: Description, noun: str) -> str:
    """The subject with its article and its emotion, if any: "a man", "an angry man's"."""
    if description.emotion is None:
        return article(noun)
    return article(f"{EMOTIONS[description.emotion].adjective} {noun}")


def face_adjective(description: Description) -> str:
    """What a face is called where no Action Unit is named: neutral, or the emotion."""
    return "neutral" if description.emotion is None else EMOTIONS[description.emotion].adjective


def article(words: str) -> str:
    """Put "a" or "an" before words. No word of the grammar is spelled with a vowel that is not heard."""
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def listed(phrases: list[str]) -> str:
    """Join phrases as in "x", "x and y", "x, y, and z"."""
    if len(phrases) < 3:
        return " and ".join(phrases)
    return ", ".join(phrases[:-1]) + f", and {phrases[-1]}"

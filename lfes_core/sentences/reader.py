"""From a sentence back to its description: the inverse of the protocols, and the bridge from everyday words.

    sentence = items, divided by commas, "and", "with" and the like
    item     = [no] [adverb] phrase [adverb]

A phrase is one of the tables: a part of the face with what happened to it, in either order, or an emotion; in everyday
words also "smiling" or "wide eyes". Articles, "is" and "his" may stand between its words, and so may one adverb and one
negation ("her mouth is not open"). So more is read than the protocols write: the captions that the authors of [18]
published repeat "she has", write "her lip are pressed", and lose articles, commas and spaces ("he hasraised cheek").
Where two readings are left, and where nothing is understood, the answer is an error that says where; nothing is
guessed. What is understood and cannot be shown ("her jaw is clenched") is left out, with a reason, as long as the rest
says something.

In the words of the grammar an emotion is a name. In everyday words it brings the Action Units of its prototype.
What is named besides stands above it: it replaces the prototype's intensity and drives out what contradicts it.
What is said to be absent ("no smile") is taken away, and that is said too: a sentence that only says what is absent is
a neutral face. A word that leaves open what is seen ("or", "if", "almost"), or says it of another face or moment
("more", "was"), is refused, whatever stands beside it.
"""

import difflib
import itertools
from dataclasses import dataclass
from typing import NoReturn

from lfes_core.action_units import ACTION_UNITS
from lfes_core.errors import UserError, shortened
from lfes_core.sentences import phrases
from lfes_core.sentences.description import CONTRADICTIONS, SUBJECTS, Description
from lfes_core.sentences.phrases import INSIDE, KNOWN_WORDS, Entry
from lfes_core.sentences.protocols import Said
from lfes_core.sentences.signs import quoted, split

EXAMPLE = "A woman with highly parted lips and a significantly dropped jaw."
EVERYDAY_EXAMPLE = "a woman smiling broadly with wide eyes"
GAPS = 6  # words that may part two words of a phrase
ENDS = ("separator", "or", "negation", "end")  # kinds of words before which what is said ends
LOOSE = ("movement", "absent", "left out", "refused")  # kinds whose words other words may part


@dataclass(frozen=True)
class Reading:
    """What a sentence says, how it words the Action Units, what nothing can show, and what is doubtful in its words."""

    description: Description
    said: dict[int, Said]
    left_out: tuple[str, ...]
    doubts: tuple[str, ...]


def parse(sentence: str) -> Description:
    """What a sentence says.

    Reads every sentence of `describe`, the verb phrases of the paper's figures ("significantly crease nose"), the
    captions that the authors published with [18], slips included, and sentences without articles, full stop or capital
    letters. Without a subject it speaks of a person. Everyday words ("smiling") are read by `understand`, which also
    says what is left out: a movement that nothing can show ("her jaw is clenched") is not in the description.

    Raises:
        UserError: if the sentence is empty or has more than 5,000 characters, has unknown words (the nearest
            known ones are named), is of another grammar (the place is named), can be read in two ways, says nothing
            that can be shown, speaks of two people, or contradicts itself.
    """
    return read(sentence).description


def read(sentence: str, is_everyday: bool = False) -> Reading:
    """As `parse`, and how each Action Unit was worded, in the order of the sentence; or what everyday words say.

    Raises:
        UserError: as `parse`; in everyday words also for an adverb that could go with two things, a negation that
            leaves open what is seen, a word that can be several movements, or what is said and taken back.
    """
    words: list[str] = []
    for word in split(sentence):  # the captions lose the space in "hasraised"
        is_joined = word not in KNOWN_WORDS and word.startswith("has") and word[3:] in KNOWN_WORDS
        words += ["has", word[3:]] if is_joined else [word]
    if not set(words) - {",", "."}:
        raise UserError(f'the sentence is empty: write one such as "{EXAMPLE}"')
    hints = []
    unknown = [word for word in dict.fromkeys(words) if word not in KNOWN_WORDS and not is_everyday]
    for word in unknown[:3]:
        near = difflib.get_close_matches(word, sorted(KNOWN_WORDS), cutoff=0.5)
        hint = f"nearest known: {', '.join(near)}" if near else "no known word is near"
        hints.append(f"unknown word {quoted(word, 25)} ({hint})")
    if hints:
        raise UserError("; ".join(hints) + f'; a good sentence is "{EXAMPLE}"')
    return _Reader(words, is_everyday).reading()


@dataclass
class Match:
    """An entry in the sentence: where it ends, and its adverb, which stands between its words, before or after."""

    entry: Entry
    end: int
    adverb: str | None = None
    negation: str | None = None  # what says that it is not seen: stands before it, or between its words
    is_swapped: bool = False  # whether the adverb comes last
    text: str = ""  # the words of the sentence


class _Reader:
    """Reads one sentence from left to right. A word is looked at a limited number of times."""

    def __init__(self, words: list[str], is_everyday: bool) -> None:
        self.words = [*words, ""]  # the empty word is the end
        self.present, self.end = set(words), len(words)
        self.is_everyday = is_everyday
        self.entries = phrases.ENTRIES if is_everyday else phrases.GRAMMAR
        self.example = EVERYDAY_EXAMPLE if is_everyday else EXAMPLE
        # For each place, what can begin there, and whether phrases can follow one another from there to the end.
        self.found = [*([[]] * self.end), [Match(Entry(("",), "end"), self.end)]]
        self.can_go_on = [True] * (self.end + 1)
        for at in reversed(range(self.end)):
            self.found[at] = self.candidates(at)
            self.can_go_on[at] = any(self.can_go_on[one.end] for one in self.found[at])
        self.subject: str | None = None
        self.noun: str | None = None
        self.emotion: str | None = None
        self.is_neutral = False
        self.items: list[Match] = []  # movements and emotions that are said to be seen
        self.absent: dict[int, Match] = {}
        self.before = ""  # what was written down last
        self.left_out: dict[str, None] = {}  # what cannot be shown, each with its reason
        self.adverb: str | None = None  # waits for its item
        self.negation: str | None = None  # waits for its item
        self.last: Match | None = None  # may still take an adverb
        self.scope: str | None = None  # a negation that could reach over
        self.over: tuple[str, ...] = ()  # these words

    def reading(self) -> Reading:
        """The whole sentence."""
        at, last = 0, ""
        while at < self.end:
            match = self.match(at)
            kind, text = match.entry.kind, shortened(" ".join(self.words[at : match.end]), 60)
            for word in self.words[at : match.end]:
                self.note_subject(word)
            if kind == "adverb":
                self.note_adverb(text, match.end)
            elif kind in ("negation", "or"):
                self.nothing_waits()
                if kind == "or" and not (self.last and self.last.negation):
                    self.fail('"or" leaves open what is seen: name one of the two')
                self.negation = text if kind == "negation" or not self.last else self.last.negation
                self.last = None
            elif kind == "separator":
                self.nothing_waits()
                self.scope, self.last = self.scope if text in self.over else None, None
            elif kind == "subject" or text in ("a", "an", "the"):
                self.last = None
            elif kind != "filler":
                self.note(match, text)
            at, last = match.end, last if text in (",", ".") else text
        self.nothing_waits()
        if last in phrases.UNFINISHED:
            self.fail(f'the end of the sentence after "{last}"; a whole one is "{self.example}"')
        said: dict[int, Said] = {}
        for item in self.items:
            if item.entry.change:
                said.setdefault(item.entry.numbers[0], Said(item.entry.change, item.adverb, item.is_swapped))
        texts = dict.fromkeys(item.entry.text for item in self.items)
        doubts = tuple(f'"{text}" {phrases.DOUBTFUL[text]}' for text in texts if text in phrases.DOUBTFUL)
        return Reading(self.result(), said, tuple(self.left_out), doubts)

    def match(self, at: int) -> Match:
        """The entry that begins here: the one with most words.

        An adverb is taken only as far as something can follow it, and as leaves most words to that: "very wide"
        in "very wide smile", but "very" in "very wide open mouth".
        """
        found = self.found[at]
        adverbs = [one for one in found if one.entry.kind == "adverb" and self.found[one.end]]
        others = [one for one in found if one.entry.kind != "adverb"]
        if adverbs and found[0] not in others:
            return max(adverbs, key=lambda one: len(self.found[one.end][0].entry.words))
        if not others:
            self.not_understood(found[0].end if found else at, self.words[at - 1])
        first = self.unambiguous(at, others)
        if first.entry.kind == "refused":
            raise UserError(f'"{shortened(" ".join(self.words[at : first.end]), 60)}" {first.entry.about}')
        return first

    def unambiguous(self, at: int, found: list[Match]) -> Match:
        """The first of these, unless a shorter one leaves words of it to a phrase that follows.

        "Smiling wide eyes" are smiling eyes, or a smile and wide eyes: two readings, if both can go on.
        """
        first = found[0]
        for other in found[1:]:
            places = range(other.end, first.end) if other.entry.kind in LOOSE else ()
            for one in itertools.chain.from_iterable(self.found[place] for place in places):
                is_rival = one.end > first.end or (first.adverb and one.end == first.end)
                if is_rival and one.entry.kind in LOOSE and self.can_go_on[one.end]:
                    if not self.can_go_on[first.end]:
                        return other
                    text = shortened(" ".join(self.words[at : one.end]))
                    self.fail(f'"{text}" can be read in two ways: put a comma between two movements')
        return first

    def candidates(self, at: int) -> list[Match]:
        """All entries that begin here, those of most words first, and of these the longest."""
        entries = [e for e in self.entries.get(self.words[at], []) if self.present.issuperset(e.words)]
        found = [one for entry in entries if (one := self.fit(entry, at))]
        return sorted(found, key=lambda one: (-len(one.entry.words), -one.end))

    def fit(self, entry: Entry, at: int) -> Match | None:
        """The entry if it begins here, with the adverb and the negation between its words, if any."""
        at, gaps, adverb, negation = at + 1, GAPS, "", ""
        for word in entry.words[1:]:
            while self.words[at] != word:
                between = "" if adverb else self.adverb_before(word, at)
                no = self.words[at] if self.words[at] in phrases.NOT and not negation else ""
                if entry.kind not in LOOSE or not gaps or not (between or no or self.words[at] in INSIDE):
                    return None
                adverb, negation = adverb or between, negation or no
                at, gaps = at + (len(between.split()) or 1), gaps - 1
            at += 1
        return Match(entry, at, adverb or None, negation or None)

    def adverb_before(self, word: str, at: int) -> str:
        """The adverb that stands here if this word follows it, be it after words such as "her"; else nothing."""
        for one in self.found[at]:
            if one.entry.kind == "adverb":
                end = one.end
                while self.words[end] != word and self.words[end] in INSIDE:
                    end += 1
                if self.words[end] == word:
                    return one.entry.text
        return ""

    def note_adverb(self, text: str, end: int) -> None:
        """An adverb belongs to the item before it if nothing that follows can take it, else to what follows."""
        follows = self.match(end).entry
        is_boundary = follows.kind in ("separator", "end")
        begins_with_part = follows.part and follows.text.startswith(follows.part)
        if self.last and self.last.adverb is None:
            if not (is_boundary or begins_with_part or follows.kind in ("subject", "filler")):
                self.fail(f'"{text}" could go with what stands before it or after it: use one adverb, and commas')
            self.last.is_swapped = True
            self.give(self.last, text)
        elif self.adverb or is_boundary:
            self.fail(f'"{self.adverb or text}" has nothing to go with')
        else:
            self.adverb = text

    def give(self, item: Match, adverb: str | None) -> None:
        """An item takes its adverb, if it has one."""
        kind = item.entry.kind
        if adverb and (item.negation or (adverb in phrases.NEARLY_NOT and kind == "emotion")):
            said = f"{item.text} {adverb}" if item.negation else f"{adverb} {item.entry.text}"
            self.fail(f'"{said}" leaves open what is seen: say what moves')
        if adverb and (kind in ("absent", "neutral") or (kind == "emotion" and not self.is_everyday)):
            self.fail(f'"{adverb}" cannot be said of "{item.entry.text}"')
        if adverb in ("tight", "tightly") and not set(phrases.TIGHT).issuperset(item.entry.numbers):
            self.fail(f'"{adverb}" is said of what closes: leave it out, or write "a smile with tight lips"')
        item.adverb = adverb

    def nothing_waits(self) -> None:
        """An adverb or a negation must be followed by what it is about."""
        if waiting := self.adverb or self.negation:
            self.fail(f'"{waiting}" has nothing to go with')

    def note(self, match: Match, text: str) -> None:
        """Write down one thing that is said to be seen, or not to be seen."""
        entry, before, outside = match.entry, self.adverb, self.negation
        negation, adverb = outside or match.negation, before or match.adverb
        self.adverb = self.negation = self.last = None
        if before and match.adverb:
            self.fail(f'"{before} {text}" has two adverbs: use one')
        said, is_left_out = " ".join(filter(None, (outside, before, text))), entry.kind == "left out"
        goes_on = negation and is_left_out and self.match(match.end).entry.kind not in ENDS
        is_clear = not (adverb or goes_on) and (is_left_out or entry.kind == "movement")  # unlike "not a fake smile"
        if (negation and not is_clear) or (outside and match.negation):
            self.fail(f'"{said}" leaves open what is seen: say what moves')
        if self.scope and not negation:
            self.fail(f'"{self.scope}" may be about "{text}" too: put "but" before it, or "no"')
        self.scope = negation if negation != "no" or is_left_out else None
        self.over = ("and", ",") if is_left_out or negation == "neither" else ("and",)  # "no fake, forced smile"
        match.negation, match.text, self.before = negation, said, said
        self.give(match, adverb)
        if entry.kind in ("emotion", "neutral") and not self.is_everyday and not self.is_named(match.end - 1):
            self.fail(f'"{text}" is said of somebody or of a face: write "{text} face"')
        self.last = match
        if entry.kind == "neutral":
            self.is_neutral = True
        elif is_left_out:
            self.left_out[f'"{said}" {entry.about}'] = None
        elif entry.kind == "absent" or negation:
            self.absent |= dict.fromkeys(entry.numbers, match)
        elif entry.kind == "emotion" and self.emotion not in (None, entry.about):
            self.fail(f'"{text}" is another emotion than {self.emotion}: name one')
        else:
            self.emotion = entry.about or self.emotion
            self.items.append(match)

    def is_named(self, at: int) -> bool:
        """Whether the grammar has an emotion here: "an angry man", "an angry face", "he is angry because"."""
        before = self.words[:at][-2:]
        after = next((word for word in self.words[at + 1 : at + 4] if word not in (",", ".")), "")
        is_said = before[-1:] in (["is"], ["are"])
        return "face" in (after, *before) or after in (("because", "") if is_said else phrases.NOUNS)

    def note_subject(self, word: str) -> None:
        """A sentence speaks of one subject only, and names it once."""
        subject = phrases.SUBJECT_OF.get(word)
        if subject is None:
            return
        mine, other = SUBJECTS[self.subject or subject], SUBJECTS[subject]
        if mine != other:
            right = {other.possessive: mine.possessive, other.pronoun: mine.pronoun}.get(word, mine.noun)
            raise UserError(f'the sentence speaks of a {self.subject}, then says "{word}": use "{right}"')
        if self.noun and word in phrases.NOUNS:
            raise UserError(
                f'the sentence names a {subject} twice, "{self.noun}" and "{word}": only one person is shown; '
                f'where it is the same, write "{mine.pronoun}" or "{mine.possessive}"'
            )
        self.subject, self.noun = subject, word if word in phrases.NOUNS else self.noun
        if self.negation and word not in phrases.POSSESSIVES:
            self.fail(f'"{self.negation} {word}" leaves open who is seen')

    def result(self) -> Description:
        """Puts together what was written down: prototypes first, then what was named, less what is absent."""
        prototypes: dict[int, int | None] = {}
        named: dict[int, set[int | None]] = {}
        for item in self.items:
            text, numbers, level = item.entry.text, item.entry.numbers, phrases.LEVELS.get(item.adverb or "")
            if self.absent.keys() >= set(numbers):
                self.fail(f'it says "{text}" and takes it back with "{self.absent[numbers[0]].text}"')
            if item.entry.kind == "emotion":
                prototypes |= {n: level or prototypes.get(n) for n in numbers if self.is_everyday}
                continue
            for number in numbers:
                levels = named.setdefault(number, set())
                levels.add(level)
                if len(levels - {None} if self.is_everyday else levels) > 1:
                    raise UserError(
                        f"the sentence names Action Unit {number} ({ACTION_UNITS[number].name}, "
                        f'"{text}") twice with different intensities: name it once'
                    )
        units = prototypes | {n: next(iter(levels - {None}), prototypes.get(n)) for n, levels in named.items()}
        # What takes an Action Unit away: another one that was named, or words.
        away = {a: f"AU {b}" for pair in CONTRADICTIONS for a, b in (pair, pair[::-1]) if b in named and a not in named}
        away = {n: by for n, by in away.items() if n in units}
        away |= {n: f'"{by.text}"' for n, by in self.absent.items() if n in units or by.negation or by.entry.about}
        for by in dict.fromkeys(away.values()):
            gone = " and ".join(f"AU {n} ({ACTION_UNITS[n].name})" for n in sorted(away) if away[n] == by)
            self.left_out[f"{by} takes away {gone}"] = None
        units = {n: units[n] for n in units if n not in away}
        if not (units or self.emotion or self.absent or self.is_neutral):
            if self.left_out:
                raise UserError(f"nothing in the sentence can be shown: {' and '.join([*self.left_out][:3])}")
            self.fail("it says nothing about the face: name a movement or an emotion")
        if self.is_neutral and self.items:
            self.fail(f'a neutral face shows no "{self.items[0].entry.text}"')
        return Description(self.subject or "person", self.emotion, units)

    def not_understood(self, at: int, before: str) -> NoReturn:
        """Name the words that are not understood, what they may go on, and the nearest phrases that would be."""
        word, rest = self.words[at], shortened(" ".join(self.words[at : min(at + 3, self.end)]).replace(" ,", ","))
        if word.isdecimal():
            self.fail(f'"{shortened(word, 25)}" is a number: say how strong from "very slightly" to "strongly"')
        ahead = " ".join(w for w in self.words[at:] if w not in INSIDE)  # ends with a space
        parts, changes = (sorted({w for w in column if w in ahead}) for column in zip(*phrases.MOVEMENTS, strict=True))
        for part, change in itertools.product(parts, changes):
            if (part, change) not in phrases.MOVEMENTS and ahead.startswith((f"{part} {change} ", f"{change} {part} ")):
                can_be = ", ".join(
                    said
                    for (noun, said), meant in phrases.MOVEMENTS.items()
                    if noun == part and any(said in ACTION_UNITS[n].participles for n in meant if n in ACTION_UNITS)
                )
                hint = f"it can be {can_be}" if can_be else "no sentence speaks of it"
                raise UserError(f'"{change}" is not said of the {part}: {hint}')
        known = {w for phrase in phrases.SUGGESTIONS for w in phrase.split()}
        near = [word] if word in known else difflib.get_close_matches(word, sorted(known), cutoff=0.7)
        nearest = [one for one in phrases.SUGGESTIONS if self.is_everyday and any(w in one.split() for w in near)]
        nearest = difflib.get_close_matches(rest, nearest, cutoff=0)
        hint = "nearest: " + ", ".join(nearest) if nearest else f'a sentence it understands is "{self.example}"'
        after = f' after "{self.before}"' if self.before and before in ("and", "but", ",") else ""
        self.fail(f"{quoted(rest if word in known else word, 60)}{after} ({hint})")

    def fail(self, reason: str) -> NoReturn:
        raise UserError(f"not understood: {reason}")

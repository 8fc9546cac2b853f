"""The Facial Action Coding System as data: what moves, which muscle moves it, and how English says so.

FACS (Ekman and Friesen) splits every facial movement into numbered Action Units. A sentence of the paper names each one
by a part of the face (a noun) and what happened to it (a participle): AU 26 is a *jaw* that is *dropped*. The table
below is the only place where a movement and its words meet; the chapter "Faces and Action Units" prints it.

The words follow the captions that were published with [18], for the 24 Action Units that occur in CK+ and that one
picture of a face can show. Units 22 and 28 are ours: ScanFaces draws them. Where a published word makes no English
phrase, or one that names two movements, another stands here ("drawn down" for the brow that they call "down", "pursed"
for "pursy", "lips" for "lip"); the parser still reads theirs.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class ActionUnit:
    """One movement of the face.

    Attributes:
        number, name: those of FACS, for example 26 and "jaw drop".
        muscle: the muscle that makes the movement.
        appearance: what one sees on the face.
        region: the part of the face to look at: forehead, brows, eyes, nose, cheeks, mouth, chin or jaw.
        noun: the part of the face as a sentence names it, for example "jaw".
        participles: synonyms for what happened to the part, for example "dropped". No other Action Unit has the same
            noun with the same participle, so that a phrase names exactly one Action Unit.
        verbs: the same as something that a face does, for example "drop": the wording of the paper's Fig. 1.
    """

    number: int
    name: str
    muscle: str
    appearance: str
    region: str
    noun: str
    participles: tuple[str, ...]
    verbs: tuple[str, ...]

    @property
    def plural(self) -> bool:
        """Whether the noun names several things ("lips are", and no article before it)."""
        return self.noun.endswith("s")


# fmt: off
_TABLE = (
    (1, "inner brow raiser", "frontalis, medial part",
     "inner ends of the brows go up, lines in the middle of the forehead", "forehead",
     "inner brow", "raised, lifted", "raise, lift"),
    (2, "outer brow raiser", "frontalis, lateral part",
     "outer ends of the brows go up in an arch", "forehead",
     "outer brow", "raised, lifted", "raise, lift"),
    (4, "brow lowerer", "corrugator supercilii, depressor supercilii, depressor glabellae",
     "brows go down and together, a furrow between them", "brows",
     "brow", "lowered, drawn down", "lower, draw down"),
    (5, "upper lid raiser", "levator palpebrae superioris",
     "upper lids go up, more of the white of the eyes is seen", "eyes",
     "upper lid", "raised, lifted", "raise, lift"),
    (6, "cheek raiser", "orbicularis oculi, orbital part",
     "cheeks go up, crow's feet beside the eyes", "cheeks",
     "cheek", "raised, lifted", "raise, lift"),
    (7, "lid tightener", "orbicularis oculi, palpebral part",
     "the opening of the eyes becomes narrow", "eyes",
     "lid", "tightened, narrowed", "tighten, narrow"),
    (9, "nose wrinkler", "levator labii superioris alaeque nasi",
     "wrinkles at the root of the nose", "nose",
     "nose", "wrinkled, creased", "wrinkle, crease"),
    (10, "upper lip raiser", "levator labii superioris",
     "upper lip goes up and looks square", "mouth",
     "upper lip", "raised, lifted", "raise, lift"),
    (11, "nasolabial deepener", "zygomaticus minor",
     "the middle of the fold from nose to mouth deepens", "cheeks",
     "nasolabial fold", "deepened", "deepen"),
    (12, "lip corner puller", "zygomaticus major",
     "corners of the lips go up and back, as in a smile", "mouth",
     "lip corner", "pulled, stretched", "pull, stretch"),
    (14, "dimpler", "buccinator",
     "corners of the lips tighten inwards, dimples", "cheeks",
     "cheek", "dimpled", "dimple"),
    (15, "lip corner depressor", "depressor anguli oris",
     "corners of the lips go down", "mouth",
     "lip corner", "depressed, pushed down", "depress, push down"),
    (16, "lower lip depressor", "depressor labii inferioris",
     "lower lip goes down", "mouth",
     "lower lip", "depressed, pushed down", "depress, push down"),
    (17, "chin raiser", "mentalis",
     "chin goes up and wrinkles", "chin",
     "chin", "raised, lifted", "raise, lift"),
    (18, "lip pucker", "incisivii labii superioris and inferioris",
     "lips come forward", "mouth",
     "lips", "puckered, pursed", "pucker, purse"),
    (20, "lip stretcher", "risorius",
     "mouth becomes wide, lips flat", "mouth",
     "lips", "stretched, spread", "stretch, spread"),
    (22, "lip funneler", "orbicularis oris",
     "lips open outwards like a funnel, as in saying oh", "mouth",
     "lips", "funneled, flared", "funnel, flare"),
    (23, "lip tightener", "orbicularis oris",
     "lips become thin and tight", "mouth",
     "lips", "tightened, narrowed", "tighten, narrow"),
    (24, "lip pressor", "orbicularis oris",
     "lips press against each other", "mouth",
     "lips", "pressed", "press"),
    (25, "lips part", "relaxation of mentalis or orbicularis oris, or depressor labii inferioris",
     "a gap between the lips", "mouth",
     "lips", "parted, separated", "part, separate"),
    (26, "jaw drop", "relaxation of masseter",
     "jaw falls, teeth come apart", "jaw",
     "jaw", "dropped, fallen", "drop"),
    (27, "mouth stretch", "pterygoids, digastric",
     "mouth is pulled wide open", "jaw",
     "mouth", "stretched, spread", "stretch, spread"),
    (28, "lip suck", "orbicularis oris",
     "lips are drawn in over the teeth, their red disappears", "mouth",
     "lips", "sucked in, rolled in", "suck in, roll in"),
    (38, "nostril dilator", "nasalis, alar part",
     "nostrils widen", "nose",
     "nostrils", "dilated", "dilate"),
    (39, "nostril compressor", "nasalis, transverse part",
     "nostrils become narrow", "nose",
     "nostrils", "compressed", "compress"),
    (43, "eyes closed", "relaxation of levator palpebrae superioris",
     "eyes are closed", "eyes",
     "eyes", "closed, shut", "close, shut"),
)
# fmt: on

ACTION_UNITS: Mapping[int, ActionUnit] = {
    number: ActionUnit(number, name, muscle, appearance, region, noun, tuple(done.split(", ")), tuple(does.split(", ")))
    for number, name, muscle, appearance, region, noun, done, does in _TABLE
}
"""Every Action Unit that a sentence can name, by its number and in ascending order."""

DISFA_PLUS_ACTION_UNITS = (1, 2, 4, 5, 6, 9, 12, 15, 17, 20, 25, 26)
"""The twelve Action Units that DISFA+ (and ScanFaces) label in every frame."""

INTENSITY_LETTERS = "ABCDE"
"""FACS writes intensities 1..5 as letters, from A (a trace) to E (the maximum)."""

INTENSITY_ADVERBS: Mapping[int, tuple[str, str, str]] = {
    1: ("marginally", "insignificantly", "very slightly"),
    2: ("slightly", "lightly", "somewhat"),
    3: ("kind of", "fairly", "quite"),
    4: ("positively", "reasonably", "sensibly"),
    5: ("strongly", "highly", "significantly"),
}
"""Three adverbs for each intensity. An intensity that was not coded (None) has no adverb (Sec. 3.1)."""


@dataclass(frozen=True)
class Emotion:
    """An emotion of a sentence, for example "anger".

    Attributes:
        adjective: the word that the protocols write, for example "angry".
        synonyms: other adjectives of the captions published with [18]; they are read and never written.
        action_units: the Action Units that are usual for it, its prototype.
    """

    name: str
    adjective: str
    synonyms: tuple[str, ...]
    action_units: tuple[int, ...]


EMOTIONS: Mapping[str, Emotion] = {
    emotion.name: emotion
    for emotion in (
        Emotion("anger", "angry", ("furious", "outraged"), (4, 5, 7, 23)),
        Emotion("contempt", "contemptuous", ("scornful", "disdainful"), (14,)),
        Emotion("disgust", "disgusted", ("appalled", "sickened"), (9, 15, 16)),
        Emotion("fear", "fearful", ("afraid", "frightened", "scared"), (1, 2, 4, 5, 20, 26)),
        Emotion("happiness", "happy", ("joyous", "delighted"), (6, 12)),
        Emotion("sadness", "sad", ("somber", "bitter"), (1, 4, 15)),
        Emotion("surprise", "surprised", ("astonished", "dazzled"), (1, 2, 5, 26)),
    )
}
"""The seven emotions of CK+, in the order of its codes 1 to 7, with their prototypes."""

"""From characters to words: what other programs write is read as if it came from a keyboard."""

import re
import unicodedata

from lfes_core.errors import UserError, shortened

LONGEST = 5000  # characters of a sentence: four times as many as the longest of the protocols

# A word may hold an apostrophe ("man's"). Anything else that is neither number nor space stands alone.
_PIECE = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|\d+|\S")
_LOOK_ALIKES = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201b\u02b9\u02bb\u02bc\u2032\u00b4`", "'")
    | dict.fromkeys("\u201a\u201e\u2033", '"')
    | {"\N{MINUS SIGN}": "-"}
)


def plain(text: str) -> str:
    """Text in the signs of a keyboard: dashes, apostrophes and the like are replaced, invisible signs dropped.

    Raises:
        UserError: for more than 5,000 characters, which Unicode's rules could also take long to bring in order.
    """
    _not_too_long(text)
    if text.isascii():
        return text.replace("`", "'")
    replaced = {"Cf": "", "Pd": "-", "Pi": '"', "Pf": '"'}  # by category: format, dash, quotation marks
    text = unicodedata.normalize("NFKC", text.translate(_LOOK_ALIKES))
    _not_too_long(text)  # one sign can stand for eighteen
    return "".join(replaced.get(unicodedata.category(sign), sign) for sign in text)


def _not_too_long(text: str) -> None:
    if len(text) > LONGEST:
        raise UserError(f"the sentence has {len(text):,} characters: write one of at most {LONGEST:,}")


def split(sentence: str) -> list[str]:
    """Words and punctuation marks in lower case.

    A hyphen divides words; quotation marks around the sentence and its last full stop are dropped.

    Raises:
        UserError: as `plain`.
    """
    line = " ".join(plain(sentence).replace("-", " ").split())
    return _PIECE.findall(line.lstrip("\"' ").rstrip("\"' .!").lower())


def quoted(text: str, limit: int = 80) -> str:
    """Words of the sentence for a message; characters that only look as if they were known are named."""
    strange = dict.fromkeys(f"U+{ord(sign):04X}" for sign in text if sign == '"' or not sign.isascii())
    named = f" (character {', '.join(list(strange)[:3])})" if strange else ""
    return f'"{shortened(text, limit)}"{named}'

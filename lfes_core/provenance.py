"""Where a picture comes from, as text chunks of the PNG file that it is written to (PNG specification, 11.3.3).

Anybody can read the note, write it, change it or lose it: it helps those who want to know and stops nobody. It holds no
name, no path and no time.
"""

import os
from collections.abc import Sequence
from importlib import metadata

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from lfes_core.errors import UserError
from lfes_core.files import user_path

SOFTWARE = "lfes"
_KINDS = ("BMP", "JPEG", "PNG", "TIFF", "WEBP")  # that the package writes
DISCLAIMER = "Synthesized from a picture and a sentence. It shows no event and no feeling."


def note(sentences: Sequence[str], sha256: str | None) -> PngInfo:
    """Return the note about a synthesized picture, for ``Image.save(..., pnginfo=)``.

    Args:
        sentences: what the picture was asked to show, as it was understood.
        sha256: of the weights (`Synthesizer.sha256`); None where they are random.
    """
    info = PngInfo()
    told = {
        "Software": " ".join(filter(None, (SOFTWARE, version()))),
        "Disclaimer": DISCLAIMER,
        "Description": " ".join(sentences),
        "Source": f"weights with SHA-256 {sha256}" if sha256 else "random weights",
    }
    for keyword, text in told.items():
        info.add_itxt(keyword, text)
    return info


def read_note(source: str | os.PathLike[str]) -> dict[str, str] | None:
    """Return the note in a picture file, or None where there is none; that says nothing about the picture.

    Raises:
        UserError: there is no such file, or it is no picture.
    """
    try:
        with Image.open(user_path(source), formats=_KINDS) as image:
            image.load()  # chunks may stand behind the pixels
            found = {keyword: str(text) for keyword, text in getattr(image, "text", {}).items()}
    except Exception as error:  # Pillow answers damage with two dozen kinds of exceptions
        raise UserError(f"{os.fspath(source)} is not a picture that can be read") from error
    keywords = ("Software", "Disclaimer", "Description", "Source")
    ours = found.get("Software", "").split(" ")[0] == SOFTWARE
    return {keyword: found[keyword] for keyword in keywords if keyword in found} if ours else None


def version() -> str | None:
    """Return the version of the package; None where it is read from a folder that was never installed."""
    try:
        return metadata.version("lfes")
    except metadata.PackageNotFoundError:
        return None

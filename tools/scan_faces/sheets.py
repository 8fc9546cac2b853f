"""Contact sheets: many small pictures side by side, for the eye of the maker."""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw

from lfes_core.errors import UserError
from tools.scan_faces.dataset import load
from tools.scan_faces.expression import ACTION_UNITS, STRONGEST
from tools.scan_faces.person import draw_person
from tools.scan_faces.plan import Expression, Subject
from tools.scan_faces.regions import endpoints
from tools.scan_faces.studio import SIZE, Studio

SHEETS = ("people", "units", "intensities")
COLUMNS = {"people": 8, "units": 8, "intensities": STRONGEST + 1}
CAPTION = 16
"""Height in pixels of the line of text over each picture."""


def draw_sheet(kind: str, folder: Path, subjects: Sequence[Subject], person: str, unit: int) -> Image.Image:
    """Draw a contact sheet.

    Args:
        kind: "people": everybody's neutral face; "units": one person, neutral and every Action Unit at E;
            "intensities": one person, neutral and one Action Unit from A to E.
        folder: the public face model.
        subjects: of `plan`.
        person: name of the one person.
        unit: number of the one Action Unit.

    Raises:
        UserError: there is no such person or Action Unit.
    """
    chosen = [subject for subject in subjects if subject.name == person]
    if kind != "people" and not chosen:
        raise UserError(f"{person} is not among {subjects[0].name} to {subjects[-1].name}: choose --person")
    if kind == "intensities" and unit not in ACTION_UNITS:
        raise UserError(f"AU {unit} cannot be drawn: choose --unit from {', '.join(map(str, ACTION_UNITS))}")
    if kind == "people":
        tiles = [(subject.name, _studio(folder, subject).picture({})) for subject in subjects]
    else:
        studio = _studio(folder, chosen[0])
        tiles = [
            (_caption(expression), studio.picture(expression)) for expression in _expressions(kind, unit)
        ]
    return arrange(tiles, COLUMNS[kind])


def arrange(tiles: Sequence[tuple[str, Image.Image]], columns: int) -> Image.Image:
    """Put pictures under their captions, row by row."""
    rows = -(-len(tiles) // columns)
    sheet = Image.new("RGB", (columns * SIZE, rows * (SIZE + CAPTION)), "white")
    draw = ImageDraw.Draw(sheet)
    for i, (text, picture) in enumerate(tiles):
        row, column = divmod(i, columns)
        x, y = column * SIZE, row * (SIZE + CAPTION)
        draw.text((x + 4, y + 2), text, fill="black")
        sheet.paste(picture, (x, y + CAPTION))
    return sheet


def _studio(folder: Path, subject: Subject) -> Studio:
    return Studio(*load(folder), draw_person(subject.seed, subject.gender))


def _expressions(kind: str, unit: int) -> list[Expression]:
    if kind == "units":
        return [{}, *(endpoints(number)[1] for number in ACTION_UNITS)]
    return [{}, *(dict.fromkeys(endpoints(unit)[1], intensity) for intensity in range(1, STRONGEST + 1))]


def _caption(expression: Expression) -> str:
    return " + ".join(f"AU {unit} {' ABCDE'[level]}" for unit, level in expression.items()) or "neutral"

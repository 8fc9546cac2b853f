"""Sentence builder with a kernel behind it: every choice calls `describe`, every sentence `understand`."""

import html
from typing import Any

from lfes_core.action_units import ACTION_UNITS, EMOTIONS, INTENSITY_LETTERS
from lfes_core.errors import UserError
from lfes_core.sentences import (
    PROTOCOLS,
    SUBJECTS,
    Description,
    Understanding,
    describe,
    understand,
)
from sentence_builder import START

import ipywidgets

ABSENT, NOT_GIVEN = -1, 0

HOW_MUCH = [
    ("–", ABSENT),
    ("?", NOT_GIVEN),
    *((letter, level) for level, letter in enumerate(INTENSITY_LETTERS, start=1)),
]


def live(start: Description = START) -> ipywidgets.VBox:
    """Boxes for subject, emotion, protocol, seed and every Action Unit, and a sentence to read or to type.

    A choice writes the sentence. A sentence that is typed sets the boxes; what is not understood
    is explained, and the boxes stay as they were.
    """
    subject = ipywidgets.Dropdown(options=list(SUBJECTS), description="Subject")
    emotion = ipywidgets.Dropdown(
        options=[("(none)", None), *((name, name) for name in EMOTIONS)],
        description="Emotion",
    )
    protocol = ipywidgets.Dropdown(
        options=list(PROTOCOLS), value="with", description="Protocol"
    )
    seed = ipywidgets.BoundedIntText(description="Seed", min=0, max=999_999)
    units = {
        unit.number: ipywidgets.Dropdown(
            options=HOW_MUCH,
            description=f"{unit.number} {unit.name}",
            style={"description_width": "10rem"},
            layout={"width": "15rem"},
        )
        for unit in ACTION_UNITS.values()
    }
    sentence = ipywidgets.Textarea(
        description="Sentence", rows=3, layout={"width": "95%"}
    )
    status = ipywidgets.HTML()
    filling = False  # while one side fills in the other, which must not answer

    def show(description: Description) -> None:
        subject.value, emotion.value = description.subject, description.emotion
        for number, box in units.items():
            level = description.action_units.get(number, ABSENT)
            box.value = NOT_GIVEN if level is None else level

    def write(_: Any = None) -> None:
        nonlocal filling
        if filling:
            return
        chosen = {
            number: box.value or None
            for number, box in units.items()
            if box.value != ABSENT
        }
        filling = True
        face = Description(subject.value, emotion.value, chosen)
        sentence.value = describe(face, protocol.value, seed.value)
        filling = False
        status.value = summary(understand(sentence.value))

    def read(_: Any) -> None:
        nonlocal filling
        if filling:
            return
        try:
            understanding = understand(sentence.value)
        except UserError as error:
            status.value = f'<p role="alert">{html.escape(str(error))}</p>'
            return
        filling = True
        show(understanding.description)
        filling = False
        status.value = summary(understanding)

    show(start)
    for widget in (subject, emotion, protocol, seed, *units.values()):
        widget.observe(write, names="value")
    sentence.observe(read, names="value")
    write()
    who = ipywidgets.HBox(
        [subject, emotion, protocol, seed], layout={"flex_flow": "row wrap"}
    )
    movements = ipywidgets.HBox(list(units.values()), layout={"flex_flow": "row wrap"})
    return ipywidgets.VBox([who, sentence, status, movements])


def summary(understanding: Understanding) -> str:
    """What was understood, in words and numbers, and what is odd about it, as HTML."""
    description = understanding.description
    parts = [
        f"AU {number} "
        + (f"at {INTENSITY_LETTERS[level - 1]}" if level else "(intensity not given)")
        for number, level in description.action_units.items()
    ]
    who = ", ".join(filter(None, (description.subject, description.emotion)))
    lines = [
        f"Understood: {understanding.sentence}",
        f"{who}; {', '.join(parts) or 'no Action Unit'}.",
        *understanding.warnings,
    ]
    return "".join(f"<p>{html.escape(line)}</p>" for line in lines)

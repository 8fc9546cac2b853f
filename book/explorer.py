"""The explorer in a notebook: choose a face, change a word, see the picture and where each word looks.

`explore` gives it. With a kernel it is a widget, and PyTorch answers; on a page of the built book the same
front end (``book/explorer``) starts by itself, and the model runs in the reader's browser.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import explorer_tables as tables
from embedded import bundled, style
from explorer_tables import START
from first_view import DESIGN, STYLES, first_view, on_a_page
from lfes_core.datasets import ScanFaces
from lfes_core.errors import UserError
from lfes_core.evaluation.estimator import IntensityMeter
from lfes_core.hindrances import WARNINGS, Watcher
from lfes_core.images import face_crop, to_uint8
from lfes_core.networks import Discriminators, Verdict, image_levels
from lfes_core.photographs import find_faces
from lfes_core.sentences import Vocabulary, understand
from lfes_core.synthesis import Synthesizer

import anywidget
import numpy as np
import torch
import traitlets
from torch import Tensor

JUDGES = ("D_FV¹", "D_FV²", "D_EV¹", "D_EV²", "D_syn")
"""The discriminators, in the order in which they judge."""

Answer = tuple[Any, dict[str, bytes]]
"""What can be written as JSON, and numbers by their names."""

faces_of_the_book = cache(ScanFaces)
synthesizer = cache(Synthesizer.load)
discriminators = cache(Discriminators.load)
meter = cache(IntensityMeter.load)
watcher = cache(Watcher.load)


# --- what the front end can ask; kernel.js says the same from the other side ---


def ask_data(**_: Any) -> Answer:
    """Words and people."""
    faces = faces_of_the_book()
    people = []
    for subject in tables.people_shown(faces):
        names = tables.expressions(faces, subject)
        people.append(
            tables.about(faces, subject) | {"known": dict.fromkeys(names, (0, 0))}
        )
    return tables.general(faces, people), {}


def ask_file(path: str, **_: Any) -> Answer:
    """The sheet of faces, a person's neutral picture, or the regions of the Action Units."""
    if path == tables.SHEET:
        return None, {"file": tables.sheet_file(faces_of_the_book())}
    subject = path.removeprefix("people/").partition(".")[0]
    return None, {"file": files_of(subject)[path]}


def ask_truth(person: str, expression: str, **_: Any) -> Answer:
    """The true picture of an expression."""
    faces = faces_of_the_book()
    frame = tables.expressions(faces, person)[expression]
    return None, {"file": tables.truth_file(faces, frame)}


@torch.no_grad()
def ask_synthesize(
    design: str, tokens: list[int], hidden: bool, neutral: memoryview, **_: Any
) -> Answer:
    """A picture and its attention."""
    if not tokens:
        raise UserError("A sentence needs at least one word.")
    network = synthesizer(design)
    words = network.language_semantic_encoder(
        torch.tensor([tokens]), torch.tensor([len(tokens)])
    )
    face = floats(neutral, 1, 3, 256, 256)
    made = network.forward(face, *words, sample=False, hidden=float(hidden))
    levels = made.levels
    parts = dict(zip(("small", "middle", "picture"), levels.images, strict=True))
    parts["condition"] = made.condition.mean
    parts |= {
        f"attention_{n}": beta for n, beta in enumerate(levels.attention, start=1)
    }
    if levels.movements:
        parts |= levels.movements[-1]._asdict()
    return None, {name: packed(part) for name, part in parts.items()}


@torch.no_grad()
def ask_judge(
    neutral: memoryview,
    picture: memoryview,
    condition: memoryview,
    middle: memoryview | None = None,
    small: memoryview | None = None,
    **_: Any,
) -> Answer:
    """The chance that a picture is true, by each judgment of each discriminator."""
    small_picture, middle_picture, whole = image_levels(floats(picture, 1, 3, 256, 256))
    if middle is not None and small is not None:
        middle_picture = floats(middle, 1, 3, 128, 128)
        small_picture = floats(small, 1, 3, 64, 64)
    said = discriminators(DESIGN)(
        (small_picture, middle_picture, whole),
        floats(neutral, 1, 3, 256, 256),
        floats(condition, 1, 512),
    )
    names = [f"{judge} {kind}" for judge in JUDGES for kind in Verdict._fields]
    return dict(zip(names, said.logits()[0].sigmoid().tolist(), strict=True)), {}


def ask_intensities(neutral: memoryview, picture: memoryview, **_: Any) -> Answer:
    """How strong each Action Unit is, from 0 (absent) to 5 (E)."""
    pair = (to_uint8(floats(each, 1, 3, 256, 256)) for each in (picture, neutral))
    measured = meter().measure(*pair)[0].tolist()
    return dict(zip(meter().units, measured, strict=True)), {}


def ask_hindrances(picture: memoryview, **_: Any) -> Answer:
    """How sure the package is that a mouth is open and that glasses are worn."""
    face = face_crop(to_uint8(floats(picture, 1, 3, 256, 256)))
    shares = watcher().shares(face)[0].tolist()
    return dict(zip(WARNINGS, shares, strict=True)), {}


def ask_faces(width: int, height: int, pixels: memoryview, **_: Any) -> Answer:
    """Faces in a photograph."""
    colors = np.frombuffer(pixels, np.uint8).reshape(height, width, 3)
    found = find_faces(colors)
    return [{"points": face.points.tolist(), "width": face.width} for face in found], {}


def ask_understand(sentence: str, **_: Any) -> Answer:
    """A sentence in everyday words, in the words of a protocol."""
    found = understand(sentence)
    return {"sentence": found.sentence, "notes": found.warnings}, {}


ASKS = {
    name.removeprefix("ask_"): ask
    for name, ask in list(globals().items())
    if name.startswith("ask_")
}


def answer(
    content: Mapping[str, Any], buffers: Sequence[memoryview]
) -> tuple[dict[str, Any], list[bytes]]:
    """Answer one message of the front end; what goes wrong becomes one plain line."""
    head = {name: content.get(name) for name in ("id", "session")}
    arrays = dict(zip(content.get("buffers", ()), buffers, strict=True))
    try:
        said, parts = ASKS[content["ask"]](**{**content, **arrays})
    except UserError as error:
        return head | {"error": str(error)}, []
    except Exception as error:  # the front end says it; a traceback would go nowhere
        line = (str(error) or type(error).__name__).splitlines()[0]
        return head | {"error": f"The kernel could not do that: {line}"}, []
    return head | {"answer": said, "buffers": list(parts)}, list(parts.values())


@cache
def files_of(subject: str) -> dict[str, bytes]:
    """A person's neutral picture and regions, by their paths."""
    faces = faces_of_the_book()
    known = tables.about(faces, subject)
    return {
        known["neutral"]: tables.neutral_file(faces, subject),
        known["masks"]: tables.masks_file(faces, subject, known["masked"]),
    }


def floats(numbers: memoryview, *shape: int) -> Tensor:
    """Numbers of the front end as a tensor."""
    return torch.from_numpy(np.frombuffer(numbers, "<f4").astype("f4")).reshape(shape)


def packed(numbers: Tensor) -> bytes:
    """A tensor as the front end takes it."""
    return numbers.float().contiguous().numpy().astype("<f4").tobytes()


# --- the widget ---


class Explorer(anywidget.AnyWidget):
    """The explorer with this kernel behind it. Where there is no kernel, its HTML is shown."""

    options = traitlets.Dict().tag(sync=True)

    def __init__(self, state: Mapping[str, Any], tools: Sequence[str]) -> None:
        """See `explore`; ``state`` holds person, sentence, and the number of the word."""
        self._esm, self._css = bundled("explorer.js"), style(*STYLES)
        super().__init__(options={"state": state, "tools": list(tools) or None})
        self.on_msg(self._answer)

    def _answer(self, _: Any, content: Any, buffers: list[memoryview]) -> None:
        self.send(*answer(content, buffers))

    def page(self) -> str:
        """The same for a page of the built book, beside which the front end and the model lie."""
        state, tools = self.options["state"], self.options["tools"]
        who = tables.about(faces_of_the_book(), state["person"])
        view = first_view(synthesizer(DESIGN), who, files_of(who["id"]), state)
        return on_a_page(view, tools)

    def _repr_mimebundle_(
        self, **options: Any
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        shown = super()._repr_mimebundle_(**options)
        parts, about = shown if isinstance(shown, tuple) else (shown, {})
        said = f"explorer: {self.options['state']['sentence']}"
        return {**parts, "text/html": self.page(), "text/plain": said}, about


def explore(
    sentence: str = START[1],
    person: str = START[0],
    word: str = "lips",
    tools: Sequence[str] = (),
) -> Explorer:
    """The explorer.

    Args:
        sentence: what it shows first.
        person: of `ScanFaces`, one of `validation_subjects` or of the first `test_subjects`.
        word: whose map it shows large; the first one where the sentence does not have it.
        tools: which of the folded tools are offered, by their names in ``state.js``; all when not given.
    """
    known = tables.people_shown(faces_of_the_book())
    if person not in known:
        raise UserError(f"{person} is not one of {', '.join(known)}")
    said = understand(sentence).sentence
    words = Vocabulary().words(said)
    number = words.index(word) if word in words else 0
    return Explorer({"person": person, "sentence": said, "word": number}, tools)

"""The attention explorer: what it computes beforehand is what the synthesizer says, and its live form answers."""

import itertools

import numpy as np
import pytest
import torch
from PIL import Image

from lfes_core.config import preset
from lfes_core.sentences import Description, Vocabulary, parse
from lfes_core.synthesis import Synthesizer
from tests.book.modules import data_inside, module_of_the_book, picture_in, stands_alone

SLOTS = (("Mouth", (None, (25, 2), (12, 5))), ("Brows", (None, (1, 3))))


@pytest.fixture(scope="module")
def explorer():
    return module_of_the_book("explorer")


@pytest.fixture(scope="module")
def synthesizer():
    torch.manual_seed(0)
    return Synthesizer(preset("tiny"), Vocabulary())


@pytest.fixture(scope="module")
def faces(explorer):
    pixels = np.random.default_rng(0).integers(0, 256, (2, 256, 256, 3), dtype=np.uint8)
    pictures = zip(("woman", "man"), map(Image.fromarray, pixels), strict=True)
    return [explorer.ExplorerFace(f"a {gender}", gender, picture) for gender, picture in pictures]


@pytest.fixture(scope="module")
def page(explorer, synthesizer, faces):
    slots = [explorer.Slot(*slot) for slot in SLOTS]
    return explorer.published(synthesizer, faces, slots, start=[1, 1], word="lips").page


@pytest.fixture(scope="module")
def data(page):
    return data_inside(page)


def test_a_sentence_says_what_was_chosen_and_nothing_else_and_an_intensity_changes_the_adverb_only(explorer):
    choices = itertools.product(("man", "woman", "person"), *(options for _, options in SLOTS))
    for subject, *movements in choices:
        description = parse(explorer.sentence_for(subject, movements))
        assert description.subject == subject and description.emotion is None
        assert description.action_units == dict(move for move in movements if move is not None)
    for unit in (1, 6, 12, 17, 25):
        weak, strong = (explorer.sentence_for("man", [(unit, level)]).split() for level in (2, 5))
        assert len(weak) == len(strong)
        assert sum(a != b for a, b in zip(weak, strong, strict=True)) == 1


def test_every_choice_was_computed_and_its_maps_are_those_of_the_synthesizer(data, synthesizer, faces):
    expected = {f"{face}-{mouth}-{brows}" for face in range(2) for mouth in range(3) for brows in range(2)}
    assert data["states"].keys() == expected
    state = data["states"]["1-2-1"]
    synthesis = synthesizer(faces[1].picture, state["sentence"])
    assert state["words"] == synthesis.words
    for level, beta in enumerate(synthesis.attention):
        side = beta.shape[1] // 64
        wanted = beta.reshape(len(beta), 64, side, 64, side).mean(axis=(2, 4))
        gray = picture_in(state["maps"][level]).convert("L")
        low, high = (np.array(state[end][level])[:, None, None] for end in ("low", "high"))
        shown = low + (high - low) * np.asarray(gray, dtype=float).reshape(wanted.shape) / 255
        assert np.abs(shown - wanted).mean() < 0.05 * (wanted.max() - wanted.min())


def test_the_page_stands_alone_and_every_picture_and_choice_has_a_name(page):
    assert stands_alone(page) and 'alt="' in page
    assert page.count('role="img"') == 3 and page.count("aria-label") >= 5 and 'aria-live="polite"' in page


def test_live_form_answers_each_change_and_explains_a_sentence_it_does_not_understand(synthesizer, faces):
    box = module_of_the_book("explorer_live").live(synthesizer, faces, start=((25, 5), None))
    face, first, second, sentence, settings, view = box.children
    seen = [view.value]
    assert sentence.value == "A woman with highly parted lips."
    changes = ((first.children[1], 1), (second.children[0], 4), (face, 1), (settings.children[0], 1))
    for widget, value in changes:
        widget.value = value
        seen.append(view.value)
    assert len(set(seen)) == len(seen)
    assert parse(sentence.value) == Description("man", None, {4: 3, 25: 1})
    sentence.value = "A woman with highly parted lisp."
    assert 'role="alert"' in view.value and "lips" in view.value

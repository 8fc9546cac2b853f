"""The explorer in a notebook: each message of its front end is answered with what the package says."""

import numpy as np
import pytest
from skimage import data

from lfes_core.datasets import ScanFaces, to_tensor
from lfes_core.evaluation.estimator import IntensityMeter
from lfes_core.images import to_uint8
from lfes_core.photographs import find_faces
from lfes_core.sentences import Vocabulary, understand
from lfes_core.synthesis import Synthesizer
from tests.book.modules import module_of_the_book

SENTENCE = "A woman with highly parted lips and a fairly raised inner brow."


@pytest.fixture(scope="module")
def explorer():
    return module_of_the_book("explorer")


@pytest.fixture(scope="module")
def face():
    faces = ScanFaces()
    return faces.face(faces.neutral("SN098"))


def asked(explorer, ask, buffers=(), **given):
    """What comes back for one message: its head, and its arrays by name."""
    arrays = dict(buffers)
    content = {"id": 7, "session": "a", "ask": ask, "buffers": list(arrays), **given}
    head, parts = explorer.answer(content, [memoryview(each.tobytes()) for each in arrays.values()])
    assert (head.pop("id"), head.pop("session")) == (7, "a")
    named = {name: np.frombuffer(part, "<f4") for name, part in zip(head.pop("buffers", ()), parts, strict=True)}
    return head, named


@pytest.mark.parametrize("design", ["tiny_moving", "tiny"])
@pytest.mark.parametrize("hidden", [False, True])
def test_a_picture_and_its_attention_are_those_of_the_synthesizer(explorer, face, design, hidden):
    tokens = Vocabulary().encode(SENTENCE)
    neutral = to_tensor(face).numpy()
    _, found = asked(explorer, "synthesize", {"neutral": neutral}, design=design, tokens=tokens, hidden=hidden)
    made = Synthesizer.load(design)(face, SENTENCE, hide_condition=hidden)
    assert (to_uint8(explorer.floats(found["picture"].data, 1, 3, 256, 256))[0] == np.asarray(made.image)).all()
    for beta, name in zip(made.attention, ("attention_1", "attention_2"), strict=True):
        np.testing.assert_allclose(found[name], beta.ravel(), atol=1e-6)
    assert ("flow" in found) == (design == "tiny_moving") and len(found["condition"]) == 512


def test_intensities_faces_and_sentences_are_the_package_s(explorer, face):
    faces = ScanFaces()
    smile = faces.face(faces.truth("SN098", {12: 5}))
    pair = {"neutral": to_tensor(face).numpy(), "picture": to_tensor(smile).numpy()}
    measured, _ = asked(explorer, "intensities", pair)
    meter = IntensityMeter.load()
    theirs = meter.measure(smile[None], face[None])[0]
    assert measured["answer"] == pytest.approx(dict(zip(meter.units, theirs, strict=True)), abs=1e-5)
    picture = data.astronaut()
    height, width = picture.shape[:2]
    seen, _ = asked(explorer, "faces", {"pixels": picture}, width=width, height=height)
    (known,) = find_faces(picture)
    assert seen["answer"] == [{"points": known.points.tolist(), "width": known.width}]
    said, _ = asked(explorer, "understand", sentence="a woman smiling broadly")
    assert said["answer"]["sentence"] == understand("a woman smiling broadly").sentence


def test_discriminators_are_asked_about_the_levels_that_are_given(explorer, face):
    tokens = Vocabulary().encode(SENTENCE)
    neutral = to_tensor(face).numpy()
    _, made = asked(explorer, "synthesize", {"neutral": neutral}, design="tiny_moving", tokens=tokens, hidden=False)
    exhibit = {"neutral": neutral, "picture": made["picture"], "condition": made["condition"]}
    whole, _ = asked(explorer, "judge", exhibit)
    levels, _ = asked(explorer, "judge", exhibit | {"middle": made["middle"], "small": made["small"]})
    assert len(whole["answer"]) == 10 and all(0 < chance < 1 for chance in whole["answer"].values())
    assert whole["answer"] != levels["answer"]
    assert whole["answer"]["D_syn conditional"] == levels["answer"]["D_syn conditional"]


def test_what_goes_wrong_is_one_plain_line(explorer, face):
    for ask, given, line in (
        ("understand", {"sentence": "a woman with a flying nose"}, "flying"),
        ("synthesize", {"design": "tiny", "tokens": [], "hidden": False, "neutral": b""}, "at least one word"),
        ("truth", {"person": "SN098", "expression": "no such one"}, "kernel could not do that"),
        ("tea", {}, "kernel could not do that"),
    ):
        head, parts = asked(explorer, ask, **given)
        assert set(head) == {"error"} and line in head["error"] and "\n" not in head["error"] and not parts


def test_a_page_without_a_kernel_shows_a_picture_and_asks_no_other_host(explorer):
    shown, _ = explorer.explore()._repr_mimebundle_()
    page = shown["text/html"]
    assert "http" not in page.replace("http://www.w3.org", "") and len(page) < 150_000
    assert 'src="../explorer/page.js"' in page and "data:image" in page and "highly parted lips" in page

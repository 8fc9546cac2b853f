"""The explorer of notebooks: what the kernel answers is what the package says, and the cell stands in a page, too."""

import copy
import gc
import io
import json
import os
import re
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from lfes_core.datasets import to_tensor
from lfes_core.errors import UserError
from lfes_core.evaluation.estimator import IntensityMeter
from lfes_core.hindrances import WARNINGS, Watcher
from lfes_core.images import face_crop, to_uint8
from lfes_core.networks import Discriminators, image_levels
from lfes_core.sentences import parse
from lfes_core.synthesis import Synthesizer
from tests.book.modules import module_of_the_book
from tools.book.onnx_models import Judges

SENTENCE = "A woman with a strongly dropped jaw and parted lips."


@pytest.fixture(scope="module")
def explorer():
    return module_of_the_book("explorer")


@pytest.fixture(scope="module")
def neutral(faces):
    return to_tensor(faces.face(faces.neutral("SN098")))[None]


def ask(explorer, name, arrays=None, **given):
    """What comes back for a message: the answer, and arrays by their names."""
    arrays = {name: np.asarray(each).tobytes() for name, each in (arrays or {}).items()}
    content = {"ask": name, "id": 7, "session": 3, "buffers": list(arrays), **given}
    said, parts = explorer.answer(content, [memoryview(each) for each in arrays.values()])
    json.dumps(said)  # as it travels
    assert (said["id"], said["session"]) == (7, 3)
    return said, dict(zip(said.get("buffers", ()), parts, strict=True))


def floats(content, *shape):
    return torch.from_numpy(np.frombuffer(content, "<f4").copy()).reshape(shape)


@pytest.mark.parametrize("design", ["tiny_moving", "tiny"])
@pytest.mark.parametrize("hidden", [False, True])
def test_a_picture_and_its_maps_are_those_of_the_synthesizer(explorer, neutral, design, hidden):
    synthesizer = Synthesizer.load(design)
    made = synthesizer(neutral, SENTENCE, hide_condition=hidden)
    tokens = synthesizer.vocabulary.encode(made.wording)
    _, parts = ask(explorer, "synthesize", {"neutral": neutral}, design=design, tokens=tokens, hidden=hidden)
    picture = to_uint8(floats(parts["picture"], 1, 3, 256, 256))[0]
    np.testing.assert_array_equal(picture, np.asarray(made.crop))
    for level, beta in enumerate(made.attention, start=1):
        np.testing.assert_array_equal(floats(parts[f"attention_{level}"], *beta.shape).numpy(), beta)
    for size, name in ((128, "middle"), (64, "small")):
        floats(parts[name], 1, 3, size, size)
    assert floats(parts["condition"], 1, 512).isfinite().all()
    moves = {"flow", "mask", "colors"} & parts.keys()
    assert len(moves) == (3 if design == "tiny_moving" else 0)


def test_discriminators_judge_what_they_are_shown(explorer, neutral):
    levels, condition = image_levels(neutral), torch.linspace(-1, 1, 512)[None]
    with torch.no_grad():
        said = Discriminators.load("tiny_moving")(levels, neutral, condition).logits()[0].sigmoid()
    arrays = {"neutral": neutral, "picture": neutral, "condition": condition}
    for more in ({}, {"middle": levels[1], "small": levels[0]}):
        answer, _ = ask(explorer, "judge", arrays | more)
        assert tuple(answer["answer"]) == Judges.outputs  # as in the page
        assert list(answer["answer"].values()) == pytest.approx(said.tolist(), abs=1e-6)


def test_intensities_are_those_of_the_meter(explorer, neutral, faces):
    meter = IntensityMeter.load()
    smile = faces.face(faces.truth("SN098", {12: 5}))
    pair = {"neutral": neutral, "picture": to_tensor(smile)[None]}
    measured = ask(explorer, "intensities", pair)[0]["answer"]
    expected = meter.measure(smile[None], to_uint8(neutral))[0].tolist()
    assert measured == pytest.approx(dict(zip(meter.units, expected, strict=True)))
    assert measured[12] > 3


def test_what_is_in_the_way_is_seen_as_the_package_sees_it(explorer, faces):
    picture = faces.face(faces.truth("SN098", {25: 5, 27: 5}))
    said = ask(explorer, "hindrances", {"picture": to_tensor(picture)[None]})[0]["answer"]
    expected = Watcher.load().shares(face_crop(picture[None]))[0].tolist()
    assert said == pytest.approx(dict(zip(WARNINGS, expected, strict=True)), abs=1e-6)
    assert said["mouth"] > 0.9


def test_faces_are_found_where_the_package_finds_them(explorer, faces):
    picture = np.full((400, 500, 3), 128, np.uint8)
    picture[80:336, 150:406] = faces.face(faces.neutral("SN098"))
    [expected] = explorer.find_faces(picture)
    [found] = ask(explorer, "faces", {"pixels": picture}, width=500, height=400)[0]["answer"]
    assert found == {"points": expected.points.tolist(), "width": expected.width}


def test_people_pictures_and_words_come_from_the_package(explorer, faces):
    tables = module_of_the_book("explorer_tables")
    data = ask(explorer, "data")[0]["answer"]
    assert [person["id"] for person in data["people"]] == [*faces.validation_subjects, *faces.test_subjects[:8]]
    assert Image.open(_file(explorer, "file", path=data["sheet"])).size == (96, 96 * len(data["people"]))
    person = data["people"][1]
    assert person["masked"] == tables.region_units(faces, person["id"])
    assert person["known"].keys() == tables.expressions(faces, person["id"]).keys()
    for path in (person["neutral"], person["masks"]):
        assert Image.open(_file(explorer, "file", path=path)).width == 256
    true = Image.open(_file(explorer, "truth", person=person["id"], expression="12E")).convert("RGB")
    shown = faces.face(faces.truth(person["id"], {12: 5})).astype(float)
    assert np.abs(np.asarray(true, float) - shown).mean() < 3
    read = ask(explorer, "understand", sentence="a woman smiling broadly")[0]["answer"]
    assert parse(read["sentence"]).action_units[12] == 5


def _file(explorer, name, **given):
    return io.BytesIO(ask(explorer, name, **given)[1]["file"])


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"ask": "understand", "sentence": "colorless green ideas"}, None),
        ({"ask": "synthesize", "design": "tiny", "tokens": [], "hidden": False}, "A sentence needs at least one word."),
        ({"ask": "truth", "person": "SN098", "expression": "99Z"}, "The kernel could not do that: '99Z'"),
        ({"ask": "nothing"}, "The kernel could not do that: 'nothing'"),
    ],
)
def test_what_goes_wrong_is_one_plain_line(explorer, neutral, given, line):
    arrays = {"neutral": neutral} if given["ask"] == "synthesize" else None
    said, parts = ask(explorer, given.pop("ask"), arrays, **given)
    assert "\n" not in said["error"] and not parts and "Traceback" not in said["error"]
    assert line is None or said["error"] == line


def test_a_cell_gives_a_widget_to_a_kernel_and_a_small_page_to_the_book(explorer):
    shown = explorer.explore("a smiling woman", "SN098", "lip", tools=["table", "courtroom"])
    state = shown.options["state"]
    assert parse(state["sentence"]).action_units.keys() == {12} and state["person"] == "SN098"
    bundle, _ = shown._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    page = bundle["text/html"]
    assert len(page.encode()) < module_of_the_book("first_view").LIMIT
    assert 'data-tools="table courtroom"' in page and 'src="../explorer/page.js"' in page
    assert not re.search(r"https?://", page) and "<noscript>" in page and 'alt=""' not in page
    with pytest.raises(UserError, match="SN001 is not one of"):
        explorer.explore(person="SN001")


@pytest.mark.skipif(sys.platform != "linux", reason="the memory that a process holds, told by Linux")
@pytest.mark.fault(
    "Loaded and small machines",
    "1,000 sentences, one after the other, in an explorer of a notebook",
    "memory stays flat",
)
def test_a_thousand_changes_of_the_sentence_leave_nothing_behind(explorer, neutral, monkeypatch):
    shown = explorer.explore()
    network, sent = explorer.synthesizer("tiny_moving"), []
    made = network.forward(neutral, *network.language_semantic_encoder(torch.tensor([[5, 6]]), torch.tensor([2])))
    # A new picture each time, as the network gives it; that the network itself keeps nothing is tried elsewhere.
    monkeypatch.setattr(network, "forward", lambda *_, **given: copy.deepcopy(made))
    monkeypatch.setattr(shown, "send", lambda content, buffers: sent.append((content, sum(map(len, buffers)))))
    subjects, degrees = ("A woman", "A man", "A person"), ("slightly", "fairly", "strongly", "highly")
    picture = [memoryview(neutral.numpy().tobytes())]

    def change(number):
        sentence = (
            f"{subjects[number % 3]} with a {degrees[number % 4]} dropped jaw and parted lips {'.' * (number % 7)}"
        )
        shown._answer(shown, {"ask": "understand", "id": number, "session": 1, "sentence": sentence}, [])
        tokens = network.vocabulary.encode(sent[-1][0]["answer"]["sentence"])
        asked = {"ask": "synthesize", "id": number, "session": 1, "buffers": ["neutral"], "hidden": False}
        shown._answer(shown, asked | {"design": "tiny_moving", "tokens": tokens}, picture)
        assert "error" not in sent[-1][0] and sent[-1][1] > 1_000_000
        sent.clear()

    for number in range(100):
        change(number)
    before = held()
    for number in range(1_000):
        change(number)
    # Had each change kept a hundredth of its answer of 1.6 MB, that were 16 MB more.
    assert held() - before < 16_000_000


def held():
    """Bytes of memory that this process holds."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

"""What the published explorer loads is what the package says, and the first view fits a page."""

import base64
import io
import json
import re

import numpy as np
import pytest
from PIL import Image

from lfes_core.action_units import DISFA_PLUS_ACTION_UNITS
from lfes_core.datasets import ScanFaces
from lfes_core.evaluation.measure import unit_region
from lfes_core.sentences import Vocabulary
from lfes_core.synthesis import Synthesizer
from tests.book.modules import module_of_the_book, picture_in
from tools.book import explorer_data

WHO = "SN098"


@pytest.fixture(scope="module")
def faces():
    return ScanFaces()


@pytest.fixture(scope="module")
def tables():
    return module_of_the_book("explorer_tables")


@pytest.fixture(scope="module")
def person(tables, faces):
    """What is known of one person, and the files."""
    return tables.person(faces, WHO)


@pytest.fixture(scope="module")
def data(tables, faces, person):
    """As `tables.everything` makes it, of one person."""
    return {
        "tables": tables.sentence_tables(),
        "people": [person[0]],
        "start": dict(zip(("person", "sentence"), tables.START, strict=True)),
    }


def test_every_movement_at_every_intensity_has_its_true_picture(tables, faces, person):
    about, files = person
    for unit in tables.region_units(faces, WHO):
        for level in range(1, 6):
            frame = faces.truth(WHO, {unit: level})
            start, length = about["known"][tables.expression_name(frame.action_units)]
            shown = Image.open(io.BytesIO(files[about["truths"]][start : start + length]))
            assert np.abs(np.asarray(shown.convert("RGB"), float) - faces.face(frame)).mean() < 3


def test_test_people_have_their_true_pictures_and_regions(tables, faces):
    """Every measured unit at its strongest, and some at B; README says so."""
    who = faces.test_subjects[0]
    about, files = tables.person(faces, who)
    assert who in tables.people_shown(faces) and about["name"].startswith("Test person")
    assert {int(name[:-1]) for name in about["known"] if re.fullmatch(r"\d+E", name)} >= set(
        DISFA_PLUS_ACTION_UNITS
    ) - {26, 27}
    assert sum(name.endswith("B") and "+" not in name for name in about["known"]) >= 6
    assert about["masked"] == sorted(DISFA_PLUS_ACTION_UNITS)
    assert Image.open(io.BytesIO(files[about["masks"]])).size == (256, 256 * len(about["masked"]))


def test_regions_are_those_of_the_evaluation(tables, faces, person):
    about, files = person
    units = about["masked"]
    masks = np.asarray(Image.open(io.BytesIO(files[about["masks"]]))).reshape(len(units), 256, 256)
    for unit, mask in zip(units, masks, strict=True):
        np.testing.assert_array_equal(mask > 0, unit_region(faces, WHO, unit))


def test_the_first_person_is_one_on_whom_nothing_was_trained(tables, faces):
    assert tables.START[0] in faces.validation_subjects


def test_the_tables_have_a_number_for_every_word(tables):
    assert tables.sentence_tables()["vocabulary"] == Vocabulary().to_json()


def test_files_are_written_below_a_folder_and_data_cannot_end_a_script(tmp_path):
    explorer_data.write(tmp_path, {"name": "</script>"}, {"people/a.webp": b"1"})
    assert (tmp_path / "people" / "a.webp").read_bytes() == b"1"
    assert "</script>" not in (tmp_path / "data.json").read_text("utf-8")
    assert json.loads((tmp_path / "data.json").read_text("utf-8")) == {"name": "</script>"}


def test_the_first_view_is_small_stands_alone_and_shows_what_the_package_makes(data, person):
    _, files = person
    first = explorer_data.first
    synthesizer = Synthesizer.load(first.DESIGN)
    state = {**data["start"], "word": Vocabulary().words(data["start"]["sentence"]).index("lips")}
    page = first.first_view(synthesizer, data["people"][0], files, state)
    assert len(page.encode()) < first.LIMIT
    view = json.loads(page.partition('class="lfes-first-data">')[2].partition("</script>")[0])
    neutral = module_of_the_book("explorer_tables").as_the_page_sees(files[data["people"][0]["neutral"]])
    synthesis = synthesizer(neutral, view["state"]["sentence"])
    assert synthesis.words[view["state"]["word"]] == "lips"
    made = np.asarray(picture_in(view["answer"]["picture"]).convert("RGB"), float)
    assert np.abs(made - np.asarray(synthesis.image)).mean() < 2
    for beta, sheet in zip(synthesis.attention, view["answer"]["attention"], strict=True):
        gray = np.asarray(picture_in(sheet["sheet"]).convert("L"), float).reshape(beta.shape) / 255
        low, high = (np.array(sheet[end])[:, None, None] for end in ("low", "high"))
        assert np.abs(low + gray * (high - low) - beta).mean() < 0.01
    movement = view["answer"]["movement"]
    flow = np.frombuffer(base64.b64decode(movement["flow"]), np.int8).reshape(2, movement["side"], movement["side"])
    whole = synthesis.movement.flow[0].numpy()
    assert np.abs(flow * movement["step"]).max() == pytest.approx(np.abs(whole).max(), rel=0.5)
    assert not re.search(r"https?://", page) and "<noscript>" in page and 'alt=""' not in page


def test_a_first_view_that_is_too_large_is_refused(tmp_path, monkeypatch, capsys, data, person):
    monkeypatch.setattr(explorer_data.tables, "everything", lambda _: (data, person[1]))
    monkeypatch.setattr(explorer_data.first, "LIMIT", 1000)
    assert explorer_data.main([str(tmp_path)]) == 1
    assert "the first view has" in capsys.readouterr().err

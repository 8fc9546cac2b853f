"""Places: where a change lies, where a word looks, whose face it is; each against a slow count."""

import numpy as np
import pytest

from lfes_core.datasets import Frame, ScanFaces
from lfes_core.evaluation import attention, identity, locality
from lfes_core.evaluation.questions import Exchange, Question, adverb_exchanges, single_units
from lfes_core.evaluation.rows import Gallery


@pytest.fixture(scope="module")
def faces() -> ScanFaces:
    return ScanFaces()


def test_the_share_of_a_change_is_counted_pixel_by_pixel():
    r = np.random.default_rng(0)
    before, after = r.integers(0, 256, (2, 256, 256, 3), dtype=np.uint8)
    inside = r.random((256, 256)) < 0.3
    change = {True: 0, False: 0}
    for row in range(0, 256):
        for column in range(0, 256):
            for color in range(3):
                difference = abs(int(after[row, column, color]) - int(before[row, column, color]))
                change[bool(inside[row, column])] += difference
    expected = change[True] / (change[True] + change[False])
    assert locality.share_inside(before, after, inside) == pytest.approx(expected, abs=1e-12)
    assert np.isnan(locality.share_inside(before, before, inside))


def test_the_widest_exchange_of_each_person_and_unit_is_taken():
    face = Frame("SN1", "t", "0", "a.jpg")
    questions = [Question("SN1", face, "", {4: level}) for level in (1, 3, 5)]
    assert locality.widest(adverb_exchanges(questions), questions) == [Exchange(4, 0, 2)]


def test_a_region_is_where_the_face_moves_and_the_true_edit_lies_in_it(faces):
    subject = faces.test_subjects[0]
    questions = [q for q in single_units(faces) if q.subject == subject and set(q.named) == {4}]
    exchanges = adverb_exchanges(questions)
    true = [faces.face(question.truth) for question in questions]
    found = locality.locality(exchanges, questions, true, faces)
    chance = locality.area_by_chance(exchanges, questions, faces)
    movement = faces.region_map(subject, 4)
    by_hand = sum(movement[y, x] >= 0.25 * movement.max() for y in range(256) for x in range(256)) / 65536
    assert chance == pytest.approx(by_hand, abs=1e-4)
    assert found.value > 3 * chance
    assert (found.n, found.low) == (1, None)


def test_words_of_a_noun_are_found_side_by_side():
    words = "a man with a highly pulled lip corner and parted lips".split()
    assert attention.places_of("lip corner", words) == [6, 7]
    assert attention.places_of("lips", words) == [10]
    assert attention.places_of("jaw", words) == []


def test_a_word_that_looks_only_at_its_region_has_the_largest_lift_and_an_even_one_has_one():
    inside = np.zeros((256, 256), dtype=bool)
    inside[64:128, 0:128] = True  # an eighth of the picture
    beta = np.zeros((64, 64))
    beta[16:32, 0:32] = 0.5
    assert attention.judge_map(beta, inside) == (pytest.approx(8.0), True, 0.125)
    assert attention.judge_map(np.ones((64, 64)), inside)[0] == pytest.approx(1.0)
    assert attention.judge_map(1 - beta, inside)[1] is False


def test_lift_equals_the_count_place_by_place():
    r = np.random.default_rng(1)
    inside, beta = r.random((256, 256)) < 0.2, r.random((128, 128))
    mass = sum(
        beta[row // 2, column // 2] / 4 for row in range(256) for column in range(256) if inside[row, column]
    )
    lift, _, chance = attention.judge_map(beta, inside)
    assert chance == pytest.approx(inside.mean())
    assert lift == pytest.approx(mass / beta.sum() / inside.mean())


def test_nouns_and_idle_words_are_judged_by_the_same_regions(faces):
    subject = faces.test_subjects[0]
    words = "a man with a kind of lowered brow and a kind of pulled lip corner".split()
    question = Question(subject, faces.neutral(subject), " ".join(words), {4: 3, 12: 3})
    maps = np.full((len(words), 64, 64), 0.01)
    small = {}
    for unit in (4, 12):
        small[unit] = locality.unit_region(faces, subject, unit).reshape(64, 4, 64, 4).mean((1, 3)) > 0.99
    maps[words.index("brow")][small[4]] = 1.0
    for word in ("lip", "corner"):
        maps[words.index(word)][small[12]] = 1.0
    found = attention.looks([question], [(words, (maps,))], faces)
    assert [(look.role, look.level) for look in found] == [("noun", 1), ("and", 1), ("a", 1)] * 2
    assert attention.attention_lift(found).value > 3
    assert attention.pointing(found).value == 1.0
    assert attention.attention_lift(found, "and").value == pytest.approx(1.0)
    table = attention.attention_table(found)
    assert table["level_1"]["noun"]["lift"].n == 2
    assert 0 < table["level_1"]["pointing_by_chance"] < 0.2


def test_people_are_known_by_their_true_pictures_and_not_by_noise(faces):
    gallery = Gallery(faces)
    people = faces.test_subjects
    known = identity.known_faces(faces, gallery, people)
    asked = [Question(person, faces.neutral(person), "", {12: 5}) for person in people]
    smiles = [faces.face(faces.truth(person, {12: 5})) for person in people]
    right = identity.recognized(asked, [identity.face_features(smile) for smile in smiles], known)
    slow = []
    for person, smile in zip(people, smiles, strict=True):
        seen = identity.face_features(smile)
        distance = {other: float(((seen - face) ** 2).sum()) for other, face in known.items()}
        slow.append(float(min(distance, key=distance.get) == person))
    assert right == slow
    assert np.mean(right) >= 7 / 8
    noise = np.random.default_rng(0).integers(0, 256, (len(people), 256, 256, 3), dtype=np.uint8)
    unknown = [identity.face_features(picture) for picture in noise]
    assert np.mean(identity.recognized(asked, unknown, known)) < 0.5
    assert identity.identity_right(asked, right).n == len(people)
    assert identity.identity_right(asked[:1], right[:1]) is None  # one person is always the nearest

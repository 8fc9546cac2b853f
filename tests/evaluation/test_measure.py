"""What is measured in a picture: where it changes, where a word looks, whose face it is; against slow counts."""

import numpy as np
import pytest
import torch

from lfes_core.evaluation.estimator import IntensityMeter
from lfes_core.evaluation.measure import (
    Ruler,
    face_features,
    judge_map,
    looks,
    share_inside,
    unit_region,
)
from lfes_core.evaluation.questions import Question, single_units
from lfes_core.evaluation.rows import Answer, Gallery, Row, reference_rows
from lfes_core.metrics import frechet_distance


@pytest.fixture(scope="module")
def gallery(faces):
    return Gallery(faces)


@pytest.fixture(scope="module")
def reference(gallery):
    return {row.name: row for row in reference_rows(gallery)}


def test_the_share_of_a_change_is_counted_color_by_color():
    r = np.random.default_rng(0)
    before, after = r.integers(0, 256, (2, 256, 256, 3), dtype=np.uint8)
    inside = r.random((256, 256)) < 0.3
    changes = [(y, x, abs(int(after[y, x, c]) - int(before[y, x, c]))) for y, x, c in np.ndindex(256, 256, 3)]
    expected = sum(n for y, x, n in changes if inside[y, x]) / sum(n for _, _, n in changes)
    assert share_inside(before, after, inside) == pytest.approx(expected, abs=1e-12)
    assert np.isnan(share_inside(before, before, inside))


def test_the_share_made_is_that_of_the_true_change_and_blind_to_what_lies_elsewhere(faces, gallery, reference):
    asked = [q for q in single_units(faces, "validation", quick=True) if q.named[q.about] == 5 and q.about in (5, 12)]

    def half(question):
        neutral, true = gallery[question.neutral].astype(float), gallery.truth(question).astype(float)
        made = np.where(true == neutral, 255 - neutral, (neutral + true) / 2)
        return Answer(np.round(made).astype(np.uint8) if question.about == 5 else gallery.truth(question))

    for row, lid, smile in (
        (reference["truth"], 1, 1),
        (reference["copy"], 0, 0),
        (Row("full", ("single",), half), 0.5, 1),
    ):
        lines, _ = Ruler(gallery, asked).measure(row)
        made = lines[lines["set"] == "single"].pivot_table("value", "question", "measure", dropna=False)
        share = made["change_made"] / made["change_true"]
        about = np.array([question.about for question in asked])
        assert share[about == 5].to_numpy() == pytest.approx(lid, abs=0.03)
        assert share[about == 12].to_numpy() == pytest.approx(smile)


def test_a_change_is_measured_from_the_weakest_to_the_strongest_adverb_in_its_region(faces, gallery, reference):
    subject = faces.validation_subjects[0]
    asked = [q for q in single_units(faces, "validation") if q.person == subject and q.about in (4, 12)]
    lines, _ = Ruler(gallery, asked).measure(reference["truth"])
    places = lines[lines["measure"].isin(("locality", "area"))]
    assert [asked[number].named[asked[number].about] for number in places["question"]] == [5] * 4
    movement = faces.region_map(subject, 4)
    by_hand = sum(movement[y, x] >= 0.25 * movement.max() for y in range(256) for x in range(256)) / 65536
    of_four = places[places["unit"] == 4].set_index("measure")["value"]
    inside, area = of_four["locality"], of_four["area"]
    assert area == pytest.approx(by_hand)
    weak, strong = (gallery[q.truth] for q in asked if q.about == 4 and q.named[4] in (1, 5))
    assert inside == share_inside(weak, strong, unit_region(faces, subject, 4)) > 3 * area
    still, _ = Ruler(gallery, asked).measure(reference["copy"])
    assert still[still["measure"] == "locality"]["value"].isna().all()  # nothing changes, so there is no share


def test_a_word_that_looks_only_at_its_region_has_the_largest_lift_and_an_even_one_has_one():
    inside = np.zeros((256, 256), dtype=bool)
    inside[64:128, 0:128] = True  # an eighth of the picture
    beta = np.zeros((64, 64))
    beta[16:32, 0:32] = 0.5
    found = judge_map(beta, inside)
    assert found == pytest.approx({"mass": 1.0, "lift": 8.0, "pointing": 1.0, "chance": 0.125})
    assert judge_map(np.ones((64, 64)), inside)["lift"] == pytest.approx(1.0)
    assert judge_map(1 - beta, inside)["pointing"] == 0.0


def test_lift_equals_the_count_place_by_place():
    r = np.random.default_rng(1)
    inside, beta = r.random((256, 256)) < 0.2, r.random((128, 128))
    mass = sum(beta[y // 2, x // 2] / 4 for y, x in np.ndindex(256, 256) if inside[y, x])
    found = judge_map(beta, inside)
    assert found["chance"] == pytest.approx(inside.mean())
    assert found["lift"] == pytest.approx(mass / beta.sum() / inside.mean())


def test_nouns_and_idle_words_are_judged_by_the_same_regions(faces):
    subject = faces.validation_subjects[0]
    words = "a man with a kind of lowered brow and a kind of pulled lip corner".split()
    maps = np.full((len(words), 64, 64), 0.01)
    nouns = {4: ["brow"], 12: ["lip", "corner"]}
    for unit, said in nouns.items():
        small = unit_region(faces, subject, unit).reshape(64, 4, 64, 4).mean((1, 3)) > 0.99
        maps[words.index(said[-1])][small] = 1.0
    answer = Answer(np.zeros((256, 256, 3), dtype=np.uint8), words, (maps,))
    for unit, said in nouns.items():
        found = list(looks(answer, unit, region := unit_region(faces, subject, unit)))
        value = {(line["measure"], line["word"]): line["value"] for line in found}
        assert {(line["unit"], line["level"]) for line in found} == {(unit, 1)}
        assert {line["word"] for line in found} == {"noun", "and", "a"} and value["lift", "and"] == pytest.approx(1.0)
        assert value["lift", "noun"] > 3 and value["pointing", "noun"] == 1.0
        both = maps[[words.index(word) for word in said]].mean(axis=0)
        assert value["mass", "noun"] == judge_map(both, region)["mass"]
    assert list(looks(answer, 26, unit_region(faces, subject, 26))) == []  # no jaw in this sentence


def test_people_are_known_by_their_true_pictures_and_not_by_noise(faces, gallery):
    smiles = [faces.truth(person, {12: 5}) for person in faces.validation_subjects]
    asked = [Question("held_out", f.subject, faces.neutral_of(f), "", f.action_units, f) for f in smiles]
    ruler = Ruler(gallery, asked)
    noise = iter(np.random.default_rng(0).integers(0, 256, (len(smiles), 256, 256, 3), dtype=np.uint8))
    right = {}
    for name, answer in (("truth", lambda q: Answer(gallery[q.truth])), ("full", lambda q: Answer(next(noise)))):
        lines, _ = ruler.measure(Row(name, ("held_out",), answer))
        right[name] = lines[lines["measure"] == "identity_right"]["value"].to_numpy()
    for known, smile in zip(right["truth"], smiles, strict=True):
        features = face_features(gallery[smile])
        distance = {person: ((features - face) ** 2).sum() for person, face in ruler.held_out.items()}
        assert known == (min(distance, key=distance.get) == smile.subject)
    assert right["truth"].mean() >= 7 / 8 and right["full"].mean() < 0.5


def test_every_unit_that_the_meter_knows_is_measured_beside_what_the_sentence_names(faces, gallery, reference):
    meter = IntensityMeter((4, 12, 43))
    meter.measure = lambda pictures, neutrals: np.array([[0.5, 3.5, -0.1]] * len(pictures))
    subject = faces.validation_subjects[0]
    question = Question("added", subject, faces.neutral(subject), "", {4: None, 12: 3}, about=12)
    lines, _ = Ruler(gallery, [question], meter).measure(reference["copy"])
    assert list(lines["unit"]) == [4, 12, 43] and list(lines["value"]) == [0.5, 3.5, -0.1]
    assert lines["named"].isna().tolist() == [True, False, False]  # named without an intensity
    assert list(lines["named"][1:]) == [3, 0] and set(lines["about"]) == {12} and set(lines["row"]) == {"copy"}


def slow_frechet(a, b):
    """Literally: the root of the product of the covariances by its eigenvectors, in complex numbers."""
    means = a.mean(axis=0) - b.mean(axis=0)
    first, second = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    values, vectors = np.linalg.eig(first @ second)
    root = vectors @ np.diag(np.sqrt(values.astype(complex))) @ np.linalg.inv(vectors)
    return float((means**2).sum() + np.trace(first + second - 2 * root).real)


@pytest.mark.parametrize("seed", range(3))
def test_the_distance_equals_the_formula_with_a_general_root(seed):
    r = np.random.default_rng(seed)
    a = r.normal(size=(60, 5)) @ r.normal(size=(5, 5))
    b = r.normal(size=(40, 5)) @ r.normal(size=(5, 5)) + r.normal(size=5)
    assert frechet_distance(a, b) == pytest.approx(slow_frechet(a, b), rel=1e-8)


@pytest.mark.parametrize("scale", [1.0, 1e3])
@pytest.mark.parametrize(("pictures", "features"), [(2, 512), (3, 40), (8, 20), (300, 8)])
def test_the_distance_of_equal_sets_is_zero_and_never_less(pictures, features, scale):
    a = scale * np.random.default_rng(1).normal(size=(pictures, features))
    trace = a.var(axis=0, ddof=1).sum()
    for b in (a, a[::-1]):
        assert 0 <= frechet_distance(a, b) < 1e-12 * trace
    assert frechet_distance(a, a + 2) == pytest.approx(4 * features, rel=1e-6)
    assert np.isnan(frechet_distance(a, np.full_like(a, np.inf)))


def test_answers_are_compared_with_the_true_pictures_as_a_set(faces, gallery, reference):
    def features(pictures):
        return torch.tensor(np.stack([picture[:2, 0, 0] for picture in pictures]), dtype=torch.float32)

    frames = [faces.truth(faces.validation_subjects[0], {unit: 5}) for unit in (4, 9, 12)]
    asked = [Question("held_out", f.subject, faces.neutral_of(f), "", f.action_units, f) for f in frames]
    turned = Row("full", ("held_out",), lambda q: Answer(gallery[frames[asked.index(q) - 1]]))
    found, kept = Ruler(gallery, asked, features=features).measure(turned)
    assert found[found["measure"] == "vse_distance"]["value"].item() == pytest.approx(0, abs=1e-9)
    assert list(kept) == [0, 1, 2] and (kept[0] == gallery[frames[-1]]).all()
    alone, _ = Ruler(gallery, asked[:1], features=features).measure(reference["truth"])
    assert "vse_distance" not in set(alone["measure"])  # one picture has no covariance

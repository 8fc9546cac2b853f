"""R@1 is that of a slow count, fair to ties and to equal labels, and the same in every run."""

import math
import random
import statistics

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from lfes_core.encoders import draw_groups, measure_retrieval, recall_at_1, share_of_variance


def slow_recall(scores: list[list[float]], labels: list[int]) -> list[float]:
    """One question after the other, one answer after the other."""
    found = []
    for question, row in enumerate(scores):
        known = [-math.inf if math.isnan(score) else score for score in row]
        best, right = 0, 0
        for answer, score in enumerate(known):
            if score == max(known):
                best += 1
                if labels[answer] == labels[question]:
                    right += 1
        found.append(right / best)
    return found


@st.composite
def choices(draw: st.DrawFn) -> tuple[list[list[float]], list[int]]:
    """Scores of a few values, so that many are equal, and a few labels."""
    size = draw(st.integers(1, 7))
    score = st.sampled_from([-1.0, 0.0, 0.5, 1.0, math.nan])
    return (
        draw(st.lists(st.lists(score, min_size=size, max_size=size), min_size=size, max_size=size)),
        draw(st.lists(st.integers(0, 2), min_size=size, max_size=size)),
    )


@given(choices())
def test_the_count_is_that_of_two_loops(choice: tuple[list[list[float]], list[int]]) -> None:
    scores, labels = choice
    found = recall_at_1(torch.tensor(scores), torch.tensor(labels))
    assert found.tolist() == pytest.approx(slow_recall(scores, labels))


def test_questions_stand_in_rows_and_equal_labels_are_right() -> None:
    scores = torch.tensor([[0.1, 0.9, 0.0], [0.9, 0.1, 0.0], [0.9, 0.0, 0.1]])
    assert recall_at_1(scores, torch.tensor([0, 1, 2])).tolist() == [0, 0, 0]
    assert recall_at_1(scores, torch.tensor([4, 4, 2])).tolist() == [1, 1, 0]
    assert recall_at_1(scores.T, torch.tensor([0, 1, 0])).tolist() == [0.5, 0, 1]


def features_with_meaning(labels: Tensor, noise: float) -> tuple[Tensor, Tensor]:
    """Pictures and sentences that share a direction for each label."""
    torch.manual_seed(0)
    directions = torch.randn(int(labels.max()) + 1, 32)[labels]
    return directions + noise * torch.randn(len(labels), 32), 5 * directions + noise * torch.randn(len(labels), 32)


def test_both_directions_and_chance_are_those_of_loops() -> None:
    generator = random.Random(0)
    labels = torch.tensor([generator.randrange(15) for _ in range(70)])
    images, sentences = features_with_meaning(labels, noise=1.5)
    images[3] = sentences[5] = 0  # a cosine with nothing is 0
    found = measure_retrieval(images, sentences, labels, group_size=20, groups=5, seed=7)

    groups = [group.tolist() for group in draw_groups(70, 20, 5, 7)]
    known = [labels[group].tolist() for group in groups]
    for recall, asking, answers in (
        (found.image_to_sentence, images, sentences),
        (found.sentence_to_image, sentences, images),
    ):
        hits = []
        for group, names in zip(groups, known, strict=True):
            scores = [[float(torch.cosine_similarity(asking[i], answers[j], dim=0)) for j in group] for i in group]
            hits.append(slow_recall(scores, names))
        assert recall.value == pytest.approx(sum(map(sum, hits)) / 100)
        assert recall.spread == pytest.approx(statistics.stdev(sum(one) / 20 for one in hits))
    chance = [names.count(label) / 20 for names in known for label in names]
    assert found.image_to_sentence.value != found.sentence_to_image.value
    assert found.chance == pytest.approx(sum(chance) / 100)
    assert found.chance < found.image_to_sentence.value < 1
    assert (found.pairs, found.groups, found.group_size, found.seed) == (70, 5, 20, 7)


def test_who_has_no_idea_gets_exactly_chance_and_who_knows_gets_everything() -> None:
    labels = torch.arange(250) // 3
    same = torch.ones(250, 8)
    ignorant = measure_retrieval(same, same, labels)
    assert ignorant.image_to_sentence.value == ignorant.sentence_to_image.value == ignorant.chance
    assert 0.01 < ignorant.chance < 0.03
    knowing = measure_retrieval(*features_with_meaning(labels, noise=0.0), labels)
    assert knowing.image_to_sentence.value == knowing.sentence_to_image.value == 1
    assert knowing.chance == ignorant.chance
    broken = measure_retrieval(same * math.nan, same, labels)
    assert broken.image_to_sentence.value == broken.chance


def test_fewer_pairs_than_a_group_make_one_group() -> None:
    labels = torch.arange(7)
    found = measure_retrieval(torch.eye(7), torch.eye(7), labels)
    assert (found.groups, found.group_size, found.pairs) == (1, 7, 7)
    assert found.chance == pytest.approx(1 / 7)
    assert math.isnan(found.image_to_sentence.spread)
    assert "1.000, sentence -> image 1.000 (chance 0.143), 1 group of 7, n = 7" in found.in_words()


def test_groups_come_from_the_seed_and_use_all_pairs_alike() -> None:
    groups = draw_groups(250, 100, 4, seed=3)
    assert [len(set(group.tolist())) for group in groups] == [100] * 4
    assert not set(groups[0].tolist()) & set(groups[1].tolist())
    assert not set(groups[2].tolist()) & set(groups[3].tolist())
    assert all(torch.equal(a, b) for a, b in zip(groups, draw_groups(250, 100, 4, seed=3), strict=True))
    assert not torch.equal(groups[0], draw_groups(250, 100, 4, seed=4)[0])
    assert torch.equal(draw_groups(100, 100, 4, seed=3)[0], torch.arange(100))


def test_a_share_of_variance_is_that_of_loops() -> None:
    torch.manual_seed(1)
    vectors = torch.randn(30, 4) + torch.tensor([3.0, 0, 0, 0]) * (torch.arange(30) % 2)[:, None]
    names = ["woman" if number % 2 else "man" for number in range(30)]
    between = within = 0.0
    for feature in vectors.T.tolist():
        mean = sum(feature) / 30
        for name in ("woman", "man"):
            mine = [value for value, who in zip(feature, names, strict=True) if who == name]
            center = sum(mine) / len(mine)
            between += len(mine) * (center - mean) ** 2
            within += sum((value - center) ** 2 for value in mine)
    share = share_of_variance(vectors, names)
    assert share == pytest.approx(between / (between + within), rel=1e-5)
    assert share_of_variance(vectors[:, 1:], names) < 0.2 < share
    assert share_of_variance(10 * vectors + 5, names) == pytest.approx(share)


def test_a_share_of_variance_is_one_for_equal_members_and_zero_for_equal_means() -> None:
    vectors = torch.tensor([[1.0], [1.0], [3.0], [3.0]])
    assert share_of_variance(vectors, ["a", "a", "b", "b"]) == 1
    assert share_of_variance(vectors, ["a", "b", "a", "b"]) == 0
    assert math.isnan(share_of_variance(torch.ones(3, 2), ["a", "a", "b"]))

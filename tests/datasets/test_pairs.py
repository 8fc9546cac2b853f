import pytest
import torch
from torch.utils.data import DataLoader

from lfes_core.datasets import DISFAPlus, ExpressionPairs, collate
from lfes_core.datasets.pairs import Batch, mirrored
from lfes_core.errors import UserError
from lfes_core.images import to_tensor
from lfes_core.sentences import Vocabulary, parse
from tests.datasets import trees

DAMAGED = ("Images/SN001/A1_AU1_TrailNo_1/001.jpg", "Images/SN003/Z_SupriseText_TrailNo_2/001.jpg")


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return trees.disfa_plus(tmp_path_factory.mktemp("data") / "disfa")


@pytest.fixture
def dataset(root):
    return DISFAPlus(root)


def pairs_of(dataset, seed=0, **options):
    return ExpressionPairs(dataset, "train", Vocabulary(), seed, **options)  # type: ignore[arg-type]


def test_about_half_of_a_batch_is_mirrored_and_neutral_face_and_target_stay_alike():
    torch.manual_seed(0)
    neutral, numbers = torch.rand(400, 3, 4, 4), torch.arange(400)
    flow = torch.rand(400, 3, 4, 4)
    batch = Batch(neutral, neutral + 1, numbers[:, None], numbers, numbers, ["a"] * 400, [], flow)
    shown = mirrored(batch)
    turned = (shown.neutral == neutral.flip(-1)).all(-1).all(-1).all(-1)
    assert 150 < turned.sum() < 250
    assert torch.equal(shown.neutral[~turned], neutral[~turned])
    assert torch.equal(shown.target, shown.neutral + 1)
    assert torch.equal(shown.flow[~turned], flow[~turned])
    assert torch.equal(shown.flow[turned], flow[turned].flip(-1) * torch.tensor([-1, 1, 1])[:, None, None])
    assert shown.tokens is batch.tokens and shown.sentences is batch.sentences


def test_so_many_pairs_as_asked_for_look_like_a_phone_s_and_the_same_at_every_call(dataset, monkeypatch):
    options = {"photographic": 0.5, "cache": "all"}
    plain, looks, again = pairs_of(dataset), *(pairs_of(dataset, **options) for _ in range(2))
    other_seed = pairs_of(dataset, seed=1, **options)
    changed, state = torch.zeros(2, 8, 8, dtype=torch.bool), torch.get_rng_state()
    before = [pair.target for pair in plain]

    def quick(faces, flow, chance):
        return faces * torch.rand((), generator=chance), flow

    with monkeypatch.context() as patch:
        patch.setattr("lfes_core.datasets.pairs.like_a_phone", quick)
        for epoch in range(8):
            looks.set_epoch(epoch), again.set_epoch(epoch), other_seed.set_epoch(epoch)
            for index in range(len(plain)):
                one, other = looks[index], again[index]
                assert torch.equal(one.target, other.target)
                for seed, shown in enumerate((one, other_seed[index])):
                    changed[seed, epoch, index] = not torch.equal(shown.target, before[index])
    assert all(16 <= drawn.sum() <= 48 for drawn in changed) and not torch.equal(*changed)
    assert (changed[0] != changed[0, 0]).any() and (changed[0] != changed[0, :, :1]).any()  # by epoch, and by pair
    for index in (int(changed[0, 7].int().argmax()), int(changed[0, 7].int().argmin())):
        assert all(map(torch.equal, (looks[index].target, looks[index].flow), (again[index].target, again[index].flow)))
        assert torch.equal(looks[index].target, before[index]) != changed[0, 7, index]
    assert torch.equal(torch.get_rng_state(), state)  # whoever draws besides is not disturbed


def test_a_pair_is_a_neutral_face_and_an_expression_of_one_person_and_equal_expressions_have_equal_labels(dataset):
    pairs = pairs_of(dataset)
    for pair, frame, neutral in zip(pairs, pairs.frames, pairs.neutrals, strict=True):
        assert neutral.subject == frame.subject and neutral.is_neutral
        assert not frame.is_neutral and frame.subject not in dataset.test_subjects
        assert torch.equal(pair.target, to_tensor(dataset.face(frame)))
        assert torch.equal(pair.neutral, to_tensor(dataset.face(neutral)))
        assert pair.target.dtype == torch.float32 and pair.target.abs().max() <= 1
    said = [tuple(frame.description.action_units.items()) for frame in pairs.frames]
    assert len({*pairs.labels}) == len({*said}) == len({*zip(pairs.labels, said, strict=True)}) == 4
    assert pairs[-1].sentence == pairs[7].sentence
    with pytest.raises(IndexError):
        pairs[-9]


@pytest.mark.parametrize(("seed", "epoch"), [(0, 0), (1, 7), (2**31, 500)])
def test_sentences_depend_on_seed_epoch_and_index_alone_and_say_what_is_seen(dataset, seed, epoch):
    first, second = pairs_of(dataset, seed), pairs_of(DISFAPlus(dataset.tree), seed)
    for pairs in (first, second):
        pairs.set_epoch(epoch)
    backwards = {index: second.sentence(index) for index in reversed(range(8))}
    for index, frame in enumerate(first.frames):  # What was read before must not matter.
        assert first.sentence(index) == backwards[index]
        assert parse(backwards[index]).action_units == frame.description.action_units


def test_a_new_epoch_or_seed_draws_new_sentences_from_all_protocols(dataset):
    pairs = pairs_of(dataset)
    epochs, begun = [], tuple(pairs.sentence(index) for index in range(len(pairs)))
    for epoch in (*range(12), 0):
        pairs.set_epoch(epoch)
        epochs.append(tuple(pairs.sentence(index) for index in range(len(pairs))))
    assert len(set(epochs)) == 12 and epochs[12] == epochs[0] == begun
    assert pairs_of(dataset, seed=1).sentence(5) != pairs.sentence(5)
    # Pairs 1 and 5 show the same on two people: in one epoch each has words of its own.
    assert pairs.frames[1].action_units == pairs.frames[5].action_units
    assert sum(epoch[1] != epoch[5] for epoch in epochs) > 6
    said = " ".join(sentence for epoch in epochs for sentence in epoch)
    assert all(mark in said for mark in (" because ", " with ", "'s "))


def test_a_batch_pads_tokens_with_zero_behind_their_length(dataset):
    pairs = pairs_of(dataset)
    chosen = [pairs[index] for index in (0, 2, 5)]
    batch = collate(chosen)
    assert batch.neutral.shape == batch.target.shape == (3, 3, 256, 256)
    assert batch.tokens.shape == (3, max(len(pair.tokens) for pair in chosen))
    for row, pair in enumerate(chosen):
        length = int(batch.lengths[row])
        assert batch.tokens[row, :length].tolist() == pair.tokens == Vocabulary().encode(pair.sentence)
        assert (batch.tokens[row, length:] == 0).all() and 0 not in pair.tokens
        assert torch.equal(batch.target[row], pair.target) and batch.labels[row] == pair.label
        assert (batch.sentences[row], batch.descriptions[row]) == (pair.sentence, pair.description)
    moved = batch.to("meta")
    assert moved.labels.device.type == "meta" and moved.sentences == batch.sentences


@pytest.mark.parametrize("workers", [0, 2])
def test_workers_read_what_one_process_reads(root, workers):
    pairs = pairs_of(DISFAPlus(trees.zipped(root)))
    pairs.set_epoch(3)
    read = list(DataLoader(pairs, batch_size=4, collate_fn=collate, num_workers=workers))
    assert [sentence for batch in read for sentence in batch.sentences] == [pairs.sentence(index) for index in range(8)]
    assert torch.equal(torch.cat([batch.target for batch in read]), torch.stack([pair.target for pair in pairs]))


@pytest.mark.parametrize(("cache", "decoded"), [("none", 32), ("neutrals", 20), ("all", 12)])
def test_the_cache_saves_decoding_and_changes_nothing(dataset, monkeypatch, cache, decoded):
    plain = [pair.target for pair in pairs_of(dataset, cache="none")]
    reads: list[str] = []
    read = dataset.read
    monkeypatch.setattr(dataset, "read", lambda frame: reads.append(frame.image) or read(frame))
    pairs = pairs_of(dataset, cache=cache)
    for _ in range(2):
        assert all(torch.equal(pair.target, before) for pair, before in zip(pairs, plain, strict=True))
    assert len(reads) == decoded


def test_the_cache_can_be_filled_before_workers_start_and_never_changes(dataset, monkeypatch):
    pairs = pairs_of(dataset, cache="all")
    seen = []
    pairs.fill_cache(lambda frames: [seen.append(frame) or frame for frame in frames])
    assert len(seen) == 12
    monkeypatch.setattr(dataset, "read", None)
    before = [pair.target.clone() for pair in pairs]
    pairs[0].target.zero_()
    assert all(torch.equal(pair.target, target) for pair, target in zip(pairs, before, strict=True))


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("cache", ["none", "neutrals", "all"])
def test_pairs_of_damaged_pictures_are_noted_and_the_next_pair_stands_in(tmp_path, cache, workers):
    root = trees.disfa_plus(tmp_path / "disfa")
    for name in DAMAGED:
        (root / name).write_bytes((root / name).read_bytes()[:300])
    dataset = DISFAPlus(root)
    pairs = pairs_of(dataset, cache=cache)
    assert pairs.left_out() is None
    pairs.fill_cache()
    read = list(DataLoader(pairs, batch_size=4, collate_fn=collate, num_workers=workers))
    assert pairs.frames[0].image == DAMAGED[0]
    assert read[0].sentences[0] == read[0].sentences[1] and torch.equal(read[0].target[0], read[0].target[1])
    # The target of one pair, and the neutral face of three.
    assert pairs.left_out() == (
        "4 of 8 pairs are left out and others stand in for them, because pictures cannot be read "
        f"(first: {DAMAGED[0]}); the command check-data tells which"
    )
    if not workers:
        assert sorted(entry.path for entry in dataset.skipped) == sorted(DAMAGED)


def test_where_no_picture_can_be_read_the_first_reason_is_given(tmp_path):
    root = trees.disfa_plus(tmp_path / "disfa")
    pairs = pairs_of(DISFAPlus(root))
    for path in root.rglob("*.jpg"):
        path.write_bytes(b"\xff\xd8\xff")
    with pytest.raises(UserError, match=r"no picture of .* can be read: Images/SN001"):
        pairs[0]


def test_a_part_without_pairs_is_an_error_that_names_its_first_subjects(root, tmp_path):
    people = [f"SN{number:03d}" for number in range(9)]
    for person in people:
        trees.write_trial(tmp_path, person, "A_TrailNo_1", {"000.jpg": {}})
    for place, part, who in ((root, "test", "nobody is in it"), (tmp_path, "train", ", ".join(people[:8]))):
        with pytest.raises(UserError, match=f"has no pair for {part}: {who}$"):
            ExpressionPairs(DISFAPlus(place, test_subjects=[]), part, Vocabulary())

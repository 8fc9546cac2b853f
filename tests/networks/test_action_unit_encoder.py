"""The encoder of the twin: order-free, linear, without loss, and to all that follows the same thing as LSE."""

import itertools

import pytest
import torch
from torch import Tensor
from torch.nn.functional import layer_norm

from lfes_core.config import FEATURES, preset
from lfes_core.networks import ActionUnitEncoder, Generator, LanguageFeatures, LanguageSemanticEncoder, language_encoder
from lfes_core.sentences import ActionUnitVocabulary, Description, Vocabulary, describe

VOCABULARY = ActionUnitVocabulary()
ENCODER = ActionUnitEncoder(len(VOCABULARY))
FACES: list[dict[int, int | None]] = [{12: 1}, {12: 5}, {1: 2, 12: 5, 26: 3}, {}]


def tokens(units: dict[int, int | None]) -> Tensor:
    return torch.tensor(VOCABULARY.encode(describe(Description("person", None, units), "with")))


def read(*faces: dict[int, int | None]) -> LanguageFeatures:
    rows = [tokens(units) for units in faces]
    padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
    features: LanguageFeatures = ENCODER(padded, torch.tensor([len(row) for row in rows]))
    return features


def test_shapes_are_those_of_the_language_semantic_encoder():
    config = preset("tiny").networks.language
    lse = LanguageSemanticEncoder(config, len(Vocabulary()))
    expected = lse(torch.ones(4, 3, dtype=torch.long), torch.tensor([1, 1, 3, 1]))
    for ours, theirs in zip(read(*FACES), expected, strict=True):
        assert ours.shape == theirs.shape and ours.dtype == theirs.dtype


def test_the_mask_has_one_place_for_each_unit_and_one_for_a_neutral_face():
    features = read(*FACES)
    assert features.mask.tolist() == [[True, False, False]] * 2 + [[True] * 3, [True, False, False]]
    assert features.words.norm(dim=1).ne(0).equal(features.mask)


def test_each_unit_has_its_own_direction_and_its_level_is_the_length():
    for unit, other in itertools.combinations((1, 12, 17, 26), 2):
        words = read({unit: 4, other: 2}).words[0]
        assert words.norm(dim=0).tolist() == pytest.approx([4, 2], rel=1e-5)
        assert float(words[:, 0] @ words[:, 1]) == pytest.approx(0, abs=1e-5)
        assert torch.equal(words[:, :1], read({unit: 4}).words[0])
    assert torch.equal(read({12: None}).words, read({12: 3}).words)  # not coded counts as the middle


def test_the_order_of_the_units_makes_no_difference_to_the_sentence():
    row = tokens({1: 2, 12: 5, 26: 3})
    there, back = (ENCODER(order[None], torch.tensor([3])) for order in (row, row.flip(0)))
    torch.testing.assert_close(there.sentence, back.sentence)
    assert torch.equal(there.words, back.words.flip(2))


def test_the_sentence_is_linear_in_the_intensities():
    one, two, both, none = (face[None] - ENCODER.always for face in read({1: 2}, {12: 5}, {1: 2, 12: 5}, {}).sentence)
    torch.testing.assert_close(one + two, both)
    torch.testing.assert_close(2.5 * read({1: 2}).words, read({1: 5}).words)
    assert abs(float((none @ both.T).item())) < 1e-4


def test_every_intensity_can_be_read_in_what_conditioning_augmentation_is_given():
    """Layer normalization brings all sentences to one length; the fixed part beside the units is the measure."""
    face: dict[int, int | None] = {1: 1, 2: 2, 4: 3, 12: 4, 26: 5}
    given = layer_norm(read(face).sentence, (FEATURES,))[0]
    measure = given @ ENCODER.always / ENCODER.always.square().sum()
    for unit, level in face.items():
        direction = read({unit: 1}).words[0, :, 0]
        assert float(given @ direction / measure) == pytest.approx(level, rel=1e-3)


def test_there_is_nothing_to_learn_and_nothing_to_store():
    assert list(ENCODER.parameters()) == [] and ENCODER.state_dict() == {}


def test_the_settings_choose_and_nothing_after_the_encoder_differs():
    sentence = preset("tiny")
    units = sentence.overridden({"networks.language.input": "action_units", "losses.language_visual": 0})
    assert isinstance(language_encoder(sentence.networks.language, 99), LanguageSemanticEncoder)
    assert isinstance(language_encoder(units.networks.language, 99), ActionUnitEncoder)
    torch.manual_seed(0)
    theirs = Generator(sentence.networks).state_dict()
    torch.manual_seed(0)
    ours = Generator(units.networks).state_dict()
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_a_vocabulary_of_words_is_not_taken_for_one_of_units():
    with pytest.raises(ValueError, match="six numbers for each Action Unit"):
        ActionUnitEncoder(len(VOCABULARY) + 1)

"""Every network in the `tiny` preset; the shapes in the signatures are checked while these tests run."""

import pytest
import torch
from torch import Tensor

from lfes_core.config import LEVEL_SIZES, VisualConfig, preset
from lfes_core.networks import (
    ConditioningAugmentation,
    Discriminators,
    ExpressionVerificationDiscriminator,
    FacialFeatureEncoder,
    Generator,
    LanguageSemanticEncoder,
    MultiLevelExpressionSynthesizer,
    SynthesisDiscriminator,
    VisualSemanticEncoder,
    image_levels,
)

NETWORKS = preset("tiny").networks
BATCH, WORDS = 2, 7


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


def faces(size: int = 256) -> Tensor:
    return torch.rand(BATCH, 3, size, size) * 2 - 1


def mask() -> Tensor:
    return torch.arange(WORDS) < torch.tensor([[WORDS], [4]])


def inputs() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Neutral faces, words, sentence vectors and mask, as the generator takes them."""
    return faces(), torch.randn(BATCH, 512, WORDS), torch.randn(BATCH, 512), mask()


def test_lse_gives_512_numbers_a_word_and_a_sentence() -> None:
    encoder = LanguageSemanticEncoder(NETWORKS.language, vocabulary_size=20)
    lengths = torch.tensor([WORDS, 4])
    language = encoder(torch.randint(1, 20, (BATCH, WORDS)) * mask(), lengths)
    assert (language.words.shape, language.sentence.shape) == ((BATCH, 512, WORDS), (BATCH, 512))
    assert torch.equal(language.mask, mask())
    assert not language.words[1, :, 4:].any()


def test_the_sentence_vector_joins_the_last_state_of_each_direction() -> None:
    encoder = LanguageSemanticEncoder(NETWORKS.language, vocabulary_size=20)
    language = encoder(torch.tensor([[3, 5, 7, 0, 0]]), torch.tensor([3]))
    forward, backward = language.words[0, :256, 2], language.words[0, 256:, 0]
    torch.testing.assert_close(language.sentence[0], torch.cat((forward, backward)))


def test_padding_does_not_change_what_lse_reads() -> None:
    encoder = LanguageSemanticEncoder(NETWORKS.language, vocabulary_size=20)
    alone = encoder(torch.tensor([[3, 5, 7]]), torch.tensor([3]))
    padded = encoder(torch.tensor([[3, 5, 7, 0, 0], [1, 2, 3, 4, 5]]), torch.tensor([3, 5]))
    torch.testing.assert_close(padded.words[:1, :, :3], alone.words)
    torch.testing.assert_close(padded.sentence[:1], alone.sentence)


def test_a_shape_that_the_signature_forbids_is_caught() -> None:
    with pytest.raises(Exception, match="image"):
        FacialFeatureEncoder(NETWORKS.facial)(faces(128))


def test_vse_gives_regions_and_f_s_at_any_picture_size() -> None:
    encoder = VisualSemanticEncoder(NETWORKS.visual).eval()
    for size in LEVEL_SIZES:
        visual = encoder(faces(size))
        assert (visual.regions.shape, visual.image.shape) == ((BATCH, 512, 3, 3), (BATCH, 512))


def test_a_new_vse_sees_something_in_evaluation_mode() -> None:
    encoder = VisualSemanticEncoder(NETWORKS.visual).eval()
    picture = faces().requires_grad_()
    visual = encoder(picture)
    assert 0.005 < float(visual.image.detach().std()) < 5
    assert 0.005 < float(visual.regions.detach().std()) < 5
    visual.image.square().sum().backward()
    assert picture.grad is not None and float(picture.grad.abs().max()) > 1e-6


def test_only_a_trunk_that_learns_leaves_evaluation_mode() -> None:
    frozen = VisualSemanticEncoder(VisualConfig(input_size=75, train_trunk=False)).train()
    assert not any(module.training for module in frozen.trunk.modules())
    assert not any(parameter.requires_grad for parameter in frozen.trunk.parameters())
    assert frozen.image_projection.weight.requires_grad
    learning = VisualSemanticEncoder(NETWORKS.visual).train()
    assert all(module.training for module in learning.trunk.modules())
    learning.requires_grad_(False).train()
    assert not any(module.training for module in learning.trunk.modules())


def test_conditioning_draws_in_training_and_takes_the_mean_otherwise() -> None:
    augmentation = ConditioningAugmentation(NETWORKS.conditioning)
    sentence = torch.randn(BATCH, 512)
    drawn = augmentation(sentence)
    assert drawn.sample.shape == drawn.mean.shape == drawn.log_variance.shape == (BATCH, 512)
    assert not torch.equal(drawn.sample, augmentation(sentence).sample)
    assert torch.equal(augmentation(sentence, sample=False).sample, drawn.mean)
    augmentation.eval()
    assert torch.equal(augmentation(sentence).sample, drawn.mean)
    assert not torch.equal(augmentation(sentence, sample=True).sample, drawn.mean)


def test_conditioning_draws_have_the_spread_that_the_log_variance_says() -> None:
    augmentation = ConditioningAugmentation(NETWORKS.conditioning)
    condition = augmentation(torch.randn(1, 512).expand(4000, 512))
    standardized = ((condition.sample - condition.mean) / condition.log_variance.exp().sqrt()).detach()
    assert abs(float(standardized.mean())) < 0.01
    assert abs(float(standardized.std()) - 1) < 0.01


@pytest.mark.parametrize("attention", (True, False))
def test_mes_gives_three_pictures_and_a_map_for_each_word(attention: bool) -> None:
    config = preset("tiny").overridden({"networks.synthesizer.attention": attention})
    synthesizer = MultiLevelExpressionSynthesizer(config.networks.synthesizer)
    levels = synthesizer(torch.randn(BATCH, 512, 2, 2), torch.randn(BATCH, 512), torch.randn(BATCH, 512, WORDS), mask())
    assert [tuple(image.shape) for image in levels.images] == [(BATCH, 3, size, size) for size in LEVEL_SIZES]
    assert all(float(image.detach().abs().max()) <= 1 for image in levels.images)
    wanted = [(BATCH, WORDS, 64, 64), (BATCH, WORDS, 128, 128)] if attention else []
    assert [tuple(beta.shape) for beta in levels.attention] == wanted


def test_the_generator_joins_ffe_conditioning_and_mes() -> None:
    generator = Generator(NETWORKS).eval()
    neutral, words, sentence, mask = inputs()
    generated = generator(neutral, words, sentence, mask)
    f_f = generator.facial_feature_encoder(neutral)
    condition = generator.conditioning_augmentation(sentence)
    again = generator.multi_level_expression_synthesizer(f_f, condition.sample, words, mask)
    for one, other in zip(generated.levels.images, again.images, strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("size", (128, 64, 32, 16, 8, 4))
def test_the_extension_reads_the_encoder_map_of_every_size(size: int) -> None:
    generator = Generator(preset("tiny").overridden({"networks.synthesizer.moves": True}).networks).eval()
    *maps, f_f = generator.facial_feature_encoder.maps(faces())
    changed = [torch.randn_like(m) if m.shape[-1] == size else m for m in maps]
    rest = (torch.randn(BATCH, 512), torch.randn(BATCH, 512, WORDS), mask())
    synthesizer = generator.multi_level_expression_synthesizer
    one, other = synthesizer(f_f, *rest, maps), synthesizer(f_f, *rest, changed)
    assert not torch.allclose(one.images[2], other.images[2])
    # a map that is larger than a level's picture cannot have reached it
    assert torch.allclose(one.images[0], other.images[0]) == (size == 128)


def test_the_paper_s_design_does_not_read_the_maps() -> None:
    synthesizer = Generator(NETWORKS).eval().multi_level_expression_synthesizer
    neutral, words, condition, mask = inputs()
    given = torch.randn(BATCH, 512, 2, 2), condition, words, mask
    assert torch.equal(synthesizer(*given).images[2], synthesizer(*given, [neutral]).images[2])


def test_padding_words_do_not_change_the_picture() -> None:
    generator = Generator(NETWORKS).eval()
    neutral, words, sentence, _ = inputs()
    few = generator(neutral, words[:, :, :4], sentence, torch.ones(BATCH, 4, dtype=torch.bool))
    many = generator(neutral, words, sentence, torch.arange(WORDS).expand(BATCH, WORDS) < 4)
    for one, other in zip(few.levels.images, many.levels.images, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)


def test_the_expression_discriminator_sees_differences_only() -> None:
    judge = ExpressionVerificationDiscriminator(NETWORKS.discriminator, level=1)
    condition = torch.randn(BATCH, 512)
    one, other = faces(64), faces(64)
    verdicts = [judge(face, face, condition) for face in (one, other)]
    torch.testing.assert_close(verdicts[0].conditional, verdicts[1].conditional)
    assert not torch.allclose(judge(one, other, condition).conditional, verdicts[0].conditional)


def test_only_the_conditional_logit_depends_on_the_sentence() -> None:
    judge = SynthesisDiscriminator(NETWORKS.discriminator)
    image = faces()
    one, other = judge(image, torch.zeros(BATCH, 512)), judge(image, torch.ones(BATCH, 512))
    assert torch.equal(one.unconditional, other.unconditional)
    assert not torch.equal(one.conditional, other.conditional)


def test_each_discriminator_judges_every_picture_of_a_batch_independently() -> None:
    judges = Discriminators(NETWORKS.discriminator)
    images, neutral, condition = image_levels(faces()), faces(), torch.randn(BATCH, 512)

    def logits(some: slice) -> Tensor:
        face, expression, synthesis = judges(tuple(image[some] for image in images), neutral[some], condition[some])
        return torch.stack([torch.stack(verdict) for verdict in (*face, *expression, synthesis)])

    both = logits(slice(BATCH))
    assert both.shape == (5, 2, BATCH)
    torch.testing.assert_close(both[..., :1], logits(slice(1)), rtol=1e-4, atol=1e-4)

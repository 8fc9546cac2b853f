"""Which networks each loss reaches, and which it must not."""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import pytest
import torch
from torch import Tensor, nn

from lfes_core.config import LossConfig, preset
from lfes_core.losses import (
    adversarial_loss,
    flow_loss,
    identity_loss,
    kl_divergence,
    language_visual_matching_loss,
    moved_weights,
    verification_loss,
)
from lfes_core.networks import (
    Discriminators,
    Generated,
    Generator,
    LanguageFeatures,
    LanguageSemanticEncoder,
    Verdict,
    Verdicts,
    VisualSemanticEncoder,
    image_levels,
)
from lfes_core.objectives import discriminator_objective, generator_objective

BATCH = 2
CONFIG = preset("tiny").overridden(
    {
        "networks.facial.channels": [2, 2, 2, 2, 2, 2, 512],
        "networks.synthesizer.level_1": [4, 4, 4, 4, 4, 4],
        "networks.synthesizer.level_2": 4,
        "networks.synthesizer.level_3": 4,
        "networks.discriminator.base": 2,
        "networks.discriminator.maximum": 4,
    }
)
LOSSES = CONFIG.losses


class World(NamedTuple):
    language_encoder: LanguageSemanticEncoder
    visual_encoder: VisualSemanticEncoder
    generator: Generator
    discriminators: Discriminators
    language: LanguageFeatures
    neutral: Tensor
    target: Tensor
    labels: Tensor

    def generate(self) -> Generated:
        words, sentence, mask = self.language
        generated: Generated = self.generator(self.neutral, words, sentence, mask)
        return generated

    def networks(self) -> dict[str, nn.Module]:
        return {
            "lse": self.language_encoder,
            "vse": self.visual_encoder,
            "discriminators": self.discriminators,
            "ffe": self.generator.facial_feature_encoder,
            "conditioning": self.generator.conditioning_augmentation,
            "mes": self.generator.multi_level_expression_synthesizer,
        }

    def reached(self) -> set[str]:
        """Names of the networks in which any parameter has a gradient, even one of zeros."""
        networks = self.networks().items()
        return {name for name, network in networks if any(p.grad is not None for p in network.parameters())}


@pytest.fixture(scope="module")
def built() -> World:
    torch.manual_seed(0)
    language_encoder = LanguageSemanticEncoder(CONFIG.networks.language, vocabulary_size=9)
    visual_encoder = VisualSemanticEncoder(CONFIG.networks.visual).eval()
    tokens, lengths = torch.tensor([[1, 2, 3], [4, 5, 0]]), torch.tensor([3, 2])
    generator = Generator(CONFIG.networks)
    for part in generator.modules():  # a new residual branch is silent: wake it, so that nothing hides behind
        if isinstance(part, nn.GroupNorm):
            nn.init.ones_(part.weight)
    return World(
        language_encoder,
        visual_encoder,
        generator,
        Discriminators(CONFIG.networks.discriminator),
        language_encoder(tokens, lengths),
        *(torch.rand(BATCH, 3, 256, 256) * 2 - 1 for _ in range(2)),
        labels=torch.arange(BATCH),
    )


@pytest.fixture
def world(built: World) -> Iterator[World]:
    torch.manual_seed(1)
    for network in built.networks().values():
        network.zero_grad(set_to_none=True)
    yield built._replace(language=LanguageFeatures(*(tensor.detach() for tensor in built.language)))


def discriminator_loss(
    world: World, generated: Generated, config: LossConfig = LOSSES
) -> tuple[Tensor, dict[str, Tensor]]:
    return discriminator_objective(world.discriminators, generated, world.neutral, world.target, world.labels, config)


def generator_loss(
    world: World, config: LossConfig, generated: Generated | None = None
) -> tuple[Tensor, dict[str, Tensor]]:
    return generator_objective(
        world.discriminators,
        world.generator.facial_feature_encoder,
        world.visual_encoder,
        generated or world.generate(),
        world.language,
        world.neutral,
        world.target,
        torch.ones(BATCH, 3, 64, 64) * 0.1,
        world.labels,
        config,
    )


def test_the_flow_and_the_mask_of_the_extension_are_taught_where_they_have_a_weight(world: World) -> None:
    networks = CONFIG.overridden({"networks.synthesizer.moves": True}).networks
    extension = world._replace(generator=Generator(networks))
    generated = extension.generate()
    plain, parts = generator_loss(extension, LOSSES, generated)
    assert not {"flow", "occlusion"} & parts.keys()
    total, parts = generator_loss(extension, replace(LOSSES, flow=10.0, occlusion=3.0), generated)
    assert parts["occlusion"] == sum(each.mask.mean() for each in generated.levels.movements)
    torch.testing.assert_close(total, plain + 10 * parts["flow"] + 3 * parts["occlusion"])
    weights = moved_weights(image_levels(world.neutral)[0], image_levels(world.target)[0], 9.0)
    _, parts = generator_loss(extension, replace(LOSSES, flow=10.0, reconstruction_moved=9.0), generated)
    true = torch.ones(BATCH, 3, 64, 64) * 0.1
    expected = sum(flow_loss(each.flow, true, weights) for each in generated.levels.movements)
    torch.testing.assert_close(parts["flow"], expected)
    _, parts = generator_loss(world, replace(LOSSES, flow=10.0, occlusion=3.0))
    assert not {"flow", "occlusion"} & parts.keys()  # the paper's design moves nothing


def test_the_discriminators_loss_reaches_the_discriminators_only(world: World) -> None:
    loss, parts = discriminator_loss(world, world.generate())
    loss.backward()
    assert world.reached() == {"discriminators"}
    assert all(parameter.grad is not None for parameter in world.discriminators.parameters())
    assert loss.item() == pytest.approx(
        sum(part.item() for name, part in parts.items() if not name.startswith("right_")), rel=1e-5
    )
    assert not any(part.requires_grad for part in parts.values())


@pytest.mark.parametrize("mismatched", (False, True))
def test_true_and_synthesized_pictures_in_one_pass_give_the_loss_of_separate_passes(
    world: World, mismatched: bool
) -> None:
    generated = world.generate()
    found, parts = discriminator_loss(world, generated, LossConfig(mismatched_sentences=mismatched))
    condition, true_images = generated.condition.sample, image_levels(world.target)
    true = world.discriminators(true_images, world.neutral, condition)
    synthesized = world.discriminators(generated.levels.images, world.neutral, condition)
    wrong = world.discriminators(true_images, world.neutral, condition.roll(1, dims=0))
    expected = torch.zeros(())
    for name, level in (("face", 0), ("face", 1), ("expression", 0), ("expression", 1), ("synthesis", None)):
        judged = [getattr(verdicts, name) for verdicts in (true, synthesized, wrong)]
        one, other, third = judged if level is None else (verdicts[level] for verdicts in judged)
        part = verification_loss(one, other, third.conditional if mismatched else None)
        said = parts.pop(name if level is None else f"{name}_{level + 1}")
        assert said.item() == pytest.approx(part.item(), rel=1e-4)
        expected += part
    assert set(parts) == {"right_about_true", "right_about_synthesized"}
    assert found.item() == pytest.approx(expected.item(), rel=1e-4)


def test_a_mismatched_sentence_that_says_the_same_is_not_called_wrong(world: World) -> None:
    world, generated = world._replace(labels=torch.zeros(BATCH, dtype=torch.long)), world.generate()
    with_term, without_term = (
        discriminator_loss(world, generated, LossConfig(mismatched_sentences=mismatched))[0]
        for mismatched in (True, False)
    )
    assert with_term.item() == pytest.approx(without_term.item(), rel=1e-5)


def test_the_generators_loss_reaches_all_of_the_generator_and_nothing_else(world: World) -> None:
    loss, parts = generator_loss(world, LOSSES)
    loss.backward()
    assert world.reached() == {"ffe", "conditioning", "mes"}
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in world.generator.parameters())
    assert set(parts) == {"adversarial", "identity", "reconstruction", "kl", "language_visual"}
    expected = sum(getattr(LOSSES, name) * part.item() for name, part in parts.items())
    assert loss.item() == pytest.approx(expected, rel=1e-5)


def test_the_objective_changes_no_network(world: World) -> None:
    before = {name: {k: v.clone() for k, v in m.state_dict().items()} for name, m in world.networks().items()}
    generator_loss(world, LOSSES)[0].backward()
    for name, network in world.networks().items():
        assert all(torch.equal(value, before[name][key]) for key, value in network.state_dict().items()), name
        assert all(parameter.requires_grad for parameter in network.parameters())


@pytest.mark.parametrize("face", [False, True])
@pytest.mark.parametrize("expression", [False, True])
def test_a_discriminator_teaches_the_generator_only_when_asked(world: World, face: bool, expression: bool) -> None:
    generated = world.generate()
    asked = LossConfig(face_adversarial=face, expression_adversarial=expression)
    seen = generator_loss(world, asked, generated)[1]["adversarial"]
    verdicts = world.discriminators(generated.levels.images, world.neutral, generated.condition.sample)
    heard = [verdicts.synthesis, *(verdicts.face if face else ()), *(verdicts.expression if expression else ())]
    assert seen.item() == pytest.approx(sum(adversarial_loss(verdict).item() for verdict in heard), rel=1e-4)


def test_l_id_reaches_the_generator_through_ffe_but_not_ffe_itself(world: World) -> None:
    encoder = world.generator.facial_feature_encoder
    image = torch.rand(BATCH, 3, 64, 64, requires_grad=True)
    target = torch.rand(BATCH, 3, 64, 64, requires_grad=True)
    identity_loss(encoder, image, target).backward()
    assert image.grad is not None and image.grad.any()
    assert target.grad is None
    assert world.reached() == set()


def test_l_id_of_a_synthesized_picture_reaches_ffe_only_by_way_of_f_f(world: World) -> None:
    """The gradient of FFE equals the one that a copy of FFE inside the loss leaves to it."""
    encoder = world.generator.facial_feature_encoder
    torch.manual_seed(3)
    identity_loss(encoder, world.generate().levels.images[2], world.target).backward()
    found = encoder.stages[0][0].weight.grad.clone()
    encoder.zero_grad()
    other = type(encoder)(CONFIG.networks.facial)
    other.load_state_dict(encoder.state_dict())
    torch.manual_seed(3)
    identity_loss(other.requires_grad_(False), world.generate().levels.images[2], world.target).backward()
    torch.testing.assert_close(found, encoder.stages[0][0].weight.grad)
    assert found.any()


def test_the_condition_gets_no_gradient_through_a_discriminator(world: World) -> None:
    condition = torch.randn(BATCH, 512, requires_grad=True)
    images = [image.detach().requires_grad_() for image in image_levels(world.target)]
    verdicts = world.discriminators(tuple(images), world.neutral, condition)
    total = verdicts.synthesis.conditional.sum() + verdicts.face[0].conditional.sum()
    (total + verdicts.expression[1].conditional.sum()).backward()
    assert condition.grad is None
    assert all(image.grad is not None and image.grad.any() for image in images)


def test_terms_without_weight_are_not_computed(world: World) -> None:
    _, parts = generator_loss(world, replace(LOSSES, adversarial=0.0, language_visual=0.0))
    assert set(parts) == {"identity", "reconstruction", "kl"}


def test_the_extra_weight_counts_at_each_level_what_moved_there(world: World) -> None:
    target = world.neutral.clone()
    target[0, :, 64:128, 64:128] += 0.5  # moves at every level
    target[1, :, 0, 0] += 0.5  # one pixel: too little to be seen at 64 and 128 pixels
    world, generated = world._replace(target=target), world.generate()
    plain, weighted = (
        generator_loss(world, LossConfig(reconstruction_moved=extra), generated)[1]["reconstruction"].item()
        for extra in (0.0, 9.0)
    )
    added = 0.0
    for image, true, size in zip(generated.levels.images, image_levels(target), (64, 128, 256), strict=True):
        distance = (image - true).abs()
        square = slice(size // 4, size // 2)
        added += distance[0, :, square, square].sum().item()
        added += distance[1, :, 0, 0].sum().item() if size == 256 else 0.0
    assert weighted - plain == pytest.approx(9 * added / BATCH, rel=1e-3)


def test_the_divergence_of_a_less_precise_condition_is_computed_in_full_precision(world: World) -> None:
    generated = world.generate()
    condition = type(generated.condition)(*(torch.randn_like(x).bfloat16() for x in generated.condition))
    only = LossConfig(adversarial=0.0, identity=0.0, language_visual=0.0, kl=2.0)
    total, parts = generator_loss(world, only, generated._replace(condition=condition))
    torch.testing.assert_close(parts["kl"], kl_divergence(condition.mean.float(), condition.log_variance.float()))
    rest = only.reconstruction * parts["reconstruction"].item()
    assert total.item() - rest == pytest.approx(only.kl * parts["kl"].item(), rel=1e-2)


def test_kl_reaches_conditioning_augmentation_only(world: World) -> None:
    condition = world.generate().condition
    kl_divergence(condition.mean, condition.log_variance).backward()
    assert world.reached() == {"conditioning"}


def test_matching_reaches_both_encoders_in_pre_training(world: World) -> None:
    language = world.language_encoder(torch.tensor([[1, 2, 3], [4, 5, 0]]), torch.tensor([3, 2]))
    visual = world.visual_encoder(world.target)
    language_visual_matching_loss(visual, language, world.labels, LOSSES).backward()
    assert world.reached() == {"lse", "vse"}
    for network in (world.language_encoder, world.visual_encoder):
        assert all(parameter.grad is not None for parameter in network.parameters())


def test_matching_through_a_frozen_vse_still_reaches_the_picture(world: World) -> None:
    generator_loss(world, LossConfig(adversarial=0.0, identity=0.0, reconstruction=0.0))[0].backward()
    assert world.reached() == {"ffe", "conditioning", "mes"}
    last = world.generator.multi_level_expression_synthesizer.to_image[2].weight
    assert last.grad is not None and last.grad.any()


@pytest.mark.parametrize(
    ("signs", "expected"),
    [((1, 1, 1), (1, 0)), ((-1, -1, -1), (0, 1)), ((1, -1, 1), (1, 1)), ((-1, 1, -1), (0, 0)), ((0, 0, 0), (0, 0))],
)
def test_how_often_discriminators_are_right_is_told_for_true_and_for_synthesized_pictures(
    world: World, signs: tuple[int, ...], expected: tuple[int, int]
) -> None:
    """Not for true ones beside another sentence, which are the third part of a batch."""

    def certain(images: object, neutral: Tensor, condition: Tensor) -> Verdicts:
        verdict = Verdict(*(torch.tensor(signs).repeat_interleave(BATCH) / 2 for _ in range(2)))
        return Verdicts((verdict, verdict), (verdict, verdict), verdict)

    config = replace(LOSSES, mismatched_sentences=True)
    _, parts = discriminator_objective(certain, world.generate(), world.neutral, world.target, world.labels, config)
    assert (float(parts["right_about_true"]), float(parts["right_about_synthesized"])) == expected

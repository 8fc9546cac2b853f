"""Chapter 11: the running average of weights, an alarm for collapse, one alternating step."""

from collections.abc import Callable
from copy import deepcopy
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from lfes_core.config import preset
from lfes_core.course import Off, exercise, same
from lfes_core.course.slips import Answer, same_unless, several
from lfes_core.losses import adversarial_loss, as_fixed_function, identity_loss, reconstruction_loss, verification_loss
from lfes_core.networks import Discriminators, Generator, image_levels
from lfes_core.networks.language_semantic_encoder import LanguageFeatures
from lfes_core.training.adversarial import averaged

Sides = tuple[Generator, Discriminators]

NARROW = {
    "networks.facial.channels": [4, 4, 4, 4, 4, 4, 512],
    "networks.synthesizer.level_1": [8, 8, 8, 8, 8, 8],
    "networks.synthesizer.level_2": 4,
    "networks.synthesizer.level_3": 4,
    "networks.discriminator.base": 2,
    "networks.discriminator.maximum": 4,
}
"""Networks of the paper's design that take a step in a fraction of a second."""

RATE = 0.05


@exercise("running_average", chapter=11, function="my_average", points=2)
def _running_average(answer: Answer) -> None:
    """Early and late in a run the average moves as that of the package."""
    decay = 0.9
    for update in (1, 20, 200):
        network = nn.Linear(6, 1, bias=False)
        average = averaged(network, decay)
        (weight,) = average.module.parameters()
        before, trained = weight[0].clone(), torch.randn(6)
        with torch.no_grad():
            network.weight.copy_(trained[None])
        average.n_averaged.fill_(update)
        average.update_parameters(network)
        growing = (1 + update) / (10 + update)

        def keeping(share: float, before: Tensor = before, trained: Tensor = trained) -> Tensor:
            return share * before + (1 - share) * trained

        faults = {
            "old and new are exchanged: the average keeps the share d_n of itself": keeping(1 - min(decay, growing)),
            "the full decay is kept from the first update on; it has to grow, (1 + n) / (10 + n)": keeping(decay),
            "late in a run more than the decay is kept: the share is the smaller of the two": keeping(growing),
        }
        same_unless(answer(before, trained, update, decay), weight[0], faults, shape_of="the average")


@exercise("alarm", chapter=11, function="my_alarm", points=2)
def _alarm(answer: Answer) -> None:
    """It rings at two looks in a row below the limit, not at one, and stays silent for a useful run."""
    steps = [0, 20, 40, 60, 80, 100, 120]

    def rings(*apart: float, least: float = 0.2) -> Any:
        return answer(steps[: len(apart)], list(apart), least)

    useful = rings(0.1, 0.6, 0.9, 0.8)
    if useful and not isinstance(useful, list):
        raise Off("give back a list of steps, an empty one where nothing rings")
    same(useful or [], [], shape_of="the list for a run that begins low and then tells people apart")
    same_unless(
        rings(0.5, 0.1, 0.1, 0.1),
        [40, 60],
        {
            "it rings at the first look below the limit; one look is not enough": [20, 40, 60],
            "it names the first of the two looks; nobody knows then that a second will follow": [20, 40],
            "it counts looks; give the steps": [2, 3],
            "it rings once; give every step at which two looks in a row are below": [40],
        },
        shape_of="the list for a run that collapses",
    )
    same(rings(0.1, 0.5, 0.1, 0.5, 0.1), [], shape_of="the list where looks below are never in a row")
    same(rings(0.5, 0.4, 0.4, least=0.45), [40], shape_of="the list with the limit 0.45")
    same(rings(0.2, 0.2), [], shape_of="the list for looks that are at the limit, not below,")


@exercise("alternating_step", chapter=11, function="my_step", points=3)
def _alternating_step(answer: Answer) -> None:
    """Both losses, and after the step all weights of both sides are those of the package."""
    start, given = _beginning()
    said, networks = _after(start, lambda *both: answer(*both, *given, RATE))
    said = several(said, 2, "two losses, that of the discriminators and that of the generator")
    losses, wanted = _after(start, partial(_step, given=given))
    same(said[0], losses[0], shape_of="the discriminators' loss", tolerance=1e-4)
    if not _moved(start[1], networks[1]):
        raise Off("the discriminators have not moved: is backward or the step of their optimizer missing?")
    if not _moved(start[0], networks[0]):
        raise Off("the generator has not moved: is backward or the step of its optimizer missing?")
    generator_right = _alike(start[0], networks[0], wanted[0])
    if not generator_right or not _alike(start[1], networks[1], wanted[1]):
        for words, fault in _FAULTS.items():
            _, wrong = _after(start, partial(_step, given=given, fault=fault))
            if all(_alike(*three) for three in zip(start, networks, wrong, strict=True)):
                raise Off(words)
        side = "discriminators'" if generator_right else "generator's"
        raise Off(f"the {side} weights are off after the step: look at each term of that loss, and at whom it teaches")
    same(said[1], losses[1], shape_of="the generator's loss", tolerance=1e-4)


_FAULTS = {
    "the discriminators' loss teaches the generator, too: detach pictures for their turn": "attached",
    "the generator asked the discriminators as they were: update them before its turn": "both at once",
    "the identity loss teaches FFE itself: use a frozen copy of it": "learning FFE",
    "the identity loss teaches FFE itself, by both pictures: use a frozen copy of it": "learning FFE twice",
    "L1 is a mean over pixels; lambda 3 = 0.005 belongs to the sum of a picture": "mean",
    "the identity loss is not five times in the generator's loss": "no identity",
}


def _beginning() -> tuple[Sides, tuple[Tensor, Tensor, LanguageFeatures]]:
    """Two new networks, and two random pairs with features of their sentences."""
    networks = preset("tiny").overridden(NARROW).networks
    generator, discriminators = Generator(networks), Discriminators(networks.discriminator)
    with torch.no_grad():  # so that the identity loss of such narrow networks is heard beside the others
        for weight in generator.facial_feature_encoder.parameters():
            weight.mul_(1.5)
    neutral, target = torch.rand(2, 2, 3, 256, 256).mul(2).sub(1)
    language = LanguageFeatures(torch.randn(2, 512, 5), torch.randn(2, 512), torch.ones(2, 5, dtype=torch.bool))
    return (generator, discriminators), (neutral, target, language)


def _after(start: Sides, step: Callable[..., Any]) -> tuple[Any, Sides]:
    """What a step returns, and both networks after it; with the same draw of the condition each time."""
    generator, discriminators = deepcopy(start)
    torch.manual_seed(1)
    return step(generator, discriminators), (generator, discriminators)


def _step(
    generator: Generator,
    discriminators: Discriminators,
    given: tuple[Tensor, Tensor, LanguageFeatures],
    fault: str = "",
) -> tuple[float, float]:
    """Parts 1 to 3 of a training step with the package's losses, lambda = 1, 5, 0.005; or with a fault."""
    neutral, target, language = given
    optimizers = [torch.optim.SGD(network.parameters(), RATE) for network in (generator, discriminators)]
    generated = generator(neutral, *language)
    images, condition, true = generated.levels.images, generated.condition.sample, image_levels(target)
    asked = images if fault == "attached" else tuple(image.detach() for image in images)
    verdicts = [discriminators(shown, neutral, condition.detach()) for shown in (true, asked)]
    pairs = zip(*((*each.face, *each.expression, each.synthesis) for each in verdicts), strict=True)
    of_discriminators = torch.stack([verification_loss(*pair) for pair in pairs]).sum()
    torch.autograd.backward(of_discriminators, retain_graph=fault in ("attached", "both at once"))
    if fault != "both at once":
        optimizers[1].step()

    answered = as_fixed_function(discriminators)(images, neutral, condition)
    heard = (*answered.face, *answered.expression, answered.synthesis)
    loss = torch.stack([adversarial_loss(verdict) for verdict in heard]).sum()
    encoder = generator.facial_feature_encoder
    for image, wanted in zip(images, true, strict=True):
        if fault.startswith("learning FFE"):
            with torch.set_grad_enabled(fault.endswith("twice")):
                features = encoder(nn.functional.interpolate(wanted, (256, 256), mode="bilinear"))
            own = encoder(nn.functional.interpolate(image, (256, 256), mode="bilinear"))
            loss = loss + 5 * nn.functional.mse_loss(own, features)
        elif fault != "no identity":
            loss = loss + 5 * identity_loss(encoder, image, wanted)
        loss = loss + 0.005 * reconstruction_loss(image, wanted, "mean" if fault == "mean" else "sum")
    torch.autograd.backward(loss)
    if fault == "both at once":
        optimizers[1].step()
    optimizers[0].step()
    return of_discriminators.item(), loss.item()


def _moved(before: nn.Module, after: nn.Module) -> bool:
    return any((one != two).any() for one, two in zip(before.parameters(), after.parameters(), strict=True))


def _alike(start: nn.Module, one: nn.Module, other: nn.Module) -> bool:
    """Whether two steps from one beginning end at the same weights, to a thousandth of what each part moved."""
    parts = zip(start.parameters(), one.parameters(), other.parameters(), strict=True)
    return all((a - b).abs().max() <= 1e-3 * (b - before).abs().max() + 1e-8 for before, a, b in parts)

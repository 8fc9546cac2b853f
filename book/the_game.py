"""The game in small, for chapter 7: toy data, what is counted, and the smallest game of all.

Several games are played at once. Points are ``[games, points, 1 or 2]``, and game number i of a
tensor is played by the networks number i.
"""

import math
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

#: Eight Gaussians on a circle: how far from the middle, and their standard deviation.
RADIUS, SPREAD = 2.0, 0.1

#: Where their centers are, [8 2].
CENTERS = RADIUS * torch.stack(
    [(torch.arange(8) * math.pi / 4).cos(), (torch.arange(8) * math.pi / 4).sin()], 1
)

#: A mode is hit when so large a share of the points lies within three standard deviations.
LEAST = 0.01

Points = Float[Tensor, "games points size"]
Curve = Float[Tensor, " places"]


def eight_gaussians(games: int, count: int) -> Points:
    """Draw true points of the plane: one of eight centers each, and a little beside it."""
    centers = CENTERS[torch.randint(8, (games, count))]
    return centers + SPREAD * torch.randn(games, count, 2)


def circle(games: int, count: int) -> Points:
    """Draw points from the circle through the centers, at any angle: the answer that knows no mode."""
    angle = 2 * math.pi * torch.rand(games, count)
    return RADIUS * torch.stack([angle.cos(), angle.sin()], 2)


def two_hills(games: int, count: int) -> Points:
    """Draw true points of the line, from the density `two_hills_density`."""
    left = torch.rand(games, count, 1) < 0.35
    drawn = torch.randn(games, count, 1)
    return torch.where(left, 0.5 * drawn - 2, 0.7 * drawn + 1.5)


def two_hills_density(x: Curve) -> Curve:
    """A small hill at -2 and a larger one at 1.5."""
    return 0.35 * normal_density(x, -2, 0.5) + 0.65 * normal_density(x, 1.5, 0.7)


def normal_density(x: Curve, mean: float, spread: float) -> Curve:
    """The bell curve."""
    z = (x - mean) / spread
    return torch.exp(-0.5 * z.square()) / (spread * math.sqrt(2 * math.pi))


def best_discriminator(true: Curve, synthesized: Curve) -> Curve:
    """D* = p / (p + q), of two densities at the same places."""
    return true / (true + synthesized)


def jensen_shannon(true: Curve, synthesized: Curve, step: float) -> float:
    """JS of two densities: the mean KL divergence to their mixture, 0 if equal and log 2 if apart.

    Args:
        true: density at places that are ``step`` apart.
        synthesized: density at the same places.
        step: how far apart they are.
    """
    mixture = (true + synthesized) / 2
    terms = torch.xlogy(true, true / mixture)
    terms = terms + torch.xlogy(synthesized, synthesized / mixture)
    return 0.5 * float(terms.nansum()) * step


class Counted(NamedTuple):
    """For each game: modes that were hit, and the share of points near any mode."""

    modes: Int[Tensor, " games"]
    good: Float[Tensor, " games"]


def count_modes(
    points: Points,
    centers: Float[Tensor, "modes size"] = CENTERS,
    spread: float = SPREAD,
) -> Counted:
    """Count modes that get at least `LEAST` of the points, and points within three ``spread`` of a center."""
    distance, nearest = torch.cdist(points, centers.expand(len(points), -1, -1)).min(2)
    good = distance < 3 * spread
    shares = [
        ((nearest == mode) & good).float().mean(1) for mode in range(len(centers))
    ]
    hit = torch.stack(shares, 1) >= LEAST
    return Counted(hit.sum(1), good.float().mean(1))


def dirac_path(
    length: float = 0.2,
    steps: int = 200,
    *,
    penalty: float = 0.0,
    alternating: bool = False,
    saturating: bool = True,
) -> list[tuple[float, float]]:
    """Play the Dirac game: the truth is the number 0, G says theta, and D gives the logit psi * x.

    Args:
        length: of a step.
        steps: of both players.
        penalty: gamma of R1, whose derivative here is gamma * psi.
        alternating: G sees the slope that D has just found, and not the one before.
        saturating: G descends log(1 - D), as in the minimax game, and not -log D.

    Returns:
        (theta, psi) at the start and after each step.
    """
    theta, psi = 1.0, 0.0
    path = [(theta, psi)]
    for _ in range(steps):
        steeper = psi - length * (_sigmoid(psi * theta) * theta + penalty * psi)
        seen = steeper if alternating else psi
        pull = _sigmoid(seen * theta if saturating else -seen * theta)
        theta, psi = theta + length * pull * seen, steeper
        path.append((theta, psi))
    return path


class Moment(NamedTuple):
    """Both players after so many steps."""

    step: int
    generator: nn.Module
    discriminator: nn.Module

    @property
    def games(self) -> int:
        """How many are played at once."""
        return len(next(self.generator.parameters()))

    @torch.no_grad()
    def synthesized(self, count: int = 1000) -> Points:
        """Points of the generator, from the same noise at each moment."""
        games, latent, _ = next(self.generator.parameters()).shape
        noise = torch.randn(
            games, count, latent, generator=torch.Generator().manual_seed(1)
        )
        points: Points = self.generator(noise)
        return points

    @torch.no_grad()
    def logits(self, points: Points) -> Float[Tensor, "games points"]:
        """What the discriminator says about points."""
        said: Tensor = self.discriminator(points)
        return said.squeeze(2)


def losses_and_accuracy(
    moment: Moment, true: Points
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """For each game L_D, L_G (non-saturating), and how often D is right about true and synthesized points."""
    x, y = moment.logits(true), moment.logits(moment.synthesized())
    softplus = nn.functional.softplus
    loss = softplus(-x).mean(1) + softplus(y).mean(1)
    return loss, softplus(-y).mean(1), (x > 0).float().mean(1), (y < 0).float().mean(1)


def line_distance(moment: Moment) -> list[float]:
    """For each game on the line, JS of the true density and a histogram of synthesized points."""
    edges = torch.linspace(-6, 6, 81)
    step = float(edges[1] - edges[0])
    true = two_hills_density((edges[1:] + edges[:-1]) / 2)
    points = moment.synthesized(5000)[:, :, 0].clamp(-5.99, 5.99)
    found = (torch.histogram(game, edges, density=True).hist for game in points)
    return [jensen_shannon(true, density, step) for density in found]


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))

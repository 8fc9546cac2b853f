"""Who hears of a changed word: how far news travels along a sentence, and into the sentence vector."""

import random
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from figures import COLORS, show_figure
from lfes_core.config import FEATURES
from lfes_core.evaluation.questions import UNITS
from lfes_core.networks import LanguageSemanticEncoder
from lfes_core.sentences import Description, Vocabulary, describe

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from jaxtyping import Float
from matplotlib.axes import Axes
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

HALF = FEATURES // 2
STRONG = ("strongly", "highly", "significantly")
WALKED = 8
Encoders = Mapping[str, LanguageSemanticEncoder]


class News(NamedTuple):
    """Two sentences that differ in one word: their numbers, and the place of that word."""

    before: list[int]
    after: list[int]
    place: int


def news(vocabulary: Vocabulary, count: int = 100) -> list[News]:
    """Sentences with three strong Action Units, in which the first strong adverb becomes "slightly"."""
    chance, found = random.Random(0), []
    while len(found) < count:
        subject = chance.choice(("woman", "man"))
        face = Description(subject, None, {unit: 5 for unit in chance.sample(UNITS, 3)})
        words = vocabulary.words(describe(face, "with", chance))
        place = next(n for n, word in enumerate(words) if word in STRONG)
        if len(words) - place < WALKED:
            continue
        changed = [*words[:place], "slightly", *words[place + 1 :]]
        before, after = (vocabulary.encode(" ".join(each)) for each in (words, changed))
        found.append(News(before, after, place))
    return found


@torch.no_grad()
def heard(
    encoder: LanguageSemanticEncoder, pairs: Sequence[News]
) -> Float[Tensor, "pairs walked"]:
    """How far the forward half of each word moves, as a share of what the changed word itself moves."""
    rows = []
    for before, after, place in pairs:
        lengths = torch.tensor([len(before)] * 2)
        first, second = encoder(torch.tensor([before, after]), lengths).words[:, :HALF]
        moved = (first - second).norm(dim=0)[place : place + WALKED]
        rows.append(moved / moved[0])
    return torch.stack(rows)


@torch.no_grad()
def kept(
    encoder: LanguageSemanticEncoder, pairs: Sequence[News]
) -> Float[Tensor, "walked cells"]:
    """Product of the forward direction's forget gates since the changed word, averaged over the pairs."""
    lstm = encoder.lstm
    tokens = pad_sequence([torch.tensor(pair.before) for pair in pairs], True)
    from_words = F.linear(encoder.embedding(tokens), lstm.weight_ih_l0, lstm.bias_ih_l0)
    h = c = torch.zeros(len(pairs), HALF)
    forget = []
    for from_word in from_words.unbind(dim=1):
        gates = from_word + F.linear(h, lstm.weight_hh_l0, lstm.bias_hh_l0)
        i, f, g, o = gates.chunk(4, dim=1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
        forget.append(f.sigmoid())
    along = torch.stack(forget, dim=1)
    # pairs x words x cells
    shares = []
    for row, pair in zip(along, pairs, strict=True):
        shares.append(row[pair.place + 1 : pair.place + WALKED].cumprod(dim=0))
    return torch.cat((torch.ones(1, HALF), torch.stack(shares).mean(dim=0)))


def show_fading(encoders: Encoders, vocabulary: Vocabulary) -> None:
    """News of a changed word, and the product of forget gates, as words go by; a panel for each encoder."""
    pairs, walked = news(vocabulary), range(WALKED)
    figure, axes = plt.subplots(1, len(encoders), figsize=(7, 3.5), sharey=True)
    for axis, (name, encoder) in zip(axes, encoders.items(), strict=True):
        moved, cells = heard(encoder, pairs), kept(encoder, pairs)
        low, high = moved.quantile(torch.tensor([0.1, 0.9]), dim=0).numpy()
        axis.fill_between(walked, low, high, color=COLORS["blue"], alpha=0.2)
        best = cells.quantile(0.9, dim=1)
        for values, color, style, label in (
            (moved.mean(dim=0), "blue", "o-", "vector moves by"),
            (best, "vermilion", "^--", "memory kept: best tenth of cells"),
            (cells.median(dim=1).values, "ink", "s:", "memory kept: median cell"),
        ):
            axis.plot(walked, values, style, color=COLORS[color], label=label)
        axis.set_title(name, loc="left")
        axis.set(yscale="log", xlabel="words walked since the change", xticks=walked)
    axes[0].set_yticks([1, 0.1, 0.01], ["1", "0.1", "0.01"])
    axes[0].set_ylabel("share of the beginning")
    lines, labels = axes[0].get_legend_handles_labels()
    figure.legend(lines, labels, loc="outside lower center", ncols=3, handlelength=2.4)
    show_figure(plt.gcf())


def show_noticed(
    sentence: str, changed: str, encoders: Encoders, vocabulary: Vocabulary
) -> None:
    """How far each word's vector moves if one word is exchanged: forward half up, backward half down."""
    words, others = vocabulary.words(sentence), vocabulary.words(changed)
    pair = torch.tensor([vocabulary.encode(text) for text in (sentence, changed)])
    places = range(len(words))
    _, axes = plt.subplots(len(encoders), 1, figsize=(7, 4.4), sharex=True)
    for axis, (name, encoder) in zip(axes, encoders.items(), strict=True):
        with torch.no_grad():
            first, second = encoder(pair, torch.tensor([len(words)] * 2)).words
        forward, back = (first - second).unflatten(0, (2, HALF)).norm(dim=1).numpy()
        axis.bar(places, forward, color=COLORS["blue"], label="forward half")
        axis.bar(places, -back, color=COLORS["vermilion"], label="backward half")
        axis.axhline(0, color=COLORS["ink"], lw=0.8)
        axis.set_title(name, loc="left")
        axis.set_ylabel("moves by")
        axis.grid(axis="x", visible=False)
        _absolute(axis)
    labels = [a if a == b else f"{a} → {b}" for a, b in zip(words, others, strict=True)]
    axes[-1].set_xticks(places, labels, rotation=30, ha="right", rotation_mode="anchor")
    axes[0].legend(loc="upper right", ncols=2)
    show_figure(plt.gcf())


class Change(NamedTuple):
    """One thing that is said otherwise, and how far that moves the sentence vector, pair by pair."""

    name: str
    distances: Float[Tensor, " pairs"]


CHANGES = (
    "the other protocol",
    "other synonyms",
    "one step stronger",
    "faintest to strongest",
    "the other subject",
    "another Action Unit",
)


def changes(encoder: LanguageSemanticEncoder, vocabulary: Vocabulary) -> list[Change]:
    """Say one thing otherwise about each Action Unit at each step of intensity, four times with new words.

    Pairs of which the words came out the same are left out. Distances are between sentence vectors as
    conditioning augmentation reads them: mean 0 and variance 1 over 512 numbers, so that each is
    sqrt(512) = 22.6 long.
    """
    before: dict[str, list[str]] = {name: [] for name in CHANGES}
    after: dict[str, list[str]] = {name: [] for name in CHANGES}
    for unit in UNITS:
        for draw in range(4):
            chance = random.Random(f"{unit}/{draw}")
            subject, other = chance.sample(("woman", "man"), 2)
            another = chance.choice([each for each in UNITS if each != unit])
            for level in range(1, 5):
                base = _said(subject, unit, level, draw)
                for name, text in (
                    (
                        "the other protocol",
                        _said(subject, unit, level, draw, "because"),
                    ),
                    ("other synonyms", _said(subject, unit, level, draw + 10)),
                    ("one step stronger", _said(subject, unit, level + 1, draw)),
                    ("the other subject", _said(other, unit, level, draw)),
                    ("another Action Unit", _said(subject, another, level, draw)),
                ):
                    before[name].append(base)
                    after[name].append(text)
            before["faintest to strongest"].append(_said(subject, unit, 1, draw))
            after["faintest to strongest"].append(_said(subject, unit, 5, draw))
    return [
        Change(name, _distances(encoder, vocabulary, before[name], after[name]))
        for name in CHANGES
    ]


def show_changes(encoders: Encoders, vocabulary: Vocabulary) -> None:
    """Median and 10 to 90 % of the distances, a line for each change and encoder."""
    _, axis = plt.subplots(figsize=(7, 3.4))
    styles = (("vermilion", "o", -0.16), ("blue", "^", 0.16))
    for (name, encoder), (color, marker, shift) in zip(
        encoders.items(), styles, strict=True
    ):
        for place, change in enumerate(changes(encoder, vocabulary)):
            low, middle, high = change.distances.quantile(torch.tensor([0.1, 0.5, 0.9]))
            y = len(CHANGES) - 1 - place - shift
            axis.plot([low, high], [y, y], color=COLORS[color], lw=2)
            label = name if place == 0 else None
            axis.plot(middle, y, marker, color=COLORS[color], ms=7, label=label)
    axis.set_yticks(range(len(CHANGES)), reversed(CHANGES))
    axis.set(xlabel="distance between the two sentence vectors", xlim=(0, None))
    axis.legend(loc="upper right")
    show_figure(plt.gcf())


def _said(
    subject: str, unit: int, level: int, draw: int, protocol: str = "with"
) -> str:
    face = Description(subject, None, {unit: level})
    return describe(face, protocol, random.Random(f"{unit}/{draw}"))


@torch.no_grad()
def _distances(
    encoder: LanguageSemanticEncoder,
    vocabulary: Vocabulary,
    first: Sequence[str],
    second: Sequence[str],
) -> Float[Tensor, " pairs"]:
    pairs = [
        (torch.tensor(one), torch.tensor(two))
        for one, two in zip(
            map(vocabulary.encode, first), map(vocabulary.encode, second), strict=True
        )
        if one != two
    ]
    rows = [pair[half] for half in (0, 1) for pair in pairs]
    lengths = torch.tensor([len(row) for row in rows])
    vectors = encoder(pad_sequence(rows, batch_first=True), lengths).sentence
    one, two = F.layer_norm(vectors, (FEATURES,)).chunk(2)
    return (one - two).norm(dim=1)


def _absolute(axis: Axes) -> None:
    """Labels without a sign, for bars that hang down."""
    ticks = axis.get_yticks()
    axis.set_yticks(ticks, [f"{abs(tick):g}" for tick in ticks])

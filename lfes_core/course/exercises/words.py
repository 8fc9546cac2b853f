"""Exercises of chapters 1 to 3: pictures at other sizes, the error that counts, the grammar, lift, and LSE."""

import random
import re
from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from lfes_core.action_units import ACTION_UNITS, EMOTIONS, ActionUnit
from lfes_core.config import preset
from lfes_core.course import Off, exercise, same
from lfes_core.course.slips import Answer, drawn, not_a_slip, same_unless, several
from lfes_core.errors import UserError
from lfes_core.evaluation.measure import judge_map
from lfes_core.metrics import MOVED_THRESHOLD, moved_region
from lfes_core.networks import LanguageSemanticEncoder, image_levels
from lfes_core.sentences import SUBJECTS, Description, describe, parse
from lfes_core.sentences.protocols import ADVERBS_BEFORE_ONLY, noun_phrase


@exercise("smaller_picture", chapter=1, function="my_smaller")
def _(answer: Answer) -> None:
    """Two random pictures at 64x64 and at 128x128 pixels."""
    picture = 2 * torch.rand(2, 3, 256, 256, dtype=torch.float64) - 1
    for size, true in zip((64, 128), image_levels(picture), strict=False):
        side = 256 // size
        squares = picture.reshape(2, 3, size, side, size, side)
        found = answer(picture, size)
        slips = {
            "each number is one pixel of its square; take the mean of all of them": squares[:, :, :, 0, :, 0],
            "each number is the sum of its square; divide it by the number of pixels": squares.sum((3, 5)),
            "the axes are split the other way round: first the squares, then the places inside of one": (
                picture.reshape(2, 3, side, size, side, size).mean((2, 4))
            ),
        }
        same_unless(found, true, slips, shape_of=f"the picture of {size}x{size}")


@exercise("moved_error", chapter=1, function="my_moved_error")
def _(answer: Answer) -> None:
    """Random pictures of which a part moves."""
    draw = np.random.default_rng(0)
    neutral, image = draw.random((32, 32, 3)), draw.random((32, 32, 3))
    change = np.zeros((32, 32, 3))
    change[8:20, 4:28] = draw.uniform(-0.09, 0.09, (12, 24, 3))
    target = neutral + change
    moved = moved_region(neutral, target)
    off = image - target
    true = float(np.abs(off)[moved].mean())
    one_color = (np.abs(change) > MOVED_THRESHOLD).any(axis=-1)
    slips = {
        "this is the error of the whole picture; count only the places that move": np.abs(off).mean(),
        "this is the sum over the region; take the mean": np.abs(off)[moved].sum(),
        "this is the error where nothing moves; turn the region": np.abs(off)[~moved].mean(),
        "errors of both signs cancel; take their absolute values": off[moved].mean(),
        "these are squares; the error asked for is absolute": (off**2)[moved].mean(),
        "this is copy's error, |target - neutral|; the picture that is judged is `image`": np.abs(change)[moved].mean(),
        "the region must not depend on the answer: compare target and neutral, not image and neutral": (
            np.abs(off)[moved_region(neutral, image)].mean()
        ),
        "a place moves when the mean over its colors passes the threshold, not when one of them does": (
            np.abs(off)[one_color].mean()
        ),
        "changes of both signs cancel in the mean over colors; take absolute values first": (
            np.abs(off)[np.abs(change.mean(axis=-1)) > MOVED_THRESHOLD].mean()
        ),
    }
    same_unless(answer(image, neutral, target), true, slips, shape_of="the error")


@exercise("noun_phrase", chapter=2, function="my_noun_phrase")
def _(answer: Answer) -> None:
    """Every Action Unit at every intensity, letter by letter."""
    for unit in ACTION_UNITS.values():
        for intensity in (None, 1, 2, 3, 4, 5):
            for seed in range(6):
                found = answer(unit, intensity, random.Random(seed))
                _same_phrase(found, noun_phrase(unit, intensity, random.Random(seed)), unit, intensity)


def _same_phrase(found: object, true: str, unit: ActionUnit, intensity: int | None) -> None:
    """Raises `Off` for a noun phrase that is not the package's, with the rule that it breaks."""
    if found == true or not isinstance(found, str) or not found.strip():
        return same(found, true, shape_of="the phrase")
    words, wanted = found.split(), true.split()
    says = f'you say "{found}", the package says "{true}"'
    if found.replace("-", " ") == true.replace("-", " "):
        raise Off(f"{says}: a participle of two words gets a hyphen before its noun")
    if words[:1] in (["a"], ["an"]) and unit.plural:
        raise Off(f"{says}: {unit.noun} are several, and take no article")
    if words[0] not in ("a", "an") and wanted[0] in ("a", "an") and words == wanted[1:]:
        raise Off(f"{says}: the article is missing")
    if words[1:] == wanted[1:] and {words[0], wanted[0]} == {"a", "an"}:
        raise Off(f"{says}: a or an is chosen by the word that follows it")
    if sorted({*words} - {"a", "an"}) == sorted({*wanted} - {"a", "an"}):
        raise Off(f"{says}: the words are right and their order is not")
    try:
        meant = parse(f"A person with {found}").action_units
    except UserError:
        meant = {}
    if meant == {unit.number: intensity}:
        raise Off(f"{says}: the same meaning, drawn in another order; draw the participle, then the adverb")
    if unit.number in meant and intensity is not None:
        raise Off(f"{says}: the adverb of intensity {intensity} is missing or is another one")
    raise Off(says)


@exercise("because_clause", chapter=2, function="my_because")
def _(answer: Answer) -> None:
    """Three hundred descriptions, letter by letter."""
    for seed, face in enumerate(_faces(300)):
        found, true = answer(face, random.Random(seed)), describe(face, "because", seed)
        if found != true:
            _explain(found, true, face)


def _explain(found: object, true: str, face: Description) -> None:
    """Raises `Off` for a sentence of the because protocol that is not the package's, with the rule that it breaks."""
    if not isinstance(found, str):
        return same(found, true, shape_of="the sentence")
    says = f'you say "{found}", the package says "{true}"'
    other = {one.possessive for one in SUBJECTS.values()} - {SUBJECTS[face.subject].possessive}
    if found.replace(",", "") == true.replace(",", ""):
        raise Off(f"{says}: three and more phrases are parted by commas, also before the last one")
    if found.rstrip(".").lower() == true.rstrip(".").lower():
        raise Off(f"{says}: it begins with a capital letter and ends with a full stop")
    if other & set(found.split()):
        raise Off(f"{says}: of a {face.subject} we say {SUBJECTS[face.subject].possessive}")
    if re.search(rf"(is|are) [a-z ]+ ({'|'.join(ADVERBS_BEFORE_ONLY)})[,.]", f"{found.rstrip('.')}."):
        raise Off(f"{says}: somewhat, kind of, fairly and quite stay before their participle")
    if face.emotion is not None and EMOTIONS[face.emotion].adjective not in found:
        raise Off(f"{says}: the emotion is missing")
    try:
        meant = parse(found)
    except UserError:
        raise Off(says) from None
    if meant == face:
        raise Off(f"{says}: the same meaning, drawn in another order; shuffle, then participle, adverb, coin")
    raise Off(f"{says}: it reads as {meant.in_words()}")


def _faces(count: int, most: int = 5) -> Iterator[Description]:
    """Random descriptions with one movement or more."""
    draw = random.Random(7)
    for _number in range(count):
        units = draw.sample(sorted(ACTION_UNITS), draw.randint(1, most))
        levels = {unit: draw.choice([None, 1, 2, 3, 4, 5]) for unit in units}
        yield Description(draw.choice(list(SUBJECTS)), draw.choice([None, *EMOTIONS]), levels)


@exercise("verb_protocol", chapter=2, function="my_acting")
def _(answer: Answer) -> None:
    """Two hundred descriptions come back from their sentences."""
    for seed, face in enumerate(_faces(200)):
        face = Description(face.subject, None, face.action_units)
        _acts(answer(face, random.Random(seed)), face)
    face = Description("woman", None, {1: 5, 12: 5, 25: 5})
    said = [answer(face, random.Random(seed)) for seed in range(200)]
    if len({noun for one in said for noun in ("brow", "corner", "lips") if noun in one.partition(" her ")[2][:13]}) < 3:
        raise Off("two hundred seeds always begin with the same part of the face; shuffle the movements")
    if not all(any(verb in one for one in said) for verb in ("pull", "stretch")):
        raise Off('two hundred seeds use one verb of the lip corner; draw among "pull" and "stretch"')
    if not all(any(adverb in one for one in said) for adverb in ("strongly", "highly", "significantly")):
        raise Off("two hundred seeds use one adverb of E; draw among the three")


def _acts(found: object, face: Description) -> None:
    """Raises `Off` for a sentence that does not lead back to its description, or not by verbs."""
    if not isinstance(found, str):
        return same(found, "", shape_of="the sentence")
    his = SUBJECTS[face.subject].possessive
    if found.split()[:2] != ["A", face.subject] or not found.endswith("."):
        raise Off(f'"{found}" should begin with "A {face.subject}" and end with a full stop')
    if found.split().count(his) != len(face.action_units):
        raise Off(f'"{found}" should say "{his}" before each of {len(face.action_units)} parts of the face')
    if re.search(r" (is|are|with|has|have) ", found):
        raise Off(f'"{found}" uses is, has or with; this protocol says what a face does')
    try:
        meant = parse(found)
    except UserError as error:
        raise Off(f'"{found}" cannot be read back: {error}') from None
    if meant != face:
        raise Off(f'"{found}" reads as {meant.in_words()}, and should say {face.in_words()}')


@exercise("lift", chapter=2, function="my_lift")
def _(answer: Answer) -> None:
    """Random maps of 64x64 and 16x16 places, cut by an outline."""
    draw = np.random.default_rng(0)
    for side in (64, 16):
        beta = draw.random((side, side)) ** 3
        inside = np.zeros((256, 256), dtype=bool)
        inside[31:150, 70:201] = True
        true = judge_map(beta, inside)["lift"]
        step = 256 // side
        cover = inside.reshape(side, step, side, step).mean(axis=(1, 3))
        share = float((beta * cover).sum() / beta.sum())
        found = answer(beta, inside)
        slips = {
            "this is the share of the map in the region; divide it by the region's share of the picture": share,
            "the map must be divided by its own sum": (beta * cover).sum() / cover.mean(),
            "a place that the outline cuts counts in part; you read one pixel of each place": (
                (beta * inside[::step, ::step]).sum() / beta.sum() / inside[::step, ::step].mean()
            ),
            "a place that the outline cuts counts in part; you take it whole": (
                (beta * (cover > 0)).sum() / beta.sum() / (cover > 0).mean()
            ),
            "divide by the mean of c over the places, not by its sum": share / cover.sum(),
        }
        same_unless(found, true, slips, shape_of="lift")


@exercise("lstm_step", chapter=3, function="my_step")
def _(answer: Answer) -> None:
    """A step of four random sentences, two of which have ended."""
    cell = torch.nn.LSTMCell(6, 5, dtype=torch.float64)
    x, h, c = (drawn(4, width) for width in (6, 5, 5))
    mask = torch.tensor([True, False, True, False])
    W, U, b = cell.weight_ih.detach(), cell.weight_hh.detach(), (cell.bias_ih + cell.bias_hh).detach()
    with torch.no_grad():
        new_h, new_c = cell(x, (h, c))
    keep = mask[:, None]
    true = torch.where(keep, new_h, h), torch.where(keep, new_c, c)
    found = several(answer(x, h, c, mask, W, U, b), 2, "two tensors, h and c")
    not_a_slip(found[0], true[0], {"c comes first here; return h, then c": true[1]})
    sums = x @ W.T + h @ U.T + b
    slips: dict[str, tuple[Tensor, Tensor]] = {
        "the mask is not read: a sentence that has ended keeps its h and c": (new_h, new_c),
        "the mask is turned: where it is True there is a word": (
            torch.where(keep, h, new_h),
            torch.where(keep, c, new_c),
        ),
        "where a sentence has ended, h and c stay as they are; yours become 0": (new_h * keep, new_c * keep),
    }
    for says, changed in {
        "the bias is missing": _cell(sums - b, c),
        "U h, what the last word left, is missing": _cell(x @ W.T + b, c),
        "the four blocks are i, f, g, o; you read i, f, o, g": _cell(sums, c, (0, 1, 3, 2)),
        "the four blocks are i, f, g, o; you read f, i, g, o": _cell(sums, c, (1, 0, 2, 3)),
        "the candidate g wants tanh, and you take sigma": _cell(sums, c, candidate=torch.sigmoid),
        "h shows o times tanh(c); the tanh is missing": _cell(sums, c, shown=lambda memory: memory),
    }.items():
        slips[says] = torch.where(keep, changed[0], h), torch.where(keep, changed[1], c)
    for number, name in ((1, "c"), (0, "h")):
        own = {says: value[number] for says, value in slips.items()}
        same_unless(found[number], true[number], own, shape_of=name, where={"sentences that have ended": ~keep})


def _cell(
    sums: Tensor,
    c: Tensor,
    order: tuple[int, ...] = (0, 1, 2, 3),
    candidate: Callable[[Tensor], Tensor] = torch.tanh,
    shown: Callable[[Tensor], Tensor] = torch.tanh,
) -> tuple[Tensor, Tensor]:
    """An LSTM cell with slips in it."""
    blocks = sums.chunk(4, dim=1)
    i, f, g, o = (blocks[number] for number in order)
    memory = f.sigmoid() * c + i.sigmoid() * candidate(g)
    return o.sigmoid() * shown(memory), memory


@exercise("language_encoder", chapter=3, function="my_encoder")
def _(answer: Answer) -> None:
    """A new LSE reads three sentences of different lengths."""
    encoder = LanguageSemanticEncoder(preset("tiny").networks.language, 30).double()
    lengths = torch.tensor([6, 1, 4])
    rows = [torch.randint(2, 30, (int(length),)) for length in lengths]
    tokens = pad_sequence(rows, batch_first=True)
    with torch.no_grad():
        true = encoder(tokens, lengths)
        found = several(answer(encoder, tokens, lengths), 2, "the words and the sentence vectors")
        states, (final, _memory) = encoder.lstm(encoder.embedding(tokens))
    words, sentence = states.transpose(1, 2), torch.cat((final[0], final[1]), dim=1)
    forward, backward = true.words.split(256, dim=1)
    turned = torch.zeros_like(backward)
    for row, length in enumerate(lengths.tolist()):
        turned[row, :, :length] = backward[row, :, :length].flip(1)
    last = torch.stack([true.words[row, :, length - 1] for row, length in enumerate(lengths.tolist())])
    swapped = "the halves are exchanged: forward comes first"
    padded = "the padding is read: each sentence ends at its own length, also for the way back"
    same_unless(
        found[0],
        true.words,
        {
            padded: words,
            swapped: torch.cat((backward, forward), dim=1),
            "on the way back, what was read first belongs to the last word; put each state at its own word": (
                torch.cat((forward, turned), dim=1)
            ),
            "one half is 0: the way back is missing": torch.cat((forward, torch.zeros_like(backward)), dim=1),
        },
        shape_of="w",
        where={"the padding (zeros there)": ~true.mask[:, None]},
    )
    same_unless(
        found[1],
        true.sentence,
        {
            padded: sentence,
            swapped: true.sentence.roll(256, dims=1),
            "this is the last column of w, whose backward half has read one word; take the two final states": last,
        },
        shape_of="the sentence vector",
    )


@exercise("mean_of_words", chapter=3, function="my_mean")
def _(answer: Answer) -> None:
    """Four random sentences, whatever stands in the padding."""
    mask = torch.arange(7) < torch.tensor([7, 1, 4, 2])[:, None]
    for padding in (0.0, 3.0):  # LSE gives zeros there; the mask has to hold for other encoders, too
        words = drawn(4, 5, 7)
        words = torch.where(mask[:, None], words, padding)
        masked = words * mask[:, None]
        lengths = mask.sum(dim=1, keepdim=True)
        found, true = answer(words, mask), masked.sum(dim=2) / lengths
        slips = {
            "this is the mean over all columns: short sentences shrink; divide by the words that exist": (
                words.mean(dim=2)
            ),
            "this is the sum of the words; divide it by how many there are": masked.sum(dim=2),
            "all sentences are divided by one length; each has its own": masked.sum(dim=2) / lengths.double().mean(),
        }
        if padding:
            slips["what stands in the padding is added up, too; use the mask"] = words.sum(dim=2) / lengths
        same_unless(found, true, slips, shape_of="the mean")

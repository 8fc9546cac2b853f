"""Pairs of a neutral face and an expression with a sentence: what training eats."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor
from torch.utils.data import Dataset

from lfes_core.datasets.augmentation import like_a_phone
from lfes_core.datasets.frames import FaceDataset, Frame, subjects_of
from lfes_core.errors import UserError
from lfes_core.images import to_tensor
from lfes_core.sentences import PROTOCOLS, Description, Vocabulary, describe

Cache: TypeAlias = Literal["none", "neutrals", "all"]


class Pair(NamedTuple):
    """One training example. Images are float32 in [-1, 1], [3 256 256]; the flow field is as `Batch` has it."""

    neutral: Tensor
    target: Tensor
    description: Description
    sentence: str
    tokens: list[int]
    label: int
    flow: Tensor


class Batch(NamedTuple):
    """Pairs side by side. Equal AUs and intensities have equal `labels`; tokens are padded with 0.

    `flow` holds the true flow fields and the share of each place that the neutral picture shows, as the renderer writes
    them (README.txt of a rendered archive); 0 everywhere where nobody knows them.
    """

    neutral: Float[Tensor, "batch 3 size size"]
    target: Float[Tensor, "batch 3 size size"]
    tokens: Int[Tensor, "batch words"]
    lengths: Int[Tensor, "batch"]
    labels: Int[Tensor, "batch"]
    sentences: list[str]
    descriptions: list[Description]
    flow: Float[Tensor, "batch 3 64 64"]

    def to(self, device: torch.device | str) -> "Batch":
        """Return the batch with its tensors on another device."""
        return Batch._make(x.to(device, non_blocking=True) if isinstance(x, Tensor) else x for x in self)


def mirrored(batch: Batch) -> Batch:
    """Return the batch with a random half of its pairs mirrored, neutral face and target alike.

    Sentences speak of both sides of a face at once, so they stay true. Draws from PyTorch's global generator.
    """
    chosen = (torch.rand(len(batch.neutral)) < 0.5).to(batch.neutral.device)[:, None, None, None]
    neutral, target = (torch.where(chosen, shown.flip(-1), shown) for shown in (batch.neutral, batch.target))
    turned = batch.flow.flip(-1) * batch.flow.new_tensor([-1.0, 1, 1])[:, None, None]  # a mirror turns right to left
    flow = torch.where(chosen, turned, batch.flow)
    return batch._replace(neutral=neutral, target=target, flow=flow)


class ExpressionPairs(Dataset[Pair]):
    """All (neutral, target, sentence) examples of one part of a dataset.

    Which protocol and which synonyms a sentence has is drawn by a generator seeded by (seed, epoch, index): the same
    in every process and after every resume, and new in every epoch (`set_epoch`). A picture that turns out to be
    damaged is noted in ``dataset.skipped``; the next pair stands in for it.

    `part` is "train", "validation" or "test"; `UserError` is raised where it has no pair. `cache` says which decoded
    pictures are kept in memory as bytes: "neutrals" (each is needed many times), "all" (2,000 frames are 400 MB), or
    "none". ``photographic`` is the share of pairs that look like a phone's (`augmentation`), drawn like the sentences.
    """

    def __init__(
        self,
        dataset: FaceDataset,
        part: str,
        vocabulary: Vocabulary,
        seed: int = 0,
        cache: Cache = "neutrals",
        photographic: float = 0.0,
    ) -> None:
        self.dataset, self.vocabulary, self.seed = dataset, vocabulary, seed
        self.epoch, self.photographic = 0, photographic
        subjects = subjects_of(dataset, part)
        self.frames = tuple(frame for frame in dataset.targets() if frame.subject in set(subjects))
        if not self.frames:
            who = ", ".join(subjects[:8]) or "nobody is in it"
            raise UserError(f"{dataset.tree.root} has no pair for {part}: {who}")
        self.neutrals = tuple(dataset.neutral_of(frame) for frame in self.frames)
        movements = [tuple(frame.description.action_units.items()) for frame in self.frames]
        numbers = {movement: number for number, movement in enumerate(dict.fromkeys(movements))}
        self.labels = tuple(numbers[movement] for movement in movements)
        cached = {"none": (), "neutrals": self.neutrals, "all": (*self.neutrals, *self.frames)}[cache]
        self._cached = {frame.image: frame for frame in cached}
        self._cache: dict[str, UInt8[np.ndarray, "256 256 3"]] = {}
        self._pairs_of: dict[str, list[int]] = defaultdict(list)
        for number, pair in enumerate(zip(self.neutrals, self.frames, strict=True)):
            for frame in pair:
                self._pairs_of[frame.image].append(number)
        # Shared, so that what worker processes find is known here.
        self._damaged = torch.zeros(len(self.frames), dtype=torch.bool)
        self._damaged.share_memory_()  # type: ignore[no-untyped-call]

    def __len__(self) -> int:
        return len(self.frames)

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch, and with it all sentences."""
        self.epoch = epoch

    def sentence(self, index: int) -> str:
        """Return the sentence that pair `index` has in this epoch, without reading a picture."""
        generator = random.Random(f"{self.seed}/{self.epoch}/{index}")
        return describe(self.frames[index].description, generator.choice(tuple(PROTOCOLS)), generator)

    def __getitem__(self, index: int) -> Pair:
        first_error, every = None, range(len(self))
        first = every[index]  # an index beyond the pairs raises IndexError
        for i in (*every[first:], *every[:first]):
            try:
                neutral, target = (to_tensor(self._pixels(f)) for f in (self.neutrals[i], self.frames[i]))
                flow = torch.from_numpy(self.dataset.flow(self.frames[i]))
            except UserError as error:
                first_error = first_error or error
                continue
            chance = torch.Generator().manual_seed(random.Random(f"{self.seed}/{self.epoch}/{i}/look").getrandbits(62))
            if self.photographic and float(torch.rand((), generator=chance)) < self.photographic:
                (neutral, target), flow = like_a_phone(torch.stack((neutral, target)), flow, chance)
            sentence, said = self.sentence(i), self.frames[i].description
            tokens = self.vocabulary.encode(sentence)
            return Pair(neutral, target, said, sentence, tokens, self.labels[i], flow)
        raise UserError(f"no picture of {self.dataset.tree.root} can be read: {first_error}")

    def _pixels(self, frame: Frame) -> UInt8[np.ndarray, "256 256 3"]:
        pixels = self._cache.get(frame.image)
        if pixels is None:
            try:
                pixels = self.dataset.face(frame)
            except UserError as error:
                self.dataset.skip(frame.image, error)
                self._damaged[self._pairs_of[frame.image]] = True
                raise
            if frame.image in self._cached:
                self._cache[frame.image] = pixels
        return pixels

    def fill_cache(self, progress: Callable[[Iterable[Frame]], Iterable[Frame]] = iter) -> None:
        """Decode what is to be cached now, so that worker processes share it. `progress`: as ``tqdm``."""
        for frame in progress(self._cached.values()):
            with suppress(UserError):  # It is on the list of skipped files now.
                self._pixels(frame)

    def left_out(self) -> str | None:
        """Return one line about the pairs whose pictures were found damaged so far, in all processes; None if none."""
        damaged = self._damaged.nonzero().flatten().tolist()
        if not damaged:
            return None
        return (
            f"{len(damaged)} of {len(self)} pairs are left out and others stand in for them, because pictures cannot "
            f"be read (first: {self.frames[damaged[0]].image}); the command check-data tells which"
        )


def collate(pairs: Sequence[Pair]) -> Batch:
    """Put pairs side by side; the collate function of a `DataLoader`."""
    neutral, target, descriptions, sentences, tokens, labels, flows = zip(*pairs, strict=True)
    return Batch(
        neutral=torch.stack(neutral),
        target=torch.stack(target),
        tokens=torch.nn.utils.rnn.pad_sequence([torch.tensor(words) for words in tokens], batch_first=True),
        lengths=torch.tensor([len(words) for words in tokens]),
        labels=torch.tensor(labels),
        sentences=list(sentences),
        descriptions=list(descriptions),
        flow=torch.stack(flows),
    )

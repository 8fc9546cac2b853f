"""The picture with which the book is shared has the size that is asked for, and few bytes."""

import numpy as np
from PIL import Image

from tests.book.modules import GrayFaces
from tools.book import card
from tools.book.pages import ROOT


def test_the_card_is_there_in_its_size_and_small():
    path = ROOT / "book" / card.CARD
    with Image.open(path) as picture:
        assert picture.size == (1200, 630)
    assert path.stat().st_size < 200_000


def test_each_face_stands_above_what_its_sentence_makes_of_it(monkeypatch):
    class White:
        def __call__(self, face, sentence):
            assert "lips" in sentence and np.asarray(face).shape == (256, 256, 3)
            return type("Made", (), {"image": Image.new("RGB", (256, 256), "white")})

    faces = GrayFaces()
    frames = [("SN097", faces.truth("SN097", {25: 5})), ("SN098", faces.truth("SN098", {25: 5}))]
    monkeypatch.setattr(card, "clearest_targets", lambda faces, people: frames)
    drawn = np.asarray(card.card(faces, White(), 2).convert("RGB"))
    middle, right = card.FACE // 2, card.LEFT + card.FACE // 2
    assert drawn[card.TOP + middle, right].max() < 10
    assert drawn[card.TOP + card.FACE + 4 + middle, right].min() > 245

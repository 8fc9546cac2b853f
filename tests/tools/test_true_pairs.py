"""True pictures of two phrases: which pairs there are, and what is measured in them."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from lfes_core.datasets import ScanFaces
from lfes_core.evaluation.estimator import IntensityMeter
from tools.book import true_pairs
from tools.book.pages import ROOT
from tools.scan_faces.dataset import jpeg_file
from tools.scan_faces.plan import is_possible

KEPT = ROOT / "book" / "runs" / "true_pairs"


def test_every_pair_that_a_face_can_do_is_drawn_at_each_level_once():
    drawn = [true_pairs.pair(each) for each in true_pairs.expressions()]
    assert len(drawn) == len(set(drawn)) and all(is_possible(dict(each)) for each in drawn)
    assert ((1, 5), (12, 5)) in drawn and ((1, 5), (9, 5)) not in drawn
    assert true_pairs.pair(true_pairs.KEPT[1]) in drawn


def test_kept_is_one_where_changes_add_and_less_where_the_new_phrase_takes_away():
    region = np.zeros((256, 256), bool)
    region[:9, :9] = True
    neutral = np.full((256, 256, 3), 100, np.uint8)
    old, new = neutral.copy(), neutral.copy()
    old[:9, :9] += 40
    new[200:] -= 20
    both = old + new - neutral
    assert true_pairs.share_kept(neutral, old, new, both, region) == pytest.approx(1)
    both[:9, :9] -= 30
    assert true_pairs.share_kept(neutral, old, new, both, region) == pytest.approx(0.25)


def test_a_picture_that_shows_the_old_phrase_alone_keeps_all_of_it():
    faces, meter, person = ScanFaces(), IntensityMeter.load(), "SN097"
    alone = jpeg_file(Image.fromarray(true_pairs.true_picture(faces, person, 12, 5)), 95)
    lines = list(true_pairs.measured({((1, 5), (12, 5)): alone}, faces, meter, person))
    assert [(line["old"], line["new"]) for line in lines] == [(1, 12), (12, 1)]
    brow, smile = lines
    assert abs(brow["read"]) < 0.7 < 2 < smile["read"]
    assert abs(brow["kept"]) < 0.1


def test_what_the_chapter_reads_is_whole_and_of_this_plan():
    table = pd.read_csv(KEPT / "true_pairs.csv")
    pairs = {true_pairs.pair(each) for each in true_pairs.expressions()}
    found = {
        tuple(sorted(((old, level), (new, level)))) for level, old, new in table[["level", "old", "new"]].to_numpy()
    }
    assert found == pairs and len(table) == 2 * 8 * len(pairs)
    assert set(table["person"]) == set(ScanFaces().validation_subjects)
    assert (KEPT / "brow_and_smile.jpg").read_bytes().startswith(b"\xff\xd8")

"""The figures on the data card are those of the archive that comes with the package."""

import hashlib
import re
from pathlib import Path

from lfes_core.datasets.scan_faces import ARCHIVE
from tools.scan_faces.figures import BEGIN, END
from tools.scan_faces.plan import plan

CARD = (Path(__file__).parents[2] / "book/data_card.md").read_text("utf-8")


def test_the_figures_were_measured_on_the_shipped_archive():
    figures = CARD.partition(BEGIN)[2].partition(END)[0]
    assert re.findall(r"`([0-9a-f]{64})`", figures) == [hashlib.sha256(ARCHIVE.read_bytes()).hexdigest()]
    assert f"{ARCHIVE.stat().st_size:,} bytes" in figures


def test_what_the_card_says_about_everybody_is_the_plan():
    for subject in plan(96, 8, 16, 1):
        singles, combinations, *emotions = (len(trial.expressions) for trial in subject.trials)
        expected = {"train": (7, 4, 3), "validation": (110, 4, 7), "test": (33, 5, 7)}
        assert (singles - 1, combinations, sum(emotions)) == expected[subject.part]
    text = " ".join(CARD.split())
    assert "SN001 to SN096 are for training, SN097 to SN104 for validation, SN901 to SN916 for the test." in text
    assert "A training person makes seven single Action Units, four combinations and three emotions." in text
    assert "A validation person makes every unit at every intensity, four combinations and seven emotions." in text
    assert (
        "A test person makes every unit at E and half of the units at B, five combinations and seven emotions." in text
    )

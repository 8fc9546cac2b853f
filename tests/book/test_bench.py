"""The page of speed shows the record that is kept with the book, and no number of its own."""

import json
import re
from pathlib import Path

from lfes_core.bench.reference import MEASURES
from tools.book import bench, outputs

SOURCE = (Path(__file__).parents[2] / "book" / "bench.md").read_text("utf-8")


def test_the_page_is_filled_from_the_record():
    record, page = json.loads(bench.RECORD.read_text("utf-8")), [SOURCE]
    outputs._fill(None, bench.PAGE, page)
    assert bench.PLACEHOLDER in SOURCE and bench.PLACEHOLDER not in page[0]
    assert record["machine"]["hardware"] in page[0] and "| adversarial: pairs a second | " in page[0]


def test_the_record_has_each_measure_that_the_package_takes():
    measures = json.loads(bench.RECORD.read_text("utf-8"))["measures"]
    assert {name: tuple(told) for name, told in measures.items()} == {
        name: (measure.ours, measure.recipe) for name, measure in MEASURES.items()
    }


def test_no_measured_number_is_typed_on_the_page():
    assert not re.findall(r"\d+(?:\.\d+)? ?(?:ms|GB|times|%|seconds)", SOURCE)

"""Files in the place of a notebook: each is read, and its cells run, or one line tells what it is."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lfes_core.course import sandbox
from lfes_core.course.check import Exercise
from lfes_core.course.sandbox import chapter_named, chapter_of, read_notebook
from lfes_core.errors import UserError
from tests.course.classroom import notebook


@pytest.mark.parametrize("text", ["", "{", "[]", '{"cells": 3}', '{"cells": ["x"]}', "null", "\x00\xff", "[" * 100_000])
def test_a_file_that_is_no_notebook_is_told(tmp_path, text):
    path = tmp_path / "99_numbers.ipynb"
    path.write_text(text)
    with pytest.raises(UserError, match="no notebook"):
        read_notebook(path)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
odd_cells = st.fixed_dictionaries(
    {},
    optional={
        "cell_type": st.sampled_from(["code", "markdown"]) | json_values,
        "source": st.sampled_from(["x", "\ud800", ["a", "b"], [1], [[[]]]]) | json_values,
        "metadata": json_values,
        "outputs": json_values,
    },
)
odd_notebooks = st.fixed_dictionaries(
    {},
    optional={
        "cells": st.lists(odd_cells | json_values, max_size=4) | json_values,
        "metadata": st.fixed_dictionaries({"lfes": st.fixed_dictionaries({"chapter": json_values}) | json_values})
        | json_values,
    },
)


class Shell:
    """Takes the code of cells, and runs none."""

    error_before_exec = error_in_exec = None

    def run_cell(self, text, **_):
        assert isinstance(text, str) and text.strip()
        return self


def read_as_a_notebook(path, content):
    """Any file runs, cell by cell, each with a SIGALRM, or is told in one line."""
    path.write_bytes(content)
    events = []
    job = {"time_limit": 1e9, "cell_limit": 1e9, "skip": {}}
    try:
        read = read_notebook(path)
        assert isinstance(chapter_of(read, "99_any", {}), int | str)
        sandbox._run_cells(read["cells"], Shell(), job, lambda **event: events.append(event))
    except UserError as error:
        assert "\n" not in str(error) and len(str(error)) < 200
    assert all(len(value) < 200 for event in events for value in event.values())
    return len(events)


ANY_FILE = ("Course", "any bytes, or any JSON, in the place of a notebook", "told in one line, or its code runs")


@pytest.mark.fault(*ANY_FILE)
@settings(max_examples=100)
@given(
    content=st.binary(max_size=40) | odd_notebooks.map(lambda made: json.dumps(made).encode()), cut=st.integers(0, 99)
)
def test_any_file_is_a_notebook_that_runs_or_is_told_in_one_line(tmp_path_factory, content, cut):
    kept = content[: len(content) - cut] if cut < 50 else content
    assert read_as_a_notebook(tmp_path_factory.getbasetemp() / "99_any.ipynb", kept) <= 4


MANY = b'{"cells": [' + b'{"cell_type": "code", "source": "x"},' * 19_999 + b'{"cell_type": "code"}]}'


@pytest.mark.fault(*ANY_FILE)
@pytest.mark.parametrize(
    ("content", "events"),
    [
        (b"\xff\xfe" + "{}".encode("utf-16-le"), 0),
        (MANY, 19_999),
        (b'{"cells": ' + b"[" * 100_000, 0),
        (b'{"cells": [], "metadata": {"lfes": {"chapter": ' + b"[" * 900 + b"]" * 900 + b"}}}", 0),
        (b'{"cells": [{"cell_type": "code", "source": ' + b"[" * 900 + b"]" * 900 + b"}]}", 1),
        (b'{"cells": [' + b"9" * 5000 + b"]}", 0),
    ],
    ids=["other encoding", "many cells", "deep", "deep chapter", "deep source", "endless number"],
)
def test_a_large_or_deep_file_is_a_notebook_that_runs_or_is_told_in_one_line(tmp_path, content, events):
    assert read_as_a_notebook(tmp_path / "99_any.ipynb", content) == events


def known() -> dict[str, Exercise]:
    return {name: Exercise(name, name, "f", 1, "", print) for name in ("related_work",)}


def test_a_chapter_is_known_by_metadata_else_by_the_files_name():
    assert chapter_of(notebook(lfes={"chapter": "08_face"}), "ada", known()) == 8
    assert chapter_of(notebook(lfes={"chapter": "related_work"}), "03_x", known()) == "related_work"
    assert chapter_of(notebook(), "03_x (1)", known()) == 3
    assert chapter_named("related_work_final", known()) == "related_work"
    for stem, metadata in (("ada", {}), ("ada", {"lfes": 3}), ("ada", {"lfes": {"chapter": ["x"]}})):
        with pytest.raises(UserError, match="which chapter"):
            chapter_of(notebook(**metadata), stem, known())

"""Sphinx extension: a page shows what its cells gave when they ran, with the time and memory that they took.

They ran before (`tools.book.chapters`). Where a chapter says *measured when the book is built*, in italics and in these
words, the page has time and memory instead. Without a run that fits, a page shows the outputs in the notebook.
"""

import json
from functools import cache
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from tools.book import bench, faults, licenses, status, testing
from tools.book.chapters import Run, gigabytes, kept
from tools.book.pages import source

PLACEHOLDER = "measured when the book is built"


@cache
def run_of(page: str) -> Run | None:
    """The run of a page whose cells and surroundings are as they are now."""
    notebook = source(page)
    return kept(notebook) if notebook is not None and notebook.suffix == ".ipynb" else None


def with_outputs(notebook: dict[str, Any], run: Run) -> dict[str, Any]:
    """A notebook as it is after a run: its code cells are counted and have the outputs of the run."""
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    for count, (cell, outputs) in enumerate(zip(code, run.outputs, strict=True), 1):
        cell["execution_count"] = count
        cell["outputs"] = [
            output | ({"execution_count": count} if "execution_count" in output else {}) for output in outputs
        ]
    return notebook


def said(run: Run) -> str:
    """Time and memory as a reader would say them."""
    if run.seconds < 90:
        time = f"about {max(5, 5 * round(run.seconds / 5))} seconds"
    else:
        time = f"about {round(run.seconds / 60)} minutes"
    return time + (f" and {gigabytes(run.memory)} of memory" if run.memory else "")


def _fill(app: Sphinx, docname: str, content: list[str]) -> None:
    if docname == status.PAGE:
        content[0] = status.filled(content[0], run_of)
    elif docname == bench.PAGE:
        content[0] = bench.filled(content[0])
    elif docname == faults.PAGE:
        content[0] = testing.filled(faults.filled(content[0]))
    elif docname == licenses.PAGE:
        content[0] = licenses.filled(content[0])
    elif run := run_of(docname):
        content[0] = json.dumps(with_outputs(json.loads(content[0]), run))


def _say(app: Sphinx, doctree: nodes.document) -> None:
    if run := run_of(app.env.docname):
        for node in list(doctree.findall(nodes.emphasis)):
            if node.astext() == PLACEHOLDER:
                node.replace_self(nodes.Text(said(run)))


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to the reading of pages."""
    app.connect("source-read", _fill)
    app.connect("doctree-read", _say)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

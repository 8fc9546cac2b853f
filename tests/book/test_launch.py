"""Chapters open in Colab and Binder where the repository's address is known; without one, nothing asks for it."""

import os
import re
import subprocess
import sys

import nbformat
import pytest

from tools.book.pages import ROOT

CONFIGURATION = """
extensions = ["myst_nb", "tools.book.launch"]
html_theme = "sphinx_book_theme"
html_title = "Faces"
nb_execution_mode = "off"
"""
ADDRESSES = ("BOOK_REPOSITORY", "BOOK_URL", "GITHUB_REPOSITORY", "GITHUB_REF_NAME")


@pytest.fixture
def built(tmp_path):
    """Builds a page and a notebook with an environment; returns both."""
    (tmp_path / "conf.py").write_text(CONFIGURATION)
    (tmp_path / "index.md").write_text("# Faces\n\n```{toctree}\n01_first\n```\n")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Eyes & *lips*")])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, tmp_path / "01_first.ipynb")

    def build(**known):
        env = {name: value for name, value in os.environ.items() if name not in ADDRESSES} | known
        command = [sys.executable, "-m", "sphinx", "-q", ".", "out"]
        subprocess.run(command, cwd=tmp_path, env=env | {"PYTHONPATH": str(ROOT)}, check=True)
        return [(tmp_path / "out" / page).read_text("utf-8") for page in ("index.html", "01_first.html")]

    return build


def test_without_an_address_no_button_and_no_card_asks_for_one(built):
    for page in built():
        assert not re.search(r"colab|mybinder|og:image|canonical", page)


def test_a_known_repository_gives_each_notebook_its_own_buttons_and_a_card(built):
    index, chapter = built(GITHUB_REPOSITORY="owner/faces", GITHUB_REF_NAME="book")
    assert "https://colab.research.google.com/github/owner/faces/blob/book/01_first.ipynb" in chapter
    assert "https://mybinder.org/v2/gh/owner/faces/book?urlpath=lab/tree/01_first.ipynb" in chapter
    assert "colab" not in index
    assert '<meta property="og:title" content="Eyes &amp; lips | Faces" />' in chapter
    assert '<meta property="og:url" content="https://owner.github.io/faces/01_first.html" />' in chapter
    assert '<meta property="og:image" content="https://owner.github.io/faces/_static/card.png" />' in index


def test_a_book_may_be_published_elsewhere(built):
    index, _ = built(BOOK_URL="https://faces.example/book", BOOK_REPOSITORY="owner/faces")
    assert 'content="https://faces.example/book/_static/card.png"' in index

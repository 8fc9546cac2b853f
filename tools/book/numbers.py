"""Sphinx extension: each chapter counts its own figures and exercises.

The second figure of chapter 4 is Fig. 4.2, so that Fig. 1 to 3 are the paper's; its second exercise is Exercise 2, as
the text of the chapter calls it. The title of an exercise stands behind its number without brackets of its own.
"""

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

Numbers = dict[str, dict[str, dict[str, tuple[int, ...]]]]
"""Page -> kind -> id -> number, as Sphinx keeps them."""


def number_in_chapters(numbers: Numbers) -> None:
    """Replace numbers that run through the whole book."""
    for page, kinds in numbers.items():
        chapter = re.search(r"(?:^|/)0*(\d+)_[^/]*$", page)
        for kind, found in kinds.items():
            before = (int(chapter[1]),) if chapter and kind == "figure" else ()
            for n, name in enumerate(sorted(found, key=lambda name: found[name]), 1):
                found[name] = (*before, n)


class TitlesWithoutBrackets(SphinxPostTransform):
    """Exercise 2 · Alpha by hand (*, 5 minutes)."""

    default_priority = 30  # after sphinx_exercise has put the titles together

    def run(self, **kwargs: Any) -> None:
        """Change the titles of a page."""
        for exercise in self.document.findall(nodes.Element):
            title = exercise[0] if "exercise" in exercise.get("classes", ()) else None
            if isinstance(title, nodes.title) and title[0] == " (" and title[-1] == ")":
                title[0] = nodes.Text("· ")
                del title[-1]


def _after_sphinx_has_counted(app: Sphinx, env: Any) -> list[str]:
    number_in_chapters(env.toc_fignumbers)
    return []


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to the counting."""
    app.connect("env-get-updated", _after_sphinx_has_counted, priority=900)
    app.add_post_transform(TitlesWithoutBrackets)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

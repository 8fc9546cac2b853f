"""Source of the package on a page: whole, and in colors."""

import inspect
import textwrap
from typing import Any

from IPython.display import Markdown, display


def show_source(thing: Any) -> None:
    """Show the source of a function, a method or a class of the package, as it runs."""
    source = textwrap.dedent(inspect.getsource(thing)).rstrip()
    display(Markdown(f"```python\n{source}\n```"))

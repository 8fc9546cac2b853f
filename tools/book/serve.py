"""Serve the built book on this machine and open it in a browser.

python -m tools.book.serve [PORT]
"""

import contextlib
import functools
import http.server
import sys
import threading
import webbrowser
from typing import Any

from tools.book.pages import HTML, WHOLE


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A server that says nothing of what it serves."""

    def copyfile(self, source: Any, outputfile: Any) -> None:
        """Send a file; who has gone away meanwhile is not an error."""
        with contextlib.suppress(ConnectionError):
            super().copyfile(source, outputfile)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing for every file that is fetched."""


def main() -> int:
    """Serve until Ctrl-C; returns 1 when no book has been built."""
    if not (HTML / WHOLE).is_file():
        print("error: no book has been built yet; run `make book` first", file=sys.stderr)
        return 1
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    handler = functools.partial(Quiet, directory=str(HTML))
    with http.server.ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        address = f"http://127.0.0.1:{server.server_address[1]}/"
        print(f"The book is at {address} (Ctrl-C stops).", flush=True)
        threading.Timer(0.5, webbrowser.open, (address,)).start()
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()
    return 0


if __name__ == "__main__":
    sys.exit(main())

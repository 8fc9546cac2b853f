"""Bytes that nobody would write, ``python -m tools.fuzz [TARGET ...] [--seconds N] [--keep FOLDER]``.

Atheris (``pip install atheris``; Linux) watches which lines of lfes_core an input reaches, and changes inputs to reach
others. Each target must take any bytes, or refuse them with a `UserError` of one or two printable lines. An input that
it answers otherwise is kept. The tests try the targets, too, on the first inputs (`SEEDS`) and on pieces of them.
"""

import argparse
import importlib.util
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

LONGEST = 600
"""Letters in a message: a part of it may repeat 80 of what was given."""


def sentences(data: bytes, folder: Path) -> None:
    """A sentence, and Action Units as text."""
    from lfes_core.sentences import PROTOCOLS, Description, describe, read_action_units, understand

    text = data.decode("utf-8", "surrogateescape")
    refused(lambda: understand(text))
    units = refused(lambda: read_action_units(text))
    for protocol in PROTOCOLS if isinstance(units, dict) and units else ():
        refused(lambda protocol=protocol: describe(Description("woman", action_units=units), protocol))


def labels(data: bytes, folder: Path) -> None:
    """Files of labels: intensities of frames, Action Units, landmarks, a code."""
    from lfes_core.datasets import labels

    text = data.decode("utf-8", "replace")
    for read in (labels.read_frame_intensities, labels.read_facs):
        refused(lambda read=read: read(text, lambda why, what: why.format(what)))
    refused(lambda: labels.read_landmarks(text))
    refused(lambda: labels.read_code(text, ("woman", "man")))


def archives(data: bytes, folder: Path) -> None:
    """An archive of a data set: what it names, and every file in it."""
    from lfes_core.datasets.tree import open_tree

    path = folder / "faces.zip"
    path.write_bytes(data)
    for name in refused(lambda: open_tree(path).names()) or ():
        refused(lambda name=name: open_tree(path).read_bytes(name))


def pictures(data: bytes, folder: Path) -> None:
    """A picture."""
    from lfes_core.images import read_image

    refused(lambda: read_image(data))


def notebooks(data: bytes, folder: Path) -> None:
    """A student's notebook, before it runs."""
    from lfes_core.course.sandbox import chapter_of, read_notebook

    path = folder / "08_handed_in.ipynb"
    path.write_bytes(data)
    refused(lambda: chapter_of(read_notebook(path), path.stem, {}))


def settings(data: bytes, folder: Path) -> None:
    """A configuration as the header of weights tells it."""
    from lfes_core.config import Config

    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return
    refused(lambda: Config.from_json(found))


def refused(call: Callable[[], Any]) -> Any:
    """What a call returns; None where it refuses as it should. Any other error goes on."""
    from lfes_core.errors import UserError

    try:
        return call()
    except UserError as error:
        lines = str(error).split("\n")
        assert len(lines) <= 2 and len(str(error)) <= LONGEST and all(line.isprintable() for line in lines), lines
    return None


def _picture(kind: str) -> bytes:
    from PIL import Image

    file = io.BytesIO()
    Image.new("RGB", (40, 40), (200, 120, 80)).save(file, kind)
    return file.getvalue()


def _archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("Labels/SN001/A1/AU1.txt", "000.jpg     0\n001.jpg     3\n")
        packed.writestr("../out.txt", "1")
    return file.getvalue()


def _settings() -> bytes:
    from lfes_core.config import preset

    return json.dumps(preset("tiny").to_json()).encode()


SEEDS: dict[Callable[[bytes, Path], None], Callable[[], list[bytes]]] = {
    sentences: lambda: [
        b"A woman with highly parted lips and significantly dropped jaw",
        b"He is not smiling, but his brows are slightly raised.",
        b"1:3,25:E,26",
    ],
    labels: lambda: [
        b"AU1\npicture intensity\n000.jpg     0\n001.png  3.0e+00\n",
        b"  1.0000000e+00   4.0000000e+00\n",
        b"1.5 2.5\n" * 68,
    ],
    archives: lambda: [_archive()],
    pictures: lambda: [_picture(kind) for kind in ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")],
    notebooks: lambda: [
        b'{"cells": [{"cell_type": "code", "source": ["x"], "metadata": {}}], '
        b'"metadata": {"lfes": {"chapter": "08_x"}}}'
    ],
    settings: lambda: [_settings()],
}
TARGETS = {target.__name__: target for target in SEEDS}


def main() -> int:
    """Try targets, each in a process of its own; 1 where an input was answered otherwise than it should be."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(",")[0])
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"{', '.join(TARGETS)} (default: all)")
    parser.add_argument("--seconds", type=int, default=60, help="for each target (default: %(default)s)")
    parser.add_argument("--keep", type=Path, default=Path("fuzz_found"), help="folder for such inputs")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)  # in a process of its own already
    asked = parser.parse_args()
    if unknown := [name for name in asked.targets if name not in TARGETS]:
        parser.error(f"{unknown[0][:80]!r} is none of {', '.join(TARGETS)}")
    if importlib.util.find_spec("atheris") is None:
        print("error: Atheris is not installed: pip install atheris (Linux, Python 3.11 to 3.13)", file=sys.stderr)
        return 2
    if asked.here:
        _fuzz(asked.targets[0], asked.seconds, asked.keep)
    failed = 0
    asked.keep.mkdir(parents=True, exist_ok=True)
    for name in asked.targets or TARGETS:
        command = [sys.executable, "-m", "tools.fuzz", name, "--here"]
        command += [f"--seconds={asked.seconds}", f"--keep={asked.keep}"]
        with tempfile.TemporaryDirectory() as there:  # which the process cannot remove: Atheris ends it
            env = os.environ | {"TMPDIR": there}
            ended = subprocess.run(command, env=env, capture_output=True, text=True, errors="replace")
        done = re.search(r"Done (\d+) runs", ended.stderr)
        failed |= int(done is None or ended.returncode != 0)
        print(f"{name}: {done[1] + ' inputs, all taken or refused' if done else ended.stderr[-2000:]}", flush=True)
    with suppress(OSError):  # something was found
        asked.keep.rmdir()
    return failed


def _fuzz(name: str, seconds: int, keep: Path) -> None:
    import atheris  # type: ignore[import-not-found]

    target, folder = TARGETS[name], Path(tempfile.mkdtemp())
    corpus = folder / "corpus"
    corpus.mkdir()
    with atheris.instrument_imports(include=["lfes_core"]):
        for number, seed in enumerate(SEEDS[target]()):
            (corpus / str(number)).write_bytes(seed)
            target(seed, folder)
    limits = [f"-max_total_time={seconds}", "-max_len=20000", "-rss_limit_mb=3000", "-timeout=20"]
    atheris.Setup([name, *limits, f"-artifact_prefix={keep}/", str(corpus)], lambda data: target(data, folder))
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())

"""Everything that people do, once, in a process that may reach nobody: ``python -m tests.watched FOLDER``.

Prints as JSON which of `FORBIDDEN` was tried, and which files each step left in the folder, which is the working
folder, the home and the place of temporary files.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

FORBIDDEN = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "urllib.Request")
FORBIDDEN += ("pickle.find_class", "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "webbrowser.open")

tried: list[str] = []


def watch(event: str, about: tuple[Any, ...]) -> None:
    if event in FORBIDDEN:
        tried.append(f"{event} {about!r:.200}")
        raise ConnectionError(event)


def everything(folder: Path) -> dict[str, list[str]]:
    """Each command, and the files that it left."""
    from lfes_core.command_line import main
    from tests.training.faces import SMALL_STEPS

    small = [word for key, value in SMALL_STEPS.items() for word in ("--set", f"{key}={json.dumps(value)}")]
    steps = {
        "import": None,
        "describe": "describe --aus 1:3,25:5",
        "parse": "parse smiling",
        "crop": "synthesize face.jpg smiling -o out/crop.png --attention out/words.npz",
        "photograph": "synthesize photograph.jpg smiling -o out/photograph.jpg",
        "strip": "synthesize photograph.jpg smiling --strip -o out/strip.png",
        "train": "train --data disfaplus:faces --out out/run --precision 32-true --steps 1",
        "evaluate": "evaluate out/run --data disfaplus:faces --out out/report",
    }
    left, seen = {}, files(folder)
    for step, words in steps.items():
        if words is not None:
            status = main([*words.split(), *(small if step == "train" else [])])
            assert status == 0, f"{step} ended with {status}"
        left[step] = sorted(files(folder) - seen)
        seen = files(folder)
    return left


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


if __name__ == "__main__":
    place = Path(sys.argv[1])
    os.chdir(place)
    sys.addaudithook(watch)
    print(json.dumps({"left": everything(place), "tried": tried}))

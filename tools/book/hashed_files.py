"""Files that a page loads once and keeps: compressed, named by their content, and listed in ``models.json``."""

import gzip
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

LIST = "models.json"


def store(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files and their list.

    The list holds for each file, by its name without suffix, under which name it lies (``file``), the SHA-256 of its
    content before compression, and how many bytes travel. Compressed here, because not every host compresses.
    """
    folder.mkdir(parents=True, exist_ok=True)
    listed = {}
    for name, content in files.items():
        path = Path(name)
        sha256 = hashlib.sha256(content).hexdigest()
        stored = folder / f"{path.stem}-{sha256[:16]}{path.suffix}.gz"
        compressed = gzip.compress(content, 9, mtime=0)
        stored.write_bytes(compressed)
        listed[path.stem] = {"file": stored.name, "sha256": sha256, "bytes": len(compressed)}
    (folder / LIST).write_text(json.dumps(listed, indent=2) + "\n", "utf-8")

"""Files that a page keeps: named by what is in them, and never an old one among them."""

import gzip
import hashlib
import json
from pathlib import Path

from tools.book.hashed_files import store


def stored(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_list_tells_what_a_page_will_receive(tmp_path: Path):
    content = b"weights " * 1000
    store(tmp_path, {"network.onnx": content, "ort.wasm": b"code"})
    listed = json.loads((tmp_path / "models.json").read_text("utf-8"))
    assert set(listed) == {"network", "ort"}
    network = listed["network"]
    compressed = (tmp_path / network["file"]).read_bytes()
    assert gzip.decompress(compressed) == content
    assert network["sha256"] == hashlib.sha256(content).hexdigest()
    assert network["bytes"] == len(compressed) < len(content)


def test_the_same_content_gives_the_same_bytes_under_the_same_name(tmp_path: Path):
    for folder in ("one", "other"):
        store(tmp_path / folder, {"network.onnx": b"weights"})
    assert stored(tmp_path / "one") == stored(tmp_path / "other")


def test_other_content_has_another_name(tmp_path: Path):
    store(tmp_path, {"network.onnx": b"weights"})
    store(tmp_path, {"network.onnx": b"better weights"})
    assert len(stored(tmp_path)) == 3

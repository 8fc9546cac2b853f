"""What the explorer's page loads: all of it from the book's own host, in versions that are fixed."""

import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from tools.book import explorer_files
from tools.book.explorer_files import LOCK, SOURCE, fetch, put_together


def test_versions_are_fixed_and_no_host_is_named():
    lock = json.loads((SOURCE / LOCK).read_text("utf-8"))
    wanted = json.loads((SOURCE / "package.json").read_text("utf-8"))
    for name, version in (wanted["dependencies"] | wanted["devDependencies"]).items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
        assert lock["packages"][f"node_modules/{name}"]["version"] == version
    packages = [package for place, package in lock["packages"].items() if place]
    assert all("integrity" in package and "resolved" not in package for package in packages)


def test_packages_are_fetched_once_for_each_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    calls, results = [], iter(((1, "no connection\n"), (0, "")))

    def npm(arguments: list[str], cwd: Path, **_: object) -> SimpleNamespace:
        calls.append((arguments[0], cwd))
        code, said = next(results)
        return SimpleNamespace(returncode=code, stderr=said)

    monkeypatch.setattr(explorer_files, "npm", npm)
    assert fetch(tmp_path) == "no connection"
    assert [fetch(tmp_path), fetch(tmp_path)] == ["", ""]
    assert calls == [("ci", tmp_path)] * 2


def test_everything_that_a_page_loads_lies_beside_its_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(explorer_files, "models", lambda: [("intensity", b"network")])
    runtime, site = tmp_path / "dist", tmp_path / "site"
    runtime.mkdir()
    for name in ("ort-wasm-simd-threaded.wasm", "ort.wasm.bundle.min.mjs"):
        (runtime / name).write_text(name)
    site.mkdir()
    (site / "synthesizer-of-yesterday.onnx.gz").write_bytes(b"old")
    put_together(runtime, site)
    assert not list(site.glob("*of-yesterday*"))
    listed = json.loads((site / "models.json").read_text("utf-8"))
    assert set(listed) == {"pnet", "rnet", "onet", "ort", "intensity"}
    assert all((site / entry["file"]).is_file() for entry in listed.values())
    for code in site.glob("*.js"):
        for imported in re.findall(r'^(?:import|export) .*?from "(.+?)";$', code.read_text("utf-8"), re.MULTILINE):
            assert (site / imported).is_file(), f"{code.name} imports {imported}"
    licenses = (site / "licenses.txt").read_text("utf-8")
    assert all(holder in licenses for holder in ("the lfes authors", "Microsoft Corporation", "linxiaohui"))
    assert licenses.count("WITHOUT WARRANTY OF ANY KIND") == 3

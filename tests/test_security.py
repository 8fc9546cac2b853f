"""What a stranger sends runs nothing, nobody is called, and pictures of people go where they were asked to go."""

import ast
import json
import os
import pickle
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from skimage import data

from lfes_core.command_line import main
from tests.training.faces import drawn_faces

ROOT = Path(__file__).parents[1]
UNSAFE_MODULES = {"pickle", "_pickle", "cloudpickle", "dill", "joblib", "jsonpickle", "marshal", "shelve"}
UNSAFE_CALLS = {"eval", "exec", "compile", "os.system", "os.popen", "torch.load", "torch.hub.load", "yaml.load"}
UNSAFE_CALLS |= {"yaml.unsafe_load", "yaml.full_load", "pd.read_pickle", "pandas.read_pickle", "extractall"}


def sources() -> Iterator[tuple[str, str]]:
    """Every Python file of package, tools and book, and the code of every notebook, by name."""
    for path in (path for part in ("lfes_core", "tools", "book") for path in sorted((ROOT / part).rglob("*"))):
        name = path.relative_to(ROOT).as_posix()
        if path.suffix == ".py":
            yield name, path.read_text("utf-8")
        elif path.suffix == ".ipynb" and ".ipynb_checkpoints" not in name:
            cells = json.loads(path.read_text("utf-8"))["cells"]
            code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
            yield name, re.sub(r"^( *)[%!].*", r"\1pass", "\n".join(code), flags=re.MULTILINE)


def unsafe(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            yield from ({name.split(".")[0] for name in names} & UNSAFE_MODULES)
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called in UNSAFE_CALLS or called.split(".")[-1] == "extractall":
                yield called
            given = {each.arg: ast.unparse(each.value) for each in node.keywords}
            yield from (f"{name}={value}" for name, value in given.items() if (name, value) in UNSAFE_WORDS)


UNSAFE_WORDS = {("shell", "True"), ("allow_pickle", "True"), ("weights_only", "False")}


@pytest.mark.fault("Privacy and security", "code that runs what a file says, in package, tools, book", "there is none")
def test_no_code_unpickles_evaluates_or_starts_a_shell():
    found = {name: calls for name, source in sources() if (calls := list(unsafe(source)))}
    assert found.pop("tools/mutation.py") == ["exec", "compile", "compile"]  # of the package's own code, changed
    assert found == {}


UNSAFE = """import pickle; from pickle import loads; eval('1'); torch.load(f); np.load(f, allow_pickle=True)
; subprocess.run(x, shell=True); yaml.load(f); zipfile.ZipFile(f).extractall(); torch.hub.load('a', 'b')"""


@pytest.mark.parametrize("source", UNSAFE.split(";"))
def test_unsafe_code_would_be_found(source):
    assert list(unsafe(source.strip()))


class Evil:
    """Unpickled, it writes a file."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("executed",)


def crafted(folder: Path) -> list[str]:
    """Files of several kinds that would run code if they were unpickled, as people get them from strangers."""
    weights = {"state_dict": {"a": torch.zeros(2)}, "more": Evil()}
    torch.save(weights, folder / "weights.pth")
    torch.save(weights, folder / "weights-vgg16-lpips.pth", _use_new_zipfile_serialization=False)
    (folder / "weights.safetensors").write_bytes(pickle.dumps(weights))
    np.save(folder / "face.npy", np.array([Evil()], dtype=object), allow_pickle=True)
    with zipfile.ZipFile(folder / "people.zip", "w") as archive:
        for name in ("Images/SN001/A/000.jpg", "Labels/SN001/A/AU1.txt", "Flow/SN001/A/001.npy"):
            archive.writestr(name, pickle.dumps(weights))
    run = folder / "run"
    run.mkdir()
    for name in ("synthesizer", "matching", "discriminators", "checkpoint"):
        (run / f"{name}.safetensors").write_bytes((folder / "weights.pth").read_bytes())
    (run / "config.json").write_bytes(pickle.dumps(weights))
    return ["weights.pth", "weights-vgg16-lpips.pth", "weights.safetensors", "face.npy", "people.zip", "run"]


@pytest.mark.fault("Privacy and security", "a pickle as weights, run, data set or face", "one line; nothing in it runs")
def test_nothing_in_a_pickled_file_ever_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names, own = crafted(tmp_path), ["--data", "disfaplus:faces"]
    drawn_faces(Path("faces"))
    Image.new("RGB", (256, 256)).save("face.png")
    for name in names:
        for words in (
            ["synthesize", "face.png", "smiling", "-o", "out.png", "--weights", name],
            ["synthesize", name, "smiling", "-o", "out.png"],
            *(["train", "--out", "new", *own, option, name] for option in ("--start-from", "--matching-from")),
            ["train", "--out", name, *own, "--resume"],
            ["train", "--out", "new", "--data", f"disfaplus:{name}"],
            ["evaluate", name, *own, "--out", "report"],
            *(["check-data", "--dataset", kind, name] for kind in ("disfaplus", "ckplus", "scanfaces")),
        ):
            assert main(words) == 2, words
            assert capsys.readouterr().err.count("\n") == 1 and not Path("executed").exists(), words
    assert not {"new", "out.png", "report"} & {path.name for path in tmp_path.iterdir()}
    pickle.loads(Path("weights.safetensors").read_bytes())
    assert Path("executed").exists()  # it would have been seen


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What `tests.watched` tells."""
    folder = tmp_path_factory.mktemp("watched")
    (folder / "out").mkdir()
    drawn_faces(folder / "faces")
    Image.fromarray(data.astronaut()).save(folder / "photograph.jpg")
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (256, 256, 3), dtype=np.uint8)).save(folder / "face.jpg")
    kept = {name: os.environ[name] for name in ("PATH", "OMP_NUM_THREADS") if name in os.environ}
    own = {name: str(folder) for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME")}
    command = [sys.executable, "-m", "tests.watched", str(folder)]
    environment = kept | own | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr[-3_000:]
    told: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return told


@pytest.mark.fault(
    "Privacy and security", "every command without network, programs, pickles", "all work, nothing is tried"
)
def test_every_command_works_without_a_network_another_program_or_a_pickle(done):
    assert done["tried"] == []
    assert any("synthesizer.safetensors" in name for name in done["left"]["train"])
    assert "out/report/report.md" in done["left"]["evaluate"]


@pytest.mark.fault(
    "Privacy and security", "files left in home, temporary and working folder", "those asked for, no other"
)
def test_a_picture_is_written_where_it_was_asked_for_and_nowhere_else(done):
    left = done["left"]
    assert left["crop"] == ["out/crop.png", "out/words.npz"]
    assert left["photograph"] == ["out/photograph.jpg"] and left["strip"] == ["out/strip.png"]
    assert left["import"] == left["describe"] == left["parse"] == []
    for step in ("train", "evaluate"):
        assert all(name.startswith(("out/run/", "out/report/")) for name in left[step]), left[step]


@pytest.mark.fault("Privacy and security", "a picture with name, author, place, comment", "none is in the result")
@pytest.mark.parametrize("out", ["png", "jpg", "webp", "tif", "bmp", "strip"])
def test_a_result_tells_nothing_of_the_picture_that_it_was_made_from(tmp_path, out):
    exif = Image.Exif()
    exif[0x013B], exif[0x9286], exif[0x010E] = "AUTHOR-OF-IT", "COMMENT-ON-IT", "TITLE-OF-IT"
    exif.get_ifd(0x8825)[0x001D] = "PLACE-OF-IT"
    folder = tmp_path / "FOLDER-OF-IT"
    folder.mkdir()
    face = folder / "NAME-OF-IT.jpg"
    Image.fromarray(data.astronaut()[:256, 100:356]).save(face, exif=exif, comment="JPEG-COMMENT-ON-IT")
    assert face.read_bytes().count(b"-IT") == 4 + 1
    made, words = tmp_path / f"made.{'png' if out == 'strip' else out}", tmp_path / "words.npz"
    options = ["--strip"] if out == "strip" else ["--attention", str(words)]
    assert main(["synthesize", str(face), "smiling", "-o", str(made), *options]) == 0
    for content in (path.read_bytes() for path in (made, words) if path.exists()):
        assert b"-IT" not in content and str(tmp_path).encode() not in content
    with Image.open(made) as image:
        assert not image.getexif().get_ifd(0x8825) and not {0x013B, 0x010E} & set(image.getexif())

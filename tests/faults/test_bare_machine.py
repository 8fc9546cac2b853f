"""A machine on which nobody may write anywhere: no home, no folder for temporary files, a working folder of others."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.training.faces import drawn_faces

ROOT = Path(__file__).parents[2]

PROGRAM = """
import pwd, sys
from pathlib import Path

def nobody(*number):
    raise KeyError("no such user")

pwd.getpwuid = nobody
written = []
from tests.faults.moments import heard

def note(event, paths):
    written.extend(str(path) for path in paths)

with heard(note):
    from lfes_core.command_line import main
    from lfes_core.datasets import DISFAPlus
    from lfes_core.evaluation import evaluate
    from lfes_core.networks import visual_semantic_encoder
    from tests.faults.conftest import NarrowTrunk
    from tests.training.faces import quiet_run, small

    folder = Path(sys.argv[1])
    for command in (
        ["parse", "a woman smiling"],
        ["synthesize", "~face.png", "a woman smiling", "-o", str(folder / "out" / "made.png")],
    ):
        assert main(command) == 0, command
    visual_semantic_encoder.InceptionTrunk = NarrowTrunk
    none = small(matching__steps=0, adversarial__steps=0)
    assert quiet_run(DISFAPlus(folder / "data"), folder / "out" / "run", none).stopped == "finished"
assert not {"matplotlib", "numba"} & sys.modules.keys()
empty = "torchinductor_"  # a folder that PyTorch makes among temporary files when Lightning is imported
elsewhere = [name for name in written if not name.startswith((str(folder / "out"), "/dev/")) and empty not in name]
print(*sorted(set(elsewhere)), sep="\\n", file=sys.stderr)
sys.exit(bool(elsewhere))
"""


@pytest.mark.fault(
    "Files and folders",
    "no home, a user without a name, a folder for temporary files that does not exist, a working folder that is "
    "not one's own",
    "pictures are made and networks trained all the same; nothing is written but what was asked for",
)
def test_nothing_is_written_but_what_was_asked_for(tmp_path: Path) -> None:
    drawn_faces(tmp_path / "data", people=2)
    (tmp_path / "here").mkdir()
    (tmp_path / "out").mkdir()
    Image.open(tmp_path / "data/Images/SN901/A/000.jpg").save(tmp_path / "here" / "~face.png")
    (tmp_path / "here").chmod(0o555)
    bare = {name: value for name, value in os.environ.items() if name not in ("HOME", "USER", "LOGNAME")}
    bare |= {"TMPDIR": str(tmp_path / "none"), "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path / "here", env=bare, capture_output=True, text=True, check=False)
    (tmp_path / "here").chmod(0o755)
    assert done.returncode == 0, done.stderr[-2000:]
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"made.png", "run"}

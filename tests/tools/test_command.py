import subprocess
import sys
from pathlib import Path

import pytest

from tools.scan_faces.__main__ import main


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["faces.zip", "--subjects", "2"], "holds no generic_neutral_mesh.obj"),
        (["faces.zip", "--subjects", "0"], "--subjects must be 1 to"),
        (["faces.zip", "--frames", "1"], "--frames must be at least 2"),
        (["faces.zip", "--seed", "-1"], "--seed must not be negative"),
        (["faces.zip", "--test-subjects", "-1"], "--test-subjects must be 0 to"),
        (["faces.zip", "--workers", "0"], "--workers must be at least 1"),
        (["faces.zip", "--quality", "101"], "--quality must be 1 to 95"),
        (["faces.png"], "must be the name of a file that ends in .zip"),
        (["no/faces.zip"], "does not exist: make it first"),
    ],
)
def test_a_mistake_is_told_in_one_line_with_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], told: str
) -> None:
    name, *rest = options
    assert main([str(tmp_path), str(tmp_path / name), *rest]) == 2
    message = capsys.readouterr().err
    assert message.startswith("error: ") and told in message and message.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_drawing_needs_no_pytorch() -> None:
    code = "import sys, tools.scan_faces.__main__; print('torch' in sys.modules)"
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tools.scan_faces.__main__ import main
from tools.scan_faces.sheets import CAPTION, arrange
from tools.scan_faces.studio import SIZE


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
        (["faces.zip", "--contact-sheet"], "must be the name of a file that ends in .png"),
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


def test_a_contact_sheet_puts_pictures_row_by_row_under_their_captions() -> None:
    colors = [(255, 0, 0), (0, 255, 0), (0, 0, 255)]
    tiles = [(f"{color}", Image.new("RGB", (SIZE, SIZE), color)) for color in colors]
    sheet = arrange(tiles, columns=2)
    assert sheet.size == (2 * SIZE, 2 * (SIZE + CAPTION))
    middles = [(SIZE // 2, 100), (SIZE * 3 // 2, 100), (SIZE // 2, SIZE + CAPTION + 100)]
    assert [sheet.getpixel(middle) for middle in middles] == colors
    assert sheet.getpixel((SIZE * 3 // 2, SIZE + CAPTION + 100)) == (255, 255, 255)

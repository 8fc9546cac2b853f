"""What a test needs of POSIX is seen in its source, so that Windows skips it and runs all the rest."""

from pathlib import Path

import pytest

from tests.windows import needed_of_posix

TESTS = """
from lfes_core.course.grade import grade
PROGRAM = "os.kill(1, signal.SIGKILL)"
def pipe(path): os.mkfifo(path)
def test_plain(tmp_path): tmp_path.mkdir()
def test_itself(tmp_path): (tmp_path / "a").symlink_to("b")
def test_helper(tmp_path): pipe(tmp_path / "a")
def test_program(): exec(PROGRAM)
def test_import(): grade()
"""


@pytest.mark.parametrize(
    ("test", "needed"),
    [
        ("test_plain", None),
        ("test_itself", "symlink_to"),
        ("test_helper", "mkfifo"),
        ("test_program", "SIGKILL"),
        ("test_import", "lfes_core.course.grade"),
    ],
)
def test_a_test_is_skipped_for_what_it_or_a_name_it_mentions_needs(tmp_path: Path, test: str, needed: str) -> None:
    (tmp_path / "test_some.py").write_text(TESTS, "utf-8")
    assert needed_of_posix(tmp_path / "test_some.py", test) == needed

"""What lies beside the chapters, as the package lfes_book: modules, data and pictures for one notebook."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
DATA = ("_static", "reports", "runs")


def open_here() -> None:
    """Let a notebook that lies alone find all that lies beside it in the book: modules, data, pictures."""
    if str(HERE) not in sys.path:
        sys.path.insert(0, str(HERE))
    for name in DATA:
        if not Path(name).exists():
            Path(name).symlink_to(HERE / name, target_is_directory=True)

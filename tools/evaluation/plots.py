"""Draw the plots of a report again: ``python -m tools.evaluation.plots report``.

``python -m lfes_core evaluate --out report`` draws them by itself where this module can be imported. This command
reads ``report.json`` in such a folder and writes the PNG files beside it. The package itself draws no plots, so that it
needs no plotting library.
"""

import argparse
import io
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

from tools.evaluation.dots import attention, directions, phrases, table, words
from tools.evaluation.heatmaps import pairs, responses, units
from tools.evaluation.look import STYLE, Report


def main(argv: list[str] | None = None) -> int:
    """Write the plots; returns 0, or 2 where there is no report."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, help="the folder of a report")
    folder: Path = parser.parse_args(argv).folder
    try:
        plots = draw(json.loads((folder / "report.json").read_text("utf-8")))
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())
        print(f"error: {folder}: no report.json that can be read ({reason})", file=sys.stderr)
        return 2
    for name, content in plots.items():
        (folder / name).write_bytes(content)
        print(folder / name)
    return 0


def draw(report: Report) -> dict[str, bytes]:
    """The plots of a report as PNG files by name; those for which nothing was measured are left out.

    Args:
        report: what ``report.json`` holds.
    """
    plots = {}
    with matplotlib.rc_context(fname=STYLE):
        for name, draw_one in PLOTS.items():
            figure = draw_one(report)
            if figure is not None:
                buffer = io.BytesIO()
                figure.savefig(buffer, format="png", dpi=110, facecolor="white")
                plots[f"{name}.png"] = buffer.getvalue()
    return plots


PLOTS: Mapping[str, Callable[[Report], Figure | None]] = {
    "plot_table": table,
    "plot_words": words,
    "plot_units": units,
    "plot_directions": directions,
    "plot_pairs": pairs,
    "plot_responses": responses,
    "plot_phrases": phrases,
    "plot_attention": attention,
}
"""The name of each file, and what draws it."""

if __name__ == "__main__":
    sys.exit(main())

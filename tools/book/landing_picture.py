"""Draw the picture of the landing page and the README: faces in, sentences in, faces out.

``python -m tools.book.landing_picture`` writes ``book/_static/landing.png`` from ScanFaces' test people and all
sets of weights that come with the package, one row for each. Run it again when either changes. Which expressions
are shown depends on the data alone (`clearest_targets`), never on what the networks made of them.
"""

import argparse
import sys
import textwrap

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt

from lfes_core import describe
from lfes_core.datasets import FaceDataset, Frame, ScanFaces, split
from lfes_core.synthesis import Synthesizer
from lfes_core.shipped import shipped_sets
from tools.book.pages import ROOT

PICTURE = ROOT / "book" / "_static" / "landing.png"
INK = "#7b8087"


def main() -> int:
    """Write the picture; returns 0."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--weights",
        nargs="+",
        metavar="RUN|NAME",
        default=shipped_sets(),
        help="shipped sets or run folders (default: all shipped sets)",
    )
    parser.add_argument("--columns", type=int, default=4, help="how many people (default 4)")
    options = parser.parse_args()
    faces = ScanFaces()
    synthesizers = [Synthesizer.load(weights) for weights in options.weights]
    rows = ["neutral face", "true picture", *map(row_name, synthesizers)]
    figure, axes = plt.subplots(
        len(rows), options.columns, figsize=(2.3 * options.columns, 2.4 * len(rows)), layout="constrained"
    )
    for column, (subject, target) in enumerate(clearest_targets(faces, options.columns)):
        sentence = describe(target.description, "with", seed=column)
        neutral = faces.face(faces.neutral(subject))
        made = [synthesizer(neutral, sentence).image for synthesizer in synthesizers]
        pictures = (neutral, faces.face(target), *made)
        for axis, picture in zip(axes[:, column], pictures, strict=True):
            axis.imshow(picture)
            axis.set(xticks=[], yticks=[])
            axis.spines[:].set_visible(False)
        axes[0, column].set_title(textwrap.fill(sentence, 30), color=INK, fontsize=8.5)
    for axis, name in zip(axes[:, 0], rows, strict=True):
        axis.set_ylabel(name, color=INK)
    figure.savefig(PICTURE, dpi=100, transparent=True)
    print(PICTURE)
    return 0


def row_name(synthesizer: Synthesizer) -> str:
    """What a row of synthesized pictures comes from."""
    return "our extension" if synthesizer.config.networks.synthesizer.skips else "the paper's design"


def clearest_targets(faces: FaceDataset, people: int) -> list[tuple[str, Frame]]:
    """For each of the first test people a picture with two or three strong Action Units; no two the same."""
    chosen: list[tuple[str, Frame]] = []
    frames = split(faces, "test")
    for subject in list(dict.fromkeys(frame.subject for frame in frames))[:people]:
        seen = {number for _, frame in chosen for number in frame.action_units}
        candidates = [
            frame for frame in frames if frame.subject == subject and 2 <= len(frame.action_units) <= 3
        ]
        chosen.append((subject, max(candidates, key=lambda frame, seen=seen: clarity(frame, seen))))
    return chosen


def clarity(frame: Frame, seen: set[int]) -> float:
    """Strong Action Units count; those that another column shows already count half."""
    return sum(
        (level or 0) * (0.5 if number in seen else 1.0) for number, level in frame.action_units.items()
    )


if __name__ == "__main__":
    sys.exit(main())

"""Keep how far apart a run's LSE puts the sentences of different Action Units (chapter 5).

``python -m tools.book.told_apart RUN book/runs/NAME/told_apart.csv``
"""

import argparse
import csv
import sys
from pathlib import Path

from lfes_core.encoders import LanguageVisualSemanticNetwork
from lfes_core.evaluation.told_apart import told_apart


def main() -> int:
    """Writes the table; returns 0."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("run", type=Path, help="a run whose matching stage is finished")
    parser.add_argument("table", type=Path, help="the CSV file to write")
    options = parser.parse_args()
    encoders = LanguageVisualSemanticNetwork.load(options.run)
    with options.table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("unit", "distance", "other", "wording"))
        for unit, found in told_apart(encoders.language_semantic_encoder, encoders.vocabulary).items():
            writer.writerow((unit, f"{found.distance:.4f}", found.other, f"{found.wording:.4f}"))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Keep how far apart a run's LSE puts the sentences of different Action Units (chapter 5).

``python -m tools.book.told_apart RUN book/runs/NAME/told_apart.csv``
"""

import argparse
import csv
import json
import sys
from pathlib import Path

from lfes_core.config import Config
from lfes_core.evaluation.told_apart import told_apart
from lfes_core.sentences import Vocabulary
from lfes_core.training.matched_encoders import load_matched
from lfes_core.training.matching import LanguageVisualSemanticNetwork
from lfes_core.training.run_folder import RunFolder


def main() -> int:
    """Writes the table; returns 0."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("run", type=Path, help="a run whose matching stage is finished")
    parser.add_argument("table", type=Path, help="the CSV file to write")
    options = parser.parse_args()
    config = Config.from_json(json.loads(RunFolder(options.run).config.read_text("utf-8")))
    vocabulary = Vocabulary()
    encoders = LanguageVisualSemanticNetwork(config.networks, len(vocabulary)).eval()
    load_matched(options.run).put_into(encoders)
    with options.table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("unit", "distance", "other", "wording"))
        for unit, found in told_apart(encoders.language_semantic_encoder, vocabulary).items():
            writer.writerow((unit, f"{found.distance:.4f}", found.other, f"{found.wording:.4f}"))
    return 0


if __name__ == "__main__":
    sys.exit(main())

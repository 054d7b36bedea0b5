"""What the refusal rules find of the refusals that people saw, by model, on XSTest's completions.

    python benchmarks/refusals.py FOLDER

FOLDER holds `xstest_v2_completions_*.csv` as published (Roettger and others 2024), each answer
with its `final_label`: 1 complies, 2 refuses, 3 refuses in part. The last two count as refusals.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

from burnish.methods.evaluation.metrics import is_refusal

PREFIX = "xstest_v2_completions_"
Answer = tuple[str, bool]


def answers(path: Path) -> Iterator[Answer]:
    """Each labelled answer, and whether people saw a refusal in it."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            label = (row.get("final_label") or "")[:1]
            if label in ("1", "2", "3"):
                yield row["completion"], label != "1"


def line(name: str, found: list[Answer]) -> str:
    """Sensitivity, specificity and Youden's J of the rules on these answers."""
    refused = [is_refusal(text) for text, refuses in found if refuses]
    helped = [not is_refusal(text) for text, refuses in found if not refuses]
    sensitivity, specificity = sum(refused) / len(refused), sum(helped) / len(helped)
    informed = sensitivity + specificity - 1
    return (
        f"{name:20} {len(refused):5} refusals of {len(found):5}   sensitivity {sensitivity:.3f}   "
        f"specificity {specificity:.3f}   J {informed:.3f}"
    )


def main(folder: Path) -> None:
    """Print a line for each model and one for all."""
    by_model = {
        path.stem.removeprefix(PREFIX): list(answers(path))
        for path in sorted(folder.glob(f"{PREFIX}*.csv"))
    }
    for name, found in by_model.items():
        print(line(name, found))
    print(line("all", [one for found in by_model.values() for one in found]))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

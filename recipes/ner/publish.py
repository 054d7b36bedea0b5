"""Fix the thresholds on the development parts, write the model's files and its card.

    python recipes/ner/publish.py --data DATA --raw RAW.jsonl --student STUDENT --out MODEL

A threshold is the lowest at which no more than the share allowed of other tokens would be masked.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from random import Random

import numpy as np
import torch
from data import LABELS, Text, digests, parts
from export import Export, export
from measure import invented
from student import Student, labelled, load, odds_of

CATEGORIES = {
    "PER": ("PERSON", 0.022),
    "LOC": ("LOCATION", 0.01),
    "ORG": ("ORGANISATION", 0.01),
    "ADDR": ("ADDRESS", 0.001),
}
"""For each label its category, and the share of other tokens that may be masked for it."""


def arrays(model: Student) -> dict[str, np.ndarray]:
    """The student's weights in the form that `export` takes, batch norms folded in."""
    found = {f"embedding.{i}": table.weight for i, table in enumerate(model.tables)}
    for place, layer in enumerate(model.word):
        found |= {f"word.{place}.weight": layer.weight, f"word.{place}.bias": layer.bias}
    found["gap.weight"] = model.gap.weight
    for place, (layer, norm) in enumerate(zip(model.layers, model.norms, strict=True)):
        scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        wide = layer.out_features
        kernel = layer.weight.reshape(wide, 3, wide).permute(0, 2, 1) * scale[:, None, None]
        found[f"conv.{place}.weight"] = kernel
        found[f"conv.{place}.bias"] = (layer.bias - norm.running_mean) * scale + norm.bias
    found |= {"output.weight": model.out.weight, "output.bias": model.out.bias}
    return {name: value.detach().numpy().astype(np.float32) for name, value in found.items()}


def odds_and_truth(
    model: Student, halo: int, rows: Sequence[Text], label: str
) -> tuple[np.ndarray, np.ndarray]:
    """Odds of a label and whether it is true, over the tokens of the rows."""
    first = 1 + 2 * LABELS.index(label)
    _, odds = odds_of(model, [row.text for row in rows], halo)
    truth = np.concatenate([lesson.odds for lesson in labelled(rows)])
    return odds[:, first : first + 2].sum(1), truth[:, first : first + 2].sum(1) > 0


def threshold(odds: np.ndarray, truth: np.ndarray, most: float) -> float:
    """The lowest bar that no more than `most` of the other tokens are over."""
    bars = np.geomspace(0.01, 0.95, 300)
    return round(float(next(bar for bar in bars if np.mean(odds[~truth] > bar) <= most)), 4)


def thresholds(model: Student, halo: int, data: Path) -> dict[str, float]:
    """The bar of each category."""
    rows = [row for rows in parts(data)["dev"].values() for row in rows]
    return {
        category: threshold(*odds_and_truth(model, halo, rows, label), most)
        for label, (category, most) in CATEGORIES.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("data", "raw", "student", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--version", default="1")
    given = parser.parse_args()
    model, shape = load(given.student)
    bars = thresholds(model, shape.halo, given.data)
    card = {
        "name": "burnish-ner",
        "version": given.version,
        "thresholds": bars,
        "data": digests(given.data),
        "recipe": json.loads((given.student / "student.json").read_text()),
    }
    raw = [json.loads(line)["text"] for line in given.raw.read_text("utf-8").splitlines()]
    texts = Random("burnish calibration").sample(raw, 400)
    texts += [row.text for rows in parts(given.data)["dev"].values() for row in rows[:60]]
    texts += [row.text for row in invented(given.data, 150)]
    report = export(arrays(model), given.out, texts, Export(card=card, dilations=shape.dilations))
    print(json.dumps({"thresholds": bars, **report}, indent=1))


if __name__ == "__main__":
    main()

"""A classifier of one's own, and what each threshold keeps."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from random import Random

import pytest

from burnish.api.quality import train
from burnish.core.errors import InputError
from burnish.methods.quality.classifier import read_classifier

GOOD, BAD = "please reset my password for the printer today", "buy cheap pills here and win now"


def labelled(folder: Path, count: int = 90, name: str = "labelled.jsonl") -> Path:
    draw = Random(3)
    path = folder / name
    lines = []
    for row in range(count):
        words = [draw.choice((GOOD if row % 2 else BAD).split()) for _ in range(12)]
        text = f"{' '.join(words)} jane.doe@example.com"
        lines.append(json.dumps({"text": text, "label": ["bad", "Good"][row % 2]}))
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("quality")


def test_a_file_of_examples_becomes_a_classifier(folder: Path) -> None:
    made = train(labelled(folder), folder / "model.bqc")

    model = read_classifier((folder / "model.bqc").read_bytes())
    good, bad = model.probabilities([GOOD, BAD])
    assert good > 0.8 > 0.2 > bad
    assert made.training.held_out.auc.value > 0.95
    assert "examples" in made.hint


def test_telling_words_hold_no_personal_data(folder: Path) -> None:
    made = train(labelled(folder), folder / "model.bqc")

    assert made.telling
    assert not [one for one in made.telling if "@" in one.words or "doe@" in one.words]
    assert len(made.telling) <= len(made.training.telling)


def test_a_table_is_read_as_well(folder: Path) -> None:
    records = [json.loads(line) for line in labelled(folder).read_text("utf-8").splitlines()]
    path = folder / "labelled.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["text", "label"])
        writer.writeheader()
        writer.writerows(records)

    assert train(path, folder / "other.bqc").sha256 == train(labelled(folder), folder / "b").sha256


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('{"label": "good"}', r"few\.jsonl:1: there is no 'text'"),
        ('{"text": "a secret thing", "label": "fine"}', r"few\.jsonl:1: 'label' is none of"),
        ("not json", r"few\.jsonl:1"),
        ('{"text": "a", "label": "good"}', "at least 20 of each"),
    ],
)
def test_a_record_that_is_no_example_is_refused_by_its_place(
    tmp_path: Path, line: str, problem: str
) -> None:
    (tmp_path / "few.jsonl").write_text(line, encoding="utf-8")

    with pytest.raises(InputError, match=problem) as refused:
        train(tmp_path / "few.jsonl", tmp_path / "model.bqc")

    assert "secret" not in str(refused.value)
    assert not (tmp_path / "model.bqc").exists()


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no file"):
        train(tmp_path / "none.jsonl", tmp_path / "model.bqc")

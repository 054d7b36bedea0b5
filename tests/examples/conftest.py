"""The example projects, and small files in the formats that they read."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"

QUERIES = {
    "card_arrival": "Where is the card that I ordered {} days ago, has it been sent?",
    "Refund_not_showing_up": "The shop said {} days ago that my money comes back, where is it?",
    "reverted_card_payment?": "Why was the payment that I made {} days ago taken back again?",
}
SENT = ("two", "three", "four", "nine")
AILMENTS = (
    ("Glarbitis", "redness of the skin", "rest and much water"),
    ("Morvan fever", "a high temperature at night", "cold cloths and sleep"),
    ("Plent disease", "slow and painful steps", "exercise under a doctor's care"),
)
ASKED = {"information": "What is {}?", "treatment": "What helps people who have {}?"}


@pytest.fixture(scope="session")
def examples() -> Path:
    return EXAMPLES


@pytest.fixture(scope="session")
def prepare() -> Callable[[str], ModuleType]:
    """Load the prepare.py of an example, which is no package."""

    def load(name: str) -> ModuleType:
        path = EXAMPLES / name / "prepare.py"
        spec = importlib.util.spec_from_file_location(f"prepare_{name}", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        # Dataclasses look their module up while it is being made.
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture
def project(tmp_path: Path) -> Callable[[str], Path]:
    """A copy of an example, without what was made in it."""

    def copied(name: str) -> Path:
        made = shutil.ignore_patterns("data", "keys", "bundles", ".burnish", "report.html")
        return Path(shutil.copytree(EXAMPLES / name, tmp_path / name, ignore=made))

    return copied


@pytest.fixture
def banking77(tmp_path: Path) -> Path:
    """Twelve queries of three intents, as the public set has them."""
    folder = tmp_path / "source"
    folder.mkdir()
    rows = [f'"{text.format(day)}",{name}' for name, text in QUERIES.items() for day in SENT]
    # The public files have queries that go over several lines.
    rows[0] = rows[0].replace(", has", ",\nhas")
    table = "\n".join(["text,category", *rows]) + "\n"
    for name in ("train.csv", "test.csv"):
        (folder / name).write_text(table, encoding="utf-8", newline="\n")
    (folder / "categories.json").write_text(json.dumps(list(QUERIES)), encoding="utf-8")
    return folder


@pytest.fixture
def medquad(tmp_path: Path) -> Path:
    """Six pairs on three invented ailments; one holds a telephone number."""
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "medquad.jsonl").write_text(
        "".join(json.dumps(pair) + "\n" for pair in _pairs()), encoding="utf-8", newline="\n"
    )
    return folder


@pytest.fixture
def pins(prepare: Callable[[str], ModuleType]) -> Callable[[str, Path, Mapping[str, int]], Any]:
    """Pins that hold for small files."""

    def pinned(name: str, folder: Path, rows: Mapping[str, int]) -> Any:
        pin = prepare(name).Pin
        return {
            file: pin(hashlib.sha256((folder / file).read_bytes()).hexdigest(), count)
            for file, count in rows.items()
        }

    return pinned


def _pairs() -> list[dict[str, str]]:
    told = []
    for number, (name, sign, cure) in enumerate(AILMENTS):
        answers = (
            f"{name} is an illness that shows itself by {sign}. It passes after some weeks.",
            f"People with it are helped by {cure}. Call 301-555-0142 to hear more about {name}.",
        )
        for (kind, asked), answer in zip(ASKED.items(), answers, strict=True):
            told.append(
                {
                    "id": f"{number}-{kind}",
                    "type": kind,
                    "focus": name,
                    "source": "small",
                    "question": asked.format(name),
                    "answer": answer,
                }
            )
    return told

"""Make this folder a burnish project on MedQuAD (Ben Abacha and Demner-Fushman 2019, CC-BY-4.0).

    python prepare.py --from FOLDER [--rows N]

FOLDER holds medquad.jsonl, the pairs of github.com/abachaa/MedQuAD that come with an answer, one
JSON object a line, with the digest below. Nothing is overwritten.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from burnish.api.starting import key_new
from burnish.samples import write_world

HERE = Path(__file__).resolve().parent
NAME = "medquad"
FIELDS = ("id", "type", "focus", "source", "question", "answer")
PEOPLE = ("dana", "priya", "omar")
ROWS = 1500
HOUSE = 900


@dataclass(frozen=True, slots=True)
class Pin:
    """What a file must be: its SHA-256 and its number of rows."""

    sha256: str
    rows: int


PIN = Pin("3f75e06c03b22c762d7fbff5d5d91badc5000c9cba81dd74356e3db11c223f77", 16407)


def main() -> None:
    """Read the command line, prepare, say what was made."""
    asked = argparse.ArgumentParser(description="Make this folder a project on MedQuAD.")
    asked.add_argument("--from", dest="source", type=Path, default=default_source())
    asked.add_argument("--into", type=Path, default=HERE, help="folder of burnish.yaml")
    asked.add_argument("--rows", type=int, default=ROWS, help="pairs to take; 0 takes all")
    given = asked.parse_args()
    try:
        made = prepare(given.source, given.into, given.rows)
    except ValueError as wrong:
        sys.exit(f"prepare: {wrong}")
    for path, rows in made.items():
        print(f"{path}: {rows} rows")


def default_source() -> Path:
    """The folder in BURNISH_DATA, else shared/data beside the repository."""
    named = os.environ.get("BURNISH_DATA")
    return Path(named) / NAME if named else HERE / "../../../shared/data" / NAME


def prepare(source: Path, into: Path, rows: int = ROWS, pin: Pin = PIN) -> dict[str, int]:
    """Write the data and the keys of the project; the number of rows of each file.

    Raises ValueError for a file that is not the pinned one, and for data that is there already.
    """
    data = into / "data"
    if data.exists():
        raise ValueError(f"{data} is there already; remove it to prepare anew")
    pairs = drawn(read_pairs(source / "medquad.jsonl", pin), rows)
    (data / "eval").mkdir(parents=True)
    made = {"data/pairs.jsonl": write_new(data / "pairs.jsonl", pairs)}
    made |= write_house(data)
    write_keys(into)
    return made


def read_pairs(path: Path, pin: Pin) -> list[dict[str, str]]:
    """Every pair. Raises ValueError when the file is not the pinned one."""
    if not path.is_file():
        raise ValueError(f"there is no {path}; say --from FOLDER, or set BURNISH_DATA")
    raw = path.read_bytes()
    found = hashlib.sha256(raw).hexdigest()
    if found != pin.sha256:
        raise ValueError(f"{path.name}: its SHA-256 is {found}, expected {pin.sha256}")
    # Only newlines part rows: str.splitlines would also cut at U+2028 inside a text.
    pairs = [json.loads(line) for line in raw.decode("utf-8").split("\n") if line]
    if len(pairs) != pin.rows:
        raise ValueError(f"{path.name} holds {len(pairs)} rows, expected {pin.rows}")
    for number, pair in enumerate(pairs, 1):
        if sorted(pair) != sorted(FIELDS):
            raise ValueError(f"{path.name} row {number}: its fields are not {', '.join(FIELDS)}")
    return pairs


def drawn(pairs: list[dict[str, str]], rows: int) -> list[dict[str, str]]:
    """The first `rows` pairs by the hash of their id, which is as good as drawing lots; 0: all."""
    lots = sorted(pairs, key=lambda pair: hashlib.sha256(pair["id"].encode()).digest())
    return lots[: rows or None]


def write_house(data: Path) -> dict[str, int]:
    """What the built-in base knows, from burnish's own sample world: to keep, and to test."""
    with tempfile.TemporaryDirectory() as place:
        world = write_world(Path(place), house=HOUSE)
        files = {"house.jsonl": world.house}
        files |= {f"eval/{name}.jsonl": path for name, path in world.evaluation.items()}
        texts = {name: path.read_text(encoding="utf-8") for name, path in files.items()}
    for name, text in texts.items():
        with (data / name).open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    return {f"data/{name}": text.count("\n") for name, text in texts.items()}


def write_new(path: Path, rows: Iterable[Mapping[str, str]]) -> int:
    """Write JSON lines into a file that may not exist; the number of lines."""
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
    with path.open("x", encoding="utf-8", newline="\n") as file:
        file.writelines(lines)
    return len(lines)


def write_keys(into: Path) -> None:
    """Keys of three people and the release key; those that are there stay."""
    for name in (*PEOPLE, "release"):
        if not (into / "keys" / f"{name}.pem").exists():
            key_new(into, name, kind="p256" if name == "release" else "ed25519")


if __name__ == "__main__":
    main()

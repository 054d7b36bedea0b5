"""Make this folder a burnish project on BANKING77 (Casanueva et al. 2020, CC-BY-4.0).

    python prepare.py --from FOLDER

FOLDER holds train.csv, test.csv and categories.json of github.com/PolyAI-LDN/
task-specific-datasets, at the commit that the digests below belong to. Nothing is overwritten.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
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
NAME = "banking77"
PEOPLE = ("dana", "priya", "omar")
HOUSE = 900


@dataclass(frozen=True, slots=True)
class Pin:
    """What a file must be: its SHA-256 and its number of rows."""

    sha256: str
    rows: int


PINS = {
    "train.csv": Pin("b06e26ac675513959a63135f11b94ea7786ed02da65db93a5650d8838cbc664b", 10003),
    "test.csv": Pin("d12d6e3bc4c3103966ae786dc435913c0c563dfa328f5a3646d0e62cfeeb474d", 3080),
    "categories.json": Pin("53261da888122daf2d120d925458631d9619e15d82e56052e7a42e535ce32b63", 77),
}


def main() -> None:
    """Read the command line, prepare, say what was made."""
    asked = argparse.ArgumentParser(description="Make this folder a project on BANKING77.")
    asked.add_argument("--from", dest="source", type=Path, default=default_source())
    asked.add_argument("--into", type=Path, default=HERE, help="folder of burnish.yaml")
    given = asked.parse_args()
    try:
        made = prepare(given.source, given.into)
    except ValueError as wrong:
        sys.exit(f"prepare: {wrong}")
    for path, rows in made.items():
        print(f"{path}: {rows} rows")


def default_source() -> Path:
    """The folder in BURNISH_DATA, else shared/data beside the repository."""
    named = os.environ.get("BURNISH_DATA")
    return Path(named) / NAME if named else HERE / "../../../shared/data" / NAME


def prepare(source: Path, into: Path, pins: Mapping[str, Pin] = PINS) -> dict[str, int]:
    """Write the data and the keys of the project; the number of rows of each file.

    Raises ValueError for a file that is not the pinned one, and for data that is there already.
    """
    data = into / "data"
    if data.exists():
        raise ValueError(f"{data} is there already; remove it to prepare anew")
    train, test = (read_queries(source / f, pins[f]) for f in ("train.csv", "test.csv"))
    intents = json.loads(read_pinned(source / "categories.json", pins["categories.json"]))
    if len(intents) != pins["categories.json"].rows:
        raise ValueError(f"categories.json holds {len(intents)} intents, not 77")
    unknown = {row["intent"] for row in (*train, *test)} - set(intents)
    if unknown:
        raise ValueError(f"{len(unknown)} intents are not in categories.json")
    (data / "eval").mkdir(parents=True)
    made = {
        "data/queries.jsonl": write_new(data / "queries.jsonl", train),
        "data/eval/official.jsonl": write_new(data / "eval/official.jsonl", items(test)),
    }
    made |= write_house(data)
    write_keys(into)
    return made


def read_pinned(path: Path, pin: Pin) -> str:
    """The text of a file. Raises ValueError when it is not the pinned one."""
    if not path.is_file():
        raise ValueError(f"there is no {path}; say --from FOLDER, or set BURNISH_DATA")
    raw = path.read_bytes()
    found = hashlib.sha256(raw).hexdigest()
    if found != pin.sha256:
        raise ValueError(f"{path.name}: its SHA-256 is {found}, expected {pin.sha256}")
    return raw.decode("utf-8")


def read_queries(path: Path, pin: Pin) -> list[dict[str, str]]:
    """Rows of question, answer (the intent in words) and intent."""
    read = csv.DictReader(io.StringIO(read_pinned(path, pin), newline=""))
    rows = [
        {
            "question": row["text"].strip(),
            "answer": words(row["category"]),
            "intent": row["category"],
        }
        for row in read
    ]
    if len(rows) != pin.rows:
        raise ValueError(f"{path.name} holds {len(rows)} rows, expected {pin.rows}")
    return rows


def words(name: str) -> str:
    """An intent as a person would write it, `Card arrival.` for `card_arrival`."""
    plain = name.replace("_", " ").strip("? ")
    return f"{plain[:1].upper()}{plain[1:]}."


def items(rows: Iterable[Mapping[str, str]]) -> Iterable[dict[str, str]]:
    """Rows as an evaluation file has them."""
    for place, row in enumerate(rows, 1):
        yield {
            "id": f"test-{place:04d}",
            "question": row["question"],
            "answer": row["answer"],
            "kind": "exact",
        }


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

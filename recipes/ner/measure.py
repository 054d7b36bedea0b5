"""How much of the people's names is masked, and how much else, source by source.

    python recipes/ner/measure.py --data DATA [--part test] [--engines rules ner] [--card CARD.json]

The whole detector is measured as a job uses it: rules, model and the spread of names through a
document. Sentences of edited sets are read in documents of eight; tweets stand alone. A token is a
word or a number. Recall is the share of tokens of people's names that are masked; the other figure
is the share of all further tokens that are masked as a person or an address.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import numpy as np
from data import CASUAL, Text, joined, ordinary, parts
from invent import Inventor
from names import Namer, pools

from burnish.methods.privacy.build import detector
from burnish.methods.privacy.detect import Detector
from burnish.methods.privacy.engines.build import foreign_detector
from burnish.methods.privacy.engines.settings import EngineSettings
from burnish.methods.privacy.ner.tokens import tokenise
from burnish.methods.privacy.rules import REGIONS
from burnish.methods.privacy.spans import DEFAULT_CATEGORIES

NAMED = ("PERSON", "ADDRESS")


@dataclass(frozen=True, slots=True)
class Measured:
    """Counts over one source: tokens of people, of them masked, other tokens, of them masked."""

    source: str
    person: int
    found: int
    other: int
    wrong: int

    @property
    def recall(self) -> float:
        """Share of the tokens of people's names that are masked."""
        return self.found / max(1, self.person)

    @property
    def over(self) -> float:
        """Share of the other tokens that are masked as a person or an address."""
        return self.wrong / max(1, self.other)


def documents(name: str, rows: Sequence[Text]) -> list[Text]:
    """Eight sentences to a document, or the rows as they are."""
    if name in CASUAL or name == "invented":
        return list(rows)
    return [joined(rows[place : place + 8], "\n") for place in range(0, len(rows), 8)]


def measure(name: str, rows: Sequence[Text], finder: Detector, label: str = "PER") -> Measured:
    """The counts of one source for names of people (or, with ADDR, for addresses)."""
    found = finder.detect([row.text for row in rows])
    tokens = tokenise([row.text for row in rows])
    counts = np.zeros(4, np.int64)
    for index, (row, spans) in enumerate(zip(rows, found, strict=True)):
        cut = slice(tokens.firsts[index], tokens.firsts[index + 1])
        starts, ends = tokens.starts[cut], tokens.ends[cut]
        word = np.array([row.text[s].isalnum() for s in starts], bool)
        inside = [(e.start, e.end) for e in row.entities if e.label == label]
        masked = [(s.start, s.end) for s in spans]
        named = [(s.start, s.end) for s in spans if s.category in NAMED]
        private = [(e.start, e.end) for e in row.entities if e.label in ("PER", "ADDR")]
        truth = _over(starts, ends, inside) & word
        rest = ~_over(starts, ends, private) & word
        hit, wrong = truth & _over(starts, ends, masked), rest & _over(starts, ends, named)
        counts += [truth.sum(), hit.sum(), rest.sum(), wrong.sum()]
    return Measured(name, *map(int, counts))


def _over(starts: np.ndarray, ends: np.ndarray, spans: Sequence[tuple[int, int]]) -> np.ndarray:
    inside = np.zeros(len(starts), bool)
    for start, end in spans:
        inside |= (starts < end) & (ends > start)
    return inside


def lowered(rows: Sequence[Text]) -> list[Text]:
    """The rows in lower case, where that keeps every character in its place."""
    small = [replace(row, text=row.text.lower()) for row in rows]
    return [b if len(a.text) == len(b.text) else a for a, b in zip(rows, small, strict=True)]


def invented(data: Path, count: int = 600) -> list[Text]:
    """Invented text with names that training never saw: held-back names and countries."""
    inventor = Inventor(
        Namer(pools(data)[1], Random("burnish held back")), ordinary(parts(data)["train"])
    )
    return [inventor.text() for _ in range(count)]


def table(data: Path, part: str, finder: Detector) -> list[Mapping[str, object]]:
    """A row for every source of a part: recall and over-masking, as written and in lower case."""
    sources = {**parts(data)[part], "invented": invented(data)}
    rows = []
    for name, texts in sources.items():
        made = documents(name, texts)
        plain, low = measure(name, made, finder), measure(name, lowered(made), finder)
        rows.append(
            {
                "source": name,
                "part": part,
                "person_tokens": plain.person,
                "recall": round(plain.recall, 4),
                "over_masking": round(plain.over, 4),
                "recall_lower_case": round(low.recall, 4),
                "over_masking_lower_case": round(low.over, 4),
            }
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--part", choices=("dev", "test"), default="test")
    parser.add_argument("--engines", nargs="+", default=["rules", "ner"])
    parser.add_argument("--spacy", type=Path, help="measure this spaCy pipeline instead")
    parser.add_argument("--card", type=Path, help="also write the figures into this model card")
    given = parser.parse_args()
    engines: list[str | Detector] = list(given.engines)
    if given.spacy:
        settings = EngineSettings("spacy", str(given.spacy), categories=DEFAULT_CATEGORIES)
        engines = [foreign_detector(settings)]
    finder = detector(DEFAULT_CATEGORIES, REGIONS, engines=engines)
    rows = table(given.data, given.part, finder)
    if given.card:
        card = json.loads(given.card.read_text("utf-8"))
        others = [row for row in card.get("measured", []) if row["part"] != given.part]
        card["measured"] = [*others, *rows]
        given.card.write_text(json.dumps(card, indent=1, sort_keys=True) + "\n", "utf-8")
    print(f"{'source':10} {'tokens':>7} {'recall':>8} {'other':>7} {'lower':>8} {'other':>7}")
    for row in rows:
        print(
            f"{row['source']:10} {row['person_tokens']:7} {row['recall']:8.1%} "
            f"{row['over_masking']:7.1%} {row['recall_lower_case']:8.1%} "
            f"{row['over_masking_lower_case']:7.1%}"
        )


if __name__ == "__main__":
    main()

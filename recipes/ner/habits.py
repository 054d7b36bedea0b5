"""Three habits of the whole detector, in figures.

    python recipes/ner/habits.py --data DATA

How far a name spreads when a third of its mentions were found; how many documents show something
new when they are masked and read a second time; and how many names are found right behind a mask
token that another tool left.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from random import Random

from data import Entity, Text, joined, parts
from measure import measure

from burnish.methods.privacy.build import detector
from burnish.methods.privacy.detect import Detector
from burnish.methods.privacy.names import spread
from burnish.methods.privacy.replace import mask
from burnish.methods.privacy.rules import REGIONS
from burnish.methods.privacy.spans import DEFAULT_CATEGORIES, Span


def grouped(rows: Sequence[Text], count: int) -> list[Text]:
    """`count` neighbouring rows to a document."""
    return [joined(rows[at : at + count], "\n") for at in range(0, len(rows), count)]


class Given:
    """A detector that was told its finds."""

    def __init__(self, finds: list[list[Span]]) -> None:
        self.finds = finds

    version = digest = "given"

    def detect(self, texts: Sequence[str]) -> list[list[Span]]:
        """The finds, whatever the texts."""
        assert len(texts) == len(self.finds)
        return self.finds


def spreading(name: str, rows: Sequence[Text]) -> None:
    """Recall and over-masking with a third of the mentions given, before and after spreading."""
    random = Random("burnish spreading")
    given = [
        [Span(e.start, e.end, "PERSON", 0.95) for e in row.entities if e.label == "PER"]
        for row in rows
    ]
    given = [[span for span in spans if random.random() < 0.34] for spans in given]
    before = measure(name, rows, Given(given))
    after = measure(name, rows, Given(spread([row.text for row in rows], given)))
    print(f"{name:9} {before.recall:.1%} -> {after.recall:.1%}, others {after.over:.3%}")


def twice(rows: Sequence[Text], finder: Detector) -> None:
    """Documents in which a second run finds something."""
    texts = [row.text for row in rows]
    found = finder.detect(texts)
    masked = [mask(text, spans) for text, spans in zip(texts, found, strict=True)]
    again = finder.detect(masked)
    new = sum(bool(spans) for spans in again)
    print(f"second run: {len(texts)} documents, {sum(map(len, found))} finds, new in {new}")


def behind_token(row: Text) -> Text:
    """The row with a foreign mask token before every name."""
    text, entities, done = "", [], 0
    for entity in row.entities:
        if entity.label != "PER" or entity.start < done:
            continue
        text += row.text[done : entity.start] + "[EMAIL] "
        entities.append(Entity(len(text), len(text) + entity.end - entity.start, "PER"))
        text += row.text[entity.start : entity.end]
        done = entity.end
    return Text(text + row.text[done:], tuple(entities))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    split = parts(parser.parse_args().data)
    finder = detector(DEFAULT_CATEGORIES, REGIONS)
    spreading("litbank", grouped(split["train"]["litbank"], 12))
    spreading("gum", grouped(split["train"]["gum"], 40))
    every = [row for name in sorted(split["train"]) for row in split["train"][name]]
    twice(grouped(every, 20), finder)
    rows = [row for part in ("dev", "test") for row in split[part]["ewt"]]
    rows = [row for row in rows if any(e.label == "PER" for e in row.entities)]
    for count in (20, 3, 1):
        plain = measure("", grouped(rows, count), finder)
        behind = measure("", [behind_token(row) for row in grouped(rows, count)], finder)
        print(f"{count} sentences: {plain.recall:.1%}, behind a token {behind.recall:.1%}")


if __name__ == "__main__":
    main()

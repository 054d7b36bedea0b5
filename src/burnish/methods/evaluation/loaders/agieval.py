"""AGIEval (Zhong and others 2023), `.jsonl` an examination: questions with lettered options."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from burnish.methods.evaluation.loaders.made import LeftOut, Made, asked, named
from burnish.methods.evaluation.rows import Row, Source, json_lines
from burnish.methods.evaluation.suites import Item

LETTER = re.compile(r"\s*\(([A-Z])\)")


def agieval(sources: Sequence[Source]) -> Made:
    """Choices between letters; questions on one passage are a cluster."""
    for source in sources:
        for row in json_lines(source):
            yield _item(row, named(row, source, sources), source.stem)


def _item(row: Row, name: str, exam: str) -> Item | LeftOut:
    passage, options, right = (
        row.optional("passage").strip(),
        row.texts("options"),
        row.text("label"),
    )
    letters = tuple(found[1] for option in options if (found := LETTER.match(option)))
    if len(set(letters)) < max(len(options), 2) or right not in letters:
        return LeftOut(row.where, "its options do not all begin with a letter of their own")
    parts = [passage] if passage else []
    parts += [row.text("question"), *options, "Answer with the letter alone."]
    shared = hashlib.sha256(passage.encode()).hexdigest()[:16]
    return Item(
        id=name,
        messages=asked("\n".join(parts)),
        answers=(right,),
        kind="choice",
        cluster=f"{exam}-{shared}" if passage else name,
        choices=letters,
        group=exam,
    )

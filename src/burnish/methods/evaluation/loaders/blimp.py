"""BLiMP (Warstadt and others 2020), `.jsonl`: grammatical sentences beside ungrammatical ones.

The first sentence of a pair is the right one, so that a pair's score is whether the model finds
it likelier. A paradigm is a cluster.
"""

from __future__ import annotations

from collections.abc import Sequence

from burnish.methods.evaluation.loaders.made import LeftOut, Made
from burnish.methods.evaluation.rows import Row, Source, json_lines
from burnish.methods.evaluation.suites import Item


def blimp(sources: Sequence[Source]) -> Made:
    """Pairs, their group the field of grammar."""
    for source in sources:
        for row in json_lines(source):
            yield _item(row)


def _item(row: Row) -> Item | LeftOut:
    paradigm = row.text("UID")
    pair = (row.text("sentence_good"), row.text("sentence_bad"))
    if pair[0] == pair[1]:
        return LeftOut(row.where, "its two sentences are the same")
    return Item(
        id=f"{paradigm}-{row.text('pairID')}",
        messages=(),
        answers=(),
        kind="pair",
        cluster=paradigm,
        choices=pair,
        group=row.text("field"),
        labels={"first": "right", "type": paradigm},
    )

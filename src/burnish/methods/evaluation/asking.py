"""A sheet's items asked of both models and graded: what most probes begin with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from burnish.methods.evaluation.bench import Bench, Sheet
from burnish.methods.evaluation.grading import grade
from burnish.methods.evaluation.records import Record
from burnish.methods.evaluation.suites import CHOOSING, Item


def graded(bench: Bench, sheet: Sheet) -> tuple[Record, ...]:
    """Every item of the sheet under both models, graded by its kind; base first, items in order.

    Items with choices are weighed, all others answered in words; where a reference answer is
    known, its likelihood stands in the same record.
    """
    items = {item.id: item for item in sheet.items}
    weighed = {
        (r.item, r.model): r
        for r in bench.asker.likelihoods([a for a in sheet.asked if a.continuations])
    }
    spoken = bench.asker.answers([a for a in sheet.asked if items[a.item].kind not in CHOOSING])
    told = [_with_weight(r, weighed.get((r.item, r.model))) for r in spoken]
    chosen = [r for r in weighed.values() if items[r.item].kind in CHOOSING]
    return _in_order([grade(r, items[r.item]) for r in (*told, *chosen)], sheet.items)


def _with_weight(record: Record, weighed: Record | None) -> Record:
    if weighed is None:
        return record
    return replace(record, logprobs=weighed.logprobs, tokens=weighed.tokens)


def _in_order(records: Sequence[Record], items: Sequence[Item]) -> tuple[Record, ...]:
    place = {item.id: number for number, item in enumerate(items)}
    return tuple(sorted(records, key=lambda r: (r.model != "base", place[r.item])))

"""The plain probe: every item right or wrong under both models, one gate for all of them."""

from __future__ import annotations

from burnish.methods.evaluation.asking import graded
from burnish.methods.evaluation.bench import Bench, Found, Sheet
from burnish.methods.evaluation.records import contrast
from burnish.methods.evaluation.rule import gate_input


def plain(bench: Bench, sheet: Sheet) -> Found:
    """The tuned model must not be worse on the sheet than its base by the sheet's margin."""
    records = graded(bench, sheet)
    gate = gate_input(sheet.gate_name, "noninferior", sheet.margin, contrast(records))
    return Found((gate,), records)

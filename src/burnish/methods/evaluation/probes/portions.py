"""A part of a sheet: some of its items, asked as they stand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from burnish.methods.evaluation.bench import Sheet
from burnish.methods.evaluation.suites import Item


def portion(sheet: Sheet, keep: Callable[[Item], bool]) -> Sheet:
    """The items of the sheet that `keep` names, in its order; without a reserve of its own."""
    both = [(i, a) for i, a in zip(sheet.items, sheet.asked, strict=True) if keep(i)]
    items, asked = zip(*both, strict=True) if both else ((), ())
    return replace(sheet, items=items, asked=asked, reserve=0)

"""What a comparison tells on the page: both sides, and which items moved."""

from __future__ import annotations

from typing import Any

from burnish.methods.evaluation.records import Contrast
from burnish.methods.evaluation.summary import rounded


def sides(found: Contrast) -> dict[str, Any]:
    """Items compared and missing, and the mean of each side, as JSON."""
    base, tuned = found.means()
    known = {"items": found.n, "missing": found.missing}
    return known | {"base": rounded(base), "tuned": rounded(tuned)}


def moved(found: Contrast) -> dict[str, list[str]]:
    """Items, by id, on which the tuned model measures less (`lost`) or more (`won`)."""
    pairs = list(zip(found.items, found.deltas, strict=True))
    return {"lost": [i for i, d in pairs if d < 0], "won": [i for i, d in pairs if d > 0]}

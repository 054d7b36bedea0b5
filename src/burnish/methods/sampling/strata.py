"""Documents by how likely they hide a mistake of the detector, riskiest first.

A document belongs to the first stratum that fits. The bounds of the strata come from the dataset
itself, so that they mean something for any detector: what is a low confidence for one is a high one
for another. Nothing here reads a text; the spans that masking kept say enough.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

LARGEST = 0.1
"""Share of the documents that the strata of low confidence and of many masks may take up."""
RARE = 0.02
"""Share of the documents up to which a category is rare."""
SCALE = 100

LOW, RARE_CATEGORY, MANY, NONE, OTHER = "low_confidence", "rare_category", "many", "none", "other"
RESIDUAL = "residual"


@dataclass(frozen=True, slots=True)
class Kind:
    """A stratum: its name, what it means, and how much oftener than others it is drawn."""

    name: str
    meaning: str
    risk: float


KINDS = (
    Kind(LOW, "with a mask of low confidence", 2.0),
    Kind(RARE_CATEGORY, "with a category that is rare here", 2.0),
    Kind(MANY, "with many masks", 1.5),
    Kind(NONE, "without any mask", 1.5),
    Kind(OTHER, "all others", 1.0),
)
SET_ASIDE = Kind(RESIDUAL, "set aside by the residual scan", 1.0)
MEANINGS = {kind.name: kind.meaning for kind in (*KINDS, SET_ASIDE)}


@dataclass(frozen=True, slots=True)
class Spans:
    """The masks of a table's rows: how many, the lowest score in hundredths, and categories.

    `weakest` is above `SCALE` for a row without a mask; `rows` and `categories` run side by side,
    one entry for each category of each row.
    """

    counts: NDArray[np.int64]
    weakest: NDArray[np.int64]
    rows: NDArray[np.int64]
    categories: NDArray[np.str_]


def spans_of(table: pa.Table) -> Spans:
    """The masks of each row. Raises ValueError for a table without spans."""
    if "spans" not in table.column_names:
        raise ValueError("these rows do not say what was masked in them")
    spans = table.column("spans").combine_chunks()
    offsets: NDArray[np.int64] = np.asarray(spans.offsets, dtype=np.int64)
    counts = offsets[1:] - offsets[:-1]
    flat = spans.flatten()
    scores = np.asarray(flat.field("score"), dtype=np.float64)
    rows = np.repeat(np.arange(counts.size), counts)
    weakest = np.full(counts.size, SCALE + 1, dtype=np.int64)
    np.minimum.at(weakest, rows, np.clip(np.rint(scores * SCALE), 0, SCALE).astype(np.int64))
    named = np.asarray(flat.field("category").to_pylist(), dtype=np.str_)
    pairs = sorted(set(zip(rows.tolist(), named.tolist(), strict=True)))
    return Spans(
        counts,
        weakest,
        np.asarray([row for row, _ in pairs], dtype=np.int64),
        np.asarray([name for _, name in pairs], dtype=np.str_),
    )


@dataclass(slots=True)
class Profile:
    """What the documents of a dataset are like: counted over all of them, in one pass."""

    rows: int = 0
    counts: Counter[int] = field(default_factory=Counter)
    weakest: Counter[int] = field(default_factory=Counter)
    categories: Counter[str] = field(default_factory=Counter)

    def add(self, table: pa.Table) -> None:
        """Count in the rows of a table."""
        spans = spans_of(table)
        self.rows += spans.counts.size
        self.counts.update(spans.counts.tolist())
        self.weakest.update(spans.weakest[spans.counts > 0].tolist())
        self.categories.update(spans.categories.tolist())

    def borders(self) -> Borders:
        """Where the strata begin and end in this dataset."""
        rare = {name for name, rows in self.categories.items() if rows <= RARE * self.rows}
        return Borders(self._low(), self._many(), frozenset(rare))

    def _low(self) -> int:
        """The highest score that is still low: the lowest there is, and more while they are few.

        Where all documents share one lowest score, none is lower than another.
        """
        masked = sum(self.weakest.values())
        low, taken = -1, 0
        for score in sorted(self.weakest):
            taken += self.weakest[score]
            if (low >= 0 and taken > LARGEST * masked) or taken == masked:
                break
            low = score
        return low

    def _many(self) -> int:
        """The least number of masks that is many: two at least, and few documents have so many."""
        many, taken = max(self.counts, default=0) + 1, 0
        for count in sorted(self.counts, reverse=True):
            taken += self.counts[count]
            if count < 2 or taken > LARGEST * self.rows:
                break
            many = count
        return many


@dataclass(frozen=True, slots=True)
class Borders:
    """Where strata begin: scores up to `low`, at least `many` masks, categories that are rare."""

    low: int
    many: int
    rare: frozenset[str]

    def sort(self, table: pa.Table) -> NDArray[np.int64]:
        """The stratum of each row, as its place in `KINDS`."""
        spans = spans_of(table)
        rare = np.zeros(spans.counts.size, dtype=bool)
        rare[spans.rows[np.isin(spans.categories, sorted(self.rare))]] = True
        fits = [spans.weakest <= self.low, rare, spans.counts >= self.many, spans.counts == 0]
        sorted_in: NDArray[np.int64] = np.select(fits, range(len(fits)), len(fits))
        return sorted_in


def borders(tables: Iterable[pa.Table]) -> Borders:
    """Where the strata of these rows begin and end."""
    profile = Profile()
    for table in tables:
        profile.add(table)
    return profile.borders()

"""Tables of masked rows, as small as they can be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pytest

SPAN = pa.struct([("category", pa.string()), ("score", pa.float64())])
Mark = tuple[str, float]


@dataclass(frozen=True)
class Rows:
    """A frame to draw from: rows with their marks, in tables of so many."""

    marks: Sequence[Sequence[Mark]]
    aside: int = 0
    at_once: int = 7
    name: str = "d" * 64

    def kept(self) -> Iterator[pa.Table]:
        for start in range(0, max(len(self.marks), 1), self.at_once):
            some = self.marks[start : start + self.at_once]
            names = [f"row-{start + n}" for n in range(len(some))]
            spans = [[{"category": c, "score": s} for c, s in row] for row in some]
            columns = {"id": pa.array(names, pa.string()), "spans": pa.array(spans, pa.list_(SPAN))}
            yield pa.table(columns)

    def set_aside(self) -> Iterator[pa.Table]:
        yield pa.table({"id": pa.array([f"aside-{n}" for n in range(self.aside)], pa.string())})

    def recall(self, recipe: str) -> bytes | None:
        return None


@pytest.fixture
def rows() -> type[Rows]:
    return Rows

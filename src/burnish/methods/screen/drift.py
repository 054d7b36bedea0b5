"""How far a source is from its own past.

A profile counts what the rows of a source look like: their length, words, language, label and how
their answers begin. Two profiles are compared by the Jensen-Shannon divergence in bits (Lin, 1991),
0 for the same and 1 for nothing in common. What chance alone brings is bounded in two ways and the
larger bound taken: the quantile of the chi-squared distribution that the divergence of two samples
follows (a quarter of it, by the usual expansion), and what the two halves of the sample itself
differ by, scaled, since words of one row come together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from burnish.methods.screen.passes import Rows
from burnish.methods.screen.reading import number

FEATURES = ("length", "words", "language", "label", "answer")
WORDS, NAMES = 512, 1024
"""Buckets of words, and of labels, languages and answers."""

LEAST = 50
"""Rows below which a source is not compared."""

_SURE = 0.999
Counts = npt.NDArray[np.int64]
Profile = dict[str, dict[str, Any]]
"""For each source its `rows` in either half, and for each feature the counts in either half."""


@dataclass(frozen=True, slots=True)
class Drift:
    """One feature of a source against its past: bits, and how many of them chance explains."""

    source: str
    feature: str
    divergence: float
    noise: float
    rows: int
    past: int

    @property
    def excess(self) -> float:
        """Bits beyond chance."""
        return max(0.0, self.divergence - self.noise)


def described(rows: Rows, ids: Sequence[str], languages: Sequence[str | None]) -> pa.Table:
    """The profile of a shard: source, half, feature, bucket and count; half by the row's id."""
    counts: Counter[tuple[str, int, str, int]] = Counter()
    halves = [number(name) & 1 for name in ids]
    names = {**rows.values, "language": languages}
    for place, source in enumerate(rows.values["source"]):
        here = (str(source), halves[place])
        counts[*here, "rows", 0] += 1
        counts[*here, "length", int(4 * np.log2(1 + len(rows.words[place])))] += 1
        counts.update((*here, "words", b) for b in {*(rows.buckets[place] % WORDS).tolist()})
        for feature in ("language", "label", "answer"):
            if value := names[feature][place]:
                counts[*here, feature, _bucket(" ".join(value.split()[:3]))] += 1
    found = sorted(counts.items())
    columns = list(zip(*(key for key, _ in found), strict=True)) or [(), (), (), ()]
    kinds = (pa.string(), pa.int64(), pa.string(), pa.int64())
    made = {
        name: pa.array(column, kind)
        for name, column, kind in zip(
            ("source", "half", "feature", "bucket"), columns, kinds, strict=True
        )
    }
    return pa.table({**made, "rows": pa.array([count for _, count in found], pa.int64())})


@lru_cache(maxsize=4096)
def _bucket(value: str) -> int:
    return number(value) % NAMES


def profile_of(table: pa.Table) -> Profile:
    """The profiles of all sources from summed tables, as JSON would hold them."""
    made: Profile = {}
    for row in table.to_pylist():
        here = made.setdefault(row["source"], {"rows": [0, 0], "features": {}})
        if row["feature"] == "rows":
            here["rows"][row["half"]] = row["rows"]
        else:
            halves = here["features"].setdefault(row["feature"], [{}, {}])
            halves[row["half"]][str(row["bucket"])] = row["rows"]
    return made


def drifts(now: Profile, past: Profile) -> list[Drift]:
    """Every feature of every source that both profiles have enough rows of, by name."""
    found = []
    for source in sorted(set(now) & set(past)):
        rows, before = sum(now[source]["rows"]), sum(past[source]["rows"])
        for feature in FEATURES if min(rows, before) >= LEAST else ():
            here = now[source]["features"].get(feature)
            there = past[source]["features"].get(feature)
            if here and there:
                divergence, noise = _compared(here, there)
                found.append(Drift(source, feature, divergence, noise, rows, before))
    return found


def _compared(
    here: Sequence[Mapping[str, int]], there: Sequence[Mapping[str, int]]
) -> tuple[float, float]:
    keys = sorted({key for half in (*here, *there) for key in half})
    halves = np.array([[half.get(key, 0) for key in keys] for half in (*here, *there)], float)
    now, past = halves[0] + halves[1], halves[2] + halves[3]
    noise = float(max(_by_theory(now, past), *_by_halves(halves, now, past)))
    return round(jensen_shannon(now, past), 6), round(min(noise, 1.0), 6)


def jensen_shannon(left: npt.NDArray[np.float64], right: npt.NDArray[np.float64]) -> float:
    """The Jensen-Shannon divergence of two vectors of counts, in bits."""
    if not left.sum() or not right.sum():
        return 1.0 if left.sum() or right.sum() else 0.0
    p, q = left / left.sum(), right / right.sum()
    return float(max(0.0, _entropy((p + q) / 2) - (_entropy(p) + _entropy(q)) / 2))


def _entropy(p: npt.NDArray[np.float64]) -> float:
    some = p[p > 0]
    return float(-(some * np.log2(some)).sum())


def _by_theory(now: npt.NDArray[np.float64], past: npt.NDArray[np.float64]) -> float:
    from scipy.special import chdtri

    freedom = max(int(((now + past) > 0).sum()) - 1, 1)
    tail = float(chdtri(freedom, 1 - _SURE))
    return tail * float(1 / now.sum() + 1 / past.sum()) / float(8 * np.log(2))


def _by_halves(halves: npt.NDArray[np.float64], *wholes: npt.NDArray[np.float64]) -> list[float]:
    """Twice what the halves of either sample differ by, scaled to the sizes compared."""
    sizes = 1 / wholes[0].sum() + 1 / wholes[1].sum()
    found = []
    for first, second in ((halves[0], halves[1]), (halves[2], halves[3])):
        if first.sum() and second.sum():
            scale = sizes / (1 / first.sum() + 1 / second.sum())
            found.append(2 * jensen_shannon(first, second) * scale)
    return found or [0.0]

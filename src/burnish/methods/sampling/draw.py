"""Which documents people look at: a stratified random sample that anybody can draw again.

Within a stratum the documents are put in the order of a keyed hash of their ids: a random order
that seed and dataset fix (an ordered simple random sample without replacement). The strata take
turns by Sainte-Laguë's divisors with weights of risk times the square root of their size, Bankier's
power allocation (The American Statistician 42, 1988) with power one half: small, risky strata are
drawn oftener than by their size, and no stratum is left out. The turns do not depend on how many
documents are wanted, so a larger sample begins with the smaller one, and whoever stops half-way has
looked at a whole, smaller sample.

In a stratum of N rows of which n were drawn each row had the same chance n / N, which is what the
estimate weighs by.
"""

from __future__ import annotations

import heapq
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import blake2b
from math import sqrt
from typing import Protocol

import pyarrow as pa

from burnish.methods.sampling.strata import KINDS, SET_ASIDE, borders

VERSION = 1
SET_ASIDE_EACH = 5
"""For so many documents of the dataset, one that was set aside is drawn too."""

Ranked = tuple[bytes, str, int]


class Frame(Protocol):
    """The documents of a dataset to draw from. Its name is the dataset's digest."""

    @property
    def name(self) -> str: ...
    def kept(self) -> Iterable[pa.Table]:
        """The tables that go on, anew for each call."""
        ...

    def set_aside(self) -> Iterable[pa.Table]:
        """The tables of documents that the residual scan set aside."""
        ...

    def recall(self, recipe: str) -> bytes | None:
        """A sample that was drawn before, as `Sample.to_bytes` wrote it."""
        ...


@dataclass(frozen=True, slots=True)
class Stratum:
    """How many rows a stratum has, and how many of them were drawn."""

    name: str
    rows: int
    drawn: int

    @property
    def probability(self) -> float:
        """Each row's chance to be drawn."""
        return self.drawn / self.rows if self.rows else 0.0


@dataclass(frozen=True, slots=True)
class Drawn:
    """A document that was drawn: its id, its stratum, and the table that holds it."""

    id: str
    stratum: str
    table: int


@dataclass(frozen=True, slots=True)
class Sample:
    """Documents in the order in which they are looked at, and the strata they stand for."""

    documents: tuple[Drawn, ...]
    strata: tuple[Stratum, ...]
    set_aside: tuple[Drawn, ...] = ()
    quarantined: Stratum = Stratum(SET_ASIDE.name, 0, 0)

    def stratum(self, name: str) -> Stratum:
        """A stratum by its name."""
        return next(s for s in (*self.strata, self.quarantined) if s.name == name)

    def beginning(self, size: int) -> Sample:
        """The sample that is drawn when only `size` documents are asked for."""
        documents = self.documents[:size]
        taken = Counter(one.stratum for one in documents)
        aside = self.set_aside[: -(-size // SET_ASIDE_EACH)]
        return Sample(
            documents,
            tuple(replace(one, drawn=taken[one.name]) for one in self.strata),
            aside,
            replace(self.quarantined, drawn=len(aside)),
        )

    def to_bytes(self) -> bytes:
        """Canonical JSON, as remembered."""
        return json.dumps(asdict(self), sort_keys=True, ensure_ascii=False).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Sample:
        """Read back what `to_bytes` wrote."""
        body = json.loads(data)
        return cls(
            tuple(Drawn(**one) for one in body["documents"]),
            tuple(Stratum(**one) for one in body["strata"]),
            tuple(Drawn(**one) for one in body["set_aside"]),
            Stratum(**body["quarantined"]),
        )


def recipe_of(frame: Frame, size: int, seed: int) -> str:
    """What names a sample; the version is raised when the same dataset would be drawn otherwise."""
    return f"sample v{VERSION} of {frame.name}, {size} documents, seed {seed}"


def draw(frame: Frame, size: int, seed: int) -> Sample:
    """`size` documents of the dataset (all, if it has fewer), and a fifth as many set aside.

    The same frame, size and seed give the same sample; a larger size continues a smaller one.
    What was drawn before is recalled. Raises ValueError for a negative size or rows that do not
    tell their masks.
    """
    if size < 0:
        raise ValueError(f"a sample of {size} documents cannot be drawn")
    if remembered := frame.recall(recipe_of(frame, size, seed)):
        return Sample.from_bytes(remembered)
    rows, firsts = _ranked(frame, size, seed)
    turns = list(_turns(rows, size))
    waiting = [iter(found) for found in firsts]
    documents = [_drawn(next(waiting[kind]), KINDS[kind].name) for kind in turns]
    strata = [Stratum(k.name, rows[i], turns.count(i)) for i, k in enumerate(KINDS) if rows[i]]
    aside, there = _set_aside(frame, -(-size // SET_ASIDE_EACH), seed)
    return Sample(tuple(documents), tuple(strata), tuple(aside), there)


def _ranked(frame: Frame, size: int, seed: int) -> tuple[list[int], list[list[Ranked]]]:
    """For each stratum its number of rows, and the first `size` of them in random order."""
    where = borders(frame.kept())
    rows = [0] * len(KINDS)
    firsts: list[list[Ranked]] = [[] for _ in KINDS]
    for number, table in enumerate(frame.kept()):
        names, kinds = table.column("id").to_pylist(), where.sort(table).tolist()
        found: list[list[Ranked]] = [[] for _ in KINDS]
        for name, kind in zip(names, kinds, strict=True):
            found[kind].append((_rank(name, frame.name, seed), name, number))
        for kind, more in enumerate(found):
            rows[kind] += len(more)
            firsts[kind] = heapq.nsmallest(size, [*firsts[kind], *more])
    return rows, firsts


def _set_aside(frame: Frame, size: int, seed: int) -> tuple[list[Drawn], Stratum]:
    rows, first = 0, list[Ranked]()
    for number, table in enumerate(frame.set_aside()):
        names = table.column("id").to_pylist()
        rows += len(names)
        more = [(_rank(name, frame.name, seed), name, number) for name in names]
        first = heapq.nsmallest(size, [*first, *more])
    return [_drawn(one, SET_ASIDE.name) for one in first], Stratum(SET_ASIDE.name, rows, len(first))


def _turns(rows: Sequence[int], size: int) -> Iterator[int]:
    """Which stratum is drawn from next: every one once in order of risk, then by divisors."""
    weights = [kind.risk * sqrt(number) for kind, number in zip(KINDS, rows, strict=True)]
    taken = [0] * len(rows)
    for _ in range(min(size, sum(rows))):
        left = [kind for kind, number in enumerate(rows) if taken[kind] < number]
        fresh = [kind for kind in left if not taken[kind]]
        by_divisor = [(weights[kind] / (taken[kind] + 0.5), -kind) for kind in left]
        chosen = fresh[0] if fresh else -max(by_divisor)[1]
        taken[chosen] += 1
        yield chosen


def _rank(name: str, dataset: str, seed: int) -> bytes:
    """A place in random order that seed and dataset fix."""
    key = blake2b(f"burnish sample {seed} {dataset}".encode(), digest_size=32).digest()
    return blake2b(name.encode(), digest_size=16, key=key).digest()


def _drawn(found: Ranked, stratum: str) -> Drawn:
    return Drawn(found[1], stratum, found[2])

"""Assign rows to parts: by content, in whole groups, stable when rows are added.

Rows that share a content digest or a group key (near-duplicate cluster, data subject), directly
or through others, are united and stay on one side. A united group falls into the part that a
keyed hash of its smallest digest and its label points at, so that neither the order of the rows
nor any other group has a say.

Stability: adding rows moves no existing group, but for two cases. A new row that joins a group may
change the group's smallest digest (or unite two groups), and then the group is assigned anew. And
a group that was moved because its label would have missed a part (see `assign`) goes back once
the label has reached that part without it.

Shares hold in expectation: with n groups the standard error of a share s is sqrt(s(1-s)/n), for
each label likewise. One very large group is kept whole all the same; `describe` reports it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import accumulate

PARTS: tuple[str, str, str] = ("train", "validation", "test")
Shares = tuple[float, float, float]


class SplitError(ValueError):
    """Rows or shares that cannot be split; says which row and why."""


@dataclass(frozen=True)
class SplitInput:
    """What the split looks at, one entry a row, in any order.

    `digests`: digest of the row's content. `groups`: keys that tie rows together, each prefixed
    by its kind (`cluster:`, `subject:`) so that kinds cannot meet. `labels`: class, or None.
    """

    digests: list[str]
    groups: list[tuple[str, ...]]
    labels: list[str | None]

    def __post_init__(self) -> None:
        if not len(self.digests) == len(self.groups) == len(self.labels):
            raise SplitError("digests, groups and labels must have one entry for each row")
        for place, (digest, keys) in enumerate(zip(self.digests, self.groups, strict=True), 1):
            if not digest or not all(keys):
                raise SplitError(f"row {place}: an empty digest or group key would tie rows up")


@dataclass(frozen=True)
class Balance:
    """Rows of each label in each part (order of `PARTS`), and the worst label.

    `largest_deviation` is the largest difference, over labels and parts, between a label's share
    in a part and the part's share of all rows; 0 without rows.
    """

    counts: dict[str, tuple[int, int, int]]
    largest_deviation: float


@dataclass(frozen=True)
class SplitReport:
    """What came of a split: rows and shares of the parts, the largest group, the labels."""

    rows: tuple[int, int, int]
    shares: tuple[float, float, float]
    groups: int
    largest_group: int
    largest_group_part: str | None
    balance: Balance


@dataclass(frozen=True)
class _Group:
    key: str
    label: str | None
    place: float


def assign(rows: SplitInput, shares: Shares = (0.8, 0.1, 0.1), *, seed: int) -> list[str]:
    """The part of each row, in the order of the rows.

    A label (no label counts as one) with at least as many groups as there are parts with a share
    above 0 misses none of them: the group whose hash lies nearest is moved there, from a part
    that keeps another. Raises `SplitError` for shares that are negative or do not sum to 1.
    """
    bounds = _bounds(shares)
    members = united(rows)
    groups = _groups(rows, members, seed)
    chosen = [bisect_right(bounds, group.place) for group in groups]
    by_label: dict[str | None, list[int]] = {}
    for index, group in enumerate(groups):
        by_label.setdefault(group.label, []).append(index)
    for indices in (*by_label.values(), list(range(len(groups)))):
        _fill(indices, groups, chosen, shares)
    return [PARTS[chosen[member]] for member in members]


def united(rows: SplitInput) -> list[int]:
    """Number of the united group of each row, counted from 0 in order of first appearance."""
    parent = list(range(len(rows.digests)))
    first: dict[tuple[str, str], int] = {}
    for row, (digest, keys) in enumerate(zip(rows.digests, rows.groups, strict=True)):
        for key in (("digest", digest), *(("group", key) for key in keys)):
            left, right = _root(parent, first.setdefault(key, row)), _root(parent, row)
            parent[max(left, right)] = min(left, right)
    numbers: dict[int, int] = {}
    return [numbers.setdefault(_root(parent, row), len(numbers)) for row in range(len(parent))]


def balance(labels: Sequence[str | None], parts: Sequence[str]) -> Balance:
    """How evenly the labels lie over the parts; rows without a label are left out."""
    pairs = Counter(zip(labels, parts, strict=True))
    names = sorted({label for label in labels if label is not None})
    counts = {name: _three([pairs[name, part] for part in PARTS]) for name in names}
    whole = _three([sum(column) for column in zip((0, 0, 0), *counts.values(), strict=True)])
    total = sum(whole)
    deviation = max(
        (
            abs(c / sum(count) - w / total)
            for count in counts.values()
            for c, w in zip(count, whole, strict=True)
        ),
        default=0.0,
    )
    return Balance(counts, deviation)


def describe(rows: SplitInput, parts: Sequence[str]) -> SplitReport:
    """What came of a split; a group larger than a part's share shows itself here."""
    members = united(rows)
    counted = Counter(parts)
    sizes = Counter(members)
    largest = max(sizes, key=lambda group: (sizes[group], -group), default=None)
    total = max(len(parts), 1)
    per_part = _three([counted[part] for part in PARTS])
    return SplitReport(
        rows=per_part,
        shares=(per_part[0] / total, per_part[1] / total, per_part[2] / total),
        groups=len(sizes),
        largest_group=0 if largest is None else sizes[largest],
        largest_group_part=None if largest is None else parts[members.index(largest)],
        balance=balance(rows.labels, parts),
    )


def _root(parent: list[int], row: int) -> int:
    while parent[row] != row:
        parent[row] = parent[parent[row]]
        row = parent[row]
    return row


def _bounds(shares: Shares) -> list[float]:
    if min(shares) < 0 or abs(sum(shares) - 1) > 1e-9:
        raise SplitError("the shares of train, validation and test must be 0 or more and sum to 1")
    # A part without a share gets nothing, whatever rounding leaves of the sum.
    first = shares[0] if shares[1] or shares[2] else 1.0
    return [first, shares[0] + shares[1] if shares[2] else 1.0]


def _groups(rows: SplitInput, members: list[int], seed: int) -> list[_Group]:
    """One group for each number of `members`; its label is that of its smallest digest."""
    smallest: dict[int, tuple[str, str]] = {}
    labelled: dict[int, str | None] = {}
    for row, group in enumerate(members):
        label = rows.labels[row]
        key = (rows.digests[row], "" if label is None else f"={label}")
        if group not in smallest or key < smallest[group]:
            smallest[group] = key
            labelled[group] = label
    return [
        _Group(smallest[group][0], labelled[group], _place(*smallest[group], seed))
        for group in range(len(smallest))
    ]


def _place(digest: str, label: str, seed: int) -> float:
    """A number in [0, 1) that depends on seed, label and digest alone (BLAKE2b, RFC 7693)."""
    text = f"{len(label)}:{label}{digest}".encode()
    hashed = blake2b(text, digest_size=8, key=str(seed).encode()).digest()
    return (int.from_bytes(hashed, "big") >> 11) / 2**53


def _fill(indices: list[int], groups: list[_Group], chosen: list[int], shares: Shares) -> None:
    """Give each part with a share one of these groups, where there are enough of them."""
    wanted = [part for part, share in enumerate(shares) if share > 0]
    if len(indices) < len(wanted):
        return
    edges = [0.0, *accumulate(shares)]
    for part in wanted:
        held = Counter(chosen[index] for index in indices)
        if held[part]:
            continue
        donors = [index for index in indices if held[chosen[index]] > 1]
        low, high = edges[part], edges[part + 1]
        nearest = min(
            donors,
            key=lambda index: (
                max(low - groups[index].place, groups[index].place - high),
                groups[index].key,
            ),
        )
        chosen[nearest] = part


def _three(counts: list[int]) -> tuple[int, int, int]:
    return counts[0], counts[1], counts[2]

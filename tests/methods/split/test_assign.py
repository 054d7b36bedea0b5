"""The split: whole groups, stable, near its shares, every label in every part."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.split.assign import (
    PARTS,
    Shares,
    SplitError,
    SplitInput,
    assign,
    balance,
    describe,
    united,
)
from burnish.methods.split.leaks import crossing

KEYS = st.sampled_from(["cluster:1", "cluster:2", "cluster:3", "subject:a", "subject:b"])
ROW = st.tuples(
    st.integers(0, 40).map(lambda n: sha256(str(n).encode()).hexdigest()),
    st.lists(KEYS, max_size=2, unique=True).map(tuple),
    st.sampled_from([None, "red", "green"]),
)
ROWS = st.lists(ROW, max_size=30)
Row = tuple[str, tuple[str, ...], str | None]


def table(rows: list[Row]) -> SplitInput:
    return SplitInput([d for d, _, _ in rows], [g for _, g, _ in rows], [x for _, _, x in rows])


def single(count: int, labels: list[str | None] | None = None, start: int = 0) -> SplitInput:
    """Rows that nothing ties together."""
    digests = [sha256(str(n).encode()).hexdigest() for n in range(start, start + count)]
    return SplitInput(digests, [()] * count, labels or [None] * count)


@settings(max_examples=100, deadline=None)
@given(rows=ROWS, seed=st.integers(0, 5))
def test_every_row_is_assigned_and_every_group_is_on_one_side(rows: list[Row], seed: int) -> None:
    given_rows = table(rows)

    parts = assign(given_rows, seed=seed)

    assert len(parts) == len(rows)
    assert set(parts) <= set(PARTS)
    tied = [(f"digest:{d}", *keys) for d, keys, _ in rows]
    assert crossing(tied, parts) == 0
    assert crossing([(str(n),) for n in united(given_rows)], parts) == 0


@settings(max_examples=60, deadline=None)
@given(rows=ROWS, seed=st.integers(0, 5), shuffle=st.randoms(use_true_random=False))
def test_the_order_of_the_rows_has_no_say(
    rows: list[Row], seed: int, shuffle: random.Random
) -> None:
    order = list(range(len(rows)))
    shuffle.shuffle(order)

    parts = assign(table(rows), seed=seed)
    shuffled = assign(table([rows[n] for n in order]), seed=seed)

    assert shuffled == [parts[n] for n in order]


def test_added_rows_move_no_existing_group() -> None:
    labels: list[str | None] = ["red", "green", None]
    before = single(3000, labels * 1000)
    more = single(3000, ["green", None, "blue"] * 1000, start=3000)
    after = SplitInput(
        before.digests + more.digests, before.groups + more.groups, before.labels + more.labels
    )

    assert assign(after, seed=1)[:3000] == assign(before, seed=1)


def test_only_a_group_that_is_joined_may_move() -> None:
    before = single(2000)
    joined = replace(before, groups=[("subject:a",) if n < 2 else () for n in range(2000)])

    moved = [
        n
        for n, (was, now) in enumerate(
            zip(assign(before, seed=1), assign(joined, seed=1), strict=True)
        )
        if was != now
    ]

    assert set(moved) <= {0, 1}


@pytest.mark.parametrize("seed", range(5))
def test_five_thousand_rows_lie_near_the_shares(seed: int) -> None:
    report = describe(rows := single(5000), assign(rows, seed=seed))

    assert sum(report.rows) == 5000
    assert report.shares == pytest.approx((0.8, 0.1, 0.1), abs=0.02)
    assert (report.groups, report.largest_group) == (5000, 1)


def test_labels_lie_evenly_over_the_parts() -> None:
    names: list[str | None] = ["a", "b", "c", "d"]
    rows = single(5000, names * 1250)

    evenness = balance(rows.labels, assign(rows, seed=3))

    assert sum(sum(count) for count in evenness.counts.values()) == 5000
    assert evenness.largest_deviation < 0.04


@pytest.mark.parametrize("seed", range(10))
def test_a_label_with_three_groups_misses_no_part(seed: int) -> None:
    labels: list[str | None] = [f"label {n % 40}" for n in range(120)]
    rows = single(120, labels)

    counts = balance(labels, assign(rows, seed=seed)).counts

    assert all(count == (1, 1, 1) for count in counts.values())


@pytest.mark.parametrize("seed", range(10))
def test_a_handful_of_rows_misses_no_part(seed: int) -> None:
    for labels in ([None] * 10, [f"only {n}" for n in range(10)]):
        assert set(assign(single(10, list(labels)), seed=seed)) == set(PARTS)


def test_one_or_two_rows_are_split_without_a_fuss() -> None:
    for count in (0, 1, 2):
        assert len(assign(single(count), seed=1)) == count


def test_another_seed_gives_another_split() -> None:
    assert assign(single(200), seed=1) != assign(single(200), seed=2)


def test_the_split_is_the_same_on_every_machine() -> None:
    labels: list[str | None] = ["x", None] * 10
    short = "".join(str(PARTS.index(part)) for part in assign(single(20, labels), seed=13))

    assert short == "00000000001022000001"


def test_a_giant_group_is_kept_whole_and_reported() -> None:
    rows = single(1000)
    giant = replace(rows, groups=[("cluster:big",) if n < 600 else () for n in range(1000)])

    parts = assign(giant, seed=1)
    report = describe(giant, parts)

    assert len(set(parts[:600])) == 1
    assert (report.largest_group, report.largest_group_part) == (600, parts[0])
    assert report.groups == 401


@pytest.mark.parametrize("shares", [(1.0, 0.0, 0.0), (0.5, 0.5, 0.0), (0.0, 0.0, 1.0)])
def test_a_part_without_a_share_gets_nothing(shares: Shares) -> None:
    counted = Counter(assign(single(500), shares, seed=1))

    assert {part for part, share in zip(PARTS, shares, strict=True) if share} == set(counted)


@pytest.mark.parametrize("shares", [(0.8, 0.1, 0.2), (1.1, -0.1, 0.0)])
def test_shares_that_make_no_whole_are_refused(shares: Shares) -> None:
    with pytest.raises(SplitError, match="sum to 1"):
        assign(single(3), shares, seed=1)


def test_an_empty_key_is_refused_because_it_would_tie_strangers() -> None:
    with pytest.raises(SplitError, match="row 2"):
        SplitInput(["a", "b"], [(), ("",)], [None, None])
    with pytest.raises(SplitError, match="one entry for each row"):
        SplitInput(["a"], [], [None])


def test_a_leak_is_counted() -> None:
    groups: list[tuple[str, ...]] = [("a",), ("a", "b"), ("b",), ("c",)]

    assert crossing(groups, ["train", "test", "train", "test"]) == 2
    assert crossing(groups, ["train", "train", "train", "test"]) == 0
    with pytest.raises(ValueError, match="zip"):
        crossing(groups, ["train"])


def test_the_balance_of_nothing_is_no_deviation() -> None:
    assert balance([], []).largest_deviation == 0
    assert describe(single(0), []).largest_group_part is None
    assert balance(["x", None, "y"], ["train", "test", "test"]).largest_deviation == 0.5

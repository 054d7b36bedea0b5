"""Which version counts: the numpy way against the plain one."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.sources.latest import NEVER, Keys, key_halves, superseded

ROWS = st.lists(st.tuples(st.sampled_from("abcde"), st.sampled_from([NEVER, -5, 0, 7])))


def keys_of(rows: list[tuple[str, int]]) -> Keys:
    halves = [key_halves(name, b"secret") for name, _ in rows]
    return Keys(
        np.array([high for high, _ in halves], np.uint64),
        np.array([low for _, low in halves], np.uint64),
        np.array([at for _, at in rows], np.int64),
    )


def plainly(rows: list[tuple[str, int]]) -> dict[int, int]:
    """For each row that goes, the one that replaces it."""
    counts: dict[str, int] = {}
    for place, (name, at) in enumerate(rows):
        if name not in counts or at >= rows[counts[name]][1]:
            counts[name] = place
    return {p: counts[n] for p, (n, _) in enumerate(rows) if counts[n] != p}


@settings(max_examples=200, deadline=None)
@given(ROWS)
def test_the_latest_of_each_key_stays_and_replaces_the_others(rows: list[tuple[str, int]]) -> None:
    old, by = superseded(keys_of(rows))
    assert dict(zip(old.tolist(), by.tolist(), strict=True)) == plainly(rows)
    assert old.tolist() == sorted(old.tolist())


@settings(max_examples=50, deadline=None)
@given(ROWS, ROWS)
def test_parts_of_a_source_are_judged_together(
    one: list[tuple[str, int]], two: list[tuple[str, int]]
) -> None:
    joined = superseded(Keys.joined([keys_of(one), keys_of(two)]))
    assert [a.tolist() for a in joined] == [a.tolist() for a in superseded(keys_of(one + two))]


def test_a_key_cannot_be_told_without_the_secret() -> None:
    assert key_halves("ada@example.org", b"one") != key_halves("ada@example.org", b"two")
    assert key_halves("ada@example.org", b"one") == key_halves("ada@example.org", b"one")

"""Small pieces together, large ones alone, and a new one moves only its neighbours."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.core.pieces import ALONE_BYTES, GROUP_BYTES, GROUP_PIECES, grouped
from burnish.core.sources import Piece

SIZES = st.lists(st.one_of(st.just(0), st.integers(1, 10), st.integers(1, 2 * ALONE_BYTES)))


def pieces_of(sizes: list[int]) -> list[Piece]:
    return [Piece(f"notes/{n:06}.txt", "1", size) for n, size in enumerate(sizes)]


@settings(max_examples=100, deadline=None)
@given(SIZES, st.booleans())
def test_groups_hold_every_piece_once_and_in_order(sizes: list[int], alone: bool) -> None:
    pieces = pieces_of(sizes)
    groups = list(grouped(pieces, alone=alone))
    assert [piece for group in groups for piece in group] == pieces
    for group in groups:
        assert group
        if len(group) > 1:
            assert not alone
            assert len(group) <= GROUP_PIECES
            assert all(0 < piece.size < ALONE_BYTES for piece in group)
            assert sum(piece.size for piece in group[:-1]) < GROUP_BYTES


def test_a_hundred_thousand_notes_are_some_thousand_jobs() -> None:
    groups = list(grouped(pieces_of([120] * 100_000)))
    assert 1000 < len(groups) < 3000


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1999))
def test_a_new_piece_changes_the_groups_beside_it_only(place: int) -> None:
    pieces = pieces_of([120] * 2000)
    before = set(grouped(pieces))
    new = Piece(f"notes/{place:06}x.txt", "1", 120)
    after = set(grouped([*pieces[:place], new, *pieces[place:]]))
    assert len(after - before) <= 8

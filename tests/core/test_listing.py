"""A listing is kept, goes on where it broke off, and is made anew only when asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from burnish.core.listing import Lister
from burnish.core.sources import Piece
from burnish.storage.memory import MemoryStore


class Stopped(BaseException):
    """What breaks a listing off."""


@dataclass
class Shelf:
    """A source of pieces in a list, which a test changes."""

    there: list[Piece]
    grows: bool = False
    live: bool = False
    at_once: bool = False
    definition: str = "shelf"
    where: str = "a shelf"
    breaks_after: int = 10**9
    asked: list[str] = field(default_factory=list)

    def pieces(self, known: Sequence[Piece] = ()) -> Iterator[Piece]:
        names = {piece.name for piece in known}
        for piece in self.there:
            if piece.name not in names:
                if len(self.asked) >= self.breaks_after:
                    raise Stopped
                self.asked.append(piece.name)
                yield piece

    def fetch(self, piece: Piece, folder: Path) -> Path:
        raise AssertionError("a listing fetches nothing")


def shelf(*names: str, grows: bool = False, at_once: bool = False) -> Shelf:
    return Shelf([Piece(name, "1", 5) for name in names], grows=grows, at_once=at_once)


def test_a_listing_is_made_once() -> None:
    store, source = MemoryStore(), shelf("a", "b")
    first = Lister(store, "s", source).listed()
    source.there.append(Piece("c", "1"))
    assert Lister(store, "s", source).listed() == first
    assert source.asked == ["a", "b"]
    assert [p.name for p in first.pieces] == ["a", "b"]
    assert (first.generation, first.removed, first.at[:2]) == (1, 0, "20")


def test_another_definition_is_another_listing() -> None:
    store, source = MemoryStore(), shelf("a")
    Lister(store, "s", source).listed()
    source.definition = "another shelf"
    source.there = [Piece("z", "1")]
    assert [p.name for p in Lister(store, "s", source).listed().pieces] == ["z"]


def test_a_broken_off_listing_goes_on_and_lists_nothing_twice() -> None:
    store, source = MemoryStore(), shelf("a", "b", "c")
    source.breaks_after = 2
    with pytest.raises(Stopped):
        Lister(store, "s", source).listed()
    assert Lister(store, "s", source).known() is None
    source.breaks_after = 10
    made = Lister(store, "s", source).listed()
    assert source.asked == ["a", "b", "c"]
    assert [p.name for p in made.pieces] == ["a", "b", "c"]


def test_a_refresh_that_breaks_off_leaves_the_former_listing_in_force() -> None:
    store, source = MemoryStore(), shelf("a")
    first = Lister(store, "s", source).listed()
    source.there = [Piece("b", "1"), Piece("c", "1")]
    source.breaks_after = 2
    with pytest.raises(Stopped):
        Lister(store, "s", source).listed(refresh=True)
    assert Lister(store, "s", source).listed() == first
    source.breaks_after = 10
    made = Lister(store, "s", source).listed(refresh=True)
    assert source.asked == ["a", "b", "c"]
    assert ([p.name for p in made.pieces], made.generation, made.removed) == (["b", "c"], 2, 1)


def test_a_refresh_without_news_is_the_same_listing_and_the_next_one_looks_again() -> None:
    store, source = MemoryStore(), shelf("a")
    first = Lister(store, "s", source).listed()
    again = Lister(store, "s", source).listed(refresh=True)
    assert (again.pieces, again.generation) == (first.pieces, first.generation)
    source.there.append(Piece("b", "1"))
    third = Lister(store, "s", source).listed(refresh=True)
    assert [p.name for p in third.pieces] == ["a", "b"]
    assert third.generation == 2


def test_what_went_is_counted_over_all_refreshes() -> None:
    store, source = MemoryStore(), shelf("a", "b", "c")
    Lister(store, "s", source).listed()
    for left in (["a", "c"], ["c"]):
        source.there = [Piece(name, "1") for name in left]
        made = Lister(store, "s", source).listed(refresh=True)
    assert made.removed == 2


def test_a_source_that_grows_is_asked_only_for_what_is_new() -> None:
    store, source = MemoryStore(), shelf("a", "b", grows=True)
    Lister(store, "s", source).listed()
    source.there.append(Piece("c", "1"))
    made = Lister(store, "s", source).listed(refresh=True)
    assert source.asked == ["a", "b", "c"]
    assert ([p.name for p in made.pieces], made.removed) == (["a", "b", "c"], 0)


def test_bytes_of_unknown_version_are_new_with_every_listing() -> None:
    store, source = MemoryStore(), Shelf([Piece("a", "")])
    versions = [
        Lister(store, "s", source).listed(refresh=bool(n)).pieces[0].version for n in (0, 1)
    ]
    assert versions == ["listing 1", "listing 2"]


def test_of_a_source_that_grows_old_pieces_keep_their_version() -> None:
    store, source = MemoryStore(), Shelf([Piece("a", "")], grows=True)
    Lister(store, "s", source).listed()
    source.there.append(Piece("b", ""))
    made = Lister(store, "s", source).listed(refresh=True)
    assert [p.version for p in made.pieces] == ["listing 1", "listing 2"]


def test_each_piece_is_dealt_with_before_it_counts_as_listed() -> None:
    store, source = MemoryStore(), shelf("a", "b", "c", at_once=True)
    dealt: list[str] = []

    def deal(piece: Piece) -> None:
        if piece.name == "b" and "b" not in dealt:
            dealt.append("b")
            raise Stopped
        dealt.append(piece.name)

    with pytest.raises(Stopped):
        Lister(store, "s", source, deal).listed()
    Lister(store, "s", source, deal).listed()
    assert source.asked == ["a", "b", "b", "c"]
    assert dealt == ["a", "b", "b", "c"]


def test_a_listing_whose_pages_got_lost_is_made_again() -> None:
    store, source = MemoryStore(), shelf("a")
    Lister(store, "s", source).listed()
    store.__dict__["_bytes"].clear()
    assert [p.name for p in Lister(store, "s", source).listed().pieces] == ["a"]
    assert source.asked == ["a", "a"]


def test_a_listing_of_nothing_does_not_hold() -> None:
    store, source = MemoryStore(), shelf()
    assert Lister(store, "s", source).listed().pieces == ()
    assert Lister(store, "s", source).known() is None
    source.there.append(Piece("a", "1"))
    assert [p.name for p in Lister(store, "s", source).listed().pieces] == ["a"]

"""What a remote source held when it was listed: kept page by page, until a refresh.

Two memos in the store: the whole listing, and one that is being made. So a listing that was
broken off goes on where it stopped, and until a refresh is through the former one holds.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, dataclass, field, replace
from datetime import UTC, datetime

from burnish.core.fingerprint import fingerprint
from burnish.core.ports import Store
from burnish.core.sources import Connector, Piece

PAGE, SECONDS = 1000, 1.0
"""A page of the listing is kept when it has so many pieces, or so long after the one before."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The pieces of a source, which listing of it this is, and what went since the first one."""

    pieces: tuple[Piece, ...]
    generation: int = 1
    removed: int = 0
    at: str = ""


@dataclass(frozen=True, slots=True)
class _Pages:
    """The memo of a listing: its pages are bytes in the store."""

    generation: int
    removed: int = 0
    at: str = ""
    pages: tuple[str, ...] = ()

    def to_bytes(self) -> bytes:
        return json.dumps(astuple(self)).encode()

    def pieces(self, store: Store) -> Iterator[Piece]:
        for page in self.pages:
            for told in json.loads(store.get_bytes(page)):
                yield Piece(*told)


@dataclass(frozen=True, slots=True)
class Lister:
    """Lists one source and keeps the listing.

    `each` is called with every piece that is newly listed, before it is kept as listed.
    """

    store: Store
    name: str
    connector: Connector
    each: Callable[[Piece], None] = field(default=lambda piece: None)

    def known(self) -> Listing | None:
        """The listing that holds, without asking the source; one of nothing does not hold."""
        whole = self._recall("whole")
        return None if whole is None else self._listing(whole)

    def listed(self, *, refresh: bool = False) -> Listing:
        """The listing that holds, or a new one; raises `InputError` when it cannot be made."""
        whole = self._recall("whole")
        if whole is not None and not refresh:
            return self._listing(whole)
        return self._listing(self._finish(whole, self._list(whole)))

    def _list(self, whole: _Pages | None) -> _Pages:
        """Go on with the listing that was begun, page by page."""
        begun = self._begun(whole)
        known = list(begun.pieces(self.store))
        if whole is not None and self.connector.grows:
            known = [*whole.pieces(self.store), *known]
        page: list[Piece] = []
        kept = time.monotonic()
        try:
            for piece in self.connector.pieces(known):
                piece = _versioned(piece, begun.generation)
                self.each(piece)
                page.append(piece)
                late = time.monotonic() - kept >= SECONDS
                if late or len(page) >= PAGE or self.connector.at_once:
                    begun = self._keep(begun, page)
                    page, kept = [], time.monotonic()
        finally:
            if page:
                begun = self._keep(begun, page)
        return begun

    def _keep(self, begun: _Pages, page: Sequence[Piece]) -> _Pages:
        told = json.dumps([astuple(piece) for piece in page]).encode()
        begun = replace(begun, pages=(*begun.pages, self.store.put_bytes(told)))
        self.store.remember(self._memo("begun"), begun.to_bytes())
        return begun

    def _begun(self, whole: _Pages | None) -> _Pages:
        """What was listed of the generation after the whole one."""
        generation = 1 if whole is None else whole.generation + 1
        begun = self._recall("begun")
        return begun if begun and begun.generation == generation else _Pages(generation)

    def _finish(self, whole: _Pages | None, begun: _Pages) -> _Pages:
        """The listing is through: it holds from now on."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        made = replace(begun, at=now)
        if whole is not None and self.connector.grows:
            made = replace(made, pages=(*whole.pages, *begun.pages), removed=whole.removed)
        elif whole is not None:
            made = self._compared(whole, made)
        self.store.remember(self._memo("begun"), b"")
        self.store.remember(self._memo("whole"), made.to_bytes())
        return made

    def _compared(self, whole: _Pages, made: _Pages) -> _Pages:
        """Nothing new is the same listing; what is not there any more is counted."""
        before, after = list(whole.pieces(self.store)), list(made.pieces(self.store))
        if before == after:
            return replace(whole, at=made.at)
        gone = {piece.name for piece in before} - {piece.name for piece in after}
        return replace(made, removed=whole.removed + len(gone))

    def _listing(self, pages: _Pages) -> Listing:
        pieces = tuple(pages.pieces(self.store))
        return Listing(pieces, pages.generation, pages.removed, pages.at)

    def _recall(self, which: str) -> _Pages | None:
        """A listing that has pages, all of them still in the store."""
        remembered = self.store.recall(self._memo(which))
        if not remembered:
            return None
        generation, removed, at, pages = json.loads(remembered)
        made = _Pages(generation, removed, at, tuple(pages))
        return made if pages and all(map(self.store.has, made.pages)) else None

    def _memo(self, which: str) -> str:
        return fingerprint("listing", which, self.name, self.connector.definition)


def _versioned(piece: Piece, generation: int) -> Piece:
    """Bytes of unknown version are those of this listing."""
    return piece if piece.version else replace(piece, version=f"listing {generation}")

"""Pieces of a source on their way to a worker: small ones together, remote ones fetched."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from burnish.core.sources import Connector, Piece

ALONE_BYTES, GROUP_BYTES, GROUP_PIECES = 256 * 1024, 4 * 2**20, 256
CUT = 64
FETCHERS = 16


def grouped(pieces: Sequence[Piece], *, alone: bool = False) -> Iterator[tuple[Piece, ...]]:
    """Pieces in their order, small neighbours together: a folder of notes is no folder of shards.

    Where a group ends is told by the piece's name (one in `CUT` ends one), so that a new piece
    changes its own group and not all that follow. Pieces of unknown size stay alone.
    """
    group: list[Piece] = []
    size = 0
    for piece in pieces:
        small = 0 < piece.size < ALONE_BYTES and not alone
        if group and (not small or size >= GROUP_BYTES or len(group) >= GROUP_PIECES):
            yield tuple(group)
            group, size = [], 0
        group.append(piece)
        size += piece.size
        if not small or _ends_a_group(piece):
            yield tuple(group)
            group, size = [], 0
    if group:
        yield tuple(group)


def _ends_a_group(piece: Piece) -> bool:
    return hashlib.sha256(piece.name.encode()).digest()[0] % CUT == 0


def fetched(
    connector: Connector, pieces: Sequence[Piece], folder: Path
) -> Iterator[tuple[Piece, Path]]:
    """Each piece with a local file of it; several small ones are fetched at a time."""
    if len(pieces) == 1 or connector.live:
        for piece in pieces:
            yield piece, connector.fetch(piece, folder)
        return
    with ThreadPoolExecutor(FETCHERS) as threads:
        yield from zip(pieces, threads.map(partial(_fetch, connector, folder), pieces), strict=True)


def _fetch(connector: Connector, folder: Path, piece: Piece) -> Path:
    return connector.fetch(piece, folder)

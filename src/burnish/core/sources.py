"""What a source of records promises, wherever its records are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a source, fetched and remembered at once: a file, an object, a range of rows.

    `name` tells people where it is; `version` differs when its bytes may differ; `size` is in
    bytes, 0 where unknown; `mark` is what the connector needs to fetch it or to go on after it.
    """

    name: str
    version: str
    size: int = 0
    mark: str = ""


class Connector(Protocol):
    """Lists and fetches the pieces of one source. Picklable: workers fetch for themselves.

    A live source (files of this machine) is listed at every run. Any other is listed once and
    kept, so that what an officer signed does not change under the signature, until a refresh is
    asked for.
    """

    @property
    def live(self) -> bool: ...

    def pieces(self, known: Sequence[Piece] = ()) -> Iterator[Piece]:
        """Pieces in a stable order; after a listing of `known`, only what came since.

        Listing can be broken off and taken up again with the pieces that came until then.
        Raises `InputError` when the source cannot be listed.
        """
        ...

    def fetch(self, piece: Piece, folder: Path) -> Path:
        """A local file of the piece's records, in `folder` unless it is local already.

        Its suffix tells its format. Raises `InputError` when the piece cannot be had.
        """
        ...

"""What a source of records promises, wherever its records are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a source, fetched and remembered at once: a file, an object, a range of rows.

    `name` tells people where it is, is unique in its source, and its suffix tells the format.
    `version` differs when its bytes may differ; empty where that is unknown, so that a refresh
    fetches it anew. `size` is in bytes, 0 where unknown; `mark` is what the connector needs to
    fetch it or to go on after it. Nothing of it is secret.
    """

    name: str
    version: str
    size: int = 0
    mark: str = ""


class Connector(Protocol):
    """Lists and fetches the pieces of one source. Picklable: workers fetch for themselves.

    Secrets stay references (`env:NAME`, `file:PATH`) until they are used, so that they are in no
    pickle, error or `repr`. Errors of a connector are `InputError`; they name the piece and how
    to mend it, never a value of the data; whoever calls puts the name of the source before them.
    """

    @property
    def live(self) -> bool:
        """Listed at every run (files of this machine).

        Any other source is listed once and kept, so that what an officer signed does not change
        under the signature, until a refresh is asked for.
        """
        ...

    @property
    def grows(self) -> bool:
        """A refresh only adds pieces after the known ones (rows and pages `since` a mark).

        Otherwise a refresh lists everything again, and what is not listed any more is removed.
        """
        ...

    @property
    def at_once(self) -> bool:
        """Listing is fetching (pages of an API): each piece is fetched as soon as it is listed.

        `fetch` is then called by the listing process before the next piece is asked for, so that
        a page is asked for once; and only for a piece whose records got lost, by anyone.
        """
        ...

    @property
    def definition(self) -> str:
        """Fingerprint of what is listed; the same while only credentials or limits change."""
        ...

    @property
    def where(self) -> str:
        """Where the source is, for manifests and errors: `s3://bucket/prefix`. No secret."""
        ...

    def pieces(self, known: Sequence[Piece] = ()) -> Iterator[Piece]:
        """Pieces in a stable order, those after `known` only.

        `known` is the beginning of a listing that was broken off, in which case it goes on
        there; or, of a source that grows, all pieces of earlier listings. Raises `InputError`.
        """
        ...

    def fetch(self, piece: Piece, folder: Path) -> Path:
        """A local file of the piece's records, in `folder` unless it is local already.

        Its suffix tells its format. Raises `InputError` when the piece cannot be had, or is not
        the one that was listed any more.
        """
        ...

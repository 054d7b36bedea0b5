"""Files of this machine: listed at every run, read where they lie."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from burnish.core.errors import InputError
from burnish.core.fingerprint import RUNS, fingerprint
from burnish.core.sources import Piece
from burnish.core.stamps import refuse_changed, stamped, stamped_path
from burnish.methods.formats.files import expand


@dataclass(frozen=True, slots=True)
class FilesConnector:
    """Files named by paths and globs; a piece is a file.

    Its `version` is empty: whoever lists knows a cheaper way to the digest than to read. Its
    `mark` is what `stamp` says of it, by which a file is known to be the same.
    """

    source: str
    paths: tuple[str, ...]
    root: Path = field(metadata={RUNS: True})
    outside: bool = False
    live: ClassVar[bool] = True
    grows: ClassVar[bool] = False
    at_once: ClassVar[bool] = False

    @property
    def definition(self) -> str:
        """What is listed."""
        return fingerprint("files", self.paths)

    @property
    def where(self) -> str:
        """The paths of the plan."""
        return ", ".join(self.paths)

    def pieces(self, known: Sequence[Piece] = ()) -> Iterator[Piece]:
        """The files, sorted by path, but those known; `InputError` for a path without a file."""
        seen = {piece.name for piece in known}
        try:
            found = expand(self.paths, self.root, allow_outside=self.outside)
        except ValueError as wrong:
            raise InputError(str(wrong), remedy=f"mend sources.{self.source}.paths") from wrong
        for path in found:
            name = self._name(path)
            if name not in seen:
                yield stamped(path, name)

    def fetch(self, piece: Piece, folder: Path) -> Path:
        """Where the file lies; `InputError` when it is gone, or another than when it was listed."""
        refuse_changed(piece)
        return stamped_path(piece.mark)

    def _name(self, path: Path) -> str:
        """Relative to the project where it is inside, else as the plan names it."""
        return path.as_posix().removeprefix(f"{self.root.as_posix()}/")

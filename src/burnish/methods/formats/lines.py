"""Lines of a file in bounded memory, each with its number; too long ones are passed over."""

from __future__ import annotations

from typing import BinaryIO

from burnish.methods.formats.compressed import BrokenStreamError

BOM = b"\xef\xbb\xbf"


class LongLineError(ValueError):
    """A line longer than the limit; it has been passed over, reading can go on."""


class Lines:
    r"""Iterator over the physical lines of a binary file, ends included, split at `\n` only.

    A class and not a generator, because it must be able to go on after it has raised
    `LongLineError`. `number` is the line handed out last, from 1. A leading byte order mark is
    removed. A compressed file that breaks off raises `BrokenStreamError` in the place of the line
    that it breaks, and is at its end then.
    """

    def __init__(self, file: BinaryIO, limit: int) -> None:
        self.number = 0
        self._file = file
        self._limit = limit
        self._broken = False

    def __iter__(self) -> Lines:
        return self

    def __next__(self) -> bytes:
        """The next line; raises `LongLineError` for one over the limit."""
        self.number += 1
        line = self._read(self._limit + 1)
        if not line:
            self.number -= 1
            raise StopIteration
        if len(line) > self._limit and not line.endswith(b"\n"):
            self._pass_over()
            raise LongLineError(f"longer than the limit of {self._limit} bytes")
        return line.removeprefix(BOM) if self.number == 1 else line

    def _read(self, most: int) -> bytes:
        if self._broken:
            return b""
        try:
            return self._file.readline(most)
        except BrokenStreamError:
            self._broken = True
            raise

    def _pass_over(self) -> None:
        while piece := self._read(self._limit):
            if piece.endswith(b"\n"):
                return

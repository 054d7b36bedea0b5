"""Files wrapped in gzip (RFC 1952) or Zstandard (RFC 8878), read as streams in bounded memory."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePath
from typing import BinaryIO, cast

import pyarrow as pa

BUFFER = 256 * 1024
RATIO = 250
"""More bytes out for each byte in than this is a decompression bomb, past the first 64 MiB."""

_FREE = 64 * 1024 * 1024


class BrokenStreamError(ValueError):
    """A compressed file that breaks off, is damaged, or swells beyond all measure."""


def opened(path: Path) -> BinaryIO:
    """The bytes of a file, unpacked where its suffix says that it is compressed.

    Several members or frames one after the other are read as one. Reading raises
    `BrokenStreamError` where the stream cannot be followed any further.
    """
    unpack = _UNPACKERS.get(path.suffix.lower())
    if unpack is None:
        return path.open("rb", buffering=BUFFER)
    most = _FREE + RATIO * path.stat().st_size
    return cast("BinaryIO", io.BufferedReader(_Unpacked(unpack(path), most), BUFFER))


def without_compression(name: PurePath) -> PurePath:
    """The name inside: `rows.jsonl` of `rows.jsonl.gz`; other names as they are."""
    return name.with_suffix("") if name.suffix.lower() in _UNPACKERS else name


class _Unpacked(io.RawIOBase):
    """A raw stream over unpacked pieces, which refuses to hand out more than `most` bytes."""

    def __init__(self, pieces: Iterator[bytes], most: int) -> None:
        self._pieces = pieces
        self._left = memoryview(b"")
        self._most = most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # Buffer is of 3.12
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._most -= len(piece)
            if self._most < 0:
                raise BrokenStreamError(
                    f"it unpacks to over {RATIO} times its size, which looks like a decompression "
                    "bomb; unpack the file yourself if it is meant"
                )
            self._left = memoryview(piece)
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self._left = self._left[count:]
        return count


def _gunzip(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        try:
            yield from _members(file)
        except zlib.error:
            raise BrokenStreamError("the gzip stream is damaged here") from None


def _members(file: BinaryIO) -> Iterator[bytes]:
    """Unpacked pieces of every member; zeros between and after members are padding."""
    data, fresh, full, done = b"", True, False, 0
    unpack = zlib.decompressobj(wbits=31)
    while full or (data := data or file.read(BUFFER)):
        if fresh and done and not (data := data.lstrip(b"\0")):
            continue
        piece = unpack.decompress(data, BUFFER)
        data, fresh, full = unpack.unconsumed_tail, False, len(piece) == BUFFER
        yield piece
        if unpack.eof:
            data, fresh, full, done = unpack.unused_data, True, False, done + 1
            unpack = zlib.decompressobj(wbits=31)
    if not fresh or not done:
        raise BrokenStreamError("the gzip stream breaks off here")


def _unzstd(path: Path) -> Iterator[bytes]:
    if path.stat().st_size == 0:
        raise BrokenStreamError("the Zstandard stream breaks off here")
    with pa.OSFile(str(path), "rb") as file:
        try:
            with pa.CompressedInputStream(file, "zstd") as stream:
                while piece := stream.read(BUFFER):
                    yield piece
        except OSError as error:
            how = "breaks off" if "Truncated" in str(error) else "is damaged"
            raise BrokenStreamError(f"the Zstandard stream {how} here") from None


_UNPACKERS: dict[str, Callable[[Path], Iterator[bytes]]] = {".gz": _gunzip, ".zst": _unzstd}

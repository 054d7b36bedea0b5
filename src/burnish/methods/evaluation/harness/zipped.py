"""Members of a zip archive, also those in Zstandard, bounded and without writing any to disk."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO

import pyarrow as pa

from burnish.methods.evaluation.rows import CHUNK, LARGEST_BYTES, Source, SuiteError

ZSTANDARD = 93
"""The method's number in the archive (APPNOTE 4.4.5); Python reads it from 3.14 on."""
LOCAL_HEADER = struct.Struct("<4s5H3L2H")
MEMBERS = 200_000


def members(source: Source, prefix: str) -> Iterator[Source]:
    """The JSON members whose names begin with `prefix`, in the order of their names.

    Raises SuiteError for what is no archive, and where its members unpack to too much.
    """
    left = LARGEST_BYTES
    try:
        with zipfile.ZipFile(io.BytesIO(source.raw)) as archive:
            infos = {info.filename: info for info in archive.infolist()[:MEMBERS]}
            for name in sorted(infos):
                if name.startswith(prefix) and name.endswith(".json"):
                    body = _body(source, archive, infos[name], left)
                    left -= len(body)
                    yield Source(f"{source.name}:{prefix}member", body)
    except (zipfile.BadZipFile, zlib.error, pa.ArrowInvalid, OSError, struct.error, EOFError):
        raise SuiteError(f"{source.name}: is no whole archive") from None


def _body(source: Source, archive: zipfile.ZipFile, info: zipfile.ZipInfo, left: int) -> bytes:
    if info.compress_type == ZSTANDARD:
        with pa.input_stream(_packed(source, info), compression="zstd") as stream:
            return _read(source, stream, left)
    try:
        with archive.open(info) as stream:
            return _read(source, stream, left)
    except (NotImplementedError, RuntimeError):
        raise SuiteError(
            f"{source.name}: a member is encrypted, or packed in no known way"
        ) from None


def _packed(source: Source, info: zipfile.ZipInfo) -> pa.Buffer:
    start = info.header_offset
    header = LOCAL_HEADER.unpack_from(source.raw, start)
    begin = start + LOCAL_HEADER.size + header[-2] + header[-1]
    return pa.py_buffer(source.raw[begin : begin + info.compress_size])


def _read(source: Source, stream: IO[bytes], left: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while part := stream.read(CHUNK):
        size += len(part)
        if size > left:
            raise SuiteError(f"{source.name}: unpacks to over {LARGEST_BYTES >> 20} MB")
        parts.append(part)
    return b"".join(parts)

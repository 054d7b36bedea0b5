"""Records of a file in any of the formats burnish reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from burnish.methods.formats.compressed import without_compression
from burnish.methods.formats.documents import read_html, read_markdown, read_text
from burnish.methods.formats.docx import read_docx
from burnish.methods.formats.files import expand
from burnish.methods.formats.jsonl import read_jsonl
from burnish.methods.formats.mail import read_eml, read_mbox
from burnish.methods.formats.parquet import read_parquet
from burnish.methods.formats.partitions import partition_fields
from burnish.methods.formats.pdf import read_pdf
from burnish.methods.formats.records import LINE_LIMIT, BadRecord, FormatError, Record
from burnish.methods.formats.tables import read_csv, read_tsv

__all__ = [
    "FORMATS",
    "BadRecord",
    "FormatError",
    "Record",
    "expand",
    "format_of",
    "partition_fields",
    "read_records",
]

Reader = Callable[[Path, int], Iterator[Record | BadRecord]]

_READERS: dict[str, Reader] = {
    "jsonl": read_jsonl,
    "csv": read_csv,
    "tsv": read_tsv,
    "parquet": read_parquet,
    "text": read_text,
    "markdown": read_markdown,
    "html": read_html,
    "pdf": read_pdf,
    "docx": read_docx,
    "eml": read_eml,
    "mbox": read_mbox,
}

FORMATS: tuple[str, ...] = tuple(_READERS)

_SUFFIXES = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
    ".txt": "text",
    ".text": "text",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".pdf": "pdf",
    ".docx": "docx",
    ".eml": "eml",
    ".mbox": "mbox",
}

_SEEKING = ("parquet", "pdf", "docx")
"""Formats that are compressed in themselves and read at many places."""


def format_of(path: Path, format: str | None = None) -> str:
    """The format stated, or the one of the suffix; `FormatError` when neither is known.

    A file whose name ends in `.gz` or `.zst` has the format of the name before that.
    """
    inner = without_compression(path)
    known = format if format is not None else _SUFFIXES.get(inner.suffix.lower())
    if format is not None and format not in FORMATS:
        raise FormatError(f"unknown format '{format}'; known are {', '.join(FORMATS)}")
    if known is None:
        suffixes = " ".join(_SUFFIXES)
        raise FormatError(
            f"{path.name}: the suffix names no format; known are {suffixes}, each but those of "
            f"{', '.join(_SEEKING)} also with .gz or .zst. "
            f"Rename the file, or state `format` as one of {', '.join(FORMATS)}"
        )
    if known in _SEEKING and inner != path:
        raise FormatError(
            f"{path.name}: a {known} file is compressed in itself and not read through "
            f"{path.suffix}; unpack it"
        )
    return known


def read_records(
    path: Path, *, format: str | None = None, limit: int = LINE_LIMIT
) -> Iterator[Record | BadRecord]:
    """Records of one file in order, in bounded memory; what cannot be read is a `BadRecord`.

    `limit` is the longest line, field, message or document's text in bytes. Raises
    `FormatError` at once for an unknown format, `OSError` while iterating when the file cannot
    be opened.
    """
    return _READERS[format_of(path, format)](path, limit)

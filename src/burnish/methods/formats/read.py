"""Records of a file in any of the formats burnish reads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from burnish.methods.formats.documents import read_html, read_markdown, read_text
from burnish.methods.formats.files import expand
from burnish.methods.formats.jsonl import read_jsonl
from burnish.methods.formats.parquet import read_parquet
from burnish.methods.formats.records import LINE_LIMIT, BadRecord, FormatError, Record
from burnish.methods.formats.tables import read_table

__all__ = ["FORMATS", "BadRecord", "FormatError", "Record", "expand", "format_of", "read_records"]

FORMATS: tuple[str, ...] = ("jsonl", "csv", "tsv", "parquet", "text", "markdown", "html")

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
}


def format_of(path: Path, format: str | None = None) -> str:
    """The format stated, or the one of the suffix; `FormatError` when neither is known."""
    if format is not None:
        if format not in FORMATS:
            raise FormatError(f"unknown format '{format}'; known are {', '.join(FORMATS)}")
        return format
    known = _SUFFIXES.get(path.suffix.lower())
    if known is None:
        suffixes = " ".join(_SUFFIXES)
        raise FormatError(
            f"{path.name}: the suffix names no format; known are {suffixes}. "
            f"Rename the file, or state `format` as one of {', '.join(FORMATS)}"
        )
    return known


def read_records(
    path: Path, *, format: str | None = None, limit: int = LINE_LIMIT
) -> Iterator[Record | BadRecord]:
    """Records of one file in order, in bounded memory; what cannot be read is a `BadRecord`.

    `limit` is the longest line, field or whole-file document in bytes. Raises `FormatError` at
    once for an unknown format, `OSError` while iterating when the file cannot be opened.
    """
    kind = format_of(path, format)
    if kind in ("csv", "tsv"):
        return read_table(path, limit, "\t" if kind == "tsv" else ",")
    if kind == "parquet":
        return read_parquet(path)
    readers = {
        "jsonl": read_jsonl,
        "text": read_text,
        "markdown": read_markdown,
        "html": read_html,
    }
    return readers[kind](path, limit)

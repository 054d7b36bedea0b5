"""CSV and TSV: RFC 4180 with a header line, UTF-8 with or without a byte order mark."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from burnish.methods.formats.compressed import BrokenStreamError, opened
from burnish.methods.formats.lines import Lines, LongLineError
from burnish.methods.formats.records import BadRecord, Record


def read_csv(path: Path, limit: int) -> Iterator[Record | BadRecord]:
    """Records of a file parted by commas; see `read_table`."""
    return read_table(path, limit, ",")


def read_tsv(path: Path, limit: int) -> Iterator[Record | BadRecord]:
    """Records of a file parted by tabs; see `read_table`."""
    return read_table(path, limit, "\t")


def read_table(path: Path, limit: int, delimiter: str) -> Iterator[Record | BadRecord]:
    """Records of a delimited file; every value is text, a blank line is no record.

    When the header itself is unusable, it and every row after it are bad records, so that the
    count of rows is kept.
    """
    with opened(path) as file:
        rows = _Rows(Lines(file, limit), limit, delimiter)
        header = rows.next()
        if header is None:
            return
        names = header if isinstance(header, str) else _header(header)
        if isinstance(names, str):
            yield BadRecord(1, f"line 1: {names}")
            names = "the header in line 1 cannot be used"
        while (row := rows.next()) is not None:
            yield _record(names, row, rows.start)


class _Rows:
    """Rows of the file: cells, or the reason why a row is bad; None at the end."""

    def __init__(self, lines: Lines, limit: int, delimiter: str) -> None:
        self.start = 0
        self._lines = lines
        csv.field_size_limit(max(limit, csv.field_size_limit()))
        self._decoded = _Decoded(lines)
        self._reader = csv.reader(self._decoded, delimiter=delimiter, strict=True)

    def next(self) -> list[str] | str | None:
        while True:
            self.start = self._lines.number + 1
            self._decoded.bad = False
            try:
                cells = next(self._reader)
            except StopIteration:
                return None
            except (LongLineError, BrokenStreamError) as error:
                return str(error)
            except csv.Error as error:
                return _why(error)
            if cells:
                return "a byte is not UTF-8" if self._decoded.bad else cells


class _Decoded:
    """Lines as text, and whether one of them was `bad`.

    A byte that is not UTF-8 becomes a lone surrogate and is told of after parsing, so that a bad
    byte inside a quoted field does not shift the rows that follow.
    """

    def __init__(self, lines: Lines) -> None:
        self.bad = False
        self._lines = lines

    def __iter__(self) -> _Decoded:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        try:
            return line.decode("utf-8")
        except UnicodeDecodeError:
            self.bad = True
            return line.decode("utf-8", errors="surrogateescape")


def _why(error: csv.Error) -> str:
    text = str(error)
    if "field limit" in text:
        return "a field is too long; is a quotation mark left open?"
    if "unexpected end" in text:
        return "a quotation mark is left open until the end of the file"
    if "expected after" in text:
        return "text follows a closing quotation mark"
    return "a line break stands where none may be"


def _header(cells: list[str]) -> list[str] | str:
    if any(not name.strip() for name in cells):
        return "a column of the header has no name"
    if len(set(cells)) != len(cells):
        return "two columns of the header have the same name"
    return cells


def _record(names: list[str] | str, row: list[str] | str, start: int) -> Record | BadRecord:
    if isinstance(names, str):
        return BadRecord(start, f"line {start}: {names}")
    if isinstance(row, str):
        return BadRecord(start, f"line {start}: {row}")
    if len(row) != len(names):
        return BadRecord(start, f"line {start}: {len(row)} columns, the header has {len(names)}")
    return Record(start, dict(zip(names, row, strict=True)))

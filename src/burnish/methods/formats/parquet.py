"""Apache Parquet, streamed in batches; a row that cannot be decoded is bad, not the whole batch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from burnish.methods.formats.records import BadRecord, Record

_BATCH = 1024
_UNREADABLE = (pa.ArrowException, OSError, UnicodeDecodeError)


def read_parquet(path: Path, limit: int) -> Iterator[Record | BadRecord]:
    """Records of a Parquet file, in order; a file that breaks off ends in one bad record.

    `limit` is not asked: a value of Parquet states its own length and is never searched for.
    """
    del limit
    done = 0
    total = "unknown"
    try:
        with pq.ParquetFile(path) as file:
            total = str(file.metadata.num_rows)
            if why := _unusable(file.schema_arrow.names):
                yield BadRecord(1, why)
                return
            for batch in file.iter_batches(batch_size=_BATCH):
                yield from _rows(batch, done)
                done += batch.num_rows
    except _UNREADABLE as error:
        kind = type(error).__name__
        yield BadRecord(
            done + 1,
            f"row {done + 1}: unreadable Parquet ({kind}); rows read {done}, rows stated {total}",
        )


def _unusable(names: list[str]) -> str | None:
    if len(set(names)) != len(names):
        return "row 1: two columns of the table have the same name; no row was read"
    return None


def _rows(batch: pa.RecordBatch, done: int) -> Iterator[Record | BadRecord]:
    try:
        rows = batch.to_pylist()
    except _UNREADABLE:
        rows = [_row(batch.slice(index, 1)) for index in range(batch.num_rows)]
    for position, row in enumerate(rows, start=done + 1):
        if row is None:
            yield BadRecord(position, f"row {position}: a value is not UTF-8")
        else:
            yield Record(position, row)


def _row(batch: pa.RecordBatch) -> dict[str, object] | None:
    try:
        row: dict[str, object] = batch.to_pylist()[0]
    except _UNREADABLE:
        return None
    return row

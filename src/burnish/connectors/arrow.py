"""Tables as the `datasets` library writes them, as plain Parquet, in bounded memory."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.ipc
import pyarrow.parquet as pq

BATCH_ROWS = 1_000
Classes = Mapping[str, Sequence[str]]


def plain_parquet(path: Path, folder: Path) -> Path:
    """The file with the names of its classes instead of their numbers, in `folder`.

    A Parquet file without classes is given back as it is. An Arrow stream (`save_to_disk`)
    becomes Parquet. Raises `pa.ArrowInvalid` for a broken file.
    """
    target = folder / "rows.parquet"
    if path.suffix == ".arrow":
        with pa.memory_map(str(path)) as source, pa.ipc.open_stream(source) as stream:
            _write(stream.schema, stream, target)
        return target
    with pq.ParquetFile(path) as file:
        if not _classes(file.schema_arrow):
            return path
        _write(file.schema_arrow, file.iter_batches(BATCH_ROWS), target)
    return target


def _write(schema: pa.Schema, batches: Iterator[pa.RecordBatch], target: Path) -> None:
    classes = _classes(schema)
    fields = [pa.field(f.name, pa.string()) if f.name in classes else f for f in schema]
    named = pa.schema(fields)
    with pq.ParquetWriter(target, named) as writer:
        for batch in batches:
            columns = [
                _names(column, classes[field.name]) if field.name in classes else column
                for field, column in zip(schema, batch.columns, strict=True)
            ]
            writer.write_batch(pa.record_batch(columns, schema=named))


def _names(column: pa.Array, names: Sequence[str]) -> pa.Array:
    """The class of each number; -1, which is `datasets` for "not known", is null."""
    numbers = pc.if_else(pc.less(column, 0), pa.scalar(None, column.type), column)
    return pc.take(pa.array(names, pa.string()), numbers)


def _classes(schema: pa.Schema) -> Classes:
    """Names of the classes of each column of class labels, from the library's own metadata."""
    told = (schema.metadata or {}).get(b"huggingface")
    try:
        features = json.loads(told)["info"]["features"] if told else {}
    except (ValueError, KeyError, TypeError):
        return {}
    columns = {field.name for field in schema if pa.types.is_integer(field.type)}
    return {
        name: [str(value) for value in feature["names"]]
        for name, feature in features.items()
        if name in columns and isinstance(feature, dict) and feature.get("_type") == "ClassLabel"
    }

"""Arrow tables as encrypted Parquet.

Parquet Modular Encryption, uniform, AES_GCM_V1 only: the mode AES_GCM_CTR_V1 does not notice
a flipped bit, and encrypting single columns leaves the others' data readable. Each table is
bound to its digest: the key is derived from it and it is the prefix of the authenticated data,
so one table cannot stand in for another; and the logical digest is computed again on reading.
"""

from __future__ import annotations

import io
from collections.abc import Collection
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow.parquet.encryption import create_decryption_properties, create_encryption_properties

from burnish.core.errors import InputError, IntegrityBroken
from burnish.storage.digest import table_digest

_ENCRYPTED = b"PARE"
_LISTS = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)
_TEXT = {
    pa.large_string(): pa.string(),
    pa.string_view(): pa.string(),
    pa.large_binary(): pa.binary(),
    pa.binary_view(): pa.binary(),
}


def plain_layout(table: pa.Table) -> pa.Table:
    """The same table in the one layout in which stores keep and return it.

    Dictionaries are decoded, 64-bit offsets become 32-bit ones, lists of fixed size become lists,
    and metadata goes, so that what a digest gives back does not depend on who wrote it first.
    Raises `InputError` for a column of a type that Parquet would change.
    """
    schema = pa.schema([pa.field(field.name, _plain(field.type)) for field in table.schema])
    _refuse_lossy(schema)
    if table.num_rows and not table.num_columns:
        raise InputError(
            f"the table has {table.num_rows} rows and no columns, so the rows cannot be kept",
            remedy="put at least one column in it",
        )
    if table.schema.equals(schema, check_metadata=True):
        return table
    columns = [
        pa.chunked_array([_convert(chunk, field.type) for chunk in column.chunks], field.type)
        for column, field in zip(table.columns, schema, strict=True)
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def sealed_table(table: pa.Table, key: bytes, digest: str) -> bytes:
    """A table in plain layout as an encrypted Parquet file, bound to its digest."""
    sealing = create_encryption_properties(
        key,
        aad_prefix=digest.encode(),
        store_aad_prefix=False,
        encryption_algorithm="AES_GCM_V1",
    )
    file = pa.BufferOutputStream()
    pq.write_table(table, file, compression="zstd", encryption_properties=sealing)
    return bytes(file.getvalue().to_pybytes())


def opened_table(data: bytes, key: bytes, digest: str) -> pa.Table:
    """The table that was sealed in `data`; raises `IntegrityBroken` if it is any other."""
    if data[: len(_ENCRYPTED)] != _ENCRYPTED:
        raise _broken("it is not an encrypted Parquet file")
    opening = create_decryption_properties(key, aad_prefix=digest.encode())
    try:
        with pq.ParquetFile(_owned(data), decryption_properties=opening) as file:
            table = file.read()
    except (OSError, pa.ArrowException) as error:
        raise _broken("it was changed, cut off, or written for another digest") from error
    if table_digest(table) != digest:
        raise _broken("its content has another digest")
    return table


def opened_columns(data: bytes, key: bytes, digest: str, names: Collection[str]) -> pa.Table:
    """Those of the columns that the table sealed in `data` has; the others are not decrypted.

    Each part that is read is authenticated for this digest; that the whole table has it is not
    computed again, for that takes the whole table.
    """
    opening = create_decryption_properties(key, aad_prefix=digest.encode())
    try:
        with pq.ParquetFile(_owned(data), decryption_properties=opening) as file:
            wanted = [name for name in file.schema_arrow.names if name in names]
            return file.read(columns=wanted)
    except (OSError, pa.ArrowException) as error:
        raise _broken("it was changed, cut off, or written for another digest") from error


def _owned(data: bytes) -> pa.BufferReader:
    """The bytes in Arrow's own memory.

    Arrow's threads let go of what they read a little after the reading. If that were a Python
    object while the interpreter ends, the thread would be ended in C++ code and with it, by an
    abort, the process.
    """
    copy = pa.BufferOutputStream()
    copy.write(data)
    return pa.BufferReader(copy.getvalue())


def _plain(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_dictionary(kind):
        return _plain(kind.value_type)
    if any(is_list(kind) for is_list in _LISTS):
        return pa.list_(_plain(kind.value_type))
    if pa.types.is_struct(kind):
        fields = [kind.field(index) for index in range(kind.num_fields)]
        return pa.struct([pa.field(field.name, _plain(field.type)) for field in fields])
    return _TEXT.get(kind, kind)


def _convert(array: pa.Array, kind: pa.DataType) -> pa.Array:
    """The array in a plain type.

    Nested arrays are built anew from what they show: a cast would also look at the values
    hidden under nulls, where a dictionary's indices may point nowhere.
    """
    if array.type == kind:
        return array
    if pa.types.is_dictionary(array.type):
        return _convert(array.dictionary_decode(), kind)
    if pa.types.is_list(kind):
        return _convert_list(array, kind)
    if pa.types.is_struct(kind):
        fields = [kind.field(index) for index in range(kind.num_fields)]
        parts = zip(array.flatten(), fields, strict=True)
        children = [_convert(child, field.type) for child, field in parts]
        return pa.StructArray.from_arrays(children, fields=fields, mask=array.is_null())
    try:
        return array.cast(kind)
    except pa.ArrowInvalid as error:
        raise _too_large() from error


def _convert_list(array: pa.Array, kind: pa.DataType) -> pa.Array:
    lengths = pc.fill_null(pc.list_value_length(array), 0).to_numpy(zero_copy_only=False)
    offsets = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
    if offsets[-1] > np.iinfo(np.int32).max:
        raise _too_large()
    values = _convert(array.flatten(), kind.value_type)
    starts = pa.array(offsets, pa.int32())
    return pa.ListArray.from_arrays(starts, values, type=kind, mask=array.is_null())


def _too_large() -> InputError:
    return InputError(
        "a column holds over 2 GiB of text or 2 billion values in one piece",
        remedy="put the table in smaller shards",
    )


@lru_cache(maxsize=64)
def _refuse_lossy(schema: pa.Schema) -> None:
    """Try the schema on an empty file: Parquet has no seconds, and may change more in time."""
    file = io.BytesIO()
    try:
        pq.write_table(schema.empty_table(), file)
        kept = pq.read_schema(file).types
    except (pa.ArrowException, OSError) as error:
        raise InputError(
            f"the table has a column that Parquet cannot hold: {error}",
            remedy="leave the column out, or cast it to a number, text, list, struct or timestamp",
        ) from error
    for field, kind in zip(schema, kept, strict=True):
        if field.type != kind:
            raise InputError(
                f"column '{field.name}' has the type {field.type}, which Parquet turns into {kind}",
                remedy=f"cast the column to {kind}",
            )


def _broken(why: str) -> IntegrityBroken:
    return IntegrityBroken(
        f"a sealed table does not verify: {why}",
        remedy="restore the file from its backup, or make it again",
    )

"""The normal forms of many rows at once, from Arrow columns and without a Python object per row."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from burnish.methods.dedup.normalise import DIGEST_BYTES, encode, normalise
from burnish.methods.dedup.plain import plain
from burnish.methods.dedup.shingles import buffer

Bytes = npt.NDArray[np.uint8]
Longs = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Normals:
    """The normal forms of n rows: row i is data[ends[i]:ends[i + 1]]."""

    data: Bytes
    ends: Longs

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.ends) - 1

    def digests(self) -> npt.NDArray[np.uint8]:
        """Return the content hash of each row (see `normalise.digest_normal`), (n, 16)."""
        view, ends = memoryview(self.data.data), self.ends.tolist()
        made = [
            hashlib.blake2b(view[start:end], digest_size=DIGEST_BYTES).digest()
            for start, end in pairwise(ends)
        ]
        return np.frombuffer(b"".join(made), np.uint8).reshape(-1, DIGEST_BYTES)


def of_messages(messages: pa.ChunkedArray | pa.Array, roles: Collection[str]) -> Normals:
    """Return the normal form of each row's messages in these roles, joined by `normalise.PART`.

    `messages` is list<struct<role: string, content: string>>. Raises ValueError for a message
    without content (null), naming its row.
    """
    lists = _one(messages)
    flat = lists.flatten()
    fields = dict(zip((field.name for field in flat.type), flat.flatten(), strict=True))
    chosen = pc.is_in(fields["role"], pa.array(sorted(roles), pa.string()))
    ends = _list_ends(lists)
    kept = np.concatenate([[0], np.cumsum(chosen.to_numpy(zero_copy_only=False))]).astype(np.int64)
    return of_texts(fields["content"].filter(chosen), kept[ends])


def of_texts(texts: pa.Array, rows: Longs | None = None) -> Normals:
    """Return the normal forms of rows, row i being texts rows[i] to rows[i + 1], joined.

    Without `rows` each text is a row. Raises ValueError for a missing text (null).
    """
    from burnish.methods.dedup import text_kernels as kernels

    rows = np.arange(len(texts) + 1, dtype=np.int64) if rows is None else rows
    if texts.null_count:
        first = int(np.flatnonzero(texts.is_null().to_numpy(zero_copy_only=False))[0])
        row = int(np.searchsorted(rows, first, side="right")) - 1
        raise ValueError(f"row {row} has no text: give it one (it may be empty) or leave it out")
    texts = texts.cast(pa.large_string())
    data, ends = _bytes(texts)
    starts, stops = ends[:-1], ends[1:]
    strange = np.flatnonzero(kernels.foreign(data, starts, stops, plain()[0]))
    which = np.full(len(texts), -1, np.int64)
    which[strange] = np.arange(len(strange))
    other = buffer([_normal(text) for text in texts.take(pa.array(strange)).to_pylist()])
    room = int(ends[-1] - ends[0]) + len(other[0]) + len(texts) + 1
    out = np.empty(room, np.uint8)
    marks = kernels.normal_rows((data, starts, stops), plain(), other, which, rows, out)
    return Normals(out[: marks[-1]], marks)


def joined(columns: Sequence[pa.ChunkedArray | pa.Array]) -> Normals:
    """Return the normal form of each row's texts, one from each column, joined."""
    count = len(columns[0])
    row, column = np.divmod(np.arange(count * len(columns)), len(columns))
    texts = pa.concat_arrays([_one(one).cast(pa.large_string()) for one in columns])
    rows = np.arange(count + 1, dtype=np.int64) * len(columns)
    return of_texts(texts.take(pa.array(column * count + row)), rows)


def take(normals: Normals, rows: npt.NDArray[np.int64]) -> list[bytes]:
    """Return the normal forms of some rows."""
    view = memoryview(normals.data.data)
    spans = zip(normals.ends[rows].tolist(), normals.ends[rows + 1].tolist(), strict=True)
    return [bytes(view[start:end]) for start, end in spans]


def _normal(text: str) -> bytes:
    return encode(normalise(text))


def _one(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    if not isinstance(column, pa.ChunkedArray):
        return column
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)


def _list_ends(lists: pa.Array) -> Longs:
    """Return where each list begins in `lists.flatten()`, and where the last ends."""
    sizes = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False)
    return np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])


def _bytes(texts: pa.LargeStringArray) -> tuple[Bytes, Longs]:
    """Return the bytes of large strings and their n + 1 ends, without a copy."""
    _, offsets, data = texts.buffers()
    if not len(texts):
        return np.zeros(0, np.uint8), np.zeros(1, np.int64)
    ends = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    return np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8), ends

"""Verification in tasks: shingle sets of candidate rows, their true similarity, who goes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from burnish.methods.dedup.shingles import Shingles, of_buffer
from burnish.methods.dedup.survive import survive
from burnish.methods.dedup.texts import Normals

Longs = npt.NDArray[np.int64]
FATES, NEAR = "fates", "near"


@dataclass(frozen=True)
class VerifyTask:
    """The threshold, and how many rows the families have, if all their pairs are here, else 0."""

    threshold: float
    rows: int = 0


@dataclass(frozen=True)
class SettleTask:
    """How many rows a family has whose pairs were verified in pieces."""

    rows: int


def make_sets(
    tables: Sequence[pa.Table], texts_of: Callable[[pa.Table], Normals], words: int
) -> Mapping[str, pa.Table]:
    """Return the shingle sets of a shard's wanted rows, one table for each group.

    `tables` are the shard and what is wanted of it: `position` (uint32) and `group` (string).
    """
    wanted = tables[1]
    groups = np.array(wanted.column("group").to_pylist(), object)
    rows, numbers = np.unique(wanted.column("position").to_numpy(), return_inverse=True)
    normals = texts_of(tables[0].take(pa.array(rows)))
    sets = of_buffer(normals.data, normals.ends, words)
    return {
        name: _stored(sets.take(numbers[groups == name].astype(np.int64)))
        for name in sorted(set(groups.tolist()))
    }


def verify_piece(tables: Sequence[pa.Table], task: VerifyTask) -> Mapping[str, pa.Table]:
    """Return the fates of the rows of whole families, else the near pairs.

    `tables` are the rows in the order of their sets (`row`, uint32), the pairs (`first`,
    `second`, uint32), and then the sets, as `make_sets` gives them.
    """
    from burnish.methods.dedup import pair_kernels as kernels

    rows = tables[0].column("row").to_numpy().astype(np.int64)
    numbers = np.empty(int(rows.max(initial=-1)) + 1, np.int64)
    numbers[rows] = np.arange(len(rows))
    first, second = (tables[1].column(name).to_numpy().astype(np.int64) for name in _ENDS)
    sets = read_sets([tables[place] for place in range(2, len(tables))])
    if len(sets) != len(rows):
        raise ValueError(f"{len(rows)} shingle sets were asked for and {len(sets)} came")
    similarity = kernels.near(
        sets.values, sets.offsets, numbers[first], numbers[second], task.threshold
    )
    near = similarity > 0.0
    first, second, similarity = first[near], second[near], similarity[near]
    if task.rows:
        return {FATES: _fates(first, second, similarity, task.rows)}
    ends = {"first": pa.array(first, pa.uint32()), "second": pa.array(second, pa.uint32())}
    return {NEAR: pa.table({**ends, "similarity": similarity})}


def settle_family(tables: Sequence[pa.Table], task: SettleTask) -> Mapping[str, pa.Table]:
    """Return the fates of the rows of a family from the near pairs of all its pieces."""
    parts = [[table.column(name).to_numpy() for name in (*_ENDS, "similarity")] for table in tables]
    first, second, similarity = (np.concatenate(column) for column in zip(*parts, strict=True))
    return {FATES: _fates(first.astype(np.int64), second.astype(np.int64), similarity, task.rows)}


_ENDS = ("first", "second")


def _fates(first: Longs, second: Longs, similarity: npt.NDArray[np.float64], rows: int) -> pa.Table:
    """Return row, survivor, cluster (uint32) and similarity of each row that has a near one."""
    made = survive(np.stack([first, second], axis=1), similarity, np.arange(rows))
    met = np.zeros(rows, np.bool_)
    met[first] = met[second] = True
    chosen = np.flatnonzero(met)
    columns = {"row": chosen, "survivor": made.survivor[chosen], "cluster": made.cluster[chosen]}
    table = {name: pa.array(column, pa.uint32()) for name, column in columns.items()}
    return pa.table({**table, "similarity": made.similarity[chosen]})


def _stored(sets: Shingles) -> pa.Table:
    """Return the sets as one binary value a row, without a copy."""
    ends = pa.py_buffer((sets.offsets * 8).astype(np.int64))
    values = pa.LargeBinaryArray.from_buffers(
        pa.large_binary(), len(sets), [None, ends, pa.py_buffer(sets.values)]
    )
    return pa.table({"shingles": values.cast(pa.binary())})


def read_sets(tables: Sequence[pa.Table]) -> Shingles:
    """Return the sets of tables that `make_sets` made, one after the other."""
    sizes, values = [np.zeros(1, np.int64)], [np.zeros(0, np.uint64)]
    for table in tables:
        for chunk in table.column("shingles").chunks:
            _, offsets, data = chunk.buffers()
            ends = np.frombuffer(offsets, np.int32)[chunk.offset : chunk.offset + len(chunk) + 1]
            sizes.append(np.diff(ends).astype(np.int64) // 8)
            if data is not None and len(chunk):
                values.append(np.frombuffer(data, np.uint8)[ends[0] : ends[-1]].view(np.uint64))
    return Shingles(np.cumsum(np.concatenate(sizes)), np.concatenate(values))

"""Examples held by columns: four bytes and a bit for a token, and no object until one is looked at.

The columns lie in main memory, or in files that several processes map, so that the ranks of a node
share one copy. An example is a view of its tokens; which of them are trained is unpacked for it.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, overload

import numpy as np
import numpy.typing as npt

from burnish.methods.training.examples import Example

_KINDS = {
    "ids": "<i4", "trained": "u1", "lengths": "<i4", "open": "u1", "hard": "<f8", "keys": "u1",
    "key_lengths": "<i4", "units": "u1", "unit_lengths": "<i4", "rejected_ids": "<i4",
    "rejected_trained": "u1", "rejected_lengths": "<i4",
}  # fmt: skip
_BITS = ("trained", "rejected_trained")


@dataclass(frozen=True)
class Tokens:
    """The tokens of some rows end to end: ids (int32), trained (bool), and each row's length."""

    ids: npt.NDArray[np.int32]
    trained: npt.NDArray[np.bool_]
    lengths: npt.NDArray[np.int32]


@dataclass(frozen=True)
class Part:
    """Some rows by columns; `rejected` has length 0 where a row is no pair."""

    keys: Sequence[str]
    units: Sequence[str]
    tokens: Tokens
    rejected: Tokens
    open_end: npt.NDArray[np.bool_]
    difficulty: npt.NDArray[np.float64]


class Rows(Sequence[Example]):
    """Examples by columns, in the order of their parts."""

    def __init__(self, columns: Mapping[str, npt.NDArray[Any]]) -> None:
        self._columns = columns
        self._tokens = _starts(columns["lengths"])
        self._rejected = _starts(columns["rejected_lengths"])
        self._keys = _starts(columns["key_lengths"])
        self._units = _starts(columns["unit_lengths"])

    @classmethod
    def of(cls, parts: Iterable[Part]) -> Rows:
        """The rows of `parts` in main memory."""
        files = {name: io.BytesIO() for name in _KINDS}
        _write(parts, files)
        return cls({n: np.frombuffer(f.getbuffer(), _KINDS[n]) for n, f in files.items()})

    @classmethod
    def mapped(cls, folder: Path) -> Rows:
        """The rows that `write_rows` put into `folder`, read when they are looked at."""
        return cls({name: _map(folder / name, kind) for name, kind in _KINDS.items()})

    def __len__(self) -> int:
        """How many rows."""
        return len(self._tokens) - 1

    @overload
    def __getitem__(self, index: int) -> Example: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Example]: ...
    def __getitem__(self, index: int | slice) -> Example | Sequence[Example]:
        """One example, its tokens a view; of a slice a list."""
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        row = index + len(self) if index < 0 else index
        if not 0 <= row < len(self):
            raise IndexError(f"there is no row {index} among {len(self)}")
        key, worse = self._text("keys", self._keys, row), None
        if self._rejected[row + 1] > self._rejected[row]:
            worse = Example(key, *self._piece("rejected_", self._rejected, row))
        return Example(
            key,
            *self._piece("", self._tokens, row),
            open_end=bool(self._columns["open"][row]),
            difficulty=float(self._columns["hard"][row]),
            unit=self._text("units", self._units, row),
            rejected=worse,
        )

    def _piece(
        self, prefix: str, starts: npt.NDArray[np.int64], row: int
    ) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
        start, end = int(starts[row]), int(starts[row + 1])
        packed = self._columns[prefix + "trained"][start // 8 : -(-end // 8)]
        skipped = start % 8
        bits = np.unpackbits(packed, count=skipped + end - start)[skipped:]
        return self._columns[prefix + "ids"][start:end], bits.view(np.bool_)

    def _text(self, name: str, starts: npt.NDArray[np.int64], row: int) -> str:
        return bytes(self._columns[name][starts[row] : starts[row + 1]]).decode()


def write_rows(parts: Iterable[Part], folder: Path) -> None:
    """Write `parts` into files of `folder`, one part in memory at a time."""
    with ExitStack() as opened:
        files = {name: opened.enter_context((folder / name).open("wb")) for name in _KINDS}
        _write(parts, files)


def _write(parts: Iterable[Part], files: Mapping[str, BinaryIO]) -> None:
    left = {name: np.zeros(0, np.bool_) for name in _BITS}
    for part in parts:
        for name, column in _columns_of(part).items():
            if name in _BITS:  # whole bytes only; the rest waits for the next part
                bits = np.concatenate([left[name], column])
                whole = len(bits) // 8 * 8
                left[name] = bits[whole:]
                column = np.packbits(bits[:whole])
            files[name].write(np.ascontiguousarray(column, _KINDS[name]).data)
    for name, bits in left.items():
        files[name].write(np.packbits(bits).data)


def _columns_of(part: Part) -> dict[str, npt.NDArray[Any]]:
    keys, units = ([text.encode() for text in texts] for texts in (part.keys, part.units))
    return {
        "ids": part.tokens.ids,
        "trained": part.tokens.trained,
        "lengths": part.tokens.lengths,
        "open": part.open_end,
        "hard": part.difficulty,
        "keys": np.frombuffer(b"".join(keys), np.uint8),
        "key_lengths": np.array([len(key) for key in keys], np.int32),
        "units": np.frombuffer(b"".join(units), np.uint8),
        "unit_lengths": np.array([len(unit) for unit in units], np.int32),
        "rejected_ids": part.rejected.ids,
        "rejected_trained": part.rejected.trained,
        "rejected_lengths": part.rejected.lengths,
    }


def _starts(lengths: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    starts = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=starts[1:])
    return starts


def _map(path: Path, kind: str) -> npt.NDArray[Any]:
    """A file of numbers in place; an empty one cannot be mapped."""
    if not path.stat().st_size:
        return np.zeros(0, kind)
    return np.memmap(path, kind, mode="r").view(np.ndarray)

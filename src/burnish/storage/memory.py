"""A store in this process: for tests and first tries. Nothing of it outlives the process."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa

from burnish.core.errors import IntegrityBroken
from burnish.storage.atomic import replacing
from burnish.storage.digest import bytes_digest, checked_digest, missing, table_digest
from burnish.storage.scratch import checked_name, no_slot
from burnish.storage.tables import plain_layout


class MemoryStore:
    """Objects in dictionaries. A pickled copy is a store of its own."""

    def __init__(self) -> None:
        self._tables: dict[str, pa.Table] = {}
        self._bytes: dict[str, bytes] = {}
        self._memos: dict[str, bytes] = {}
        self._scratches: dict[str, MemoryScratch] = {}

    def put_table(self, table: pa.Table) -> str:
        """Keep a table; returns its logical digest. Raises `InputError` for a type not kept."""
        table = plain_layout(table)
        digest = table_digest(table)
        self._tables.setdefault(digest, table)
        return digest

    def get_table(self, digest: str) -> pa.Table:
        """A table in plain layout, without metadata; raises `IntegrityBroken`."""
        table = self._tables.get(checked_digest(digest))
        if table is None:
            raise missing(digest)
        if table_digest(table) != digest:
            raise _changed(digest)
        return table

    def put_bytes(self, data: bytes) -> str:
        """Keep bytes; returns their SHA-256."""
        digest = bytes_digest(data)
        self._bytes.setdefault(digest, bytes(data))
        return digest

    def get_bytes(self, digest: str) -> bytes:
        """The bytes of a digest; raises `IntegrityBroken`."""
        data = self._bytes.get(checked_digest(digest))
        if data is None:
            raise missing(digest)
        return data

    def put_file(self, path: Path) -> str:
        """Keep a file's bytes; returns their SHA-256."""
        return self.put_bytes(path.read_bytes())

    def get_file(self, digest: str, path: Path) -> None:
        """Write the bytes of a digest to `path`, mode 0600, whole or not at all."""
        data = self.get_bytes(digest)
        with replacing(path) as file:
            file.write(data)

    def has(self, digest: str) -> bool:
        """Whether a table or bytes of this digest are kept."""
        checked_digest(digest)
        return digest in self._tables or digest in self._bytes

    def remember(self, recipe: str, value: bytes) -> None:
        """Keep the result of a recipe, in place of an earlier one."""
        self._memos[recipe] = bytes(value)

    def recall(self, recipe: str) -> bytes | None:
        """The remembered result of a recipe."""
        return self._memos.get(recipe)

    def scratch(self, name: str) -> MemoryScratch:
        """The slots of one piece of work."""
        return self._scratches.setdefault(checked_name(name), MemoryScratch())


class MemoryScratch:
    """Slots in a dictionary."""

    def __init__(self) -> None:
        self._slots: dict[str, dict[str, bytes]] = {}

    def save(self, slot: str, files: Mapping[str, bytes]) -> None:
        """Keep files under `slot`, in place of what was there."""
        self._slots[checked_name(slot)] = {name: bytes(data) for name, data in files.items()}

    def load(self, slot: str) -> dict[str, bytes]:
        """The files of a slot; raises `UsageError` if there is none."""
        if checked_name(slot) not in self._slots:
            raise no_slot(slot, self.slots())
        return dict(self._slots[slot])

    def slots(self) -> list[str]:
        """The names of the slots, sorted."""
        return sorted(self._slots)

    def drop(self, slot: str) -> None:
        """Forget a slot, if it is there."""
        self._slots.pop(checked_name(slot), None)

    def set_aside(self, slot: str) -> None:
        """Nothing outlives the process, so there is no quarantine: as `drop`."""
        self.drop(slot)


def _changed(digest: str) -> IntegrityBroken:
    return IntegrityBroken(
        f"{digest}: the table's memory was changed after it was kept",
        remedy="keep a copy of a table whose buffers are written to, and run again",
    )

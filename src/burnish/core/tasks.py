"""One pure function over tables of the store that are no shards: read, made, remembered."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from burnish.core.fingerprint import fingerprint
from burnish.core.ports import Store

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Tables:
    """Tables in the store, each read when it is asked for and not kept."""

    store: Store
    digests: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.digests)

    def __getitem__(self, place: int) -> pa.Table:
        return self.store.get_table(self.digests[place])

    def __iter__(self) -> Iterator[pa.Table]:
        return map(self.store.get_table, self.digests)


class TaskFn(Protocol):
    """A pure, picklable function of a module; the stage's version speaks for it."""

    __name__: str

    def __call__(self, tables: Any, settings: Any, /) -> Mapping[str, pa.Table]: ...


@dataclass(frozen=True, slots=True)
class Task:
    """All that a worker needs; the tables themselves are not in it."""

    store: Store
    fn: TaskFn
    inputs: tuple[str, ...]
    settings: object
    version: int = 1

    @property
    def recipe(self) -> str:
        """What names the result: the function, the stage's version, the settings, the bytes."""
        name = f"{self.fn.__module__}.{self.fn.__name__}"
        return fingerprint("task", name, self.version, self.settings, self.inputs)


def do_task(task: Task) -> dict[str, str]:
    """The digest of each table made: remembered if all are still in the store, else made now."""
    recipe = task.recipe
    if remembered := task.store.recall(recipe):
        known: dict[str, str] = json.loads(remembered)
        if all(map(task.store.has, known.values())):
            return known
    made = task.fn(Tables(task.store, task.inputs), task.settings)
    digests = {name: task.store.put_table(table) for name, table in made.items()}
    task.store.remember(recipe, json.dumps(digests, sort_keys=True).encode())
    return digests

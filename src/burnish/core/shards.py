"""One pure function over one shard: read on the worker, sifted, written, remembered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from burnish.core.artifact import Shard
from burnish.core.errors import RowsLost
from burnish.core.fingerprint import fingerprint
from burnish.core.ports import Store

if TYPE_CHECKING:
    import pyarrow as pa

REASON, DETAIL = "dropped_because", "dropped_detail"


@dataclass(frozen=True, slots=True)
class Sifted:
    """What becomes of a shard: rows that go on, rows that do not (with REASON), and facts.

    `kept` is a table, or one table for each named part, or None from a function that only looks;
    `sidecars` are named tables that travel with the result without being part of the corpus.
    """

    kept: pa.Table | Mapping[str, pa.Table] | None
    dropped: pa.Table | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    sidecars: Mapping[str, pa.Table] = field(default_factory=dict)

    def parts(self) -> dict[str, pa.Table]:
        """The tables that go on, by part; a table without parts is the part ''."""
        if self.kept is None:
            return {}
        return dict(self.kept) if isinstance(self.kept, Mapping) else {"": self.kept}


class ShardFn(Protocol):
    """A pure, picklable function of a module; the stage's version speaks for it."""

    __name__: str

    def __call__(self, table: Any, settings: Any, /, *extras: Any) -> Sifted: ...


@dataclass(frozen=True, slots=True)
class ShardResult:
    """Where the outcome of one shard lies in the store."""

    shards: tuple[Shard, ...] = ()
    dropped: tuple[Shard, ...] = ()
    reasons: Mapping[str, int] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    sidecars: Mapping[str, str] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """Canonical JSON, as remembered."""
        body = {
            "shards": [[s.digest, s.rows, s.part] for s in self.shards],
            "dropped": [[s.digest, s.rows, s.part] for s in self.dropped],
            "reasons": dict(self.reasons),
            "facts": dict(self.facts),
            "sidecars": dict(self.sidecars),
        }
        return json.dumps(body, sort_keys=True, allow_nan=False).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> ShardResult:
        """Read back what `to_bytes` wrote."""
        body = json.loads(data)
        return cls(
            tuple(Shard(*s) for s in body["shards"]),
            tuple(Shard(*s) for s in body["dropped"]),
            body["reasons"],
            body["facts"],
            body["sidecars"],
        )

    def digests(self) -> list[str]:
        """Every table this result stands for."""
        named = [s.digest for s in (*self.shards, *self.dropped)]
        return [*named, *self.sidecars.values()]


@dataclass(frozen=True, slots=True)
class ShardJob:
    """All that a worker needs; the table itself is not in it."""

    store: Store
    fn: ShardFn
    shard: Shard
    settings: object
    extras: tuple[str, ...] = ()
    version: int = 1

    @property
    def recipe(self) -> str:
        """What names the result: the function, the stage's version, the settings, the bytes."""
        name = f"{self.fn.__module__}.{self.fn.__name__}"
        given = (self.settings, self.shard.digest, self.extras)
        return fingerprint("sifted shard", name, self.version, *given)


def do_shard(job: ShardJob) -> ShardResult:
    """Return the remembered result if all of it is still in the store, else make it."""
    if remembered := job.store.recall(job.recipe):
        result = ShardResult.from_bytes(remembered)
        if all(map(job.store.has, result.digests())):
            return result
    table = job.store.get_table(job.shard.digest)
    beside = [job.store.get_table(digest) for digest in job.extras]
    sifted = job.fn(table, job.settings, *beside)
    _account(job, sifted)
    result = _write(job, sifted)
    job.store.remember(job.recipe, result.to_bytes())
    return result


def _account(job: ShardJob, sifted: Sifted) -> None:
    """Rows in plus rows added (told in the facts) must equal rows out plus rows dropped."""
    kept = sum(table.num_rows for table in sifted.parts().values())
    dropped = sifted.dropped.num_rows if sifted.dropped is not None else 0
    added = int(sifted.facts.get("added", 0))
    if sifted.kept is not None and kept + dropped != job.shard.rows + added:
        raise RowsLost(
            f"'{job.fn.__name__}' read {job.shard.rows} rows of shard {job.shard.digest[:12]}, "
            f"kept {kept} and dropped {dropped}",
            remedy=f"return each row that goes no further in Sifted.dropped with '{REASON}'",
        )


def _write(job: ShardJob, sifted: Sifted) -> ShardResult:
    store = job.store
    shards = tuple(
        Shard(store.put_table(table), table.num_rows, part or job.shard.part)
        for part, table in sifted.parts().items()
        if table.num_rows
    )
    dropped: tuple[Shard, ...] = ()
    reasons: dict[str, int] = {}
    if sifted.dropped is not None and sifted.dropped.num_rows:
        dropped = (Shard(store.put_table(sifted.dropped), sifted.dropped.num_rows),)
        counts = sifted.dropped.column(REASON).value_counts().to_pylist()
        reasons = {str(c["values"]): int(c["counts"]) for c in counts}
    sidecars = {name: store.put_table(table) for name, table in sifted.sidecars.items()}
    return ShardResult(shards, dropped, reasons, dict(sifted.facts), sidecars)

"""The few things a run needs from the outside world, each a small door."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    import pyarrow as pa

T = TypeVar("T")
R = TypeVar("R")


class Scratch(Protocol):
    """Named, sealed, replaceable slots of files for work in progress (checkpoints)."""

    def save(self, slot: str, files: Mapping[str, bytes]) -> None: ...
    def load(self, slot: str) -> dict[str, bytes]: ...
    def slots(self) -> list[str]: ...
    def drop(self, slot: str) -> None: ...
    def set_aside(self, slot: str) -> None: ...


class Store(Protocol):
    """Bytes by digest, sealed at rest. Writing the same twice is writing it once.

    Reading checks the digest and raises `IntegrityBroken` on a difference. A store is
    picklable, so that workers open it themselves and no table passes the driver.
    """

    def put_table(self, table: pa.Table) -> str: ...
    def get_table(self, digest: str) -> pa.Table: ...
    def put_bytes(self, data: bytes) -> str: ...
    def get_bytes(self, digest: str) -> bytes: ...
    def put_file(self, path: Path) -> str: ...
    def get_file(self, digest: str, path: Path) -> None: ...
    def has(self, digest: str) -> bool: ...
    def remember(self, recipe: str, value: bytes) -> None: ...
    def recall(self, recipe: str) -> bytes | None: ...
    def scratch(self, name: str) -> Scratch: ...


class LedgerEntry(Protocol):
    """One thing that happened."""

    @property
    def seq(self) -> int: ...
    @property
    def id(self) -> str: ...
    @property
    def at(self) -> str: ...
    @property
    def event(self) -> str: ...
    @property
    def facts(self) -> Mapping[str, Any]: ...


class Ledger(Protocol):
    """What happened, in order, and never rewritten."""

    def append(self, event: str, facts: Mapping[str, object]) -> LedgerEntry: ...
    def find(self, event: str, **facts: object) -> LedgerEntry | None: ...
    def entries(self, event: str | None = None) -> Iterator[LedgerEntry]: ...


class Engine(Protocol):
    """How work is spread. Order in is order out, on every engine."""

    def map(self, fn: Callable[[T], R], items: Iterable[T]) -> Iterator[R]: ...


@dataclass(frozen=True, slots=True)
class SignOff:
    """One person's verified decision on an artefact."""

    person: str
    role: str
    decision: str
    at: str
    subjects: Mapping[str, str]
    statement: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Refused:
    """A decision that does not count, and why."""

    person: str
    why: str


class Notary(Protocol):
    """Checks signatures against the people of the plan; knows nothing else."""

    def examine(
        self, envelope: Mapping[str, Any], *, role: str, subjects: Mapping[str, str], kind: str = ""
    ) -> SignOff | Refused:
        """The decision if it counts, of the kind named or else the notary's own."""
        ...

    def keys(self) -> dict[str, str]:
        """Name to public key of everyone who may sign."""
        ...


class Progress(Protocol):
    """Tells a person how far a step has come."""

    def begin(self, step: str, total: int | None) -> None: ...
    def advance(self, done: int = 1, note: str = "") -> None: ...
    def end(self, step: str, note: str) -> None: ...


class Silent:
    """A progress that tells nobody."""

    def begin(self, step: str, total: int | None) -> None:
        """Say nothing."""

    def advance(self, done: int = 1, note: str = "") -> None:
        """Say nothing."""

    def end(self, step: str, note: str) -> None:
        """Say nothing."""

"""A stage is a function from artefacts and settings to one artefact."""

from __future__ import annotations

import hashlib
import importlib
import inspect
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import (
    TYPE_CHECKING,
    Any,
    Concatenate,
    Generic,
    ParamSpec,
    TypeVar,
    get_origin,
    get_type_hints,
)

from burnish.core.artifact import SEALED_PARTS, Artifact, Manifest, Shard
from burnish.core.crew import Alone, Crew, Note
from burnish.core.errors import Interrupted, NotAllowed
from burnish.core.fingerprint import fingerprint
from burnish.core.gate import Look
from burnish.core.ports import Engine, Progress, Scratch, Silent, Store
from burnish.core.reach import Reach
from burnish.core.shards import ShardFn, ShardJob, ShardResult, do_shard
from burnish.core.tasks import Task, TaskFn, do_task
from burnish.core.verdict import Cleared, is_cleared

if TYPE_CHECKING:
    import pyarrow as pa

P = ParamSpec("P")
A = TypeVar("A", bound=Artifact)
T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Place:
    """Where and when a run happens: what runs a result, never what names it."""

    root: Path
    today: date
    by: str = ""
    subject_key: bytes = field(default=b"", repr=False)
    should_stop: Callable[[], bool] = lambda: False
    reach: Reach = field(default_factory=Reach, repr=False)


def _nobody(event: str, facts: Mapping[str, object]) -> None:
    raise NotAllowed(
        f"'{event}' is written down by a run only", remedy="do the stage with run.do(...)"
    )


@dataclass(frozen=True, slots=True)
class Work:
    """The only door out of a stage: it can read, spread work over shards, and save."""

    store: Store
    engine: Engine
    place: Place
    look: Look
    recipe: str = ""
    version: int = 1
    opens: Callable[[Artifact, str], None] = field(default=lambda artifact, part: None)
    notes: Note = _nobody
    crew: Crew = field(default_factory=Alone)
    progress: Progress = field(default_factory=Silent)
    dropped: Counter[str] = field(default_factory=Counter)
    added: Counter[str] = field(default_factory=Counter)
    observed: dict[str, Any] = field(default_factory=dict)

    def manifest(self, artifact: Artifact) -> Manifest:
        """What an artefact consists of."""
        return Manifest.from_bytes(self.store.get_bytes(artifact.digest))

    def read(self, artifact: Artifact, part: str | None = None) -> Iterator[pa.Table]:
        """The artefact's tables in order, all of them or one part's.

        The sealed test part is opened only by a stage that is marked for it, and the opening
        goes into the ledger first.
        """
        shards = [s for s in self.manifest(artifact).shards if part in (None, s.part)]
        for sealed in sorted({s.part for s in shards} & SEALED_PARTS):
            self.opens(artifact, sealed)
        for shard in shards:
            yield self.store.get_table(shard.digest)

    def map(self, fn: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """Spread pure work; order in is order out."""
        return self.engine.map(fn, items)

    def map_shards(
        self,
        fn: ShardFn,
        shards: Sequence[Shard],
        settings: object,
        extras: Sequence[Sequence[str]] | None = None,
    ) -> list[ShardResult]:
        """Apply a pure function to each shard on the workers; each result is remembered.

        `extras` names, shard by shard, further tables in the store that `fn` gets. A shard that
        was done before with the same function, stage version and settings is not done again.
        """
        if any(shard.part in SEALED_PARTS for shard in shards):
            raise NotAllowed(
                "the sealed test part is not for work on shards",
                remedy="read it with work.read(parts, 'test') in a stage that opens it",
            )
        beside = extras or [()] * len(shards)
        jobs = [
            ShardJob(self.store, fn, shard, settings, tuple(more), self.version)
            for shard, more in zip(shards, beside, strict=True)
        ]
        self.progress.begin(fn.__name__, len(jobs))
        told = f"of {len(jobs)} shards"
        return list(self._counted(fn.__name__, told, self.engine.map(do_shard, jobs)))

    def map_tasks(
        self, fn: TaskFn, tasks: Iterable[tuple[Sequence[str], object]]
    ) -> Iterator[dict[str, str]]:
        """Apply a pure function to tables of the store on the workers; results are remembered.

        Each task is the digests of the tables that `fn` may read, and its settings; each result
        names the digests of the tables that `fn` made. Both are taken one by one, so neither
        list needs to lie in memory.
        """
        jobs = (
            Task(self.store, fn, tuple(digests), settings, self.version)
            for digests, settings in tasks
        )
        self.progress.begin(fn.__name__, None)
        return self._counted(fn.__name__, "tasks", self.engine.map(do_task, jobs))

    def _counted(self, name: str, told: str, results: Iterable[R]) -> Iterator[R]:
        """Hand results on, tell progress, and stop between two of them when asked to."""
        for done, result in enumerate(results, 1):
            self.progress.advance(1)
            if self.place.should_stop():
                raise Interrupted(
                    f"stopped in '{name}' after {done} {told}",
                    remedy="burnish run goes on where it stopped",
                )
            yield result

    def scratch(self, name: str = "") -> Scratch:
        """Sealed slots of this very recipe, for work that takes long."""
        return self.store.scratch(f"{self.recipe}{'-' if name else ''}{name}")

    def save(
        self,
        kind: type[A],
        results: Sequence[ShardResult],
        *,
        files: Mapping[str, str] | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> A:
        """Save what goes on, and keep what was dropped with its reasons."""
        for result in results:
            self.dropped.update(result.reasons)
        shards = tuple(shard for result in results for shard in result.shards if shard.rows)
        manifest = Manifest(
            kind=kind.__name__,
            rows=sum(shard.rows for shard in shards),
            shards=shards,
            dropped=tuple(s for result in results for s in result.dropped if s.rows),
            reasons=dict(sorted(self.dropped.items())),
            files=dict(files or {}),
            facts=dict(facts or {}),
        )
        return kind(self.store.put_bytes(manifest.to_bytes()), manifest.rows)


Sees = Callable[..., object]


@dataclass(frozen=True, slots=True)
class Stage(Generic[P, A]):
    """A stage's body with what it makes, its version, and what else its result depends on."""

    body: Callable[Concatenate[Work, P], A]
    makes: type[A]
    version: int
    sees: Sees | None = None
    opens: tuple[str, ...] = ()
    after: str = ""

    @property
    def name(self) -> str:
        """The function's name, which is also the file's."""
        return self.body.__name__

    @property
    def code(self) -> str:
        """Digest of the module's source, to notice a change at the same version."""
        module = importlib.import_module(self.body.__module__)
        return hashlib.sha256(inspect.getsource(module).encode()).hexdigest()

    def arguments(self, args: tuple[object, ...], kwargs: Mapping[str, object]) -> tuple[Any, ...]:
        """What the body gets after `work`, in its own order: a keyword is named by its place."""
        bound = inspect.signature(self.body).bind(None, *args, **kwargs)
        bound.apply_defaults()
        return tuple(bound.arguments.values())[1:]

    def uncleared(self, given: tuple[object, ...]) -> list[str]:
        """The parameters that ask for a passed gate and are given something else."""
        hints = get_type_hints(self.body)
        names = list(inspect.signature(self.body).parameters)[1:]
        return [
            name
            for name, value in zip(names, given, strict=True)
            if get_origin(hints[name]) is Cleared and not is_cleared(value)
        ]

    def recipe(self, work: Work, given: tuple[object, ...]) -> str:
        """One name for one recipe: same stage, version, inputs and settings, same name."""
        seen = self.sees(work, *given) if self.sees else ""
        return fingerprint(self.name, self.version, seen, *given)

    def __call__(self, work: Work, *args: P.args, **kwargs: P.kwargs) -> A:
        return self.body(work, *args, **kwargs)


def stage(
    *, version: int, sees: Sees | None = None, opens: tuple[str, ...] = (), after: str = ""
) -> Callable[[Callable[Concatenate[Work, P], A]], Stage[P, A]]:
    """Mark a function as a stage. Raise `version` when the same inputs would give other rows.

    `sees(work, *args)` fingerprints what the result depends on beyond the arguments (the bytes
    of source files, say). `opens` names the sealed parts that it may read; `after` the gate whose
    clearance it takes (its module and name), where not any will do.
    """

    def wrap(body: Callable[Concatenate[Work, P], A]) -> Stage[P, A]:
        return Stage(body, get_type_hints(body)["return"], version, sees, opens, after)

    return wrap

"""Where the rows of one person are: source rows, datasets, model versions; by keyed hash only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow.compute as pc
from filelock import FileLock

from burnish.api.locating import Made, Place, descendants, made, placed
from burnish.core.artifact import Collected, Model
from burnish.core.errors import InputError, NotAllowed
from burnish.core.standing import erased_subjects
from burnish.engines.inline import InlineEngine
from burnish.evidence.signoff import Person
from burnish.methods.sources.subjects import subject_hash
from burnish.storage.subject_index import Spread, SubjectIndex
from burnish.wiring import Project, engine_for, open_project

MAY_TRACE = frozenset({"data_engineer", "privacy_officer"})
TRAINED_ON = ("train", "validation")
FEW_TABLES = 32


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One row of a person as it was collected."""

    source: str
    id: str
    origin: str


@dataclass(frozen=True, slots=True)
class PersonsVersion:
    """A version that a person's rows reached; `trained` if it learnt from them."""

    version: str
    state: str
    trained: bool


@dataclass(frozen=True, slots=True)
class Trace:
    """Everything of one person, named by the keyed hash."""

    subject: str
    rows: tuple[SourceRow, ...]
    datasets: tuple[Place, ...]
    models: tuple[Place, ...]
    versions: tuple[PersonsVersion, ...]
    erased: bool


def trace(plan_file: Path, identifier: str, *, key: Path | None = None) -> Trace:
    """Find every source row, dataset and version of a person; who asked is in the ledger.

    Raises `NotAllowed` for a person who may not see whose rows these are.
    """
    project = open_project(plan_file)
    _, person = project.signer(key)
    refuse_others(person, MAY_TRACE, "trace a data subject")
    subject = hashed(project, identifier)
    project.ledger.append("traced", {"subject": subject, "by": person.name})
    with indexed(project) as index:
        return trace_of(project, index.tables(subject), subject)


def trace_of(project: Project, tables: dict[str, int], subject: str) -> Trace:
    """What the tables that hold a person's rows amount to."""
    artefacts = made(project)
    places = [place for one in artefacts.values() if (place := placed(one, tables))]
    taught = learners(project, artefacts, tables)
    evaluated = {p.digest for p in descendants(project, [p.digest for p in places if p.rows])}
    models = descendants(project, taught)
    learnt = {place.digest for place in models}
    versions = tuple(
        PersonsVersion(str(v), str(v.state), v.digest in learnt)
        for v in project.register.versions()
        if v.digest in evaluated
    )
    rows = tuple(_source_rows(project, artefacts, tables, subject))
    gone = subject in erased_subjects(project.ledger)
    return Trace(subject, rows, tuple(places), models, versions, gone)


def learners(
    project: Project, artefacts: dict[str, Made], tables: dict[str, int]
) -> tuple[str, ...]:
    """The models that learnt from these tables, or watched their training by them."""
    return tuple(
        digest
        for digest, one in artefacts.items()
        if one.kind == Model.__name__ and any(_taught(artefacts, d, tables) for d in one.inputs)
    )


def hashed(project: Project, identifier: str) -> str:
    """The keyed hash of a person's identifier; raises `InputError` for none."""
    subject = subject_hash(project.subject_key, identifier)
    if subject is None:
        raise InputError("no key was given", remedy="type the key of the person, or use --file")
    return subject


def refuse_others(person: Person, roles: frozenset[str], what: str) -> None:
    """Raise `NotAllowed` unless the person has one of the roles."""
    if not roles.intersection(person.roles):
        raise NotAllowed(
            f"{person.name} may not {what}",
            remedy=f"ask one of the plan's people in the role {' or '.join(sorted(roles))}",
        )


@contextmanager
def indexed(project: Project) -> Iterator[SubjectIndex]:
    """The index of the store, up to date while it is held; one process at a time."""
    project.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    with FileLock(project.state / "subjects.lock"):
        index = SubjectIndex(project.store)
        refresh(project, index)
        yield index


def refresh(project: Project, index: SubjectIndex) -> int:
    """Look at the tables that are new, many of them on the workers of the plan."""
    new = len(index.unseen())
    if new <= FEW_TABLES:
        return index.refresh()
    engine = engine_for(project.plan.engine, project.store)
    try:
        spread: Spread = engine.map
        return index.refresh(spread)
    finally:
        close: Callable[[], None] = getattr(engine, "close", lambda: None)
        if not isinstance(engine, InlineEngine):
            close()


def _taught(artefacts: dict[str, Made], digest: str, tables: dict[str, int]) -> bool:
    one = artefacts.get(digest)
    shards = one.manifest.shards if one is not None and one.manifest is not None else ()
    return any(s.digest in tables for s in shards if s.part in TRAINED_ON)


def _source_rows(
    project: Project, artefacts: dict[str, Made], tables: dict[str, int], subject: str
) -> Iterator[SourceRow]:
    """The rows as collected, kept or dropped, each once."""
    collected = {
        shard.digest
        for one in artefacts.values()
        if one.kind == Collected.__name__ and one.manifest is not None
        for shard in (*one.manifest.shards, *one.manifest.dropped)
    }
    seen: set[str] = set()
    for digest in sorted(collected & tables.keys()):
        table = project.store.get_columns(digest, ("id", "source", "origin", "subject"))
        for row in table.filter(pc.equal(table.column("subject"), subject)).to_pylist():
            if row["id"] not in seen:
                seen.add(row["id"])
                yield SourceRow(row["source"], row["id"], row["origin"])

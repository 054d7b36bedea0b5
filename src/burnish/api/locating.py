"""Where something is: which artefacts of the ledger hold a document, come of a source, descend."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from burnish.core.artifact import Collected, Manifest, Shard
from burnish.core.errors import InputError
from burnish.core.standing import ERASED, ERASING, source_mark
from burnish.engines.inline import InlineEngine
from burnish.storage.store import SealedStore
from burnish.wiring import Project, engine_for


@dataclass(frozen=True, slots=True)
class Target:
    """What a person points at; exactly one of these."""

    source: str = ""
    document: str = ""
    dataset: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    """An artefact as the ledger and its manifest tell it."""

    digest: str
    stage: str
    kind: str
    inputs: tuple[str, ...]
    manifest: Manifest | None = field(repr=False, default=None)


@dataclass(frozen=True, slots=True)
class Place:
    """An artefact that holds something, or came of it."""

    digest: str
    stage: str
    kind: str
    rows: int = 0
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class _Search:
    """A table in which a worker looks for a document and the rows of its cluster."""

    store: SealedStore
    digest: str


def about(target: Target) -> str:
    """What is pointed at, for people."""
    named = (
        ("source", target.source),
        ("document", target.document[:12]),
        ("dataset", target.dataset[:12]),
        ("version", target.version),
    )
    return next((f"{what} {name}" for what, name in named if name), "nothing")


def subjects_of(project: Project, target: Target) -> tuple[str, ...]:
    """The digests and marks that a target stands for.

    Raises `InputError` for what is not known, or unless exactly one thing is pointed at.
    """
    given = [n for n in (target.source, target.document, target.dataset, target.version) if n]
    if len(given) != 1:
        raise InputError(
            "point at exactly one thing", remedy="--source, --document, --dataset or a version"
        )
    if target.source:
        return _source(project, target.source)
    if target.document:
        return tuple(place.digest for place in holding_document(project, target.document))
    if target.version:
        return (project.register.get(target.version).digest,)
    return (_dataset(project, target.dataset),)


def made(project: Project, *, manifests: bool = True) -> dict[str, Made]:
    """Every artefact of the ledger by digest, oldest first."""
    found: dict[str, Made] = {}
    for entry in project.ledger.entries("made"):
        facts = entry.facts
        digest = str(facts["digest"])
        if digest in found:
            continue
        told = Manifest.from_bytes(project.store.get_bytes(digest)) if (
            manifests and project.store.has(digest)
        ) else None  # fmt: skip
        inputs = tuple(str(name) for name in facts["inputs"])
        found[digest] = Made(digest, str(facts["stage"]), str(facts["kind"]), inputs, told)
    return found


def successors(project: Project) -> set[str]:
    """The manifests that erasures left in place of artefacts."""
    return {
        str(digest)
        for event in (ERASING, ERASED)
        for entry in project.ledger.entries(event)
        for digest in entry.facts.get("artefacts", {}).values()
        if digest
    }


def descendants(project: Project, digests: Collection[str]) -> tuple[Place, ...]:
    """Every artefact of the ledger made from these, themselves included, oldest first."""
    family = set(digests)
    entries = [entry.facts for entry in project.ledger.entries("made")]
    while True:  # the same bytes can be made again from others, so that one pass may not do
        found = {
            str(f["digest"]) for f in entries if not family.isdisjoint([f["digest"], *f["inputs"]])
        }
        if found <= family:
            break
        family |= found
    known = {str(f["digest"]): f for f in entries if f["digest"] in family}
    return tuple(
        Place(digest, str(f["stage"]), str(f["kind"]), int(f["rows"]))
        for digest, f in known.items()
    )


def of_source(project: Project, name: str) -> tuple[str, ...]:
    """The collections in which a source is."""
    return tuple(
        digest
        for digest, one in made(project).items()
        if one.kind == Collected.__name__
        and one.manifest is not None
        and name in [source["name"] for source in one.manifest.facts["sources"]]
    )


def holding_document(project: Project, name: str) -> tuple[Place, ...]:
    """The artefacts that hold a row by its id, or rows of its cluster of near duplicates.

    Reads the ids of all rows, each table once, on the workers of the plan. Raises `InputError`
    when no row has this id.
    """
    artefacts = made(project)
    tables = sorted({s.digest for one in artefacts.values() for s in _shards(one, dropped=True)})
    searches = [_Search(project.store, digest) for digest in tables if project.store.has(digest)]
    engine = engine_for(project.plan.engine, project.store) if len(searches) > 8 else InlineEngine()
    try:
        clusters = {
            c for found in engine.map(partial(_clusters, name=name), searches) for c in found
        }
        if not clusters:
            raise InputError(
                f"no row has the id '{name}'", remedy="burnish show STEP shows the ids of rows"
            )
        counts = engine.map(partial(_rows, names=frozenset({name, *clusters} - {""})), searches)
        rows = {s.digest: n for s, n in zip(searches, counts, strict=True) if n}
    finally:
        if not isinstance(engine, InlineEngine):
            engine.close()
    return tuple(place for one in artefacts.values() if (place := placed(one, rows)) and place.rows)


def placed(one: Made, rows: Mapping[str, int]) -> Place | None:
    """An artefact with the rows that it has of these tables; None where it has none."""
    kept = sum(rows.get(shard.digest, 0) for shard in _shards(one))
    gone = sum(rows.get(s.digest, 0) for s in (one.manifest.dropped if one.manifest else ()))
    return Place(one.digest, one.stage, one.kind, kept, gone) if kept or gone else None


def _shards(one: Made, *, dropped: bool = False) -> Iterator[Shard]:
    if one.manifest is not None:
        yield from one.manifest.shards
        yield from one.manifest.dropped if dropped else ()


def _source(project: Project, name: str) -> tuple[str, ...]:
    known = {source.name for source in project.plan.sources}
    collected = of_source(project, name)
    if name not in known and not collected:
        raise InputError(
            f"there is no source '{name}'", remedy=f"name {' or '.join(sorted(known))}"
        )
    return (source_mark(name),)


def _dataset(project: Project, digest: str) -> str:
    found = {d for d in made(project, manifests=False) if digest and d.startswith(digest)}
    if len(found) != 1:
        raise InputError(
            f"{len(found) or 'no'} artefacts are called '{digest}'",
            remedy="give a digest, or enough of it, that burnish status shows",
        )
    return found.pop()


def _clusters(search: _Search, name: str) -> list[str]:
    """The cluster of the document where a table has it; '' for a row without one."""
    table = search.store.get_columns(search.digest, ("id", "cluster"))
    mine = table.filter(_is_row(table, frozenset({name})))
    if not mine.num_rows or "cluster" not in mine.column_names:
        return [""] * bool(mine.num_rows)
    return [cluster or "" for cluster in mine.column("cluster").to_pylist()]


def _rows(search: _Search, names: frozenset[str]) -> int:
    table = search.store.get_columns(search.digest, ("id", "cluster"))
    wanted = _is_row(table, names)
    if "cluster" in table.column_names:
        wanted = pc.or_kleene(wanted, pc.is_in(table.column("cluster"), _texts(names)))
    return int(table.filter(pc.fill_null(wanted, False)).num_rows)


def _is_row(table: pa.Table, names: frozenset[str]) -> pa.ChunkedArray:
    """Rows by id; windows of a long document are its id, a full stop and a number."""
    if "id" not in table.column_names:
        return pa.chunked_array([pa.array([False] * table.num_rows)])
    documents = pc.list_element(pc.split_pattern(table.column("id"), "."), 0)
    return pc.fill_null(pc.is_in(documents, _texts(names)), False)


def _texts(names: Iterable[str]) -> pa.Array:
    return pa.array(sorted(names), pa.string())

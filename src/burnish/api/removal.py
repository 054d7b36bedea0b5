"""What an erasure takes out of a store: found and rewritten before anything is dropped."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from burnish.api.locating import Made, Place, placed, successors
from burnish.core.artifact import Manifest, Shard
from burnish.storage.erasing import (
    Rewritten,
    bytes_without,
    mentions,
    scratch_names,
    set_aside_names,
    table_without,
    value_without,
)
from burnish.storage.store import SealedStore
from burnish.wiring import Project

Search: TypeAlias = "tuple[Mapping[str, Made], Mapping[str, int], set[str], set[str]]"
"""Artefacts, tables with rows of the person, ids of these rows, tables of unknown subjects."""


@dataclass(frozen=True, slots=True)
class Removal:
    """What goes, in the order in which it is dropped, and what stands in its place.

    `artefacts` maps a manifest to its successor. Files and tables of unknown subjects go first,
    tables of the person last.
    """

    goes: tuple[str, ...]
    artefacts: Mapping[str, str]
    rows: int = 0
    rewritten: int = 0
    places: tuple[Place, ...] = ()

    def to_bytes(self) -> bytes:
        """Digests and counts, as kept in the store."""
        body = {"goes": list(self.goes), "artefacts": dict(self.artefacts), "rows": self.rows}
        return json.dumps(body, sort_keys=True).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Removal:
        """Read back what `to_bytes` wrote."""
        body = json.loads(data)
        return cls(tuple(body["goes"]), body["artefacts"], body["rows"])

    def unfinished(self, store: SealedStore) -> list[str]:
        """Work in progress, such as the checkpoints of a training that is not done."""
        return scratch_names(store) if self.goes else []

    def set_aside(self, store: SealedStore) -> list[str]:
        """What was swept or set aside."""
        return set_aside_names(store) if self.goes else []


def removal_of(project: Project, search: Search, subject: str, keep: bool) -> Removal:
    """Everything that goes; with `keep` the successors are put into the store now."""
    artefacts, tables, ids, unknown = search
    if not tables:
        return Removal((), {})
    store = project.store
    known = _with_successors(project, artefacts)
    named = {s.digest for m in known.values() for s in (*m.shards, *m.dropped)}
    new = {d: table_without(store, d, subject, keep=keep) for d in sorted(named & tables.keys())}
    files = {digest: new_ for digest, new_ in _files(store, known, ids, keep)}
    changed = dict(_changed(store, known, {**new, **files}, ids, keep))
    working = sorted((unknown | tables.keys()) - named)
    places = [p for d in artefacts.values() if (p := placed(d, tables))]
    return Removal(
        goes=(*sorted(files), *working, *sorted(new)),
        artefacts=changed,
        rows=len({name.partition(".")[0] for name in ids}),
        rewritten=sum(bool(one.digest or one.rows) for one in new.values()),
        places=tuple(places),
    )


def _with_successors(project: Project, artefacts: Mapping[str, Made]) -> dict[str, Manifest]:
    """All manifests, also those that earlier erasures left."""
    store = project.store
    known = {d: one.manifest for d, one in artefacts.items() if one.manifest is not None}
    for digest in sorted(successors(project) - known.keys()):
        if store.has(digest):
            known[digest] = Manifest.from_bytes(store.get_bytes(digest))
    return known


def _files(
    store: SealedStore, known: Mapping[str, Manifest], ids: set[str], keep: bool
) -> Iterator[tuple[str, Rewritten]]:
    """Kept texts that name the person's rows: results of an evaluation, item by item, and such."""
    for digest in sorted(set(store.kept_bytes()) - known.keys()):
        if mentions(store, digest, ids):
            made = bytes_without(store, digest, ids, keep=keep)
            if made.removed:
                yield digest, made


def _changed(
    store: SealedStore,
    known: Mapping[str, Manifest],
    new: Mapping[str, Rewritten],
    ids: set[str],
    keep: bool,
) -> Iterator[tuple[str, str]]:
    """Each manifest that names what goes, with its successor."""
    for digest, manifest in known.items():
        parts = (*manifest.shards, *manifest.dropped)
        if new.keys().isdisjoint([*(s.digest for s in parts), *manifest.files.values()]):
            continue
        data = _successor(digest, manifest, new, ids).to_bytes()
        yield digest, store.put_bytes(data) if keep else ""


def _successor(
    digest: str, manifest: Manifest, new: Mapping[str, Rewritten], ids: set[str]
) -> Manifest:
    """The manifest as it is without the person; its facts say what it succeeds."""
    shards = tuple(_shards(manifest.shards, new))
    gone = sum((new[s.digest].reasons for s in manifest.dropped if s.digest in new), Counter[str]())
    reasons = Counter(manifest.reasons)
    reasons.subtract(gone)
    files = {name: _file(d, new) for name, d in manifest.files.items()}
    facts: dict[str, Any] = value_without(dict(manifest.facts), ids) or {}
    removed = manifest.rows - sum(shard.rows for shard in shards)
    return replace(
        manifest,
        rows=sum(shard.rows for shard in shards),
        shards=shards,
        dropped=tuple(_shards(manifest.dropped, new)),
        reasons={reason: n for reason, n in sorted(reasons.items()) if n},
        files={name: d for name, d in files.items() if d},
        facts={**facts, "erased": {"from": digest, "rows": removed}},
    )


def _file(digest: str, new: Mapping[str, Rewritten]) -> str:
    return new[digest].digest if digest in new else digest


def _shards(shards: tuple[Shard, ...], new: Mapping[str, Rewritten]) -> Iterator[Shard]:
    for shard in shards:
        made = new.get(shard.digest)
        if made is None:
            yield shard
        elif made.digest:
            yield Shard(made.digest, made.rows, shard.part)

"""Which artefact was made from which: written once, walked in both directions.

A lineage is a map from digest to `{"kind", "name", "parents"}`. An artefact without parents
is a source. Edges are only ever added.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Any, Protocol

import sqlalchemy as sa

from burnish.core.errors import InputError, IntegrityBroken
from burnish.evidence.database import refuse_change

DIGEST = re.compile(r"[0-9a-f]{64}")
CHUNK = 500

METADATA = sa.MetaData()
ARTEFACT = sa.Table(
    "artefact",
    METADATA,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Index("artefact_name", "name"),
)
DERIVED = sa.Table(
    "derived",
    METADATA,
    sa.Column("parent", sa.String(64), sa.ForeignKey(ARTEFACT.c.digest), primary_key=True),
    sa.Column("child", sa.String(64), sa.ForeignKey(ARTEFACT.c.digest), primary_key=True),
    sa.Index("derived_child", "child"),
)

refuse_change(ARTEFACT)
refuse_change(DERIVED)


class Reads(Protocol):
    """Runs a SELECT."""

    def __call__(self, statement: sa.Executable, /) -> sa.Result[Any]: ...


@dataclass(frozen=True, slots=True)
class Node:
    """One artefact of a lineage given to the register."""

    kind: str
    name: str
    parents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ancestry:
    """An artefact with everything it was made from, down to the sources."""

    digest: str
    kind: str
    name: str
    parents: tuple[Ancestry, ...] = field(repr=False)

    def sources(self) -> tuple[Ancestry, ...]:
        """The artefacts without parents, each once, in order of digest."""
        found = {item.digest: item for item in self.walk() if not item.parents}
        return tuple(found[digest] for digest in sorted(found))

    def walk(self) -> Iterator[Ancestry]:
        """Every artefact once, this one first."""
        seen: set[str] = set()
        waiting = [self]
        while waiting:
            item = waiting.pop()
            if item.digest not in seen:
                seen.add(item.digest)
                yield item
                waiting.extend(reversed(item.parents))


def read_lineage(lineage: Mapping[str, Mapping[str, Any]], top: str) -> dict[str, Node]:
    """The nodes of a lineage whose last child is `top`.

    Raises `InputError` unless every digest is a SHA-256, every parent is listed, nothing is
    its own ancestor, and everything leads to `top`.
    """
    nodes = {digest: _node(digest, fields) for digest, fields in lineage.items()}
    unlisted = {parent for node in nodes.values() for parent in node.parents} - nodes.keys()
    if unlisted or top not in nodes:
        raise _bad(f"{min(unlisted | ({top} - nodes.keys()))[:12]} is not listed")
    try:
        tuple(TopologicalSorter({d: node.parents for d, node in nodes.items()}).static_order())
    except CycleError:
        raise _bad("an artefact is its own ancestor") from None
    if stray := nodes.keys() - _above(nodes, top):
        raise _bad(f"{min(stray)[:12]} leads nowhere")
    return nodes


def nearest(nodes: Mapping[str, Node], top: str, kind: str) -> tuple[str, ...]:
    """The digests of `kind` that `top` was made from with no other of `kind` between."""
    found: set[str] = set()
    seen: set[str] = set()
    waiting = [top]
    while waiting:
        digest = waiting.pop()
        if digest in seen:
            continue
        seen.add(digest)
        if nodes[digest].kind == kind:
            found.add(digest)
        else:
            waiting.extend(nodes[digest].parents)
    return tuple(sorted(found))


def rows_of(nodes: Mapping[str, Node]) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """The rows of the tables `artefact` and `derived`, in a fixed order."""
    artefacts = [
        {"digest": digest, "kind": nodes[digest].kind, "name": nodes[digest].name}
        for digest in sorted(nodes)
    ]
    edges = [
        {"parent": parent, "child": digest}
        for digest in sorted(nodes)
        for parent in sorted(set(nodes[digest].parents))
    ]
    return artefacts, edges


def facts_of(nodes: Mapping[str, Node]) -> dict[str, Any]:
    """The nodes as facts of a ledger entry."""
    return {
        digest: {"kind": node.kind, "name": node.name, "parents": sorted(set(node.parents))}
        for digest, node in nodes.items()
    }


def missing_rows(
    read: Reads, artefacts: Sequence[dict[str, str]], edges: Sequence[dict[str, str]]
) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Those rows that the tables do not hold yet."""
    digests = [row["digest"] for row in artefacts]
    known: set[str] = set()
    joined: set[tuple[str, str]] = set()
    for at in range(0, len(digests), CHUNK):
        some = digests[at : at + CHUNK]
        known |= set(
            read(sa.select(ARTEFACT.c.digest).where(ARTEFACT.c.digest.in_(some))).scalars()
        )
        query = sa.select(DERIVED.c.parent, DERIVED.c.child).where(DERIVED.c.child.in_(some))
        joined |= {(row.parent, row.child) for row in read(query)}
    return (
        [row for row in artefacts if row["digest"] not in known],
        [row for row in edges if (row["parent"], row["child"]) not in joined],
    )


def descendants(read: Reads, digest: str) -> set[str]:
    """Everything made from `digest`, itself included."""
    return {digest, *read(_closure(digest, DERIVED.c.parent, DERIVED.c.child)).scalars()}


def ancestors(read: Reads, digest: str) -> set[str]:
    """Everything `digest` was made from, itself included."""
    return {digest, *read(_closure(digest, DERIVED.c.child, DERIVED.c.parent)).scalars()}


def ancestry(read: Reads, digest: str) -> Ancestry:
    """`digest` with all it was made from; raises `IntegrityBroken` if the edges run in a ring."""
    family = sorted(ancestors(read, digest))
    artefacts: dict[str, tuple[str, str]] = {}
    parents: dict[str, list[str]] = {member: [] for member in family}
    for at in range(0, len(family), CHUNK):
        some = family[at : at + CHUNK]
        for row in read(sa.select(ARTEFACT).where(ARTEFACT.c.digest.in_(some))):
            artefacts[row.digest] = (row.kind, row.name)
        for row in read(sa.select(DERIVED).where(DERIVED.c.child.in_(some))):
            parents[row.child].append(row.parent)
    made: dict[str, Ancestry] = {}
    try:
        for member in TopologicalSorter(parents).static_order():
            above = tuple(made[parent] for parent in sorted(parents[member]))
            made[member] = Ancestry(member, *artefacts[member], above)
    except (CycleError, KeyError):
        raise IntegrityBroken(
            f"the lineage of {digest[:12]} is broken: it runs in a ring or has a gap",
            remedy="compare the register with its ledger: Register.verify",
        ) from None
    return made[digest]


def _closure(digest: str, near: sa.Column[str], far: sa.Column[str]) -> sa.Select[Any]:
    """Every digest reachable from `digest` over edges `near` -> `far` (UNION ends rings)."""
    step = sa.select(far.label("digest")).where(near == digest).cte("reached", recursive=True)
    return sa.select(step.union(sa.select(far).join(step, near == step.c.digest)).c.digest)


def _above(nodes: Mapping[str, Node], top: str) -> set[str]:
    seen: set[str] = set()
    waiting = [top]
    while waiting:
        digest = waiting.pop()
        if digest not in seen:
            seen.add(digest)
            waiting.extend(nodes[digest].parents)
    return seen


def _node(digest: str, fields: Mapping[str, Any]) -> Node:
    parents = fields.get("parents", ())
    kind, name = fields.get("kind"), fields.get("name")
    if not isinstance(kind, str) or not isinstance(name, str) or not kind:
        raise _bad(f"{str(digest)[:12]} has no kind and name")
    if not isinstance(parents, list | tuple) or not all(
        isinstance(item, str) and DIGEST.fullmatch(item) for item in (digest, *parents)
    ):
        raise _bad(f"'{str(digest)[:12]}' or a parent of it is no SHA-256")
    return Node(kind, name, tuple(parents))


def _bad(why: str) -> InputError:
    return InputError(
        f"this lineage cannot be registered: {why}",
        remedy="list every artefact from the sources to the bundle with kind, name and parents",
    )

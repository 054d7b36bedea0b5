"""The register's tables and the single steps on their rows, each with its ledger entry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from burnish.core.errors import InputError, IntegrityBroken, NotAllowed
from burnish.core.standing import holds
from burnish.evidence.canonical import canonical, sha256
from burnish.evidence.checkpoint import Entry
from burnish.evidence.database import refuse_change
from burnish.evidence.signoff import Decision
from burnish.evidence.transaction import Reader, Transaction
from burnish.registry import lineage as family
from burnish.registry.lineage import ARTEFACT, DERIVED, DIGEST, METADATA, Node
from burnish.registry.versions import TRANSITIONS, State, Version, parse

EVENT = "version.state"
HOLD_EVENT = "artefact.quarantined"
HELD_BEFORE = "made from a quarantined artefact"

VERSION = sa.Table(
    "model_version",
    METADATA,
    sa.Column("name", sa.String(100), primary_key=True),
    sa.Column("major", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("minor", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("patch", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("digest", sa.String(64), sa.ForeignKey(ARTEFACT.c.digest), nullable=False),
    sa.Column("weights", sa.String(64), nullable=False),
    sa.Column("line", sa.String(64), nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("registrar", sa.Text, nullable=False),
    sa.CheckConstraint(sa.column("state").in_([state.value for state in State])),
    sa.Index("model_version_digest", "digest"),
)
HELD = sa.Table(
    "quarantined",
    METADATA,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("entry", sa.String(64), nullable=False),
)
DECISION = sa.Table(
    "decision",
    METADATA,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("envelope", sa.LargeBinary, nullable=False),
)
refuse_change(VERSION, verbs=("DELETE",))
refuse_change(HELD)


def allocate(
    tx: Transaction, name: str, line: str, weights: str
) -> tuple[tuple[int, int, int], bool]:
    """The next number of a bundle, and whether its line is already there."""
    rows = tx.execute(sa.select(VERSION).where(VERSION.c.name == name)).all()
    major = next((row.major for row in rows if row.line == line), None)
    if major is None:
        return (max((row.major for row in rows), default=0) + 1, 1, 0), False
    mine = [row for row in rows if row.major == major]
    packed = [row for row in mine if row.weights == weights and row.minor > 0]
    if packed:
        return (major, packed[0].minor, max(row.patch for row in packed) + 1), True
    return (major, max(row.minor for row in mine) + 1, 0), True


def add_lineage(tx: Transaction, nodes: Mapping[str, Node]) -> None:
    """Add the artefacts and edges that are not there yet."""
    artefacts, edges = family.missing_rows(tx.execute, *family.rows_of(nodes))
    if artefacts:
        tx.execute(ARTEFACT.insert(), artefacts)
    if edges:
        tx.execute(DERIVED.insert(), edges)


def enter(tx: Transaction, version: Version, weights: str, facts: Mapping[str, Any]) -> Version:
    """Add a version; if anything it was made from is held, it goes straight to quarantine."""
    major, minor, patch = version.number
    row = {
        "name": version.name,
        "major": major,
        "minor": minor,
        "patch": patch,
        "digest": version.digest,
        "weights": weights,
        "line": version.line,
        "state": version.state.value,
        "registrar": version.by,
    }
    tx.execute(VERSION.insert(), [row])
    _tell(tx, version, None, {"by": version.by, "weights": weights, **facts})
    if is_held(tx, version.digest):
        return move(tx, version, State.QUARANTINED, {"by": version.by, "because": HELD_BEFORE})
    return version


def move(tx: Transaction, now: Version, to: State, facts: Mapping[str, Any]) -> Version:
    """Change the state and say so in the ledger, if the step is allowed."""
    if to not in TRANSITIONS[now.state]:
        allowed = ", ".join(sorted(TRANSITIONS[now.state])) or "nothing"
        raise NotAllowed(
            f"{now} is {now.state} and cannot become {to}", remedy=f"allowed from here: {allowed}"
        )
    tx.execute(VERSION.update().where(_is(now.name, now.number)).values(state=to.value))
    moved = Version(now.name, now.number, now.digest, to, now.by, now.line)
    _tell(tx, moved, now.state, facts)
    return moved


def _tell(
    tx: Transaction, version: Version, before: State | None, facts: Mapping[str, Any]
) -> None:
    told = {"version": str(version), "digest": version.digest, "from": before, "to": version.state}
    tx.append(EVENT, {**facts, **told})


def record(
    tx: Transaction, now: Version, to: State, envelope: Mapping[str, Any], decision: Decision
) -> dict[str, str]:
    """Keep the signed decision; the ledger names it by the digest of its statement."""
    name = sha256(canonical(decision.statement))
    if tx.find(EVENT, version=str(now), to=to, decision=name):
        raise NotAllowed(
            f"{decision.person}'s decision already made {now} {to} once",
            remedy="ask for a new decision",
        )
    if not tx.execute(sa.select(DECISION.c.id).where(DECISION.c.id == name)).first():
        tx.execute(DECISION.insert(), [{"id": name, "envelope": canonical(envelope)}])
    return {"by": decision.person, "role": decision.role, "decision": name}


def current(tx: Reader, text: str) -> Version:
    """The version's row, compared with the newest ledger entry on it."""
    name, number = parse(text)
    row = tx.execute(sa.select(VERSION).where(_is(name, number))).first()
    if row is None:
        raise InputError(f"there is no version {text}", remedy="burnish show lists the versions")
    version = version_of(row)
    last = tx.find(EVENT, version=str(version))
    if last is None or (last.facts["to"], last.facts["digest"]) != (version.state, version.digest):
        raise disagree(str(version))
    return version


def quarantined(tx: Reader, text: str) -> tuple[Version, Entry]:
    """A version in quarantine and the ledger entry that put it there."""
    now = current(tx, text)
    held = tx.find(EVENT, version=str(now), to=State.QUARANTINED)
    if now.state is not State.QUARANTINED or held is None:
        raise NotAllowed(f"{now} is {now.state}, not quarantined", remedy="nothing is to be lifted")
    return now, held


def of_bundle(tx: Reader, name: str, digest: str) -> Version | None:
    """The version a bundle has already under this name."""
    query = sa.select(VERSION).where(
        VERSION.c.name == name, VERSION.c.digest == digest, VERSION.c.minor > 0
    )
    row = tx.execute(query).first()
    return None if row is None else current(tx, str(version_of(row)))


def made_from(tx: Reader, digest: str) -> list[Version]:
    """The versions made from an artefact, itself included, in order."""
    made = sorted(family.descendants(tx.execute, digest))
    found: list[Version] = []
    for at in range(0, len(made), family.CHUNK):
        query = sa.select(VERSION).where(VERSION.c.digest.in_(made[at : at + family.CHUNK]))
        found += [version_of(row) for row in tx.execute(query)]
    return list(in_order(found))


def is_held(tx: Reader, digest: str) -> bool:
    """Whether an artefact or anything it was made from is in quarantine."""
    held = holds(tx)
    found = held.keys() & family.ancestors(tx.execute, digest)
    return any(name == digest or not held[name].alone for name in found)


def resolve(tx: Reader, what: str) -> list[str]:
    """The digests meant by a version, a digest, or the name of an artefact."""
    if "@" in what:
        return [current(tx, what).digest]
    if DIGEST.fullmatch(what):
        return [what]
    named = tx.execute(sa.select(ARTEFACT.c.digest).where(ARTEFACT.c.name == what)).scalars().all()
    if not named:
        raise InputError(
            f"the register knows no version, digest or artefact named '{what}'",
            remedy="give name@MAJOR.MINOR.PATCH, a SHA-256, or the name of a source",
        )
    return sorted(named)


def _is(name: str, number: tuple[int, int, int]) -> sa.ColumnElement[bool]:
    major, minor, patch = number
    return sa.and_(
        VERSION.c.name == name,
        VERSION.c.major == major,
        VERSION.c.minor == minor,
        VERSION.c.patch == patch,
    )


def version_of(row: Any) -> Version:
    """A row of the table as a version."""
    number = (row.major, row.minor, row.patch)
    return Version(row.name, number, row.digest, State(row.state), row.registrar, row.line)


def in_order(versions: Iterable[Version]) -> tuple[Version, ...]:
    """By name and number."""
    return tuple(sorted(versions, key=lambda version: (version.name, version.number)))


def disagree(what: str) -> IntegrityBroken:
    """The error for a table that says other than the ledger."""
    return IntegrityBroken(
        f"the register and its ledger disagree on {what}",
        remedy="stop using the register; restore it from a backup and find out what changed it",
    )

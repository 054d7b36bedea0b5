"""Quarantine: what is held, which versions came of it, and the second signature that ends it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from burnish.core import standing
from burnish.core.errors import NotAllowed
from burnish.core.standing import Hold, source_mark
from burnish.evidence.canonical import canonical, sha256
from burnish.evidence.signoff import QUARANTINE_LIFT, Decision, Person, check
from burnish.evidence.transaction import Reader, Transaction
from burnish.registry import lineage as family
from burnish.registry import records
from burnish.registry.records import DECISION, HELD, HOLD_EVENT
from burnish.registry.versions import TRANSITIONS, State, Version

LIFT_ROLE = "ai_governance"
OUT_OF_USE = (State.QUARANTINED, State.REVOKED, State.REJECTED)
JUDGED_AGAIN = (State.APPROVED, State.RELEASED, State.DEPRECATED)


def hold(
    tx: Transaction, subjects: Iterable[str], said: Mapping[str, str], *, alone: bool = False
) -> tuple[Version, ...]:
    """Hold digests and mark the versions made from them; returns those newly marked.

    `said` has `by`, `because` and the `act`. With `alone`, only the versions whose own bundle is
    named.
    """
    marked: list[Version] = []
    held = standing.holds(tx)
    why = {"by": said["by"], "because": said["because"]}
    for digest in sorted(set(subjects)):
        if digest not in held or (held[digest].alone and not alone):
            told = {"alone": True} if alone else {}
            entry = tx.append(HOLD_EVENT, {"subject": digest, **said, **told})
            _keep(tx, digest, entry.id)
        made = records.made_from(tx, digest)
        marked += [
            records.move(tx, version, State.QUARANTINED, {**why, "held": digest})
            for version in made
            if State.QUARANTINED in TRANSITIONS[version.state]
            and (not alone or version.digest == digest)
        ]
    return records.in_order(marked)


def lift_version(
    tx: Transaction, version: str, envelope: Mapping[str, Any], people: Iterable[Person]
) -> Version:
    """As `Register.lift`."""
    now, held = records.quarantined(tx, version)
    subjects = {str(now): now.digest, "quarantine": held.id}
    not_by = {now.by, str(held.facts.get("by", ""))}
    decision = _decided(envelope, people, subjects, not_by)
    before = State(held.facts["from"])
    to = State.EVALUATED if before in JUDGED_AGAIN else before
    return records.move(tx, now, to, records.record(tx, now, to, envelope, decision))


def lift_hold(
    tx: Transaction, subject: str, envelope: Mapping[str, Any], people: Iterable[Person]
) -> tuple[Hold, ...]:
    """As `Register.lift_hold`."""
    held = found_holds(tx, subject)
    decision = _decided(envelope, people, hold_subjects(held), {one.by for one in held})
    name = sha256(canonical(decision.statement))
    if not tx.execute(sa.select(DECISION.c.id).where(DECISION.c.id == name)).first():
        tx.execute(DECISION.insert(), [{"id": name, "envelope": canonical(envelope)}])
    for one in held:
        facts = {"subject": one.subject, "entry": one.entry, "by": decision.person}
        tx.append(standing.LIFTED, {**facts, "decision": name})
    return held


def found_holds(reader: Reader, subject: str) -> tuple[Hold, ...]:
    """The holds in force of the act that held a digest or mark; raises `NotAllowed` for none."""
    held = standing.holds(reader)
    act = held[subject].act if subject in held else subject
    found = tuple(one for one in held.values() if one.act == act)
    if not found:
        raise NotAllowed(f"{subject[:12]} is not held", remedy="nothing is to be lifted")
    return found


def hold_subjects(held: Iterable[Hold]) -> dict[str, str]:
    """What a decision to lift these holds must name: each by its entry."""
    return {one.subject: one.entry for one in held}


def objections(reader: Reader, now: Version) -> tuple[str, ...]:
    """As `Register.objections`."""
    told = [f"{now} is {now.state}"] if now.state in OUT_OF_USE else []
    return (*told, *incidents(reader, now))


def incidents(reader: Reader, now: Version) -> tuple[str, ...]:
    """The open incidents on what a version was made from, a sentence each."""
    return tuple(standing.against_incidents(reader, _related(reader, now.digest)))


def refuse(now: Version, told: Collection[str]) -> None:
    """Raise `NotAllowed` with what stands against using a version, if anything does."""
    if told:
        raise NotAllowed(
            f"{now} may not be used: {'; '.join(told)}",
            remedy="burnish incident list and burnish quarantine --list show what is open",
        )


def _related(reader: Reader, digest: str) -> Collection[str]:
    """A bundle with all it was made from, and the marks of its sources."""
    known = {digest, *family.ancestors(reader.execute, digest)}
    named = sa.select(family.ARTEFACT.c.digest, family.ARTEFACT.c.name).where(
        family.ARTEFACT.c.kind == "Source"
    )
    marks = {source_mark(row.name) for row in reader.execute(named) if row.digest in known}
    return known | marks


def _keep(tx: Transaction, digest: str, entry: str) -> None:
    """What was ever held stays in the table; whether it is held now, the ledger says."""
    if not tx.execute(sa.select(HELD).where(HELD.c.digest == digest)).first():
        tx.execute(HELD.insert(), [{"digest": digest, "entry": entry}])


def _decided(
    envelope: Mapping[str, Any],
    people: Iterable[Person],
    subjects: Mapping[str, str],
    not_by: Collection[str],
) -> Decision:
    decision = check(
        envelope,
        people,
        kind=QUARANTINE_LIFT,
        role=LIFT_ROLE,
        subjects=subjects,
        not_by={name for name in not_by if name},
    )
    if not decision.approves:
        raise NotAllowed(
            f"{decision.person} decided that {min(subjects)[:40]} stays in quarantine",
            remedy="mend what the decision names, or revoke the version",
        )
    return decision

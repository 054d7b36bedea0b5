"""What stands against using an artefact: open incidents, quarantine, rows that were erased.

One question, asked of the ledger alone, so that gates, export, register and promotion (and
serving) cannot differ in the answer. An artefact is affected when itself or anything it was made
from is; a hold that is `alone` was put on exactly what holds a row, and reaches no further.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from burnish.core.artifact import Artifact, Collected
from burnish.core.gate import Look
from burnish.core.ports import LedgerEntry
from burnish.core.review import digest_of

INCIDENT, CLOSED = "incident", "incident.closed"
HELD, LIFTED = "artefact.quarantined", "artefact.lifted"
ERASING, ERASED = "erasing", "erased"
REGRESSION: Literal["regression"] = "regression"
"""The kind of incident that a failed release is, until somebody signs what its root cause was."""


class Tells(Protocol):
    """A ledger, or one moment of it."""

    def entries(self, event: str, /) -> Iterator[LedgerEntry]: ...


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold that is in force: on what, by whom and why, and the entry that a lift must name.

    What was held in one act is lifted in one; `act` is what that was about.
    """

    subject: str
    entry: str
    by: str
    because: str
    alone: bool = False
    act: str = ""


def document_mark(name: str) -> str:
    """What stands for a row and its near duplicates, by the row's id."""
    return hashlib.sha256(f"document {name}".encode()).hexdigest()


def source_mark(name: str) -> str:
    """What stands for a source in subjects, whatever it was when it was collected."""
    return hashlib.sha256(f"source {name}".encode()).hexdigest()


def family(look: Look, artifact: Artifact) -> frozenset[str]:
    """The artefact and all it was made from: digests, and the marks of its sources."""
    found = {artifact.digest}
    for entry in look.upstream(artifact):
        digest = str(entry.facts["digest"])
        found.add(digest)
        if entry.facts["kind"] == Collected.__name__ and look.store.has(digest):
            for source in look.manifest(Collected(digest, 0)).facts["sources"]:
                found |= {source_mark(str(source["name"])), digest_of(source)}
    return frozenset(found)


def open_incidents(ledger: Tells) -> dict[str, LedgerEntry]:
    """The incidents that nobody has closed, by the id of their entry."""
    closed = {str(entry.facts["incident"]) for entry in ledger.entries(CLOSED)}
    return {e.id: e for e in ledger.entries(INCIDENT) if e.id not in closed}


def holds(ledger: Tells) -> dict[str, Hold]:
    """What is held in quarantine now, by its digest or mark."""
    lifted = {str(entry.facts["entry"]) for entry in ledger.entries(LIFTED)}
    return {h.subject: h for h in map(_hold, ledger.entries(HELD)) if h.entry not in lifted}


def against(ledger: Tells, own: str, related: Collection[str]) -> list[str]:
    """What stands against using `own`, which was made from `related`; a sentence each."""
    affected = {own, *related}
    return [
        *against_incidents(ledger, affected),
        *(
            f"{hold.subject[:12]} is held in quarantine ({hold.because})"
            for hold in holds(ledger).values()
            if hold.subject in affected and (hold.subject == own or not hold.alone)
        ),
        *_against_erased(ledger, own),
    ]


def against_incidents(ledger: Tells, affected: Collection[str]) -> list[str]:
    """The open incidents on any of these, a sentence each."""
    return [
        f"incident {name[:12]} ({entry.facts['kind']}) is open on it"
        for name, entry in open_incidents(ledger).items()
        if not set(entry.facts["subjects"]).isdisjoint(affected)
    ]


def against_artifact(look: Look, artifact: Artifact) -> list[str]:
    """What stands against using an artefact, by everything the ledger knows of its making."""
    return against(look.ledger, artifact.digest, family(look, artifact))


def erased_subjects(ledger: Tells) -> tuple[str, ...]:
    """The keyed hashes of data subjects who were erased, or are being erased: never read again."""
    return tuple(sorted({str(entry.facts["subject"]) for entry in ledger.entries(ERASING)}))


def _against_erased(ledger: Tells, own: str) -> Iterator[str]:
    for entry in (*ledger.entries(ERASING), *ledger.entries(ERASED)):
        touched: Mapping[str, Any] = entry.facts.get("artefacts", {})
        if own in touched:
            yield f"rows of a data subject were erased from it (erasure {entry.id[:12]})"
            return


def _hold(entry: LedgerEntry) -> Hold:
    facts = entry.facts
    told = (str(facts["subject"]), entry.id, str(facts["by"]), str(facts["because"]))
    return Hold(*told, bool(facts.get("alone", False)), str(facts.get("act", facts["subject"])))

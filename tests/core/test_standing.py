"""Incidents, holds and erasures stand against what they are about and what was made of it."""

from __future__ import annotations

from burnish.core import standing
from burnish.core.standing import CLOSED, ERASED, ERASING, HELD, INCIDENT, LIFTED, source_mark
from burnish.evidence.ledger import MemoryLedger


def held(ledger: MemoryLedger, subject: str, **more: object) -> str:
    return ledger.append(HELD, {"subject": subject, "by": "pia", "because": "leak", **more}).id


def against(ledger: MemoryLedger, own: str, *related: str) -> list[str]:
    return standing.against(ledger, own, related)


def test_nothing_stands_against_what_nothing_was_said_of() -> None:
    ledger = MemoryLedger()
    held(ledger, "other")
    assert against(ledger, "own", "parent") == []


def test_an_open_incident_reaches_what_was_made_until_it_is_closed() -> None:
    ledger = MemoryLedger()
    mark = source_mark("tickets")
    entry = ledger.append(INCIDENT, {"kind": "missed", "subjects": [mark]})
    assert against(ledger, "own", "parent", mark) == [
        f"incident {entry.id[:12]} (missed) is open on it"
    ]
    assert against(ledger, "own", source_mark("manuals")) == []

    ledger.append(CLOSED, {"incident": entry.id})
    assert against(ledger, "own", mark) == []


def test_a_hold_reaches_what_was_made_until_it_is_lifted() -> None:
    ledger = MemoryLedger()
    first = held(ledger, "parent")
    assert against(ledger, "own", "parent") == ["parent is held in quarantine (leak)"]

    ledger.append(LIFTED, {"entry": first, "subject": "parent"})
    assert against(ledger, "own", "parent") == []
    held(ledger, "parent")
    assert len(against(ledger, "own", "parent")) == 1


def test_a_hold_on_exactly_one_thing_reaches_no_further() -> None:
    ledger = MemoryLedger()
    held(ledger, "parent", alone=True)
    assert against(ledger, "own", "parent") == []
    assert len(against(ledger, "parent")) == 1


def test_an_erasure_stands_against_what_lost_rows_and_suppresses_at_once() -> None:
    ledger = MemoryLedger()
    assert standing.erased_subjects(ledger) == ()
    begun = ledger.append(ERASING, {"subject": "b" * 32, "artefacts": {"old": "new"}})
    ledger.append(ERASING, {"subject": "a" * 32, "artefacts": {}})
    ledger.append(ERASED, {"erasure": begun.id, "subject": "b" * 32})

    assert standing.erased_subjects(ledger) == ("a" * 32, "b" * 32)
    assert "erased" in against(ledger, "old")[0]
    assert against(ledger, "new", "old") == []

"""How a run's training was watched, gathered from the ledger for the page of the run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from burnish.api.alerts import ALERTED, DECIDED, words_of
from burnish.core.ports import LedgerEntry
from burnish.evidence.report.reading_watch import watch_view
from burnish.evidence.report.view_watch import WatchView
from burnish.wiring import Project

WATCHED, ATTEMPTED, ROLE = "watched", "attempted", "train"


def watched_view(project: Project, run: str) -> WatchView | None:
    """The training of a run over all its starts, in earlier runs too; None where none was watched.

    A run that found its model made shows how that was trained.
    """
    name = _name_of(project, run)
    if not name:
        return None
    told = [e for e in _of(project, WATCHED) if e.facts["watched"] == name]
    alerts = [e for e in _of(project, ALERTED) if e.facts["watched"] == name]
    runs = {str(e.facts["run"]) for e in (*told, *alerts)}
    attempts = [e.facts for e in _of(project, ATTEMPTED) if e.facts["run"] in runs]
    return watch_view(
        [entry.facts for entry in told],
        [_alert(entry) for entry in alerts],
        _decided(project, name),
        attempts,
    )


def _name_of(project: Project, run: str) -> str:
    """The name of the run's training: told in the run, or in the one that made its model."""
    made = {run}
    for entry in project.ledger.entries("reused"):
        if entry.facts["run"] == run and entry.facts["stage"] == ROLE:
            first = project.ledger.find("made", recipe=entry.facts["recipe"])
            made |= {str(first.facts["run"])} if first else set()
    names = [
        str(entry.facts["watched"])
        for event in (WATCHED, ALERTED)
        for entry in _of(project, event)
        if entry.facts["run"] in made
    ]
    return names[-1] if names else ""


def _of(project: Project, event: str) -> Iterator[LedgerEntry]:
    """The entries about the training itself, not its control."""
    return (e for e in project.ledger.entries(event) if e.facts.get("training") == ROLE)


def _alert(entry: LedgerEntry) -> Mapping[str, Any]:
    return {**entry.facts, "id": entry.id, "at": entry.at, "words": words_of(entry.facts)}


def _decided(project: Project, name: str) -> dict[str, str]:
    """By alert, what was decided last and by whom."""
    found: dict[str, str] = {}
    for entry in project.ledger.entries(DECIDED):
        if entry.facts["watched"] == name:
            told = f"{entry.facts['decision']}, {entry.facts['by']}: {entry.facts['because']}"
            found |= {str(alert): told for alert in entry.facts["alerts"]}
    return found

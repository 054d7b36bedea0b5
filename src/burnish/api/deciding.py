"""A person decides on a training that an alert halted: to go on past it, or to leave it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from burnish.api.alerts import ALERTED, DECIDED, HALTING, words_of
from burnish.api.incidents import role_of
from burnish.core.errors import BurnishError, InputError
from burnish.core.fingerprint import fingerprint
from burnish.core.ports import LedgerEntry
from burnish.core.standing import CLOSED, open_incidents
from burnish.evidence.dsse import sign
from burnish.evidence.signoff import Judgement, check, decision_statement
from burnish.evidence.transaction import Transaction
from burnish.intake.reading import without_personal_data
from burnish.watch.doors import Standing
from burnish.wiring import Project, now, open_project

KIND = "training-decision"
ROLES = ("ml_engineer", "approver")
WORDS: Mapping[str, Literal["approve", "reject"]] = {"continue": "approve", "stop": "reject"}


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision in the ledger: on which alerts of which training, by whom, in which role."""

    decision: str
    training: str
    alerts: tuple[str, ...]
    by: str
    role: str


def decide(
    plan_file: Path,
    decision: Literal["continue", "stop"],
    *,
    because: str,
    training: str = "",
    key: Path | None = None,
) -> Decided:
    """Sign a decision on every alert that halts a training, and close the incident of it.

    The words are masked before they are kept. A later decision takes the place of an earlier one.
    Raises `InputError` where nothing waits for a decision, or more than one training does and
    none is named; `NotAllowed` for a person without one of `ROLES`.
    """
    project = open_project(plan_file)
    name, alerts = _waiting(project, training)
    signer, person = project.signer(key)
    words = without_personal_data([because])[0]
    role = role_of(person.roles, ROLES)
    judgement = Judgement(
        WORDS[decision], person.name, role, f"{now():%Y-%m-%dT%H:%M:%SZ}", words, (), words
    )
    subjects = _subjects(alerts)
    envelope = sign(decision_statement(KIND, subjects, judgement), signer)
    check(envelope, project.people, kind=KIND, role=role, subjects=subjects)
    facts = {
        "watched": name,
        "alerts": [alert.id for alert in alerts],
        "decision": decision,
        "by": person.name,
        "role": role,
        "because": words,
        "envelope": envelope,
    }
    with project.ledger.transaction() as tx:
        tx.append(DECIDED, facts)
        if decision == "continue":
            _close(tx, name, {"by": person.name, "because": words, "envelope": envelope})
    told = tuple(words_of(alert.facts) for alert in alerts)
    return Decided(decision, name, told, person.name, role)


def standing(project: Project, name: str) -> Sequence[Standing]:
    """The alerts of a training, each with the newest decision on it that counts."""
    decided = _decisions(project, name)
    return [_standing(e, decided.get(e.id)) for e in _alerted(project) if _of(e) == name]


def _standing(alert: LedgerEntry, decided: Mapping[str, Any] | None) -> Standing:
    facts = alert.facts
    return Standing(
        kind=str(facts["alert"]),
        step=int(facts["step"]),
        action=str(facts["action"]),
        value=float(facts["value"]),
        words=words_of(facts),
        decision=str(decided["decision"]) if decided else "",
        by=str(decided["by"]) if decided else "",
    )


def _decisions(project: Project, name: str) -> dict[str, Mapping[str, Any]]:
    """By alert, the newest decision on it whose signature holds; others count for nothing."""
    found: dict[str, Mapping[str, Any]] = {}
    alerts = {entry.id: entry for entry in _alerted(project)}
    for entry in project.ledger.entries(DECIDED):
        named = [str(alert) for alert in entry.facts["alerts"]]
        known = all(alert in alerts for alert in named)
        if entry.facts["watched"] == name and known and _counts(project, entry):
            found |= dict.fromkeys(named, entry.facts)
    return found


def _counts(project: Project, entry: LedgerEntry) -> bool:
    """Whether a person of the plan who may signed just this decision on just these alerts."""
    facts = entry.facts
    subjects = {f"alert-{n}": str(alert) for n, alert in enumerate(facts["alerts"])}
    role = str(facts["role"])
    try:
        found = check(facts["envelope"], project.people, kind=KIND, role=role, subjects=subjects)
    except BurnishError:
        return False
    return role in ROLES and found.decision == WORDS.get(str(facts["decision"]))


def _waiting(project: Project, training: str) -> tuple[str, list[LedgerEntry]]:
    """The training that waits, and its alerts that halt it: also those decided with stop."""
    waiting: dict[str, list[LedgerEntry]] = {}
    for entry in _alerted(project):
        if entry.facts["action"] in HALTING[:2] and _of(entry).startswith(training):
            waiting.setdefault(_of(entry), []).append(entry)
    open_ = {name: _undecided(project, name, found) for name, found in waiting.items()}
    named = [name for name, found in open_.items() if found]
    if len(named) > 1:
        told = ", ".join(name[:12] for name in named)
        raise InputError(f"{len(named)} trainings wait: {told}", remedy="name one by --training")
    if not named:
        raise InputError(
            "no training waits for a decision", remedy="burnish status shows how the run stands"
        )
    return named[0], open_[named[0]]


def _undecided(project: Project, name: str, alerts: list[LedgerEntry]) -> list[LedgerEntry]:
    decided = _decisions(project, name)
    passed = {alert for alert, facts in decided.items() if facts["decision"] == "continue"}
    return [entry for entry in alerts if entry.id not in passed]


def _close(tx: Transaction, name: str, facts: Mapping[str, Any]) -> None:
    """The incident of the halt is closed by the decision to go on."""
    mark = fingerprint("training", name)
    for entry in open_incidents(tx).values():
        if mark in entry.facts["subjects"]:
            tx.append(CLOSED, {"incident": entry.id, **facts})


def _subjects(alerts: Sequence[LedgerEntry]) -> dict[str, str]:
    return {f"alert-{number}": alert.id for number, alert in enumerate(alerts)}


def _alerted(project: Project) -> list[LedgerEntry]:
    return list(project.ledger.entries(ALERTED))


def _of(entry: LedgerEntry) -> str:
    return str(entry.facts["watched"])

"""Incidents: written down, told to whom the plan names at once, closed by a signature."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from burnish.api.alerts import HALTING, words_of
from burnish.api.locating import Target, about, subjects_of
from burnish.api.outbox import FAILED, GIVEN_UP, QUEUED, REHEARSAL, SENT, Delivery, deliver, queue
from burnish.core.artifact import Masked
from burnish.core.errors import BurnishError, GateClosed, InputError, NotAllowed
from burnish.core.fingerprint import fingerprint
from burnish.core.ports import LedgerEntry
from burnish.core.standing import CLOSED, INCIDENT, REGRESSION, open_incidents
from burnish.core.verdict import Outcome
from burnish.evidence.dsse import sign
from burnish.evidence.signoff import Judgement, check, decision_statement
from burnish.gates.privacy import RESIDUAL
from burnish.intake.reading import without_personal_data
from burnish.wiring import Project, now, open_project

AGAIN, UNTOLD = "incident.again", "incident.untold"
CLOSE = "incident-close"
OFFICER = "privacy_officer"
NOBODY = "nobody was notified: the plan names no channel under `notify`"

CLOSERS = {
    "training": ("ml_engineer", "approver"),
    "cost": ("approver", "ml_engineer"),
    REGRESSION: ("ml_engineer", "approver"),
}
"""Who closes what; every other incident is the privacy officer's."""

WHAT = {
    "training": "incident of a training",
    "cost": "incident of a training",
    REGRESSION: "incident of a release",
}

Kind = Literal[
    "residual", "canary", "contamination", "missed", "other", "rehearsal", "training", "cost",
    "regression",
]  # fmt: skip
Severity = Literal["low", "medium", "high"]


@dataclass(frozen=True, slots=True)
class Found:
    """What happened, in words and numbers without personal data.

    `subjects` are the digests and marks it is about, `about` says them to people, `measured` are
    sentences of a gate, `because` a person's words, masked.
    """

    kind: Kind
    severity: Severity
    subjects: tuple[str, ...]
    about: tuple[str, ...] = ()
    measured: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    because: str = ""
    run: str = ""


@dataclass(frozen=True, slots=True)
class Raised:
    """An incident in the ledger, and what became of its notices."""

    incident: str
    known: bool
    deliveries: tuple[Delivery, ...]
    warning: str = ""
    what: str = "privacy incident"


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident as it stands."""

    id: str
    at: str
    state: str
    facts: Mapping[str, Any]
    notices: tuple[Mapping[str, Any], ...] = ()
    closed: Mapping[str, Any] = field(default_factory=dict)


def report(
    plan_file: Path,
    target: Target,
    *,
    because: str,
    kind: Literal["contamination", "missed", "other"] = "missed",
    severity: Severity = "high",
    key: Path | None = None,
) -> Raised:
    """Report what was found later in a dataset, source or document; anybody in the plan may.

    The words are masked before they are kept. Raises `InputError` for what is not known here.
    """
    project = open_project(plan_file)
    _, person = project.signer(key)
    found = Found(
        kind,
        severity,
        subjects_of(project, target),
        about=(about(target),),
        because=without_personal_data([because])[0],
    )
    return raise_incident(project, found, person.name)


def rehearse(plan_file: Path, *, key: Path | None = None) -> Raised:
    """Send a test message over every channel; it is no incident and closes nothing."""
    project = open_project(plan_file)
    _, person = project.signer(key)
    found = Found("rehearsal", "low", (), about=("nothing",))
    with project.ledger.transaction() as tx:
        entry = tx.append(REHEARSAL, {**_facts(found), "by": person.name})
        queue(project, tx, entry)
    return _told(project, entry.id, known=False)


def send(plan_file: Path) -> tuple[Delivery, ...]:
    """Try every notice again that no channel has taken yet."""
    return deliver(open_project(plan_file))


def raise_incident(project: Project, found: Found, by: str) -> Raised:
    """Write an incident down and notify; the same one that is still open is told of again."""
    name = fingerprint(found.kind, sorted(found.subjects), found.because)
    with project.ledger.transaction() as tx:
        known = [e for e in open_incidents(tx).values() if e.facts["same"] == name]
        if known:
            tx.append(AGAIN, {"incident": known[0].id, "run": found.run, "by": by})
            incident = known[0].id
        else:
            entry = tx.append(INCIDENT, {**_facts(found), "same": name, "by": by})
            queue(project, tx, entry)
            incident = entry.id
    what = WHAT.get(found.kind, "")
    return _told(project, incident, known=bool(known), what=what)


def alarm(project: Project, run: str, stopped: BaseException) -> list[str]:
    """Raise the incident that a run's stop amounts to, if it is one; what to say on the terminal.

    Nothing here raises: a failing notice is told and kept, and never stands before the halt.
    """
    try:
        found = breach(project, run, stopped)
        if found is None:
            return []
        raised = raise_incident(project, found, _runner(project, run))
        return told(raised)
    except Exception as undone:  # the halt itself must reach the person
        why = undone.problem if isinstance(undone, BurnishError) else type(undone).__name__
        project.ledger.append(UNTOLD, {"run": run, "problem": why})
        return [f"this is an incident, and it could not be notified: {why}"]


def told(raised: Raised) -> list[str]:
    """An incident and its notices, a line each."""
    again = " (open already)" if raised.known else ""
    lines = [f"{raised.what} {raised.incident[:12]}{again}"]
    lines += [f"  {d.channel}: {d.told}" for d in raised.deliveries]
    return lines + ([f"  {raised.warning}"] if raised.warning else [])


def breach(project: Project, run: str, stopped: BaseException) -> Found | None:
    """The incident in what stopped a run: a blind detector, too much that was left, a training
    that was halted, or a release that failed, whose root cause somebody has to write down.
    """
    if halted := _halted(project, run):
        return halted
    if not isinstance(stopped, GateClosed) or stopped.verdict.outcome is not Outcome.FAILED:
        return None
    if stopped.gate == "canary":
        detector = fingerprint("detector", project.plan.mask)
        measured = tuple(stopped.verdict.because)
        about = ("the detector of the plan",)
        return Found("canary", "high", (detector,), about=about, measured=measured, run=run)
    if stopped.gate == "release":
        return _regression(project, run, stopped.verdict.because)
    return _residual(project, run) if stopped.gate == "privacy" else None


def _halted(project: Project, run: str) -> Found | None:
    """What halted the training of this run: alerts of its ledger, which hold numbers only."""
    alerts = [e.facts for e in project.ledger.entries("alerted") if e.facts["run"] == run]
    halting = [facts for facts in alerts if facts["action"] in HALTING]
    if not halting:
        return None
    name = str(halting[0]["watched"])
    cost = all(facts["alert"] in ("cost", "cap") for facts in halting)
    return Found(
        "cost" if cost else "training",
        "medium" if cost else "high",
        (fingerprint("training", name),),
        about=(f"training {name[:12]}",),
        measured=tuple(map(words_of, halting)),
        run=run,
    )


def _regression(project: Project, run: str, because: Sequence[str]) -> Found | None:
    """The release that failed: on which scores, and what the gate says."""
    judged = project.ledger.find("judged", gate="release", run=run)
    if judged is None:
        return None
    scores = str(judged.facts["subject"])
    measured = tuple(without_personal_data(list(because)))
    about = (f"scores {scores[:12]}",)
    return Found(REGRESSION, "medium", (scores,), about, measured, run=run)


def _residual(project: Project, run: str) -> Found | None:
    """The dataset whose residual scan found more than the plan allows."""
    judged = project.ledger.find("judged", gate="privacy", run=run)
    if judged is None:
        return None
    masked = Masked(str(judged.facts["subject"]), 0)
    data = project.look().report(masked, RESIDUAL)
    report = json.loads(data) if data else {}
    documents, hits = report.get("documents", 0), report.get("documents_with_findings", 0)
    if not documents or hits / documents <= project.plan.privacy.max_residual_rate:
        return None
    counts = {"documents": documents, "documents with findings": hits, **report["by_category"]}
    measured = (f"residual rate {hits / documents:.4%}",)
    about = (f"dataset {masked.digest[:12]}",)
    return Found("residual", "high", (masked.digest,), about, measured, counts, run=run)


def incidents(plan_file: Path, *, closed: bool = False) -> tuple[Incident, ...]:
    """The incidents that are open, oldest first; with `closed`, all."""
    project = open_project(plan_file)
    found = (_incident(project, entry) for entry in project.ledger.entries(INCIDENT))
    return tuple(one for one in found if closed or one.state == "open")


def incident(plan_file: Path, name: str) -> Incident:
    """One incident by its id or its beginning; raises `InputError`."""
    project = open_project(plan_file)
    return _incident(project, _entry(project, name))


def close(plan_file: Path, name: str, *, because: str, key: Path | None = None) -> Incident:
    """Close an incident with the signature of its role over its entry; see `CLOSERS`.

    Raises `NotAllowed` for anybody else, and for one that is closed already.
    """
    project = open_project(plan_file)
    entry = _entry(project, name)
    signer, person = project.signer(key)
    words = without_personal_data([because])[0]
    subjects = {"incident": entry.id}
    role = role_of(person.roles, CLOSERS.get(str(entry.facts["kind"]), (OFFICER,)))
    judgement = Judgement("approve", person.name, role, f"{now():%Y-%m-%dT%H:%M:%SZ}", words)
    envelope = sign(decision_statement(CLOSE, subjects, judgement), signer)
    check(envelope, project.people, kind=CLOSE, role=role, subjects=subjects)
    with project.ledger.transaction() as tx:
        if entry.id not in open_incidents(tx):
            raise NotAllowed(f"incident {entry.id[:12]} is closed", remedy="nothing is to be done")
        facts = {"incident": entry.id, "by": person.name, "because": words, "envelope": envelope}
        tx.append(CLOSED, facts)
    return _incident(project, entry)


def role_of(has: Sequence[str], may: Sequence[str]) -> str:
    """The role in which somebody acts: the first that may and that they have, else the first."""
    return next((role for role in may if role in has), may[0])


def _told(project: Project, incident: str, *, known: bool, what: str = "") -> Raised:
    """Deliver what waits; what concerns this incident is told of it."""
    deliveries = tuple(d for d in deliver(project) if d.incident == incident)
    warning = "" if project.plan.notify.channels() else NOBODY
    return Raised(incident, known, deliveries, warning, what or "privacy incident")


def _facts(found: Found) -> dict[str, Any]:
    return {
        "kind": found.kind,
        "severity": found.severity,
        "subjects": list(found.subjects),
        "about": list(found.about),
        "measured": list(found.measured),
        "counts": dict(found.counts),
        "because": found.because,
        "run": found.run,
    }


def _runner(project: Project, run: str) -> str:
    started = project.ledger.find("started", run=run)
    return str(started.facts["by"]) if started else ""


def _entry(project: Project, name: str) -> LedgerEntry:
    found = [e for e in project.ledger.entries(INCIDENT) if name and e.id.startswith(name)]
    if len(found) != 1:
        raise InputError(
            f"{len(found) or 'no'} incidents are called '{name}'",
            remedy="burnish incident list --all names them",
        )
    return found[0]


def _incident(project: Project, entry: LedgerEntry) -> Incident:
    ended = project.ledger.find(CLOSED, incident=entry.id)
    closed = {k: v for k, v in ended.facts.items() if k != "envelope"} if ended else {}
    notices = tuple(_notices(project, entry.id))
    return Incident(entry.id, entry.at, "closed" if ended else "open", entry.facts, notices, closed)


def _notices(project: Project, incident: str) -> Sequence[Mapping[str, Any]]:
    """The newest word on each notice of an incident."""
    newest: dict[str, dict[str, Any]] = {}
    for event in (QUEUED, FAILED, GIVEN_UP, SENT):
        for entry in project.ledger.entries(event):
            if entry.facts["incident"] == incident:
                state = {"state": event.removeprefix("notice."), "at": entry.at}
                newest[str(entry.facts["notice"])] = {**entry.facts, **state}
    return list(newest.values())

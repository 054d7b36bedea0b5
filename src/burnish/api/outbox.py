"""Notices of incidents on their way: first written down, then delivered, again until they are.

A notice is an entry before anything is sent, and a second one when a channel has taken it, so
neither a kill nor a dead server loses one. A kill between delivery and the second entry sends the
same message once more under the same key, by which its receiver counts it once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from filelock import FileLock, Timeout

from burnish.api.alerts import ALERTED, TOLD, alert_lines, kind_of
from burnish.connectors.notify_words import Message, NotDelivered
from burnish.core.errors import Busy, InputError
from burnish.core.fingerprint import fingerprint
from burnish.core.ports import LedgerEntry
from burnish.core.standing import INCIDENT, open_incidents
from burnish.evidence.transaction import Transaction
from burnish.wiring import Project

REHEARSAL = "incident.rehearsed"
QUEUED, SENT, FAILED, GIVEN_UP = (
    "notice.queued", "notice.sent", "notice.failed", "notice.given_up",
)  # fmt: skip
WAIT_SECONDS = 120

WHAT = {
    "residual": "Personal data was still found in more documents than the plan allows.",
    "canary": "The detector of personal data missed too many planted examples.",
    "contamination": "A dataset holds what it must not hold.",
    "missed": "Personal data was found that masking had missed.",
    "other": "A person reports an incident.",
    "rehearsal": "This is a rehearsal: nothing happened.",
    "training": "A training was halted by an alert.",
    "cost": "A training costs more than it may.",
}
TO_DO = {
    "residual": "The job has stopped. burnish review shows the report; mend mask in the plan and "
    "run again.",
    "canary": "The job has stopped before it masked anything. Mend mask in the plan and run again.",
    "rehearsal": "Nothing is to be done.",
    "training": "The training has saved and stopped. burnish report shows its curves; mend the "
    "plan and run again, or decide: burnish decide continue --because WHY.",
    "cost": "The training has saved and stopped. burnish decide continue|stop --because WHY; at "
    "the cap, raise budget.cap in the plan; then burnish run.",
}
HOLDING = ("residual", "canary", "contamination", "missed", "other")
HELD_UP = (
    "Until it is closed, the privacy gate and promotion refuse what it is about; "
    "burnish quarantine holds what was made of it."
)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one notice."""

    incident: str
    channel: str
    delivered: bool
    told: str


def queue(project: Project, tx: Transaction, incident: LedgerEntry) -> None:
    """Write down what is to be delivered, in the transaction of the incident itself."""
    for channel in project.plan.notify.channels():
        tx.append(QUEUED, _notice(incident.id, channel))


def deliver(project: Project) -> tuple[Delivery, ...]:
    """Deliver every notice that is still to be; each outcome is in the ledger.

    Raises `Busy` when another process has been delivering for a long time.
    """
    project.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with FileLock(project.state / "outbox.lock").acquire(timeout=WAIT_SECONDS):
            _queue_new_channels(project)
            _queue_alerts(project)
            incidents = _told_of(project)
            waiting = list(_waiting(project))
            return tuple(_one(project, notice, incidents) for notice in waiting)
    except Timeout:
        raise Busy(
            f"another process has delivered notices for over {WAIT_SECONDS} s",
            remedy="burnish incident send tries again",
        ) from None


def message_of(project: Project, entry: LedgerEntry, key: str) -> Message:
    """An incident in fixed words: counts, categories, digests; no word of a person in it."""
    facts = entry.facts
    if entry.event == ALERTED:
        return _alert(project, entry, key)
    kind, severity = str(facts["kind"]), str(facts["severity"])
    name = project.plan.name
    lines = [
        WHAT[kind],
        "",
        f"project   {name}",
        f"incident  {entry.id[:12]}, {entry.at}",
        f"severity  {severity}",
        *([f"run       {facts['run']}"] if facts.get("run") else []),
        *(f"about     {one}" for one in facts["about"]),
        *(f"measured  {one}" for one in facts["measured"]),
        *(f"count     {what}: {count}" for what, count in sorted(facts["counts"].items())),
        "",
        TO_DO.get(kind, f"burnish incident show {entry.id[:12]} tells more."),
        *([HELD_UP] if kind in HOLDING else []),
        f"burnish incident show {entry.id[:12]}; burnish incident close {entry.id[:12]} --because",
    ]
    told = ("about", "counts", "kind", "measured", "severity", "subjects")
    plain = {"project": name, "incident": entry.id, "at": entry.at, "run": facts.get("run", "")}
    subject = f"[burnish] {kind} ({severity}) in {name}, incident {entry.id[:12]}"
    return Message(key, subject, "\n".join(lines), {**plain, **{k: facts[k] for k in told}})


def _alert(project: Project, entry: LedgerEntry, key: str) -> Message:
    """An alert that halts nothing, in fixed words."""
    name, kind = project.plan.name, kind_of(entry.facts)
    told = {k: entry.facts[k] for k in ("alert", "action", "step", "value", "limit")}
    plain = {"project": name, "incident": entry.id, "at": entry.at, "run": entry.facts["run"]}
    subject = f"[burnish] {kind} alert of a training in {name}"
    lines = [*alert_lines(entry.facts), "", f"project   {name}", f"run       {entry.facts['run']}"]
    lines += [f"at        {entry.at}", "", "The training goes on. burnish report shows its curves."]
    return Message(key, subject, "\n".join(lines), {**plain, **told})


def _one(
    project: Project, notice: Mapping[str, Any], incidents: Mapping[str, LedgerEntry]
) -> Delivery:
    incident, channel = str(notice["incident"]), str(notice["channel"])
    if channel not in project.plan.notify.channels():
        project.ledger.append(GIVEN_UP, {**notice, "problem": "the plan has no such channel"})
        return Delivery(incident, channel, False, "the plan has no such channel any more")
    try:
        message = message_of(project, incidents[incident], str(notice["notice"]))
        tries = _notifier(project).deliver(channel, message)
    except NotDelivered as failed:
        facts = {**notice, "tries": failed.tries, "problem": failed.problem}
        project.ledger.append(FAILED, facts)
        return Delivery(incident, channel, False, f"{failed.problem} ({failed.tries} tries)")
    except InputError as wrong:
        project.ledger.append(FAILED, {**notice, "tries": 0, "problem": wrong.problem})
        return Delivery(incident, channel, False, wrong.problem)
    project.ledger.append(SENT, {**notice, "tries": tries})
    return Delivery(incident, channel, True, f"delivered at try {tries}")


def _notifier(project: Project) -> Any:
    """Loaded when something is to be sent; raises `InputError` without its libraries."""
    try:
        module = import_module("burnish.connectors.notify")
    except ModuleNotFoundError as missing:
        raise InputError(
            f"notices need {missing.name}, which is not installed",
            remedy="pip install 'burnish[http]'",
        ) from None
    return module.Notifier(project.plan.notify, project.root)


def _waiting(project: Project) -> Iterator[Mapping[str, Any]]:
    done = {
        str(entry.facts["notice"])
        for event in (SENT, GIVEN_UP)
        for entry in project.ledger.entries(event)
    }
    for entry in project.ledger.entries(QUEUED):
        if str(entry.facts["notice"]) not in done:
            yield entry.facts


def _queue_new_channels(project: Project) -> None:
    """An incident that is open is told over every channel, also one that came into the plan."""
    known = {str(entry.facts["notice"]) for entry in project.ledger.entries(QUEUED)}
    for incident in open_incidents(project.ledger):
        for channel in project.plan.notify.channels():
            notice = _notice(incident, channel)
            if notice["notice"] not in known:
                project.ledger.append(QUEUED, notice)


def _queue_alerts(project: Project) -> None:
    """Alerts of the newest run that are to be told, each once over every channel of now."""
    queued = {str(entry.facts["incident"]) for entry in project.ledger.entries(QUEUED)}
    run = project.ledger.find("started")
    for alert in project.ledger.entries(ALERTED):
        newest = run is not None and alert.facts["run"] == run.facts["run"]
        if newest and alert.facts["action"] in TOLD and alert.id not in queued:
            for channel in project.plan.notify.channels():
                project.ledger.append(QUEUED, _notice(alert.id, channel))


def _notice(incident: str, channel: str) -> dict[str, str]:
    key = fingerprint("notice", incident, channel)[:32]
    return {"notice": key, "incident": incident, "channel": channel}


def _told_of(project: Project) -> dict[str, LedgerEntry]:
    events: Sequence[str] = (INCIDENT, REHEARSAL, ALERTED)
    return {entry.id: entry for event in events for entry in project.ledger.entries(event)}

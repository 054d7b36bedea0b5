"""A privacy officer looks at the masked data and signs, or refuses with what must be mended."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from burnish.core.artifact import Collected, Masked
from burnish.core.errors import InputError, NotAllowed
from burnish.core.gate import Look
from burnish.core.ports import Refused
from burnish.core.review import review_subjects
from burnish.evidence.dsse import sign
from burnish.evidence.signoff import CONFIRMATIONS, Judgement, Person, privacy_review
from burnish.gates.privacy import CANARY, RESIDUAL, speaks_against
from burnish.wiring import Project, now, open_project

ROLE = "privacy_officer"


@dataclass(frozen=True, slots=True)
class Review:
    """What an officer is shown before signing."""

    dataset: str
    rows: int
    purpose: str
    impact_assessment: str
    sources: Sequence[Mapping[str, Any]]
    faults: Sequence[str]
    canary: Mapping[str, Any]
    residual: Mapping[str, Any]
    max_residual_rate: float
    subjects: Mapping[str, str]
    prepared_by: Sequence[str]
    samples: Sequence[Mapping[str, Any]]


def review(plan_file: Path, *, samples: int = 5) -> Review:
    """Everything that a decision on the newest masked dataset rests on.

    Raises `InputError` when no run has masked anything yet.
    """
    project = open_project(plan_file)
    look, masked = project.look(), newest_masked(project)
    collected = look.ancestor(masked, Collected)
    sources = look.manifest(collected).facts["sources"] if collected else []
    plan, purpose = project.plan, project.plan.purpose
    return Review(
        dataset=masked.digest,
        rows=masked.rows,
        purpose=purpose,
        impact_assessment=plan.privacy.impact_assessment,
        sources=sources,
        faults=tuple(speaks_against(look, masked, plan.privacy, plan.mask, purpose)),
        canary=_report(look, masked, CANARY),
        residual=_report(look, masked, RESIDUAL),
        max_residual_rate=plan.privacy.max_residual_rate,
        subjects=review_subjects(look, masked, purpose),
        prepared_by=sorted(look.prepared_by(masked)),
        samples=tuple(_samples(look, masked, samples)),
    )


def approve(
    plan_file: Path, *, key: Path | None = None, reason: str = "", conditions: tuple[str, ...] = ()
) -> str:
    """Sign the four confirmations of specification 4.6 over the dataset; returns the ledger entry.

    Raises `NotAllowed` for a person without the role or one who prepared the data, and for data
    that a measure or a right already speaks against.
    """
    project = open_project(plan_file)
    shown = review(plan_file, samples=0)
    if shown.faults:
        raise NotAllowed(
            f"this cannot be confirmed: {'; '.join(shown.faults)}",
            remedy="burnish reject --remediation ..., then mend what it names in plan or sources",
        )
    return _decide(project, key, "approve", {"reason": reason, "conditions": conditions})


def reject(plan_file: Path, *, remediation: str, key: Path | None = None, reason: str = "") -> str:
    """Sign a refusal that names what must be mended; returns the ledger entry."""
    project = open_project(plan_file)
    return _decide(project, key, "reject", {"reason": reason, "remediation": remediation})


def _decide(
    project: Project,
    key: Path | None,
    decision: Literal["approve", "reject"],
    words: Mapping[str, Any],
) -> str:
    signer, person = project.signer(key)
    look, masked = project.look(), newest_masked(project)
    _refuse_wrong_person(look, masked, person)
    subjects = review_subjects(look, masked, project.plan.purpose)
    judgement = Judgement(
        decision=decision,
        person=person.name,
        role=ROLE,
        at=f"{now():%Y-%m-%dT%H:%M:%SZ}",
        facts={"impact_assessment": project.plan.privacy.impact_assessment},
        **words,
    )
    confirmed = dict.fromkeys(CONFIRMATIONS, decision == "approve")
    envelope = sign(privacy_review(subjects, judgement, confirmed), signer)
    checked = look.notary.examine(envelope, role=ROLE, subjects=subjects)
    if isinstance(checked, Refused):
        raise NotAllowed(checked.why, remedy="see 'people' in the plan")
    entry = project.ledger.append(
        "decided",
        {
            "subject": masked.digest,
            "decision": decision,
            "person": person.name,
            "role": ROLE,
            "envelope": envelope,
        },
    )
    return entry.id


def _refuse_wrong_person(look: Look, masked: Masked, person: Person) -> None:
    if ROLE not in person.roles:
        raise NotAllowed(
            f"{person.name} is {', '.join(person.roles)}, not {ROLE}",
            remedy=f"ask a person whom the plan lists with the role {ROLE}",
        )
    if person.name in look.prepared_by(masked):
        raise NotAllowed(
            f"{person.name} prepared this data and may not decide on it",
            remedy=f"ask another person with the role {ROLE}",
        )


def newest_masked(project: Project) -> Masked:
    """The dataset that the newest run of this plan masked (made or found already made)."""
    newest = None
    for event in ("made", "reused"):
        entry = project.ledger.find(event, stage="mask")
        if entry and (newest is None or entry.seq > newest.seq):
            newest = entry
    if newest is None:
        raise InputError("nothing has been masked yet", remedy="burnish run")
    return Masked(str(newest.facts["digest"]), int(newest.facts["rows"]))


def _report(look: Look, masked: Masked, name: str) -> Mapping[str, Any]:
    data = look.report(masked, name)
    return dict(json.loads(data)) if data else {}


def _samples(look: Look, masked: Masked, count: int) -> Iterator[Mapping[str, Any]]:
    """Rows with the most masked spans first: where a mistake would weigh most."""
    rows = [row for table in look.read(masked) for row in table.to_pylist()] if count else []
    rows.sort(key=lambda row: (-len(row["spans"]), row["id"]))
    for row in rows[:count]:
        text = [message["content"] for message in row["messages"]]
        yield {"id": row["id"], "source": row["source"], "text": text, "spans": len(row["spans"])}

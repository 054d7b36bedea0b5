"""A privacy officer looks at the masked data and signs, or refuses with what must be mended."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from burnish.api.officers import ROLE, newest_masked, refuse_wrong_person
from burnish.api.sample_rows import Document
from burnish.api.sampling import LOOK, sample_of
from burnish.core.artifact import Collected, Masked
from burnish.core.errors import NotAllowed
from burnish.core.gate import Look
from burnish.core.ports import Refused
from burnish.core.review import review_subjects
from burnish.evidence.dsse import sign
from burnish.evidence.signoff import CONFIRMATIONS, Judgement, privacy_review
from burnish.gates.privacy import CANARY, RESIDUAL, lacks_of_sample, speaks_against, weighed
from burnish.methods.sampling.estimate import Rate, canary_miss
from burnish.methods.sampling.standing import Bar, Weighed
from burnish.wiring import Project, now, open_project


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
    samples: Sequence[Document]
    people: Weighed | None = None
    bar: Bar = field(default_factory=Bar)
    lacking: Sequence[str] = ()

    @property
    def canary_miss(self) -> Rate | None:
        """The share of all planted identifiers that the detector missed, with exact bounds."""
        return canary_miss(self.canary.get("categories", ()))


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
        samples=_samples(plan_file, samples),
        people=weighed(look, masked, plan.privacy),
        bar=Bar(plan.privacy.sample, plan.privacy.max_sampled_miss_rate),
        lacking=lacks_of_sample(look, masked, plan.privacy),
    )


def approve(
    plan_file: Path, *, key: Path | None = None, reason: str = "", conditions: tuple[str, ...] = ()
) -> str:
    """Sign the four confirmations of specification 4.6 over the dataset; returns the ledger entry.

    Raises `NotAllowed` for a person without the role or one who prepared the data, and for data
    that a measure or a right already speaks against or that people have not looked at enough.
    """
    project = open_project(plan_file)
    shown = review(plan_file, samples=0)
    if shown.faults:
        raise NotAllowed(
            f"this cannot be confirmed: {'; '.join(shown.faults)}",
            remedy="burnish reject --remediation ..., then mend what it names in plan or sources",
        )
    if shown.lacking:
        raise NotAllowed(f"this cannot be confirmed yet: {'; '.join(shown.lacking)}", remedy=LOOK)
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
    refuse_wrong_person(look, masked, person, "decide on it")
    subjects = review_subjects(look, masked, project.plan.purpose)
    judgement = Judgement(
        decision=decision,
        person=person.name,
        role=ROLE,
        at=f"{now():%Y-%m-%dT%H:%M:%SZ}",
        facts={
            "impact_assessment": project.plan.privacy.impact_assessment,
            **_sampled(weighed(look, masked, project.plan.privacy)),
        },
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


def _report(look: Look, masked: Masked, name: str) -> Mapping[str, Any]:
    data = look.report(masked, name)
    return dict(json.loads(data)) if data else {}


def _sampled(people: Weighed) -> Mapping[str, Any]:
    """What the decision knew of the sample; nothing where nobody had looked."""
    standing = people.standing
    if not standing.judged:
        return {}
    told = {"documents": standing.judged, "reviewers": list(standing.reviewers)}
    return {"sample": {**told, "miss_rate": asdict(standing.missed)}}


def _samples(plan_file: Path, count: int) -> tuple[Document, ...]:
    """The first documents of the reviewer's sample, masked."""
    return tuple(islice(sample_of(plan_file, size=count)[0], count)) if count else ()

"""The cases of an evaluation that people look at: drawn once, and who signed which verdicts.

No text is copied: the queue is a list of names, and the texts stay in the scores alone, with which
they are erased.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from burnish.core.artifact import Scores
from burnish.core.errors import IntegrityBroken
from burnish.core.ports import LedgerEntry, Refused
from burnish.intake.judges import JudgeDoors, known_judge
from burnish.methods.evaluation.judging import Case as Judged
from burnish.methods.evaluation.judging import opinions_by_name
from burnish.methods.evaluation.review.blind import PEOPLE, Opened, Verdict, opened, shown_first
from burnish.methods.evaluation.review.queue import (
    CONDUCT,
    Caps,
    Case,
    every_case,
    queue,
    second_name,
)
from burnish.wiring import Project, now

QUEUED, SIGNED = "answers-queued", "answers-reviewed"
KIND = "evaluation-review"
ROLES = ("ai_governance", "approver", "privacy_officer")
"""Who may review answers."""
RESULTS, ITEMS = "results.json", "items.jsonl"


@dataclass(frozen=True, slots=True)
class Drawn:
    """The cases in the order in which they are shown, and the sealed secret that hides the sides.

    `seal` is the secret's digest, which everybody's signature covers; both are empty before
    anybody has begun.
    """

    cases: Sequence[Case]
    secret: bytes = b""
    seal: str = ""


@dataclass(frozen=True, slots=True)
class SignedVerdicts:
    """One person's verdicts on all cases, as signed."""

    person: str
    role: str
    verdicts: Sequence[Verdict]


def drawn_for(project: Project, scores: Scores, *, begin: bool = False) -> Drawn:
    """The queue of these scores; `begin` draws it and its secret for good where nobody has yet."""
    entry = next(_entries(project, QUEUED, scores), None)
    if entry is None and begin:
        _begin(project, scores)
        entry = next(_entries(project, QUEUED, scores), None)
    if entry is None:
        return Drawn(_queue(project, scores, {}))
    kept = json.loads(project.store.get_bytes(str(entry.facts["queue"])))
    known = {
        one.name: one for one in every_case(_lines(project, scores), _results(project, scores), {})
    }
    if gone := [one for one in kept if one["name"] not in known]:
        raise IntegrityBroken(
            f"{len(gone)} cases of the queue are not in the scores they were drawn from",
            remedy="restore the store from a backup, or evaluate again",
        )
    cases = [replace(known[one["name"]], why=tuple(one["why"])) for one in kept]
    seal = str(entry.facts["seal"])
    return Drawn(cases, project.store.get_bytes(seal), seal)


def signed_reviews(
    project: Project, scores: Scores
) -> tuple[Sequence[SignedVerdicts], Sequence[str]]:
    """The reviews of these scores that count, oldest first, one a person; why others do not."""
    drawn = next(_entries(project, QUEUED, scores), None)
    seal = str(drawn.facts["seal"]) if drawn else ""
    found: dict[str, SignedVerdicts] = {}
    refused: list[str] = []
    for entry in _entries(project, SIGNED, scores):
        one = _checked(project, scores, entry, seal)
        if isinstance(one, Refused):
            refused.append(f"the review of {one.person or 'nobody listed'}: {one.why}")
        else:
            found.setdefault(one.person, one)
    return list(found.values()), refused


def opened_by(drawn: Drawn, review: SignedVerdicts) -> list[Opened]:
    """A person's verdicts with the sides named; those on cases that are gone are left out."""
    known = {case.name for case in drawn.cases}
    return [
        opened(one, shown_first(drawn.secret, review.person, one.case))
        for one in review.verdicts
        if one.case in known
    ]


def subjects_of(scores: str, verdicts: str, seal: str) -> dict[str, str]:
    """What a reviewer signs, by digest: scores, verdicts, and the secret that hid the sides."""
    return {"scores": scores, "verdicts": verdicts, "sides": seal}


def _checked(
    project: Project, scores: Scores, entry: LedgerEntry, seal: str
) -> SignedVerdicts | Refused:
    facts = entry.facts
    verdicts, role = str(facts["verdicts"]), str(facts["role"])
    subjects = subjects_of(scores.digest, verdicts, seal)
    envelope = dict(facts["envelope"])
    found = project.look().notary.examine(envelope, role=role, subjects=subjects, kind=KIND)
    if isinstance(found, Refused):
        return found
    if role not in ROLES:
        return Refused(found.person, f"{role} does not review answers")
    body = json.loads(project.store.get_bytes(verdicts))
    return SignedVerdicts(found.person, role, [Verdict(**one) for one in body["verdicts"]])


def _begin(project: Project, scores: Scores) -> None:
    """Draw the cases and the secret. Of two who begin at once the first entry counts."""
    cases = _queue(project, scores, _seconds(project, scores))
    body = json.dumps([{"name": one.name, "why": one.why} for one in cases]).encode()
    facts = {
        "subject": scores.digest,
        "cases": len(cases),
        "queue": project.store.put_bytes(body),
        "seal": project.store.put_bytes(secrets.token_bytes(32)),
        "people": PEOPLE,
    }
    project.ledger.append(QUEUED, facts)


def _queue(project: Project, scores: Scores, seconds: Mapping[str, float]) -> list[Case]:
    plan = project.plan.evaluate.review
    caps = Caps(plan.flips, plan.disagreements, plan.agreements, plan.undecided, plan.seed)
    return queue(_lines(project, scores), _results(project, scores), caps, seconds)


def _seconds(project: Project, scores: Scores) -> dict[str, float]:
    """A second judge's scores of the answers of conduct; what it fails on is left out."""
    evaluate = project.plan.evaluate
    named = [one for one in evaluate.judges if one.name == evaluate.review.second]
    if not named:
        return {}
    judge = known_judge(named[0], judge_doors(project)).trusted.judge
    shown = {
        second_name(case.question, one.text): Judged(
            second_name(case.question, one.text), case.question, one.text
        )
        for case in every_case(_lines(project, scores), _results(project, scores), {})
        if case.gate.split(":")[0] in CONDUCT
        for one in (case.base, case.tuned)
    }
    opinions = opinions_by_name(judge, [shown[name] for name in sorted(shown)])
    return {name: 1 - one.bad for name, one in opinions.items() if one.bad is not None}


def judge_doors(project: Project) -> JudgeDoors:
    """What the plan's judges are made with."""
    return JudgeDoors(project.root, now().date(), project.reach(), project.store)


def _lines(project: Project, scores: Scores) -> list[Mapping[str, Any]]:
    data = project.look().report(scores, ITEMS) or b""
    return [json.loads(line) for line in data.decode("utf-8").split("\n") if line]


def _results(project: Project, scores: Scores) -> Mapping[str, Any]:
    data = project.look().report(scores, RESULTS)
    return json.loads(data) if data else {"gates": [], "sets": []}


def _entries(project: Project, event: str, scores: Scores) -> Iterator[LedgerEntry]:
    for entry in project.ledger.entries(event):
        if entry.facts["subject"] == scores.digest:
            yield entry

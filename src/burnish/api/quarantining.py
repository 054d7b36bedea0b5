"""Hold what must not be used, and all that came of it; end that with a second signature."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from burnish.api.locating import (
    Place,
    Target,
    about,
    descendants,
    holding_document,
    of_source,
    subjects_of,
)
from burnish.core.artifact import Bundle, Model, Scores
from burnish.core.standing import Hold, document_mark, holds
from burnish.evidence.dsse import sign
from burnish.evidence.signoff import QUARANTINE_LIFT, Judgement, decision_statement
from burnish.intake.reading import without_personal_data
from burnish.registry.holding import LIFT_ROLE
from burnish.wiring import Project, now, open_project

LEARNT = (Model.__name__, Scores.__name__, Bundle.__name__)


@dataclass(frozen=True, slots=True)
class Quarantined:
    """What is held now: datasets, models and bundles of this project, and versions marked."""

    about: str
    artefacts: tuple[Place, ...]
    versions: tuple[str, ...]


def quarantine(
    plan_file: Path, target: Target, *, because: str, key: Path | None = None
) -> Quarantined:
    """Hold a source, document, dataset or version, and every artefact and version made from it.

    Anybody in the plan may. What is made from a held source later is held too; of a document,
    exactly what holds a row of it or of its near duplicates, and what learnt from that.
    """
    project = open_project(plan_file)
    _, person = project.signer(key)
    words = without_personal_data([because])[0]
    if target.document:
        places = _of_document(project, target.document)
        held = [place.digest for place in places]
        act = document_mark(target.document)
        versions = project.register.hold(held, (person.name, words), act=act, alone=True)
    else:
        roots = _roots(project, target)
        places = descendants(project, roots)
        held = [*roots, *(place.digest for place in places)]
        versions = project.register.hold(held, (person.name, words), act=roots[0])
    return Quarantined(about(target), places, tuple(str(version) for version in versions))


def lift(plan_file: Path, target: Target, *, because: str, key: Path | None = None) -> str:
    """End the hold on a source, document, dataset or version with a signature; returns which.

    All that was held in the same act is lifted with it, but for versions: each is lifted alone.

    It takes a second person in the role `ai_governance`: not who held it, nor who registered the
    version. Raises `NotAllowed` for anybody else, and for what is not held.
    """
    project = open_project(plan_file)
    words = without_personal_data([because])[0]
    if target.version:
        subjects = project.register.lift_subjects(target.version)
        envelope = _signed(project, subjects, words, key)
        return str(project.register.lift(target.version, envelope, project.people))
    document = target.document
    subject = document_mark(document) if document else subjects_of(project, target)[0]
    envelope = _signed(project, project.register.hold_subjects(subject), words, key)
    project.register.lift_hold(subject, envelope, project.people)
    return about(target)


def held(plan_file: Path) -> tuple[Hold, ...]:
    """Every hold in force, oldest first."""
    return tuple(holds(open_project(plan_file).ledger).values())


def target_of(plan_file: Path, what: str) -> Target:
    """What a person means by one word: a version, the name of a source, else a digest."""
    if "@" in what:
        return Target(version=what)
    project = open_project(plan_file)
    if what in {source.name for source in project.plan.sources} or of_source(project, what):
        return Target(source=what)
    return Target(dataset=what)


def _roots(project: Project, target: Target) -> tuple[str, ...]:
    """What is held first: of a source also each collection that has it."""
    if not target.source:
        return subjects_of(project, target)
    return (*subjects_of(project, target), *of_source(project, target.source))


def _of_document(project: Project, name: str) -> tuple[Place, ...]:
    """What holds rows of a document, and the models and bundles made of such."""
    holding = holding_document(project, name)
    rows = {place.digest for place in holding}
    learnt = descendants(project, [p.digest for p in holding if p.kind in ("Parts", "Mixed")])
    return (*holding, *(p for p in learnt if p.kind in LEARNT and p.digest not in rows))


def _signed(
    project: Project, subjects: dict[str, str], because: str, key: Path | None
) -> dict[str, Any]:
    signer, person = project.signer(key)
    at = f"{now():%Y-%m-%dT%H:%M:%SZ}"
    judgement = Judgement("approve", person.name, LIFT_ROLE, at, because)
    return sign(decision_statement(QUARANTINE_LIFT, subjects, judgement), signer)

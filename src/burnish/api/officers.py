"""Which dataset a privacy officer decides on, and who may."""

from __future__ import annotations

from burnish.core.artifact import Masked
from burnish.core.errors import InputError, NotAllowed
from burnish.core.gate import Look
from burnish.evidence.signoff import Person
from burnish.wiring import Project

ROLE = "privacy_officer"
MAY_SEE = frozenset({"data_engineer", "privacy_officer"})
"""Roles that may look at personal data in the clear."""


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


def refuse_wrong_person(look: Look, masked: Masked, person: Person, what: str) -> None:
    """Raise `NotAllowed` for who is no privacy officer, or prepared the data."""
    if ROLE not in person.roles:
        raise NotAllowed(
            f"{person.name} is {', '.join(person.roles)}, not {ROLE}",
            remedy=f"ask a person whom the plan lists with the role {ROLE}",
        )
    if person.name in look.prepared_by(masked):
        raise NotAllowed(
            f"{person.name} prepared this data and may not {what}",
            remedy=f"ask another person with the role {ROLE}",
        )


def refuse_unseeing(person: Person) -> None:
    """Raise `NotAllowed` for who may not see personal data in the clear."""
    if not MAY_SEE.intersection(person.roles):
        raise NotAllowed(
            f"{person.name} may not see personal data in the clear",
            remedy=f"ask one of the plan's people in the role {' or '.join(sorted(MAY_SEE))}",
        )

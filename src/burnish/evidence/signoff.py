"""A person's decision: what was decided, on which bytes, by whom, in which role.

A decision is an in-toto statement whose subjects are the digests it speaks about, signed
with the person's key. `check` tells whether it counts. It does not know whether the decision
is still wanted: a gate compares the subjects with what it has in its hands.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from burnish.core.errors import BurnishError, InputError, NotAllowed
from burnish.core.ports import Refused, SignOff
from burnish.evidence import dsse
from burnish.evidence.canonical import plain
from burnish.evidence.keys import Verifier, load_public

PREDICATES = "https://burnish.dev/attestation/"
PRIVACY_REVIEW = "privacy-review"
RELEASE_APPROVAL = "release-approval"
QUARANTINE_LIFT = "quarantine-lift"

# What the privacy function must confirm for each run before training begins.
CONFIRMATIONS = (
    "legal_basis_valid",
    "residual_within_threshold",
    "purpose_within_scope",
    "processor_agreements_current",
)

KIND = re.compile(r"[a-z][a-z0-9-]{0,63}")
DIGEST = re.compile(r"[0-9a-f]{64}")
PREDICATE_KEYS = {
    "at",
    "conditions",
    "decision",
    "facts",
    "person",
    "reason",
    "remediation",
    "role",
}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may decide: a name, roles, and a public key (PEM or OpenSSH line)."""

    name: str
    roles: tuple[str, ...]
    key: str


People = tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a person decided and why. A rejection says what must be mended."""

    decision: Literal["approve", "reject"]
    person: str
    role: str
    at: str
    reason: str = ""
    conditions: tuple[str, ...] = ()
    remediation: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision that counts: signed by this person, in a role they have, on these digests."""

    kind: str
    decision: str
    person: str
    role: str
    at: str
    subjects: Mapping[str, str]
    keyid: str
    statement: Mapping[str, Any]

    @property
    def approves(self) -> bool:
        """Whether it is an approval and not a rejection."""
        return self.decision == "approve"


def decision_statement(
    kind: str, subjects: Mapping[str, str], judgement: Judgement
) -> dict[str, Any]:
    """The in-toto statement of a decision of `kind` on `subjects` (name to SHA-256).

    Raises `InputError` if a digest is none, a rejection names no remediation, or the
    approval of a privacy review lacks one of its confirmations.
    """
    if not KIND.fullmatch(kind):
        raise _bad(f"the kind '{kind}'", "use lower-case words joined by hyphens")
    if not subjects or not all(name and DIGEST.fullmatch(d) for name, d in subjects.items()):
        raise _bad("a subject", "give each subject a name and a lower-case SHA-256")
    predicate = _predicate(judgement)
    if why := _incomplete(kind, predicate):
        raise _bad(f"a {kind}: {why}", "complete the decision and sign again")
    return {
        "_type": dsse.STATEMENT_TYPE,
        "subject": [
            {"name": name, "digest": {"sha256": subjects[name]}} for name in sorted(subjects)
        ],
        "predicateType": f"{PREDICATES}{kind}/v1",
        "predicate": predicate,
    }


def privacy_review(
    subjects: Mapping[str, str], judgement: Judgement, confirmed: Mapping[str, bool]
) -> dict[str, Any]:
    """The statement of a privacy review; `confirmed` answers each of `CONFIRMATIONS`.

    An approval needs every answer to be yes. Raises `InputError` as `decision_statement`.
    """
    facts = {**judgement.facts, "confirmations": dict(confirmed)}
    fields = {name: getattr(judgement, name) for name in Judgement.__dataclass_fields__}
    return decision_statement(PRIVACY_REVIEW, subjects, Judgement(**{**fields, "facts": facts}))


def check(
    envelope: Mapping[str, Any],
    people: Iterable[Person],
    *,
    kind: str,
    role: str,
    subjects: Mapping[str, str],
    not_by: Collection[str] = frozenset(),
) -> Decision:
    """The decision in `envelope`, if it counts for `role` on exactly `subjects`.

    `not_by` names the people (or key ids) who prepared the thing and so cannot decide on it.
    Approvals and rejections are both returned. Raises `IntegrityBroken` if anything was
    altered after signing, `NotAllowed` with its own reason for everything else: an unknown
    key, another kind, another person's name, a role the person has not, another role than
    asked, a self-approval, other digests, an incomplete decision.
    """
    owners = keyring(people)
    statement, keyid = dsse.verify(envelope, [verifier for verifier, _ in owners.values()])
    person = owners[keyid][1]
    decision = _read(statement, keyid, kind)
    _refuse_wrong_person(decision, person, role)
    if person.name.casefold() in {name.casefold() for name in not_by} or keyid in not_by:
        raise NotAllowed(
            f"{person.name} prepared this and cannot decide on it",
            remedy=f"ask another person with the role {role}",
        )
    _refuse_other_subjects(decision, subjects)
    return decision


def keyring(people: Iterable[Person]) -> dict[str, tuple[Verifier, Person]]:
    """Every person by key id. One key under two names, or one name twice, is refused.

    Two names on one key would let one person approve their own work.
    """
    ring: dict[str, tuple[Verifier, Person]] = {}
    names: set[str] = set()
    for person in people:
        verifier = load_public(person.key)
        if verifier.keyid in ring or person.name.casefold() in names:
            raise NotAllowed(
                f"the key or the name of {person.name} is listed twice among the people",
                remedy="list each person once, with a key of their own",
            )
        ring[verifier.keyid] = (verifier, person)
        names.add(person.name.casefold())
    return ring


@dataclass(frozen=True, slots=True)
class PlanNotary:
    """The `Notary` of a plan: `check` against its people, with refusals as values."""

    people: People
    kind: str = PRIVACY_REVIEW
    not_by: frozenset[str] = frozenset()

    def examine(
        self, envelope: Mapping[str, Any], *, role: str, subjects: Mapping[str, str], kind: str = ""
    ) -> SignOff | Refused:
        """The decision if it counts, else who claims to have signed and why it does not."""
        try:
            found = check(
                envelope,
                self.people,
                kind=kind or self.kind,
                role=role,
                subjects=subjects,
                not_by=self.not_by,
            )
        except BurnishError as problem:
            return Refused(self._signer(envelope), problem.problem)
        return SignOff(
            found.person, found.role, found.decision, found.at, found.subjects, found.statement
        )

    def keys(self) -> dict[str, str]:
        """Name to public key of everyone who may sign."""
        return {person.name: person.key for person in self.people}

    def _signer(self, envelope: Mapping[str, Any]) -> str:
        """The person whose key really signed, or nobody."""
        try:
            ring = keyring(self.people)
            _, keyid = dsse.verify(envelope, [verifier for verifier, _ in ring.values()])
        except BurnishError:
            return ""
        return ring[keyid][1].name


def _predicate(judgement: Judgement) -> dict[str, Any]:
    return {
        "at": judgement.at,
        "conditions": list(judgement.conditions),
        "decision": judgement.decision,
        "facts": plain(judgement.facts),
        "person": judgement.person,
        "reason": judgement.reason,
        "remediation": judgement.remediation,
        "role": judgement.role,
    }


def _incomplete(kind: str, predicate: Mapping[str, Any]) -> str:
    """Why this is no whole decision of `kind`; empty if it is one."""
    if predicate.keys() != PREDICATE_KEYS or not isinstance(predicate["facts"], Mapping):
        return "its fields are not those of a decision"
    if predicate["decision"] not in ("approve", "reject"):
        return "it neither approves nor rejects"
    if not (predicate["person"] and predicate["role"]):
        return "it names no person and role"
    if not _is_utc(predicate["at"]):
        return "its time is not UTC in ISO 8601 (2026-01-31T09:00:00Z)"
    if predicate["decision"] == "reject":
        return "" if predicate["remediation"] else "it rejects and says not what must be mended"
    return _unconfirmed(predicate["facts"]) if kind == PRIVACY_REVIEW else ""


def _unconfirmed(facts: Mapping[str, Any]) -> str:
    answers = facts.get("confirmations")
    given = answers if isinstance(answers, Mapping) else {}
    missing = [name for name in CONFIRMATIONS if given.get(name) is not True]
    return f"not confirmed: {', '.join(missing)}" if missing else ""


def _is_utc(moment: object) -> bool:
    if not isinstance(moment, str) or not moment.endswith("Z"):
        return False
    try:
        datetime.fromisoformat(moment)
    except ValueError:
        return False
    return True


def _read(statement: Mapping[str, Any], keyid: str, kind: str) -> Decision:
    """The decision a verified statement holds; refuses another kind and half decisions."""
    if statement["predicateType"] != f"{PREDICATES}{kind}/v1":
        raise NotAllowed(
            f"this is a decision of another kind ({statement['predicateType']})",
            remedy=f"sign a {kind} for this",
        )
    predicate = statement["predicate"]
    if why := _incomplete(kind, predicate):
        raise NotAllowed(
            f"this {kind} is incomplete: {why}", remedy="complete the decision and sign again"
        )
    return Decision(
        kind=kind,
        decision=predicate["decision"],
        person=predicate["person"],
        role=predicate["role"],
        at=predicate["at"],
        subjects={item["name"]: item["digest"]["sha256"] for item in statement["subject"]},
        keyid=keyid,
        statement=statement,
    )


def _refuse_wrong_person(decision: Decision, person: Person, role: str) -> None:
    if decision.person != person.name:
        raise NotAllowed(
            f"the decision names {decision.person}, but the key is {person.name}'s",
            remedy="each person signs in their own name with their own key",
        )
    if decision.role != role:
        raise NotAllowed(
            f"{person.name} signed as {decision.role}, and {role} must decide here",
            remedy=f"ask a person with the role {role}",
        )
    if role not in person.roles:
        raise NotAllowed(
            f"{person.name} has not the role {role}",
            remedy=f"ask a person with the role {role}, or grant it in the plan's people",
        )


def _refuse_other_subjects(decision: Decision, subjects: Mapping[str, str]) -> None:
    signed, names = decision.subjects, sorted({*decision.subjects, *subjects})
    differ = [
        f"{name} (signed {signed.get(name, 'not')[:12]}, here {subjects.get(name, 'not')[:12]})"
        for name in names
        if signed.get(name) != subjects.get(name)
    ]
    if differ or len(decision.statement["subject"]) != len(signed) or not subjects:
        raise NotAllowed(
            f"{decision.person} decided on other bytes: {', '.join(differ) or 'no one subject'}",
            remedy="review what is there now and sign again",
        )


def _bad(what: str, remedy: str) -> InputError:
    return InputError(f"{what} makes no decision", remedy=remedy)

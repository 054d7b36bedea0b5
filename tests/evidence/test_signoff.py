import base64
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from burnish.core.errors import InputError, IntegrityBroken, NotAllowed
from burnish.core.ports import Notary, Refused, SignOff
from burnish.evidence import dsse
from burnish.evidence.keys import Signer, new_key
from burnish.evidence.signoff import (
    CONFIRMATIONS,
    PRIVACY_REVIEW,
    Decision,
    Judgement,
    People,
    Person,
    PlanNotary,
    check,
    decision_statement,
    privacy_review,
)

SUBJECTS = {"dataset": "a" * 64, "residual-report": "b" * 64}
ALL = dict.fromkeys(CONFIRMATIONS, True)
YES = Judgement("approve", "ann", "privacy_officer", "2026-11-21T09:00:00Z", reason="low residual")


@pytest.fixture
def keys(tmp_path: Path) -> dict[str, Signer]:
    return {name: new_key(tmp_path / name, "ed25519") for name in ("ann", "bob", "eve")}


@pytest.fixture
def people(keys: Mapping[str, Signer]) -> People:
    return (
        Person("ann", ("privacy_officer", "auditor"), keys["ann"].verifier.line),
        Person("bob", ("data_engineer",), keys["bob"].public),
    )


def review(signer: Signer, judgement: Judgement = YES) -> dict[str, Any]:
    return dsse.sign(privacy_review(SUBJECTS, judgement, ALL), signer)


def examine(envelope: Mapping[str, Any], people: People, **changes: Any) -> Decision:
    asked: dict[str, Any] = {
        "kind": PRIVACY_REVIEW,
        "role": "privacy_officer",
        "subjects": SUBJECTS,
        "not_by": {"bob"},
    }
    return check(envelope, people, **{**asked, **changes})


def test_a_review_by_the_right_person_counts(keys: Mapping[str, Signer], people: People) -> None:
    decision = examine(review(keys["ann"]), people)

    assert decision.approves
    assert (decision.person, decision.role, decision.at) == ("ann", "privacy_officer", YES.at)
    assert decision.subjects == SUBJECTS
    assert decision.keyid == keys["ann"].keyid
    assert decision.statement["predicate"]["reason"] == "low residual"


def test_a_rejection_counts_as_a_rejection(keys: Mapping[str, Signer], people: People) -> None:
    no = replace(YES, decision="reject", remediation="mask names in tickets")

    decision = examine(review(keys["ann"], no), people)

    assert not decision.approves
    assert decision.statement["predicate"]["remediation"] == "mask names in tickets"


def test_an_unknown_key_is_refused(keys: Mapping[str, Signer], people: People) -> None:
    with pytest.raises(NotAllowed, match="belongs to nobody listed"):
        examine(review(keys["eve"]), people)


def test_a_wrong_role_is_refused(keys: Mapping[str, Signer], people: People) -> None:
    as_bob = replace(YES, person="bob")

    with pytest.raises(NotAllowed, match="bob has not the role privacy_officer"):
        examine(review(keys["bob"], as_bob), people, not_by=set())


def test_another_role_than_asked_is_refused(keys: Mapping[str, Signer], people: People) -> None:
    as_auditor = replace(YES, role="auditor")

    with pytest.raises(NotAllowed, match="signed as auditor, and privacy_officer must decide"):
        examine(review(keys["ann"], as_auditor), people)


def test_another_persons_name_is_refused(keys: Mapping[str, Signer], people: People) -> None:
    with pytest.raises(NotAllowed, match="names ann, but the key is bob's"):
        examine(review(keys["bob"]), people)


@pytest.mark.parametrize("preparer", ["ann", "ANN"])
def test_who_prepared_cannot_approve(
    keys: Mapping[str, Signer], people: People, preparer: str
) -> None:
    with pytest.raises(NotAllowed, match="ann prepared this and cannot decide"):
        examine(review(keys["ann"]), people, not_by={preparer})


def test_who_prepared_can_be_named_by_key(keys: Mapping[str, Signer], people: People) -> None:
    with pytest.raises(NotAllowed, match="cannot decide"):
        examine(review(keys["ann"]), people, not_by={keys["ann"].keyid})


@pytest.mark.parametrize(
    "subjects",
    [
        {**SUBJECTS, "dataset": "c" * 64},
        {"dataset": "a" * 64},
        {**SUBJECTS, "purpose": "c" * 64},
        {},
    ],
)
def test_other_bytes_are_refused(
    keys: Mapping[str, Signer], people: People, subjects: dict[str, str]
) -> None:
    with pytest.raises(NotAllowed, match="decided on other bytes"):
        examine(review(keys["ann"]), people, subjects=subjects)


def test_the_refusal_says_which_digest_differs(keys: Mapping[str, Signer], people: People) -> None:
    with pytest.raises(NotAllowed, match=r"dataset \(signed aaaaaaaaaaaa, here cccccccccccc\)"):
        examine(review(keys["ann"]), people, subjects={**SUBJECTS, "dataset": "c" * 64})


def test_a_subject_named_twice_is_refused(keys: Mapping[str, Signer], people: People) -> None:
    statement = privacy_review(SUBJECTS, YES, ALL)
    statement["subject"].insert(0, {"name": "dataset", "digest": {"sha256": "f" * 64}})

    with pytest.raises(NotAllowed, match="decided on other bytes"):
        examine(dsse.sign(statement, keys["ann"]), people)


def test_a_decision_of_another_kind_is_refused(keys: Mapping[str, Signer], people: People) -> None:
    other = dsse.sign(decision_statement("release-approval", SUBJECTS, YES), keys["ann"])

    with pytest.raises(NotAllowed, match="decision of another kind"):
        examine(other, people)


def test_a_changed_byte_breaks_integrity(keys: Mapping[str, Signer], people: People) -> None:
    no = replace(YES, decision="reject", remediation="mask names")
    envelope = review(keys["ann"], no)
    payload = base64.b64decode(envelope["payload"]).replace(b'"reject"', b'"approve"')
    envelope["payload"] = base64.b64encode(payload).decode()

    with pytest.raises(IntegrityBroken, match="does not fit"):
        examine(envelope, people)


@pytest.mark.parametrize("missing", CONFIRMATIONS)
def test_an_approval_needs_every_confirmation(missing: str) -> None:
    with pytest.raises(InputError, match=f"not confirmed: {missing}"):
        privacy_review(SUBJECTS, YES, {**ALL, missing: False})


def _drop_confirmations(predicate: dict[str, Any]) -> None:
    predicate["facts"] = {}


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (_drop_confirmations, "not confirmed"),
        (lambda predicate: predicate.update(decision="maybe"), "neither approves nor rejects"),
        (lambda predicate: predicate.update(decision="reject"), "what must be mended"),
        (lambda predicate: predicate.update(at="yesterday"), "time is not UTC"),
        (lambda predicate: predicate.update(person=""), "names no person"),
        (lambda predicate: predicate.update(extra=1), "fields are not those"),
        (lambda predicate: predicate.pop("reason"), "fields are not those"),
    ],
)
def test_a_signed_half_decision_is_refused(
    keys: Mapping[str, Signer],
    people: People,
    spoil: Callable[[dict[str, Any]], None],
    why: str,
) -> None:
    statement = privacy_review(SUBJECTS, YES, ALL)
    spoil(statement["predicate"])

    with pytest.raises(NotAllowed, match=why):
        examine(dsse.sign(statement, keys["ann"]), people)


@pytest.mark.parametrize(
    ("kind", "subjects", "judgement"),
    [
        ("Privacy Review", SUBJECTS, YES),
        ("release-approval", {}, YES),
        ("release-approval", {"dataset": "A" * 64}, YES),
        ("release-approval", SUBJECTS, replace(YES, at="2026-11-21 09:00")),
        ("release-approval", SUBJECTS, replace(YES, decision="reject")),
        ("release-approval", SUBJECTS, replace(YES, role="")),
    ],
)
def test_a_half_decision_is_not_even_built(
    kind: str, subjects: dict[str, str], judgement: Judgement
) -> None:
    with pytest.raises(InputError, match="makes no decision"):
        decision_statement(kind, subjects, judgement)


@pytest.mark.parametrize("second", ["carol", "ANN"])
def test_one_key_or_name_for_two_people_is_refused(
    keys: Mapping[str, Signer], people: People, second: str
) -> None:
    key = keys["ann" if second == "carol" else "eve"].public

    with pytest.raises(NotAllowed, match="listed twice"):
        examine(review(keys["ann"]), (*people, Person(second, ("approver",), key)))


def test_the_notary_gives_a_sign_off_or_says_why_not(
    keys: Mapping[str, Signer], people: People
) -> None:
    notary: Notary = PlanNotary(people, not_by=frozenset({"bob"}))
    asked: dict[str, Any] = {"role": "privacy_officer", "subjects": SUBJECTS}

    found = notary.examine(review(keys["ann"]), **asked)
    other = notary.examine(review(keys["bob"]), **asked)
    stranger = notary.examine(review(keys["eve"]), **asked)
    broken = notary.examine({"payload": 1}, **asked)

    assert isinstance(found, SignOff)
    assert (found.person, found.decision, found.subjects) == ("ann", "approve", SUBJECTS)
    assert other == Refused("bob", "the decision names ann, but the key is bob's")
    assert isinstance(stranger, Refused)
    assert stranger.person == ""
    assert isinstance(broken, Refused)

"""Holds on datasets, lifted together by a second person; what stands against a version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from burnish.core.errors import NotAllowed
from burnish.core.standing import CLOSED, INCIDENT, source_mark
from burnish.registry.versions import State

if TYPE_CHECKING:
    from tests.registry.conftest import Court, Desk

SAID = ("pia", "leak reported")


def lift(desk: Desk, court: Court, subject: str, by: str = "gina", **more: Any) -> dict[str, Any]:
    subjects = desk.register.hold_subjects(subject)
    how = {"role": "ai_governance", "kind": "quarantine-lift", **more}
    return court.decide(by, subjects, **how)


def test_what_was_held_in_one_act_is_lifted_in_one(desk: Desk, court: Court) -> None:
    one, two, three = desk.d("one"), desk.d("two"), desk.d("three")
    desk.register.hold([one, two], SAID, act=one)
    desk.register.hold([three], SAID)

    lifted = desk.register.lift_hold(two, lift(desk, court, two), court.people)

    assert {held.subject for held in lifted} == {one, two}
    assert [desk.register.is_held(digest) for digest in (one, two, three)] == [False, False, True]
    with pytest.raises(NotAllowed, match="is not held"):
        desk.register.hold_subjects(one)
    desk.register.hold([one], SAID)
    assert desk.register.is_held(one)
    desk.register.verify()


def test_a_lift_is_good_for_the_holds_that_it_names_only(desk: Desk, court: Court) -> None:
    one = desk.d("one")
    desk.register.hold([one], SAID)
    decided = lift(desk, court, one)
    desk.register.lift_hold(one, decided, court.people)
    desk.register.hold([one], SAID)

    with pytest.raises(NotAllowed, match="decided on other bytes"):
        desk.register.lift_hold(one, decided, court.people)


def test_who_held_it_cannot_lift_it_and_a_refusal_leaves_it(desk: Desk, court: Court) -> None:
    one = desk.d("one")
    desk.register.hold([one], ("gina", "leak reported"))
    with pytest.raises(NotAllowed, match="gina prepared this"):
        desk.register.lift_hold(one, lift(desk, court, one), court.people)

    no = lift(desk, court, one, by="rita", decision="reject", remediation="ask again")
    with pytest.raises(NotAllowed, match="stays in quarantine"):
        desk.register.lift_hold(one, no, court.people)
    assert desk.register.is_held(one)


def test_who_quarantined_a_version_cannot_lift_it(desk: Desk, court: Court) -> None:
    version = desk.add("b1")
    desk.register.quarantine(str(version), "gina", "leak reported")
    with pytest.raises(NotAllowed, match="gina prepared this"):
        desk.register.lift(version, court.lift(desk.register, version), court.people)


def test_a_hold_on_exactly_one_thing_marks_no_version_made_from_it(desk: Desk) -> None:
    version = desk.add("b1")
    assert desk.register.hold([desk.d("masked tickets")], SAID, alone=True) == ()
    assert not desk.register.is_held(version.digest)
    (marked,) = desk.register.hold([version.digest], SAID, alone=True)
    assert marked.state is State.QUARANTINED


def test_a_wider_hold_follows_a_narrow_one(desk: Desk) -> None:
    desk.add("b1")
    masked = desk.d("masked tickets")
    desk.register.hold([masked], SAID, alone=True)
    assert len(desk.register.hold([masked], SAID)) == 1
    assert desk.register.is_held(desk.d("b1"))


def test_nothing_stands_against_a_version_until_something_does(desk: Desk, court: Court) -> None:
    version = desk.evaluated()
    assert desk.register.objections(version) == ()
    desk.register.refuse_unusable(version)

    subjects = [source_mark("tickets")]
    entry = desk.ledger.append(INCIDENT, {"kind": "missed", "subjects": subjects})
    assert "is open on it" in desk.register.objections(version)[0]
    with pytest.raises(NotAllowed, match="is open on it"):
        desk.register.promote(version, court.approval(version), court.people)

    desk.ledger.append(CLOSED, {"incident": entry.id})
    desk.register.quarantine("tickets", *SAID)
    assert desk.register.objections(version) == ("desk@1.1.0 is quarantined",)
    with pytest.raises(NotAllowed, match="may not be used"):
        desk.register.refuse_unusable(version)


def test_an_incident_on_another_source_is_no_objection(desk: Desk) -> None:
    version = desk.evaluated()
    desk.ledger.append(INCIDENT, {"kind": "missed", "subjects": [source_mark("manuals")]})
    assert desk.register.objections(version) == ()

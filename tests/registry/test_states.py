"""The states of a version, and whose word moves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from burnish.core.errors import InputError, NotAllowed
from burnish.registry.register import approval_subjects
from burnish.registry.versions import State

if TYPE_CHECKING:
    from tests.registry.conftest import Court, Desk


def test_a_version_goes_from_candidate_to_retired(desk: Desk, court: Court) -> None:
    version = court.released(desk)
    desk.register.advance(version, State.DEPRECATED, "olaf", "1.2.0 is better")
    desk.register.advance(version, State.RETIRED, "olaf")

    assert [entry.facts["to"] for entry in desk.register.history(version)] == [
        "candidate",
        "evaluated",
        "approved",
        "released",
        "deprecated",
        "retired",
    ]
    desk.register.verify()


def test_a_deprecated_version_is_released_again_on_a_new_decision_only(
    desk: Desk, court: Court
) -> None:
    version = desk.evaluated()
    first = court.approval(version)
    desk.register.promote(version, first, court.people)
    desk.register.advance(version, State.DEPRECATED, "olaf")

    with pytest.raises(NotAllowed, match=r"already made desk@1.1.0 released once"):
        desk.register.promote(version, first, court.people)
    again = desk.register.promote(version, court.approval(version, reason="rollback"), court.people)

    assert again.state is State.RELEASED


@pytest.mark.parametrize("to", [State.RETIRED, State.DEPRECATED])
def test_a_wrong_step_is_refused_with_what_is_allowed(desk: Desk, to: State) -> None:
    version = desk.add("b1")

    with pytest.raises(NotAllowed, match=f"is candidate and cannot become {to}") as caught:
        desk.register.advance(version, to, "rita")

    assert caught.value.remedy == "allowed from here: evaluated, quarantined, rejected, revoked"
    assert desk.register.get(version).state is State.CANDIDATE


@pytest.mark.parametrize("to", [State.APPROVED, State.RELEASED, State.BASE, State.CANDIDATE])
def test_nobody_releases_on_their_own_word(desk: Desk, to: State) -> None:
    version = desk.evaluated()

    with pytest.raises(NotAllowed, match="one person's word"):
        desk.register.advance(version, to, "rita")


def test_a_candidate_is_not_released_before_it_is_evaluated(desk: Desk, court: Court) -> None:
    version = desk.add("b1")

    with pytest.raises(NotAllowed, match="is candidate and cannot become released"):
        desk.register.promote(version, court.approval(version), court.people)


def test_the_registrar_cannot_approve(desk: Desk, court: Court) -> None:
    version = desk.evaluated()
    own = court.decide("rita", approval_subjects(version))

    for act in (desk.register.approve, desk.register.promote):
        with pytest.raises(NotAllowed, match="rita prepared this"):
            act(version, own, court.people)

    assert desk.register.get(version).state is State.EVALUATED


def test_who_trained_cannot_approve_either(desk: Desk, court: Court) -> None:
    version = desk.evaluated()

    with pytest.raises(NotAllowed, match="alan prepared this"):
        desk.register.promote(version, court.approval(version), court.people, not_by={"alan"})


def test_a_wrong_role_an_unknown_key_and_another_version_are_refused(
    desk: Desk, court: Court
) -> None:
    version, other = desk.evaluated(), desk.evaluated("b2")
    subjects = approval_subjects(version)

    with pytest.raises(NotAllowed, match="gina has not the role approver"):
        desk.register.promote(version, court.decide("gina", subjects), court.people)
    with pytest.raises(NotAllowed, match="belongs to nobody listed"):
        desk.register.promote(version, court.decide("eve", subjects), court.people)
    with pytest.raises(NotAllowed, match="decided on other bytes"):
        desk.register.promote(version, court.approval(other), court.people)
    with pytest.raises(NotAllowed, match="another kind"):
        desk.register.promote(
            version, court.approval(version, kind="quarantine-lift"), court.people
        )
    assert desk.register.get(version).state is State.EVALUATED


def test_a_rejection_is_recorded_and_final(desk: Desk, court: Court) -> None:
    version = desk.evaluated()
    no = court.approval(version, decision="reject", remediation="test for bias first")

    with pytest.raises(NotAllowed, match=r"alan rejected desk@1.1.0"):
        desk.register.promote(version, no, court.people)
    assert desk.register.approve(version, no, court.people).state is State.REJECTED
    with pytest.raises(NotAllowed, match="is rejected and cannot become"):
        desk.register.promote(version, court.approval(version), court.people)


def test_the_signed_decision_is_kept_and_named_in_the_ledger(desk: Desk, court: Court) -> None:
    version = desk.evaluated()
    envelope = court.approval(version)
    desk.register.approve(version, envelope, court.people)
    desk.register.promote(version, envelope, court.people)

    last = desk.register.history(version)[-1]

    assert (last.facts["by"], last.facts["role"]) == ("alan", "approver")
    assert desk.register.envelope(last.facts["decision"]) == envelope
    with pytest.raises(InputError, match="keeps no decision"):
        desk.register.envelope("0" * 64)

"""Lineage in both directions, quarantine, and tables changed in secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from burnish.core.errors import InputError, IntegrityBroken, NotAllowed
from burnish.registry.records import HELD, VERSION
from burnish.registry.versions import State

if TYPE_CHECKING:
    from tests.registry.conftest import Court, Desk


def test_lineage_is_traced_back_to_the_sources(desk: Desk) -> None:
    version = desk.add("b1")

    tree = desk.register.trace_back(version)

    assert (tree.digest, tree.kind) == (desk.d("b1"), "Bundle")
    assert {item.kind for item in tree.walk()} == {
        "Bundle",
        "Scores",
        "Model",
        "Masked",
        "Source",
        "BaseModel",
    }
    assert {item.name for item in tree.sources()} == {"tickets", "base model"}


def test_a_source_is_traced_forward_by_name_digest_and_version(desk: Desk) -> None:
    one, two = desk.add("b1"), desk.add("b2")
    three = desk.add("b3", source="manuals")

    assert desk.register.trace_forward("tickets") == (one, two)
    assert desk.register.trace_forward(desk.d("tickets")) == (one, two)
    assert desk.register.trace_forward(desk.d("masked manuals")) == (three,)
    assert desk.register.trace_forward("desk@1.2.0") == (two,)
    assert desk.register.trace_forward("desk@1.0.0")[1:] == (one, two, three)
    assert desk.register.trace_forward(desk.d("unheard of")) == ()
    with pytest.raises(InputError, match="knows no version, digest or artefact"):
        desk.register.trace_forward("gossip")


def test_quarantine_of_a_source_marks_every_version_made_from_it(desk: Desk, court: Court) -> None:
    court.released(desk)
    desk.add("b2")
    desk.add("b3", source="manuals")

    marked = desk.register.quarantine("tickets", "pia", "consent withdrawn")

    assert [str(version) for version in marked] == ["desk@1.1.0", "desk@1.2.0"]
    assert {str(v): v.state for v in desk.register.versions()} == {
        "desk@1.0.0": State.BASE,
        "desk@1.1.0": State.QUARANTINED,
        "desk@1.2.0": State.QUARANTINED,
        "desk@1.3.0": State.CANDIDATE,
    }
    assert desk.register.quarantine("tickets", "pia", "again") == ()
    assert desk.register.is_held(desk.d("masked tickets"))
    assert not desk.register.is_held(desk.d("masked manuals"))
    desk.register.verify()


def test_quarantine_of_the_base_model_marks_the_whole_line(desk: Desk) -> None:
    desk.add("b1")
    desk.register.register(
        "desk", desk.d("b2"), desk.lineage("b2"), {"model": desk.d("mistral")}, "rita"
    )

    marked = desk.register.quarantine("desk@1.0.0", "gina", "licence withdrawn")

    assert [str(version) for version in marked] == ["desk@1.0.0", "desk@1.1.0"]


def test_a_version_made_from_a_held_source_begins_in_quarantine(desk: Desk) -> None:
    desk.register.quarantine(desk.d("tickets"), "pia", "consent withdrawn")

    version = desk.add("b1")

    assert version.state is State.QUARANTINED
    assert desk.add("b1") == version


def test_a_quarantined_version_goes_nowhere_without_a_sign_off(desk: Desk, court: Court) -> None:
    version = court.released(desk)
    desk.register.quarantine(str(version), "pia", "leak reported")

    with pytest.raises(NotAllowed, match="is quarantined"):
        desk.register.advance(version, State.EVALUATED, "rita")
    with pytest.raises(NotAllowed, match="cannot become released"):
        desk.register.promote(version, court.approval(version, reason="new"), court.people)


def test_a_lifted_version_must_be_approved_again_by_a_new_decision(
    desk: Desk, court: Court
) -> None:
    version = desk.evaluated()
    old = court.approval(version)
    desk.register.promote(version, old, court.people)
    desk.register.quarantine(str(version), "pia", "leak reported")

    lift = court.lift(desk.register, version)
    assert desk.register.lift(version, lift, court.people).state is State.EVALUATED

    with pytest.raises(NotAllowed, match="already made"):
        desk.register.promote(version, old, court.people)
    again = desk.register.promote(version, court.approval(version, reason="no leak"), court.people)
    assert again.state is State.RELEASED


def test_a_decision_to_lift_is_good_for_one_quarantine(desk: Desk, court: Court) -> None:
    version = desk.add("b1")
    desk.register.quarantine(desk.d("b1"), "pia", "first")
    lift = court.lift(desk.register, version)
    assert desk.register.lift(version, lift, court.people).state is State.CANDIDATE
    desk.register.quarantine(desk.d("b1"), "pia", "second")

    with pytest.raises(NotAllowed, match="decided on other bytes: quarantine"):
        desk.register.lift(version, lift, court.people)
    with pytest.raises(NotAllowed, match="must decide here"):
        desk.register.lift(
            version,
            court.decide("alan", desk.register.lift_subjects(version), kind="quarantine-lift"),
            court.people,
        )


def test_the_registrar_cannot_lift(desk: Desk, court: Court) -> None:
    version = desk.add("b1")
    desk.register.quarantine("tickets", "pia", "consent withdrawn")
    subjects = desk.register.lift_subjects(version)
    own = court.decide("rita", subjects, role="ai_governance", kind="quarantine-lift")

    with pytest.raises(NotAllowed, match="rita prepared this"):
        desk.register.lift(version, own, court.people)


def test_a_decision_against_lifting_leaves_the_quarantine(desk: Desk, court: Court) -> None:
    version = desk.add("b1")
    desk.register.quarantine("tickets", "pia", "consent withdrawn")
    no = court.decide(
        "gina",
        desk.register.lift_subjects(version),
        role="ai_governance",
        kind="quarantine-lift",
        decision="reject",
        remediation="ask the customers again",
    )

    with pytest.raises(NotAllowed, match="stays in quarantine"):
        desk.register.lift(version, no, court.people)
    assert desk.register.get(version).state is State.QUARANTINED


def test_a_rejected_version_stays_rejected_after_quarantine(desk: Desk, court: Court) -> None:
    version = desk.register.advance(desk.add("b1"), State.REJECTED, "rita")
    desk.register.quarantine("tickets", "pia", "consent withdrawn")

    lifted = desk.register.lift(version, court.lift(desk.register, version), court.people)

    assert lifted.state is State.REJECTED
    with pytest.raises(NotAllowed, match="not quarantined"):
        desk.register.lift_subjects(version)


def test_a_revoked_version_is_gone_for_good(desk: Desk) -> None:
    version = desk.add("b1")
    desk.register.revoke(version, "gina", "memorised a customer")

    with pytest.raises(NotAllowed, match="cannot become evaluated") as caught:
        desk.register.advance(version, State.EVALUATED, "rita")

    assert caught.value.remedy == "allowed from here: nothing"
    assert desk.register.quarantine("tickets", "pia", "x") == ()


def test_a_state_changed_behind_the_ledgers_back_is_found(desk: Desk) -> None:
    version = desk.add("b1")
    with desk.ledger.transaction() as transaction:
        transaction.execute(VERSION.update().where(VERSION.c.minor == 1).values(state="released"))

    with pytest.raises(IntegrityBroken, match=r"disagree on desk@1.1.0"):
        desk.register.get(version)
    with pytest.raises(IntegrityBroken, match="disagree on versions"):
        desk.register.verify()


def test_a_digest_changed_behind_the_ledgers_back_is_found(desk: Desk) -> None:
    version = desk.add("b1")
    with desk.ledger.transaction() as transaction:
        change = VERSION.update().where(VERSION.c.minor == 1)
        transaction.execute(change.values(digest=desk.d("tickets")))

    with pytest.raises(IntegrityBroken, match=r"disagree on desk@1.1.0"):
        desk.register.get(version)


def test_a_lineage_changed_behind_the_ledgers_back_is_found(desk: Desk) -> None:
    desk.add("b1")
    with desk.ledger.transaction() as transaction:
        transaction.execute(sa.text("DROP TRIGGER derived_no_delete"))
        transaction.execute(
            sa.text("DELETE FROM derived WHERE parent = :p").bindparams(p=desk.d("tickets"))
        )

    with pytest.raises(IntegrityBroken, match="disagree on lineage"):
        desk.register.verify()


def test_a_hold_put_in_behind_the_ledgers_back_is_found(desk: Desk) -> None:
    desk.add("b1")
    with desk.ledger.transaction() as transaction:
        transaction.execute(HELD.insert(), [{"digest": desk.d("tickets"), "entry": "0" * 64}])

    with pytest.raises(IntegrityBroken, match="disagree on lineage or quarantine"):
        desk.register.verify()


def test_every_change_of_state_is_a_ledger_entry(desk: Desk) -> None:
    desk.add("b1")
    desk.register.quarantine("tickets", "pia", "consent withdrawn")

    told = [(e.event, e.facts.get("version"), e.facts.get("to")) for e in desk.ledger.entries()]

    assert told == [
        ("version.state", "desk@1.0.0", "base"),
        ("version.state", "desk@1.1.0", "candidate"),
        ("artefact.quarantined", None, None),
        ("version.state", "desk@1.1.0", "quarantined"),
    ]

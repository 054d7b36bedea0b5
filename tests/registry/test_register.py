import hashlib
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from burnish.core.errors import InputError, IntegrityBroken, NotAllowed
from burnish.evidence import dsse
from burnish.evidence.keys import Signer, new_key
from burnish.evidence.ledger import MemoryLedger, SqlLedger
from burnish.evidence.signoff import Judgement, People, Person, decision_statement
from burnish.registry.records import VERSION
from burnish.registry.register import Register, approval_subjects
from burnish.registry.versions import State, Version, parse

NOON = "2026-11-21T12:00:00Z"


def d(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


BASE = {"model": d("llama"), "tokenizer": d("tokens"), "prompt": d("prompt")}


def lineage(bundle: str, *, model: str = "", source: str = "tickets") -> dict[str, dict[str, Any]]:
    """Source to bundle in five artefacts, the scores made from the model as well."""
    model = model or f"model of {bundle}"
    return {
        d(source): {"kind": "Source", "name": source, "parents": []},
        d(f"masked {source}"): {"kind": "Masked", "name": "mask", "parents": [d(source)]},
        d(model): {"kind": "Model", "name": "train", "parents": [d(f"masked {source}")]},
        d(f"scores {bundle}"): {
            "kind": "Scores",
            "name": "evaluate",
            "parents": [d(model), d(f"masked {source}")],
        },
        d(bundle): {
            "kind": "Bundle",
            "name": "bundle",
            "parents": [d(model), d(f"scores {bundle}")],
        },
    }


def add(register: Register, bundle: str, *, name: str = "desk", **how: str) -> Version:
    return register.register(name, d(bundle), lineage(bundle, **how), BASE, "rita")


@pytest.fixture
def ledger() -> MemoryLedger:
    return MemoryLedger()


@pytest.fixture
def register(ledger: MemoryLedger) -> Register:
    return Register(ledger)


@pytest.fixture
def keys(tmp_path: Path) -> dict[str, Signer]:
    return {n: new_key(tmp_path / n, "ed25519") for n in ("rita", "alan", "gina", "eve")}


@pytest.fixture
def people(keys: Mapping[str, Signer]) -> People:
    return (
        Person("rita", ("ml_engineer", "approver"), keys["rita"].verifier.line),
        Person("alan", ("approver",), keys["alan"].verifier.line),
        Person("gina", ("ai_governance",), keys["gina"].verifier.line),
    )


def decide(
    signer: Signer, person: str, subjects: Mapping[str, str], **changes: Any
) -> dict[str, Any]:
    kind = changes.pop("kind", "release-approval")
    said: dict[str, Any] = {"decision": "approve", "role": "approver", "at": NOON, **changes}
    return dsse.sign(decision_statement(kind, subjects, Judgement(person=person, **said)), signer)


def approval(keys: Mapping[str, Signer], version: Version, **changes: Any) -> dict[str, Any]:
    return decide(keys["alan"], "alan", approval_subjects(version), **changes)


def evaluated(register: Register, bundle: str = "b1") -> Version:
    return register.advance(add(register, bundle), State.EVALUATED, "rita")


def released(register: Register, keys: Mapping[str, Signer], people: People) -> Version:
    version = evaluated(register)
    return register.promote(version, approval(keys, version), people)


def test_the_base_is_one_nought_nought_and_the_first_fine_tune_one_one_nought(
    register: Register,
) -> None:
    first = add(register, "b1")

    assert str(first) == "desk@1.1.0"
    assert first.state is State.CANDIDATE
    assert [(str(v), v.state, v.digest) for v in register.versions("desk")] == [
        ("desk@1.0.0", State.BASE, BASE["model"]),
        ("desk@1.1.0", State.CANDIDATE, d("b1")),
    ]


def test_each_fine_tune_is_the_next_minor_version(register: Register) -> None:
    assert [str(add(register, f"b{n}")) for n in (1, 2, 3)] == [
        "desk@1.1.0",
        "desk@1.2.0",
        "desk@1.3.0",
    ]


@pytest.mark.parametrize("part", ["model", "tokenizer", "prompt"])
def test_another_base_is_the_next_major_version(register: Register, part: str) -> None:
    add(register, "b1")
    other = {**BASE, part: d("another")}

    second = register.register("desk", d("b2"), lineage("b2"), other, "rita")
    back = add(register, "b3")

    assert str(second) == "desk@2.1.0"
    assert register.get("desk@2.0.0").state is State.BASE
    assert str(back) == "desk@1.2.0"


def test_the_same_weights_packed_again_are_a_patch(register: Register) -> None:
    add(register, "b1", model="w1")
    add(register, "b2", model="w2")

    assert str(add(register, "b1 again", model="w1")) == "desk@1.1.1"
    assert str(add(register, "b1 once more", model="w1")) == "desk@1.1.2"
    assert str(add(register, "b2 again", model="w2")) == "desk@1.2.1"
    assert str(add(register, "b3")) == "desk@1.3.0"


def test_the_same_bundle_registered_twice_is_the_same_version(
    register: Register, ledger: MemoryLedger
) -> None:
    first = add(register, "b1")
    before = len(list(ledger.entries()))

    assert add(register, "b1") == first
    assert len(list(ledger.entries())) == before


def test_a_number_is_never_used_twice(register: Register, ledger: MemoryLedger) -> None:
    first = add(register, "b1")
    register.advance(first, State.REJECTED, "rita", "loss rose")

    assert str(add(register, "b2")) == "desk@1.2.0"
    with (
        pytest.raises(sa.exc.IntegrityError, match="append-only"),
        ledger.transaction() as transaction,
    ):
        transaction.execute(VERSION.delete())


def test_names_are_numbered_apart(register: Register) -> None:
    add(register, "b1")

    assert str(add(register, "b1", name="other")) == "other@1.1.0"
    assert len(register.versions()) == 4


REGISTER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_register import Register, SqlLedger, add
register = Register(SqlLedger(sys.argv[1]))
for number in range(8):
    print(add(register, f"{sys.argv[3]} {number}"), flush=True)
"""


def test_two_processes_never_get_the_same_number(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    here = str(Path(__file__).parent)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", REGISTER, str(path), here, name],
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("one", "two")
    ]

    numbers = [line for p in processes for line in p.communicate()[0].split()]

    assert sorted(numbers) == sorted(f"desk@1.{minor}.0" for minor in range(1, 17))
    ledger = SqlLedger(path)
    ledger.verify()
    Register(ledger).verify()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda tree: tree.pop(d("tickets")), "is not listed"),
        (lambda tree: tree.pop(d("b1")), "is not listed"),
        (lambda tree: tree[d("tickets")].update(parents=[d("b1")]), "its own ancestor"),
        (lambda tree: tree[d("tickets")].update(parents=["x"]), "no SHA-256"),
        (lambda tree: tree[d("tickets")].update(kind=""), "no kind"),
        (lambda tree: tree.update({d("z"): dict(tree[d("tickets")])}), "leads nowhere"),
        (lambda tree: tree[d("model of b1")].update(kind="Adapter"), "holds 0 tuned models"),
        (lambda tree: tree[d("scores b1")].update(kind="Model"), "holds 2 tuned models"),
    ],
)
def test_a_lineage_with_a_gap_is_refused(register: Register, change: Any, why: str) -> None:
    tree = lineage("b1")
    change(tree)

    with pytest.raises(InputError, match=why):
        register.register("desk", d("b1"), tree, BASE, "rita")

    assert register.versions() == ()


@pytest.mark.parametrize(
    ("name", "base", "by"),
    [
        ("desk@1", BASE, "rita"),
        ("", BASE, "rita"),
        ("desk", {}, "rita"),
        ("desk", {"model": "x"}, "rita"),
        ("desk", BASE, ""),
    ],
)
def test_what_has_no_name_base_or_registrar_is_refused(
    register: Register, name: str, base: dict[str, str], by: str
) -> None:
    with pytest.raises(InputError):
        register.register(name, d("b1"), lineage("b1"), base, by)


def test_a_version_goes_from_candidate_to_retired(
    register: Register, keys: Mapping[str, Signer], people: People
) -> None:
    version = released(register, keys, people)
    register.advance(version, State.DEPRECATED, "olaf", "1.2.0 is better")
    register.advance(version, State.RETIRED, "olaf")

    assert [entry.facts["to"] for entry in register.history(version)] == [
        "candidate",
        "evaluated",
        "approved",
        "released",
        "deprecated",
        "retired",
    ]
    register.verify()


def test_a_deprecated_version_is_released_again_on_a_new_decision_only(
    register: Register, keys: Mapping[str, Signer], people: People
) -> None:
    version = evaluated(register)
    first = approval(keys, version)
    register.promote(version, first, people)
    register.advance(version, State.DEPRECATED, "olaf")

    with pytest.raises(NotAllowed, match=r"already made desk@1.1.0 released once"):
        register.promote(version, first, people)
    again = register.promote(version, approval(keys, version, reason="rollback"), people)

    assert again.state is State.RELEASED


@pytest.mark.parametrize("to", [State.RETIRED, State.DEPRECATED])
def test_a_wrong_step_is_refused_with_what_is_allowed(register: Register, to: State) -> None:
    version = add(register, "b1")

    with pytest.raises(NotAllowed, match=f"is candidate and cannot become {to}") as caught:
        register.advance(version, to, "rita")

    assert caught.value.remedy == "allowed from here: evaluated, quarantined, rejected, revoked"
    assert register.get(version).state is State.CANDIDATE


@pytest.mark.parametrize("to", [State.APPROVED, State.RELEASED, State.BASE, State.CANDIDATE])
def test_nobody_releases_on_their_own_word(register: Register, to: State) -> None:
    version = evaluated(register)

    with pytest.raises(NotAllowed, match="one person's word"):
        register.advance(version, to, "rita")


def test_a_candidate_is_not_released_before_it_is_evaluated(
    register: Register, keys: Mapping[str, Signer], people: People
) -> None:
    version = add(register, "b1")

    with pytest.raises(NotAllowed, match="is candidate and cannot become released"):
        register.promote(version, approval(keys, version), people)


def test_the_registrar_cannot_approve(
    register: Register, keys: Mapping[str, Signer], people: People
) -> None:
    version = evaluated(register)
    own = decide(keys["rita"], "rita", approval_subjects(version))

    for act in (register.approve, register.promote):
        with pytest.raises(NotAllowed, match="rita prepared this"):
            act(version, own, people)

    assert register.get(version).state is State.EVALUATED


def test_who_trained_cannot_approve_either(
    register: Register, keys: Mapping[str, Signer], people: People
) -> None:
    version = evaluated(register)

    with pytest.raises(NotAllowed, match="alan prepared this"):
        register.promote(version, approval(keys, version), people, not_by={"alan"})


def test_a_wrong_role_an_unknown_key_and_another_version_are_refused(
    register: Register, keys: Mapping[str, Signer], people: People
) -> None:
    version, other = evaluated(register), evaluated(register, "b2")
    subjects = approval_subjects(version)

    with pytest.raises(NotAllowed, match="gina has not the role approver"):
        register.promote(version, decide(keys["gina"], "gina", subjects), people)
    with pytest.raises(NotAllowed, match="belongs to nobody listed"):
        register.promote(version, decide(keys["eve"], "eve", subjects), people)
    with pytest.raises(NotAllowed, match="decided on other bytes"):
        register.promote(version, approval(keys, other), people)
    with pytest.raises(NotAllowed, match="another kind"):
        register.promote(version, approval(keys, version, kind="quarantine-lift"), people)
    assert register.get(version).state is State.EVALUATED


def test_a_rejection_is_recorded_and_final(
    register: Register, keys: Mapping[str, Signer], people: People
) -> None:
    version = evaluated(register)
    no = approval(keys, version, decision="reject", remediation="test for bias first")

    with pytest.raises(NotAllowed, match=r"alan rejected desk@1.1.0"):
        register.promote(version, no, people)
    assert register.approve(version, no, people).state is State.REJECTED
    with pytest.raises(NotAllowed, match="is rejected and cannot become"):
        register.promote(version, approval(keys, version), people)


def test_the_signed_decision_is_kept_and_named_in_the_ledger(
    register: Register, keys: Mapping[str, Signer], people: People
) -> None:
    version = evaluated(register)
    envelope = approval(keys, version)
    register.approve(version, envelope, people)
    register.promote(version, envelope, people)

    last = register.history(version)[-1]

    assert (last.facts["by"], last.facts["role"]) == ("alan", "approver")
    assert register.envelope(last.facts["decision"]) == envelope
    with pytest.raises(InputError, match="keeps no decision"):
        register.envelope("0" * 64)


def test_lineage_is_traced_back_to_the_sources(register: Register) -> None:
    version = add(register, "b1")

    tree = register.trace_back(version)

    assert (tree.digest, tree.kind) == (d("b1"), "Bundle")
    assert {item.kind for item in tree.walk()} == {
        "Bundle",
        "Scores",
        "Model",
        "Masked",
        "Source",
        "BaseModel",
    }
    assert {item.name for item in tree.sources()} == {"tickets", "base model"}


def test_a_source_is_traced_forward_by_name_digest_and_version(register: Register) -> None:
    one, two = add(register, "b1"), add(register, "b2")
    three = add(register, "b3", source="manuals")

    assert register.trace_forward("tickets") == (one, two)
    assert register.trace_forward(d("tickets")) == (one, two)
    assert register.trace_forward(d("masked manuals")) == (three,)
    assert register.trace_forward("desk@1.2.0") == (two,)
    assert register.trace_forward("desk@1.0.0")[1:] == (one, two, three)
    assert register.trace_forward(d("unheard of")) == ()
    with pytest.raises(InputError, match="knows no version, digest or artefact"):
        register.trace_forward("gossip")


def test_quarantine_of_a_source_marks_every_version_made_from_it(
    register: Register, keys: Mapping[str, Signer], people: People
) -> None:
    released(register, keys, people)
    add(register, "b2")
    add(register, "b3", source="manuals")

    marked = register.quarantine("tickets", "pia", "consent withdrawn")

    assert [str(version) for version in marked] == ["desk@1.1.0", "desk@1.2.0"]
    assert {str(v): v.state for v in register.versions()} == {
        "desk@1.0.0": State.BASE,
        "desk@1.1.0": State.QUARANTINED,
        "desk@1.2.0": State.QUARANTINED,
        "desk@1.3.0": State.CANDIDATE,
    }
    assert register.quarantine("tickets", "pia", "again") == ()
    assert register.is_held(d("masked tickets"))
    assert not register.is_held(d("masked manuals"))
    register.verify()


def test_quarantine_of_the_base_model_marks_the_whole_line(register: Register) -> None:
    add(register, "b1")
    register.register("desk", d("b2"), lineage("b2"), {"model": d("mistral")}, "rita")

    marked = register.quarantine("desk@1.0.0", "gina", "licence withdrawn")

    assert [str(version) for version in marked] == ["desk@1.0.0", "desk@1.1.0"]


def test_a_version_made_from_a_held_source_begins_in_quarantine(register: Register) -> None:
    register.quarantine(d("tickets"), "pia", "consent withdrawn")

    version = add(register, "b1")

    assert version.state is State.QUARANTINED
    assert add(register, "b1") == version


def test_a_quarantined_version_goes_nowhere_without_a_sign_off(
    register: Register, keys: Mapping[str, Signer], people: People
) -> None:
    version = released(register, keys, people)
    register.quarantine(str(version), "pia", "leak reported")

    with pytest.raises(NotAllowed, match="is quarantined"):
        register.advance(version, State.EVALUATED, "rita")
    with pytest.raises(NotAllowed, match="cannot become released"):
        register.promote(version, approval(keys, version, reason="new"), people)


def test_a_lifted_version_must_be_approved_again_by_a_new_decision(
    register: Register, keys: Mapping[str, Signer], people: People
) -> None:
    version = evaluated(register)
    old = approval(keys, version)
    register.promote(version, old, people)
    register.quarantine(str(version), "pia", "leak reported")

    lift = lift_of(register, keys, version)
    assert register.lift(version, lift, people).state is State.EVALUATED

    with pytest.raises(NotAllowed, match="already made"):
        register.promote(version, old, people)
    again = register.promote(version, approval(keys, version, reason="no leak"), people)
    assert again.state is State.RELEASED


def lift_of(register: Register, keys: Mapping[str, Signer], version: Version) -> dict[str, Any]:
    subjects = register.lift_subjects(version)
    return decide(keys["gina"], "gina", subjects, role="ai_governance", kind="quarantine-lift")


def test_a_decision_to_lift_is_good_for_one_quarantine(
    register: Register, keys: Mapping[str, Signer], people: People
) -> None:
    version = add(register, "b1")
    register.quarantine(d("b1"), "pia", "first")
    lift = lift_of(register, keys, version)
    assert register.lift(version, lift, people).state is State.CANDIDATE
    register.quarantine(d("b1"), "pia", "second")

    with pytest.raises(NotAllowed, match="decided on other bytes: quarantine"):
        register.lift(version, lift, people)
    with pytest.raises(NotAllowed, match="must decide here"):
        register.lift(
            version,
            decide(keys["alan"], "alan", register.lift_subjects(version), kind="quarantine-lift"),
            people,
        )


def test_a_rejected_version_stays_rejected_after_quarantine(
    register: Register, keys: Mapping[str, Signer], people: People
) -> None:
    version = register.advance(add(register, "b1"), State.REJECTED, "rita")
    register.quarantine("tickets", "pia", "consent withdrawn")

    lifted = register.lift(version, lift_of(register, keys, version), people)

    assert lifted.state is State.REJECTED
    with pytest.raises(NotAllowed, match="not quarantined"):
        register.lift_subjects(version)


def test_a_revoked_version_is_gone_for_good(register: Register) -> None:
    version = add(register, "b1")
    register.revoke(version, "gina", "memorised a customer")

    with pytest.raises(NotAllowed, match="cannot become evaluated") as caught:
        register.advance(version, State.EVALUATED, "rita")

    assert caught.value.remedy == "allowed from here: nothing"
    assert register.quarantine("tickets", "pia", "x") == ()


def test_a_state_changed_behind_the_ledgers_back_is_found(
    register: Register, ledger: MemoryLedger
) -> None:
    version = add(register, "b1")
    with ledger.transaction() as transaction:
        transaction.execute(VERSION.update().where(VERSION.c.minor == 1).values(state="released"))

    with pytest.raises(IntegrityBroken, match=r"disagree on desk@1.1.0"):
        register.get(version)
    with pytest.raises(IntegrityBroken, match="disagree on versions"):
        register.verify()


def test_a_digest_changed_behind_the_ledgers_back_is_found(
    register: Register, ledger: MemoryLedger
) -> None:
    version = add(register, "b1")
    with ledger.transaction() as transaction:
        change = VERSION.update().where(VERSION.c.minor == 1)
        transaction.execute(change.values(digest=d("tickets")))

    with pytest.raises(IntegrityBroken, match=r"disagree on desk@1.1.0"):
        register.get(version)


def test_a_lineage_changed_behind_the_ledgers_back_is_found(
    register: Register, ledger: MemoryLedger
) -> None:
    add(register, "b1")
    with ledger.transaction() as transaction:
        transaction.execute(sa.text("DROP TRIGGER derived_no_delete"))
        transaction.execute(
            sa.text("DELETE FROM derived WHERE parent = :p").bindparams(p=d("tickets"))
        )

    with pytest.raises(IntegrityBroken, match="disagree on lineage"):
        register.verify()


def test_every_change_of_state_is_a_ledger_entry(register: Register, ledger: MemoryLedger) -> None:
    add(register, "b1")
    register.quarantine("tickets", "pia", "consent withdrawn")

    told = [(e.event, e.facts.get("version"), e.facts.get("to")) for e in ledger.entries()]

    assert told == [
        ("version.state", "desk@1.0.0", "base"),
        ("version.state", "desk@1.1.0", "candidate"),
        ("artefact.quarantined", None, None),
        ("version.state", "desk@1.1.0", "quarantined"),
    ]


@pytest.mark.parametrize(
    "text", ["desk", "desk@1", "desk@1.2", "desk@v1.2.3", "@1.2.3", "a b@1.2.3"]
)
def test_what_is_no_version_is_told_so(register: Register, text: str) -> None:
    with pytest.raises(InputError, match="is not a version"):
        register.get(text)


def test_an_unknown_version_is_told_so(register: Register) -> None:
    assert parse("desk@10.2.33") == ("desk", (10, 2, 33))
    with pytest.raises(InputError, match=r"there is no version desk@9.9.9"):
        register.get("desk@9.9.9")

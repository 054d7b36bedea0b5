"""Every ledger keeps the same promises."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
import sqlalchemy as sa

from burnish.core.errors import BurnishError, InputError, IntegrityBroken, NotAllowed
from burnish.core.ports import Ledger
from burnish.evidence.checkpoint import Proof, check_inclusion
from burnish.evidence.database import ENTRY, FACT, HEAD
from burnish.evidence.keys import Signer, new_key
from burnish.evidence.ledger import MemoryLedger, SqlLedger

STATES = sa.MetaData()
STATE = sa.Table("state", STATES, sa.Column("name", sa.Text, primary_key=True))


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlLedger]:
    make: Mapping[str, Callable[[], SqlLedger]] = {
        "memory": MemoryLedger,
        "sqlite": lambda: SqlLedger(tmp_path / "ledger.db"),
        "postgresql": lambda: SqlLedger(request.getfixturevalue("new_database")()),
    }
    made = make[request.param]()
    yield made
    made.close()


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return new_key(tmp_path / "operator", "ed25519")


def fill(ledger: SqlLedger, count: int) -> None:
    for number in range(count):
        ledger.append("made", {"recipe": f"r{number}", "rows": number})


def test_it_is_a_ledger_of_the_core(ledger: SqlLedger) -> None:
    port: Ledger = ledger

    assert port.append("made", {"recipe": "r"}).facts == {"recipe": "r"}


def test_entries_come_back_in_order_with_number_time_and_facts(ledger: SqlLedger) -> None:
    first = ledger.append("made", {"recipe": "r", "deep": {"list": [1, 2.5, None, True]}})
    second = ledger.append("judged", {})

    assert list(ledger.entries()) == [first, second]
    assert (first.seq, second.seq) == (0, 1)
    assert first.facts == {"recipe": "r", "deep": {"list": [1, 2.5, None, True]}}
    assert first.at.endswith("Z")
    assert len(first.id) == 64


def test_entries_can_be_asked_for_by_event(ledger: SqlLedger) -> None:
    fill(ledger, 2)
    judged = ledger.append("judged", {})

    assert list(ledger.entries("judged")) == [judged]
    assert list(ledger.entries("nothing")) == []


def test_more_entries_than_a_page_all_come(ledger: SqlLedger) -> None:
    with ledger.transaction() as transaction:
        for number in range(1203):
            transaction.append("made", {"rows": number})

    assert [entry.facts["rows"] for entry in ledger.entries()] == list(range(1203))
    ledger.verify()


def test_appending_while_reading_is_allowed(ledger: SqlLedger) -> None:
    fill(ledger, 3)

    for entry in ledger.entries("made"):
        ledger.append("seen", {"entry": entry.id})

    assert len(list(ledger.entries("seen"))) == 3


def test_find_gives_the_newest_entry_with_all_these_facts(ledger: SqlLedger) -> None:
    ledger.append("made", {"recipe": "a", "rows": 1})
    newer = ledger.append("made", {"recipe": "a", "rows": 2, "more": [1]})
    ledger.append("made", {"recipe": "b", "rows": 2})
    ledger.append("judged", {"recipe": "a", "rows": 2})

    assert ledger.find("made", recipe="a") == newer
    assert ledger.find("made", recipe="a", rows=2) == newer
    assert ledger.find("made", more=[1]) == newer
    assert ledger.find("made", recipe="a", rows=3) is None
    assert ledger.find("made", absent=None) is None


def test_find_tells_true_from_one_and_text_from_number(ledger: SqlLedger) -> None:
    ledger.append("made", {"flag": True, "count": "1"})

    assert ledger.find("made", flag=1) is None
    assert ledger.find("made", count=1) is None
    assert ledger.find("made", flag=True, count="1") is not None


@pytest.mark.parametrize("value", [float("nan"), b"x", {1, 2}, object(), 2**60])
def test_facts_that_are_not_json_are_refused_and_nothing_is_kept(
    ledger: SqlLedger, value: object
) -> None:
    with pytest.raises(InputError):
        ledger.append("made", {"fact": value})

    assert list(ledger.entries()) == []


def test_entry_and_state_change_become_true_together(ledger: SqlLedger) -> None:
    ledger.provide(STATES)

    with ledger.transaction() as transaction:
        entry = transaction.append("registered", {"name": "desk"})
        transaction.execute(STATE.insert(), [{"name": "desk"}])
        assert transaction.find("registered", name="desk") == entry

    with ledger.reading() as reader:
        assert reader.execute(sa.select(STATE.c.name)).scalars().all() == ["desk"]
    assert list(ledger.entries()) == [entry]


def test_a_failed_transaction_leaves_neither_entry_nor_state(ledger: SqlLedger) -> None:
    ledger.provide(STATES)

    def fail() -> None:
        with ledger.transaction() as transaction:
            transaction.append("registered", {"name": "desk"})
            transaction.execute(STATE.insert(), [{"name": "desk"}])
            raise RuntimeError("killed here")

    with pytest.raises(RuntimeError, match="killed here"):
        fail()

    with ledger.reading() as reader:
        assert reader.execute(sa.select(STATE.c.name)).scalars().all() == []
    assert list(ledger.entries()) == []
    ledger.append("registered", {})
    ledger.verify()


def test_using_the_ledger_inside_its_own_transaction_is_told_at_once(ledger: SqlLedger) -> None:
    with ledger.transaction(), pytest.raises(BurnishError, match="inside one of its own"):
        ledger.append("made", {})


def test_many_threads_append_without_losing_an_entry(ledger: SqlLedger) -> None:
    def work(name: str) -> None:
        for number in range(10):
            ledger.append("made", {"by": name, "rows": number})

    threads = [threading.Thread(target=work, args=(f"t{index}",)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [entry.seq for entry in ledger.entries()] == list(range(40))
    ledger.verify()


@pytest.mark.parametrize("count", [0, 1, 7])
def test_an_honest_ledger_verifies(ledger: SqlLedger, count: int) -> None:
    fill(ledger, count)

    ledger.verify()


@pytest.mark.parametrize(
    "statement",
    [
        ENTRY.update().values(event="judged"),
        ENTRY.delete(),
        FACT.update().values(name="other"),
        FACT.delete(),
        HEAD.delete(),
    ],
)
def test_the_database_refuses_to_change_the_past(
    ledger: SqlLedger, statement: sa.Executable
) -> None:
    fill(ledger, 3)

    with pytest.raises(sa.exc.DBAPIError, match="append-only"), ledger.transaction() as transaction:
        transaction.execute(statement)

    ledger.verify()
    assert len(list(ledger.entries())) == 3


def test_an_old_checkpoint_fits_a_ledger_that_only_grew(ledger: SqlLedger, signer: Signer) -> None:
    fill(ledger, 5)
    kept = ledger.checkpoint(signer)
    fill(ledger, 6)

    assert ledger.verify_checkpoint(kept, signer.verifier).size == 5


def test_a_checkpoint_of_another_ledger_is_refused(ledger: SqlLedger, signer: Signer) -> None:
    with pytest.raises(IntegrityBroken, match="another ledger"):
        ledger.verify_checkpoint(MemoryLedger().checkpoint(signer), signer.verifier)


def test_a_checkpoint_needs_the_signature_of_the_right_key(
    ledger: SqlLedger, signer: Signer, tmp_path: Path
) -> None:
    fill(ledger, 2)
    kept = ledger.checkpoint(signer)
    other = new_key(tmp_path / "other", "ed25519")
    release = new_key(tmp_path / "release", "p256")

    with pytest.raises(IntegrityBroken, match="did not sign it"):
        ledger.verify_checkpoint(kept, other.verifier)
    with pytest.raises(IntegrityBroken, match="does not fit"):
        ledger.verify_checkpoint(kept.replace("\n2\n", "\n1\n"), signer.verifier)
    with pytest.raises(NotAllowed, match="Ed25519"):
        ledger.checkpoint(release)


def test_every_entry_is_proved_to_somebody_without_the_ledger(
    ledger: SqlLedger, signer: Signer
) -> None:
    fill(ledger, 9)
    kept = ledger.checkpoint(signer)
    fill(ledger, 3)

    for entry in list(ledger.entries())[:9]:
        proof = Proof.from_json(json.loads(json.dumps(ledger.prove(entry.id, size=9).to_json())))
        assert check_inclusion(proof, kept, signer.verifier) == entry


def test_a_proof_of_another_size_or_body_proves_nothing(ledger: SqlLedger, signer: Signer) -> None:
    fill(ledger, 9)
    kept = ledger.checkpoint(signer)
    entry = next(ledger.entries())
    proof = ledger.prove(entry.id)
    fill(ledger, 1)

    with pytest.raises(IntegrityBroken, match="for 10 entries"):
        check_inclusion(ledger.prove(entry.id), kept, signer.verifier)
    forged = Proof(proof.body.replace('"rows":0', '"rows":7'), proof.size, proof.path)
    with pytest.raises(IntegrityBroken, match="is not in the ledger"):
        check_inclusion(forged, kept, signer.verifier)
    with pytest.raises(IntegrityBroken, match="malformed"):
        Proof.from_json({"body": "", "size": 1, "path": ["zz"]})


def test_an_unknown_entry_is_not_proved(ledger: SqlLedger) -> None:
    fill(ledger, 2)
    later = ledger.append("made", {})

    with pytest.raises(InputError, match="no entry"):
        ledger.prove("f" * 64)
    with pytest.raises(InputError, match="among the first 2"):
        ledger.prove(later.id, size=2)

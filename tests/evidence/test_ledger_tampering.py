"""What an administrator of the database can do, and who finds out."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from burnish.core.errors import IntegrityBroken
from burnish.evidence import merkle
from burnish.evidence.database import ENTRY, FACT, HEAD
from burnish.evidence.keys import Signer, new_key
from burnish.evidence.ledger import SqlLedger


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqlLedger]:
    made = SqlLedger(tmp_path / "ledger.db")
    yield made
    made.close()


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return new_key(tmp_path / "operator", "ed25519")


def fill(ledger: SqlLedger, count: int) -> None:
    for number in range(count):
        ledger.append("made", {"recipe": f"r{number}", "rows": number})


def rewrite(ledger: SqlLedger, *statements: sa.Executable) -> None:
    """Change the database behind the ledger's back, as an administrator could."""
    with ledger._engine.connect() as connection:
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        for name in connection.exec_driver_sql(query).scalars().all():
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def replay(ledger: SqlLedger, change: Callable[[list[dict[str, Any]]], None]) -> None:
    """Write history anew from changed entries: consistent in itself, with the same origin."""
    told: list[dict[str, Any]] = [{"event": e.event, "facts": e.facts} for e in ledger.entries()]
    change(told)
    cleared = HEAD.update().values(size=0, frontier=b"")
    rewrite(ledger, FACT.delete(), ENTRY.delete(), cleared)
    for item in told:
        ledger.append(item["event"], item["facts"])


CARELESS: Mapping[str, tuple[sa.Executable, ...]] = {
    "entry 2 is missing": (
        FACT.delete().where(FACT.c.seq == 2),
        ENTRY.delete().where(ENTRY.c.seq == 2),
    ),
    "entry 6 is missing": (
        FACT.delete().where(FACT.c.seq == 6),
        ENTRY.delete().where(ENTRY.c.seq == 6),
    ),
    "entry 3 was changed": (ENTRY.update().where(ENTRY.c.seq == 3).values(event="judged"),),
    "entry 4 was changed": (ENTRY.update().where(ENTRY.c.seq == 4).values(body=b"{}"),),
    "entry 5 lies beyond": (HEAD.update().values(size=5, frontier=b""),),
    "entry 6 does not fit": (HEAD.update().values(frontier=b"\x00" * 96),),
    "entry 5 is indexed wrongly": (FACT.delete().where(FACT.c.seq == 5),),
    "entry 1 is indexed wrongly": (
        FACT.update().where(FACT.c.seq == 1, FACT.c.name == "rows").values(name="other"),
    ),
}


@pytest.mark.parametrize("told", CARELESS)
def test_a_careless_change_is_found_and_the_entry_named(ledger: SqlLedger, told: str) -> None:
    fill(ledger, 7)

    rewrite(ledger, *CARELESS[told])

    with pytest.raises(IntegrityBroken, match=told):
        ledger.verify()


def test_an_entry_changed_with_its_own_hash_is_named(ledger: SqlLedger) -> None:
    fill(ledger, 7)
    with ledger.reading() as reader:
        body = bytes(reader.execute(sa.select(ENTRY.c.body).where(ENTRY.c.seq == 3)).scalar_one())
    forged = body.replace(b'"rows":3', b'"rows":9')
    changed = {"body": forged, "id": merkle.leaf(forged).hex()}

    rewrite(ledger, ENTRY.update().where(ENTRY.c.seq == 3).values(changed))

    with pytest.raises(IntegrityBroken, match="entry 3 was changed"):
        ledger.verify()


def test_find_does_not_return_an_entry_that_was_changed(ledger: SqlLedger) -> None:
    fill(ledger, 3)
    rewrite(ledger, ENTRY.update().where(ENTRY.c.seq == 1).values(body=b'{"forged":1}'))

    with pytest.raises(IntegrityBroken, match="entry 1 was changed"):
        ledger.find("made", recipe="r1")


def test_find_is_not_led_astray_by_a_changed_index(ledger: SqlLedger) -> None:
    fill(ledger, 3)
    wrong = FACT.update().where(FACT.c.seq == 1, FACT.c.name == "recipe")
    with ledger.reading() as reader:
        query = sa.select(FACT.c.value).where(FACT.c.seq == 2, FACT.c.name == "recipe")
        value = reader.execute(query).scalar_one()
    rewrite(ledger, FACT.delete().where(FACT.c.seq == 2), wrong.values(value=value))

    with pytest.raises(IntegrityBroken, match="entry 1 is indexed wrongly"):
        ledger.find("made", recipe="r2")


def test_a_rewritten_history_is_found_only_by_the_old_checkpoint(
    ledger: SqlLedger, signer: Signer
) -> None:
    fill(ledger, 5)
    kept = ledger.checkpoint(signer)

    replay(ledger, lambda told: told[2]["facts"].update(rows=99))

    ledger.verify()
    with pytest.raises(IntegrityBroken, match="rewritten within its first 5"):
        ledger.verify_checkpoint(kept, signer.verifier)


def test_a_cut_off_history_is_found_by_the_old_checkpoint(
    ledger: SqlLedger, signer: Signer
) -> None:
    fill(ledger, 5)
    kept = ledger.checkpoint(signer)

    replay(ledger, lambda told: told.__delitem__(slice(3, None)))

    ledger.verify()
    with pytest.raises(IntegrityBroken, match="cut off: 3 of 5"):
        ledger.verify_checkpoint(kept, signer.verifier)

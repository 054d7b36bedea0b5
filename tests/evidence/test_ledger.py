import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from burnish.core.errors import InputError, IntegrityBroken
from burnish.evidence.ledger import SqlLedger

APPEND = """
import sys
from burnish.evidence.ledger import SqlLedger
ledger = SqlLedger(sys.argv[1])
for number in range(int(sys.argv[3])):
    ledger.append("made", {"by": sys.argv[2], "rows": number})
    print(number, flush=True)
"""


def appender(path: Path, name: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", APPEND, str(path), name, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_what_was_told_as_kept_survives_kill_9_and_the_ledger_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    told = 0
    for turn in range(3):
        process = appender(path, f"turn {turn}", 100_000)
        assert process.stdout is not None
        for _ in range(15 + turn):
            told += bool(process.stdout.readline())
        os.kill(process.pid, signal.SIGKILL)
        told += len(process.stdout.read().splitlines())
        process.wait()
        process.stdout.close()

        ledger = SqlLedger(path)
        ledger.verify()
        kept = len(list(ledger.entries()))
        ledger.close()
        assert told <= kept <= told + turn + 1

    reopened = SqlLedger(path)
    assert reopened.append("after", {}).seq == kept
    reopened.verify()


def test_processes_that_open_a_new_ledger_and_append_at_once_are_all_right(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    processes = [appender(path, f"p{index}", 25) for index in range(3)]

    for process in processes:
        process.communicate()

    ledger = SqlLedger(path)
    ledger.verify()
    entries = list(ledger.entries())
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert [entry.seq for entry in entries] == list(range(75))
    for index in range(3):
        mine = [e.facts["rows"] for e in entries if e.facts["by"] == f"p{index}"]
        assert mine == list(range(25))


def test_a_reader_does_not_wait_for_a_writer(tmp_path: Path) -> None:
    first, second = SqlLedger(tmp_path / "ledger.db"), SqlLedger(tmp_path / "ledger.db")
    kept = first.append("made", {"rows": 1})

    with first.transaction() as transaction:
        transaction.append("made", {"rows": 2})
        assert list(second.entries()) == [kept]

    assert len(list(second.entries())) == 2


def test_the_database_is_durable_and_in_wal_mode(tmp_path: Path) -> None:
    ledger = SqlLedger(tmp_path / "ledger.db")

    with ledger.reading() as reader:
        mode = reader.execute(sa.text("PRAGMA journal_mode")).scalar_one()
        sync = reader.execute(sa.text("PRAGMA synchronous")).scalar_one()

    assert (mode, sync) == ("wal", 2)


def test_an_entry_cannot_be_replaced_by_the_back_door(tmp_path: Path) -> None:
    ledger = SqlLedger(tmp_path / "ledger.db")
    for number in range(3):
        ledger.append("made", {"rows": number})
    statements = (
        "REPLACE INTO ledger_entry VALUES (1, 'x', 'made', x'00')",
        "INSERT INTO ledger_entry VALUES (9, 'x', 'made', x'00')",
        "UPDATE ledger_head SET size = 2",
        "UPDATE ledger_head SET origin = 'other', size = 4",
    )

    for statement in statements:
        with (
            pytest.raises(sa.exc.IntegrityError, match=r"append-only|only moves forward"),
            ledger.transaction() as transaction,
        ):
            transaction.execute(sa.text(statement))

    ledger.verify()


def test_a_file_that_is_no_database_is_told_as_broken(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_bytes(b"not a database at all, but long enough" * 100)

    with pytest.raises(IntegrityBroken, match="file is damaged"):
        SqlLedger(tmp_path / "ledger.db")


def test_a_missing_folder_is_told_with_the_path(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere"):
        SqlLedger(tmp_path / "nowhere" / "ledger.db")


def test_an_error_does_not_show_the_password_of_the_database(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        SqlLedger("postgresql+psycopg://burnish:hunter2@127.0.0.1:1/none")

    assert "hunter2" not in str(caught.value)


def test_a_damaged_head_is_found_before_anything_is_appended(tmp_path: Path) -> None:
    ledger = SqlLedger(tmp_path / "ledger.db")
    ledger.append("made", {})
    with ledger._engine.connect() as connection:
        connection.exec_driver_sql("DROP TRIGGER ledger_head_forward")
        connection.exec_driver_sql("UPDATE ledger_head SET frontier = x'00'")
        connection.commit()

    with pytest.raises(IntegrityBroken, match="entry 0 does not fit"):
        ledger.append("made", {})

"""What passes through a cluster is sealed, and who does not belong there gets nothing done."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest

from burnish.core.errors import InputError, IntegrityBroken
from burnish.engines.ray import envelope
from burnish.engines.ray.envelope import ITEM, RESULT, Refused, Session
from burnish.storage.folder import FolderStore
from burnish.storage.keys import EnvKeyProvider, FileKeyProvider


class Unsendable(Exception):
    """An error that pickle cannot make again."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}: {what}")


def raise_unsendable(item: str) -> None:
    raise Unsendable("here", item)


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "store", FileKeyProvider.ensure(tmp_path / "key"))


def done(store: FolderStore, fn: Any, item: Any) -> Any:
    """Take an item there and back, as engine and worker do."""
    session, channel = envelope.begin(store)
    answer = envelope.work(session, channel.seal((fn, item), ITEM))
    return envelope.unwrap(channel, answer)


def test_an_item_goes_there_and_its_result_comes_back(store: FolderStore) -> None:
    assert done(store, str.upper, "abc") == "ABC"


def test_neither_item_nor_result_is_readable_on_the_way(store: FolderStore) -> None:
    session, channel = envelope.begin(store)
    there = channel.seal((str.upper, "telephone of the customer"), ITEM)
    back = envelope.work(session, there)

    assert isinstance(back, bytes)
    assert b"telephone" not in there
    assert b"TELEPHONE" not in back
    assert channel.seal((str.upper, "telephone of the customer"), ITEM) != there


@pytest.mark.parametrize("place", [0, 11, 12, 40, -1])
def test_a_changed_byte_is_refused_before_anything_is_unpickled(
    store: FolderStore, place: int
) -> None:
    session, channel = envelope.begin(store)
    sealed = bytearray(channel.seal((str.upper, "abc"), ITEM))
    sealed[place] ^= 1

    refused = envelope.work(session, bytes(sealed))

    assert isinstance(refused, Refused)
    assert "was changed, or comes from another run" in refused.problem


def test_what_was_sealed_as_a_result_is_no_item(store: FolderStore) -> None:
    _, channel = envelope.begin(store)

    with pytest.raises(IntegrityBroken):
        channel.open(channel.seal("abc", RESULT), ITEM)
    with pytest.raises(IntegrityBroken):
        channel.open(b"short", ITEM)


def test_an_item_of_another_run_is_refused(store: FolderStore) -> None:
    session, _ = envelope.begin(store)
    _, other = envelope.begin(store)

    assert isinstance(envelope.work(session, other.seal((str.upper, "abc"), ITEM)), Refused)


def test_the_key_of_a_run_is_in_no_repr_and_in_no_file_in_the_clear(store: FolderStore) -> None:
    session, channel = envelope.begin(store)

    assert channel.key.hex() not in repr((session, channel))
    assert repr(channel.key) not in repr((session, channel))
    files = [path.read_bytes() for path in store.root.rglob("*") if path.is_file()]
    assert files
    assert not [data for data in files if channel.key in data]


def test_the_key_goes_with_the_run(store: FolderStore) -> None:
    session, channel = envelope.begin(store)
    assert store.scratch(envelope.SCRATCH).slots() == [session.slot]

    envelope.end(session)

    assert store.scratch(envelope.SCRATCH).slots() == []
    assert isinstance(envelope.work(session, channel.seal((str, 1), ITEM)), Refused)


@pytest.mark.parametrize("name", ["burnish", "numpy", "Python", "machine"])
def test_a_node_with_another_version_is_refused_by_name(store: FolderStore, name: str) -> None:
    session, channel = envelope.begin(store)
    here = envelope.surroundings()
    driver = Session(store, session.slot, {**here, name: "0.0"})

    with pytest.raises(InputError, match=f"has {name} {here[name]} instead of 0.0") as raised:
        envelope.unwrap(channel, envelope.work(driver, channel.seal((str, 1), ITEM)))

    assert "install on every node what the driver has" in raised.value.remedy


def test_a_node_without_the_store_is_told_what_must_be_shared(
    store: FolderStore, tmp_path: Path
) -> None:
    session, channel = envelope.begin(store)
    elsewhere = FolderStore(tmp_path / "local disk", store.keys)

    with pytest.raises(InputError, match=r"^node .* cannot open the store: ") as raised:
        envelope.unwrap(
            channel,
            envelope.work(
                Session(elsewhere, session.slot, session.driver), channel.seal((str, 1), ITEM)
            ),
        )

    assert "mounts at the same path" in raised.value.remedy


def test_a_node_that_writes_into_a_copy_of_the_store_is_found_out(
    store: FolderStore, tmp_path: Path
) -> None:
    store.put_bytes(b"made")
    copy = FolderStore(shutil.copytree(store.root, tmp_path / "copy"), store.keys)

    done(store, envelope.probe, (copy, "mark"))
    with pytest.raises(InputError, match="node n7 writes into another store"):
        envelope.confirm((store, "mark"), "n7")

    done(store, envelope.probe, (store, "mark"))
    envelope.confirm((store, "mark"), "n7")
    assert "mark" not in store.scratch(envelope.SCRATCH).slots()


def test_a_node_that_cannot_write_into_the_store_is_told(store: FolderStore) -> None:
    blocked = store.root / "scratch" / "in the way"
    blocked.parent.mkdir(parents=True)
    blocked.write_bytes(b"")
    (store.root / "scratch" / envelope.SCRATCH).symlink_to(blocked)

    with pytest.raises(InputError, match="cannot write into the store: ") as refused:
        envelope.probe((store, "mark"))

    assert "mounts at the same path" in refused.value.remedy


def test_a_node_without_the_variable_of_the_key_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORE_KEY", "5c" * 32)
    store = FolderStore(tmp_path / "store", EnvKeyProvider("STORE_KEY"))
    session, channel = envelope.begin(store)
    monkeypatch.delenv("STORE_KEY")
    at_node = FolderStore(tmp_path / "store", EnvKeyProvider("STORE_KEY"))

    refused = envelope.work(
        Session(at_node, session.slot, session.driver), channel.seal((str, 1), ITEM)
    )

    assert isinstance(refused, Refused)
    assert "the variable STORE_KEY does not hold a key" in refused.problem


def test_errors_come_back_as_themselves_with_the_place_where_they_were_raised(
    store: FolderStore,
) -> None:
    with pytest.raises(ValueError, match="invalid literal") as raised:
        done(store, int, "x")
    assert "raised on node" in raised.value.__notes__[0]

    with pytest.raises(InputError) as told:
        done(store, exec, "from burnish.core.errors import InputError\n"
             "raise InputError('no column', remedy='add it')")  # fmt: skip
    assert (told.value.problem, told.value.remedy) == ("no column", "add it")


def test_an_error_that_cannot_travel_is_told_by_its_type_alone(store: FolderStore) -> None:
    with pytest.raises(RuntimeError, match=r"^Unsendable, which cannot cross") as raised:
        done(store, raise_unsendable, "a value of the data")

    assert "a value of the data" not in "".join([str(raised.value), *raised.value.__notes__])


def test_a_file_that_only_the_driver_sees_is_told_without_its_name(
    store: FolderStore, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="does not see a file that the driver sees") as raised:
        done(store, os.stat, str(tmp_path / "Maria Rossi.jsonl"))

    assert "Rossi" not in str(raised.value)
    assert "sources must lie on storage" in raised.value.remedy


def test_an_item_that_has_begun_is_not_stopped_halfway(store: FolderStore) -> None:
    before = signal.getsignal(signal.SIGINT)

    assert done(store, signal.raise_signal, signal.SIGINT) is None
    assert signal.getsignal(signal.SIGINT) is before


def test_every_version_that_is_compared_is_a_dependency() -> None:
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")

    assert [n for n in envelope.DECIDES_ROWS if f'"{n}>=' not in text and n != "burnish"] == []

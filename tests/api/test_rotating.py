"""A new key opens the whole store, the old one no longer does, and a broken rotation goes on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from burnish.api.rotating import rotate
from burnish.core.errors import IntegrityBroken, NotAllowed, UsageError
from burnish.samples.project import PLAN
from burnish.wiring import SUBJECTS, Project, open_project

if TYPE_CHECKING:
    from tests.conftest import Desk

NEW = "file:keys/store-2.key"


@pytest.fixture(params=["folder", "objects"])
def desk(
    request: pytest.FixtureRequest, new_desk: Callable[..., Desk], tmp_path: Path, s3_server: str
) -> Desk:
    made = new_desk(tmp_path / "desk", PLAN)
    if request.param == "objects":
        (tmp_path / "secret").write_text("anything")
        made.change(store=_store(tmp_path, s3_server))
    return made


def _store(tmp_path: Path, endpoint: str) -> dict[str, Any]:
    secret = f"file:{tmp_path / 'secret'}"
    return {
        "url": f"s3://evidence/rotating/{tmp_path.name}",
        "endpoint": endpoint,
        "region": "us-east-1",
        "credentials": [
            {"key": "access_key_id", "secret": secret},
            {"key": "secret_access_key", "secret": secret},
        ],
    }


def _with_key(desk: Desk, reference: str) -> Project:
    desk.change(store__key=reference)
    return open_project(desk.folder)


def _dana(desk: Desk) -> Path:
    return desk.folder / "keys" / "dana.pem"


def test_the_new_key_opens_all_and_the_old_one_nothing(desk: Desk) -> None:
    before = open_project(desk.folder)
    digest, subjects = before.store.put_bytes(b"x"), before.subject_key

    done = rotate(desk.folder, NEW, _dana(desk))

    (entry,) = desk.entries("rekeyed")
    assert entry == {"from": done.old, "to": done.new, "by": "dana"}
    assert before.keys.kek_id == done.old
    with pytest.raises(NotAllowed, match=done.new):
        open_project(desk.folder).store.get_bytes(digest)
    after = _with_key(desk, NEW)
    assert after.store.get_bytes(digest) == b"x"
    assert after.subject_key == subjects
    assert (desk.folder / "keys" / "store.key").exists()


@pytest.mark.parametrize("first", ["the store", "the subjects"])
def test_a_rotation_that_was_broken_off_is_finished_by_running_it_again(
    desk: Desk, first: str
) -> None:
    before = open_project(desk.folder)
    digest, subjects = before.store.put_bytes(b"x"), before.subject_key
    path, old = before.state / SUBJECTS, (before.state / SUBJECTS).read_bytes()
    record = before.store.shelf
    with record.open("store.json") as source:
        sealed = source.read(-1)
    rotate(desk.folder, NEW, _dana(desk))
    if first == "the store":
        path.write_bytes(old)
    else:
        record.put("store.json", [sealed], replace=True)

    rotate(desk.folder, NEW, _dana(desk))

    after = _with_key(desk, NEW)
    assert after.store.get_bytes(digest) == b"x"
    assert after.subject_key == subjects


def test_a_stranger_and_the_same_key_and_a_wrong_old_key_are_refused(desk: Desk) -> None:
    digest = open_project(desk.folder).store.put_bytes(b"x")
    with pytest.raises(UsageError, match="belongs to nobody"):
        rotate(desk.folder, NEW, desk.folder / "keys" / "release.pem")
    with pytest.raises(UsageError, match="already"):
        rotate(desk.folder, "file:keys/store.key", _dana(desk))

    other = desk.folder / "keys" / "other.key"
    other.write_bytes(bytes(32))
    other.chmod(0o600)
    desk.change(store__key="file:keys/other.key")
    with pytest.raises((NotAllowed, IntegrityBroken)):
        rotate(desk.folder, NEW, _dana(desk))

    assert open_project(desk.folder).ledger.find("rekeyed") is None
    assert _with_key(desk, "file:keys/store.key").store.get_bytes(digest) == b"x"


def test_the_command_says_what_to_do_next(desk: Desk) -> None:
    open_project(desk.folder).store.put_bytes(b"x")

    done = desk("key", "rotate", "--to", NEW, by="dana")

    assert done.code == 0, done.err
    assert f"store.key to {NEW}" in done.out
    assert desk("key", "rotate", "--to", "vault:x", by="dana").code == 2

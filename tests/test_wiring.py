"""What a project opens: its store's key is made once and never made anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from burnish.core.errors import InputError
from burnish.plan_file import example_plan
from burnish.wiring import Project, open_project

if TYPE_CHECKING:
    from pathlib import Path


def project(folder: Path) -> Project:
    plan = folder / "burnish.yaml"
    plan.write_text(example_plan(), encoding="utf-8")
    return open_project(plan)


def test_a_new_project_gets_a_key_for_its_store(tmp_path: Path) -> None:
    digest = project(tmp_path).store.put_bytes(b"kept")

    assert (tmp_path / "keys" / "store.key").is_file()
    assert project(tmp_path).store.get_bytes(digest) == b"kept"


def test_a_lost_key_is_told_and_no_other_takes_its_place(tmp_path: Path) -> None:
    project(tmp_path).store.put_bytes(b"kept")
    key = tmp_path / "keys" / "store.key"
    key.unlink()

    with pytest.raises(InputError, match=r"the key file keys/store\.key is gone"):
        _ = project(tmp_path).store

    assert not key.exists()

"""Weights in the clear lie in memory where there is room, and go when they are done with."""

from pathlib import Path

import pytest

from burnish.methods.models.passing import passing_folder


def test_the_folder_lies_in_memory_and_goes_with_the_block(tmp_path: Path) -> None:
    with passing_folder(1000, tmp_path) as folder:
        (folder / "weights").mkdir()
        (folder / "weights/model.safetensors").write_bytes(b"numbers")
        assert folder.parent == tmp_path

    assert not folder.exists()


def test_the_folder_goes_when_the_work_fails(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), passing_folder(1000, tmp_path) as folder:
        raise RuntimeError

    assert not folder.exists()


def test_nobody_else_may_look_into_it(tmp_path: Path) -> None:
    with passing_folder(1000, tmp_path) as folder:
        assert folder.stat().st_mode & 0o077 == 0


def test_without_room_in_memory_it_lies_among_the_temporary_files(tmp_path: Path) -> None:
    with passing_folder(2**60, tmp_path) as folder:
        assert folder.is_dir()
        assert folder.parent != tmp_path


def test_without_memory_it_lies_among_the_temporary_files(tmp_path: Path) -> None:
    with passing_folder(1000, tmp_path / "missing") as folder:
        assert folder.is_dir()

"""Weights in the clear lie in memory where there is room, and go when they are done with."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from burnish.methods.models.passing import PREFIX, YOUNG_SECONDS, passing_folder, sweep


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


HOLD = """
import sys, time
from pathlib import Path
from burnish.methods.models.passing import passing_folder
with passing_folder(1000, Path(sys.argv[1])) as folder:
    (folder / "raw.jsonl").write_text("in the clear")
    print(folder, flush=True)
    time.sleep(600)
"""


def old(folder: Path) -> None:
    """As if it had been made an hour ago."""
    then = folder.stat().st_mtime - 60 * YOUNG_SECONDS
    os.utime(folder, (then, then))


def test_what_a_killed_process_left_is_swept_and_what_is_in_use_is_not(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    with holder, holder.stdout:
        folder = Path(holder.stdout.readline().strip())
        old(folder)
        assert sweep(tmp_path) == []
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    assert (folder / "raw.jsonl").exists()
    assert sweep(tmp_path) == [folder]
    assert not folder.exists()


def test_a_young_folder_and_those_of_other_names_are_left_alone(tmp_path: Path) -> None:
    young, other = tmp_path / f"{PREFIX}young", tmp_path / "burnish-quickstart"
    for folder in (young, other):
        folder.mkdir()
    old(other)
    assert sweep(tmp_path) == []


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir()
    link = tmp_path / f"{PREFIX}link"
    link.symlink_to(target)
    os.utime(link, (0, 0), follow_symlinks=False)
    assert sweep(tmp_path) == []
    assert target.is_dir()

"""Weights in the clear lie in memory where there is room, and go when they are done with."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from burnish.methods.models.passing import (
    PREFIX,
    YOUNG_SECONDS,
    passing_folder,
    shared_folder,
    sweep,
)


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


SHARING = """
import sys
from pathlib import Path
from burnish.methods.models.passing import shared_folder

def make(folder):
    (folder / "part").mkdir()
    (folder / "part/numbers").write_bytes(b"made by one")
    print("made", flush=True)

with shared_folder("a job", make, Path(sys.argv[1])) as folder:
    print((folder / "part/numbers").read_text(), flush=True)
    sys.stdin.readline()
"""


def sharer(place: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SHARING, str(place)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def end(process: subprocess.Popen[str]) -> str:
    """Let it go; what it said and was not read yet (`communicate` would miss what is buffered)."""
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        process.stdin.write("\n")
        process.stdin.close()
        said = process.stdout.read()
    assert process.returncode == 0
    return said


def test_processes_share_one_copy_and_the_last_one_deletes_it(tmp_path: Path) -> None:
    first, second = sharer(tmp_path), sharer(tmp_path)
    assert first.stdout is not None
    assert second.stdout is not None
    said = [first.stdout.readline(), second.stdout.readline()]

    told = said[0] + end(first)
    left = list(tmp_path.iterdir())
    told += said[1] + end(second)

    assert told.count("made\n") == 1
    assert told.count("made by one\n") == 2
    assert len(left) == 1
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_maker_left_is_made_anew(tmp_path: Path) -> None:
    def half(folder: Path) -> None:
        (folder / "part").mkdir()
        (folder / "part/numbers").write_bytes(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), shared_folder("a job", half, tmp_path):
        pytest.fail("half a folder was given out")
    assert list(tmp_path.iterdir()) == []

    running = sharer(tmp_path)
    assert running.stdout is not None
    assert running.stdout.readline() == "made\n"
    running.send_signal(signal.SIGKILL)
    running.communicate(timeout=60)
    for file in tmp_path.rglob(".whole"):
        file.unlink()  # as if it had been killed a moment earlier

    assert end(sharer(tmp_path)) == "made\nmade by one\n"
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_is_open_to_others_is_not_trusted(tmp_path: Path) -> None:
    with shared_folder("a job", lambda folder: None, tmp_path) as folder:
        name = folder.name
    (tmp_path / name).mkdir()
    (tmp_path / name).chmod(0o777)

    with pytest.raises(PermissionError), shared_folder("a job", lambda folder: None, tmp_path):
        pytest.fail("it was trusted")

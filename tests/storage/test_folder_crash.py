"""A killed writer, a full disk or a rival leaves no half object behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pyarrow as pa
import pytest

from burnish.core.errors import UsageError
from burnish.storage import atomic
from burnish.storage.folder import FolderStore
from burnish.storage.keys import FileKeyProvider

SETUP = """
import os, resource, sys
from pathlib import Path
import pyarrow as pa
from burnish.core.errors import UsageError
from burnish.storage.folder import FolderStore
from burnish.storage.keys import FileKeyProvider
root, key = map(Path, sys.argv[1:])
store = FolderStore(root, FileKeyProvider.ensure(key))
"""


def _start(store: FolderStore, key: FileKeyProvider, script: str) -> subprocess.Popen[str]:
    code = SETUP + textwrap.dedent(script)
    return subprocess.Popen(
        [sys.executable, "-c", code, str(store.root), str(key.path)],
        stdout=subprocess.PIPE,
        text=True,
    )


def _finish(process: subprocess.Popen[str]) -> str:
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    return out


def _leftovers(root: Path) -> list[Path]:
    return [path for path in root.rglob(".tmp-*") if "quarantine" not in path.parts]


def _objects(store: FolderStore) -> list[Path]:
    found = (store.root / "objects").rglob("*")
    return [path for path in found if path.is_file() and not path.name.startswith(".tmp-")]


def test_a_writer_killed_at_any_moment_leaves_only_whole_objects(
    store: FolderStore, key: FileKeyProvider
) -> None:
    script = """
        for n in range(10**9):
            print(store.put_table(pa.table({"n": [n], "t": [os.urandom(9000).hex() * 20]})))
            print(store.put_bytes(os.urandom(2_000_000)))
            store.scratch("train").save("latest", {"n": str(n).encode() * 300_000})
            print("saved", flush=True)
    """
    process = _start(store, key, script)
    assert process.stdout is not None
    seen = [process.stdout.readline().strip() for _ in range(3 * 4)]
    process.send_signal(signal.SIGKILL)
    seen += process.communicate()[0].split()

    said = [digest for digest in seen if len(digest) == 64]
    assert len(said) >= 8
    assert all(store.has(digest) for digest in said)
    for path in (store.root / "objects").rglob("*.parquet"):
        assert store.get_table(path.parent.name + path.stem).num_rows == 1
    for path in (store.root / "objects").rglob("*.sealed"):
        assert len(store.get_bytes(path.parent.name + path.stem)) == 2_000_000
    assert store.scratch("train").slots() == ["latest"]
    assert set(store.scratch("train").load("latest")) == {"n"}


@pytest.mark.parametrize(
    "write",
    [
        'store.put_table(pa.table({"b": [noise]}))',
        "store.put_bytes(noise)",
        'store.remember("recipe", noise)',
        'store.scratch("train").save("step-1", {"a": noise})',
    ],
)
def test_a_writer_killed_in_the_middle_leaves_only_a_leftover_for_the_sweep(
    store: FolderStore, key: FileKeyProvider, write: str
) -> None:
    store.scratch("train").save("step-1", {"a": b"before"})
    script = f"""
        import signal
        noise = os.urandom(1_500_000)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # the kernel kills at byte 200,000
        {write}
    """
    process = _start(store, key, script)
    process.communicate(timeout=120)

    assert process.returncode == -signal.SIGXFSZ
    (leftover,) = _leftovers(store.root)
    assert leftover.stat().st_size == 200_000
    assert not _objects(store)
    assert store.recall("recipe") is None
    assert store.scratch("train").slots() == ["step-1"]
    assert store.scratch("train").load("step-1") == {"a": b"before"}
    (moved,) = store.sweep()
    assert _leftovers(store.root) == []
    assert moved.startswith("quarantine/")
    assert (store.root / moved).stat().st_size == 200_000
    assert store.sweep() == []


def test_the_sweep_leaves_a_living_writers_file_alone(store: FolderStore) -> None:
    target = store.root / "objects" / "ab" / "file"

    with atomic.replacing(target) as file:
        file.write(b"half")
        assert store.sweep() == []
        file.write(b" and half")

    assert target.read_bytes() == b"half and half"


def test_two_processes_that_start_one_store_at_once_are_both_right(
    store: FolderStore, key: FileKeyProvider
) -> None:
    script = """
        print("ready", flush=True)
        while not Path(f"{root}.go").exists(): pass
        digests = {store.put_table(pa.table({"n": [n]})) for n in range(5)}
        digests |= {store.put_bytes(b"x" * 70_000)}
        store.remember("recipe", b"value")
        print(*sorted(digests))
    """
    key.path.unlink()
    rivals = [_start(store, key, script) for _ in range(3)]
    for rival in rivals:
        assert rival.stdout is not None
        assert rival.stdout.readline() == "ready\n"
    Path(f"{store.root}.go").touch()
    outs = {_finish(rival) for rival in rivals}

    assert len(outs) == 1
    tables = [d for d in outs.pop().split() if d != store.put_bytes(b"x" * 70_000)]
    assert sorted(store.get_table(d)["n"].to_pylist() for d in tables) == [[n] for n in range(5)]
    assert store.recall("recipe") == b"value"
    assert _leftovers(store.root) == []


def test_a_full_disk_leaves_nothing_half_done_and_says_so(
    store: FolderStore, key: FileKeyProvider
) -> None:
    store.scratch("train").save("step-1", {"a": b"before"})
    script = """
        noise = os.urandom(1_500_000)
        Path(f"{root}.in").write_bytes(noise[:900_000])
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
        for write in (
            lambda: store.put_table(pa.table({"b": [noise]})),
            lambda: store.put_bytes(noise),
            lambda: store.put_file(Path(f"{root}.in")),
            lambda: store.remember("recipe", noise),
            lambda: store.scratch("train").save("step-1", {"a": noise}),
        ):
            try:
                write()
            except UsageError as error:
                print(error.problem)
    """
    out = _finish(_start(store, key, script)).splitlines()

    assert len(out) == 5
    assert all("no room left on the disk" in line for line in out)
    assert _leftovers(store.root) == []
    assert not _objects(store)
    assert store.recall("recipe") is None
    assert store.scratch("train").load("step-1") == {"a": b"before"}


def test_an_error_in_the_middle_leaves_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_bytes(b"old")

    def fail() -> None:
        with atomic.replacing(target) as file:
            file.write(b"new")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()

    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.skipif(
    not os.path.exists("/proc/sys/kernel/random/uuid"), reason="needs a file that never stays"
)
def test_a_file_that_changes_while_it_is_read_is_refused(store: FolderStore) -> None:
    with pytest.raises(UsageError, match="changed while it was read"):
        store.put_file(Path("/proc/sys/kernel/random/uuid"))
    assert not _objects(store)


def test_a_large_table_of_many_chunks_comes_back(store: FolderStore) -> None:
    part = pa.table({"t": [f"row {n} " * 20 for n in range(5000)]})
    table = pa.concat_tables([part] * 10)

    assert store.get_table(store.put_table(table)).equals(table)

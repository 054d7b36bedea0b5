"""Every engine makes the same bytes in the same order, and fails in the same way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from burnish.core.artifact import Artifact, Kept, Masked, Shard
from burnish.core.errors import InputError, IntegrityBroken, Interrupted
from burnish.core.run import Run
from burnish.core.shards import ShardJob, do_shard
from burnish.engines.inline import InlineEngine
from burnish.engines.local import LocalEngine
from burnish.plan import DedupPlan, Fields, MaskPlan, QualityPlan
from burnish.samples import write_world
from burnish.stages.collect import collect
from burnish.stages.dedup import dedup
from burnish.stages.mask import mask
from burnish.stages.quality import quality, weigh
from burnish.storage.folder import FolderStore
from burnish.storage.keys import FileKeyProvider

if TYPE_CHECKING:
    from tests.conftest import Bench, Make

Engine = InlineEngine | LocalEngine
MAKE: dict[str, Callable[[], Engine]] = {
    "inline": InlineEngine,
    "local-1": lambda: LocalEngine(1),
    "local-2": lambda: LocalEngine(2),
}
MASK = MaskPlan(canaries_per_category=5)
DRIVER = """
import os, time
from burnish.engines.local import LocalEngine
engine = LocalEngine(2)
pids = set()
while len(pids) < 2:
    pids.update(engine.map(os.readlink, ["/proc/self"] * 8))
print(*pids, flush=True)
list(engine.map(time.sleep, [60, 60, 60]))
"""
linux = pytest.mark.skipif(sys.platform != "linux", reason="asks /proc for process numbers")


@pytest.fixture(scope="module", params=list(MAKE))
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    made = MAKE[request.param]()
    yield made
    made.close()


@pytest.fixture(scope="module")
def local() -> Iterator[LocalEngine]:
    made = LocalEngine(1)
    yield made
    made.close()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_world(tmp_path_factory.mktemp("world"), tickets=100).folder


@pytest.fixture
def sealed(bench: Bench, tmp_path: Path) -> Bench:
    """A bench whose store workers can open for themselves."""
    bench.store = FolderStore(tmp_path / "store", FileKeyProvider.ensure(tmp_path / "key"))
    return bench


def masked_world(run: Run, make: Make) -> list[Artifact]:
    fields = Fields(prompt="question", response="answer", label="team", subject="customer")
    sources = (
        make.source("tickets", fields=fields),
        make.source("house"),
        make.source("pages", "knowledge/*"),
    )
    collected = run.do(collect, sources, "support")
    unique = run.do(dedup, collected, DedupPlan())
    kept = run.do(quality, unique, QualityPlan())
    return [collected, unique, kept, run.do(mask, kept, MASK)]


@pytest.fixture(scope="module")
def made_before() -> dict[str, list[Artifact]]:
    """What the first engine made of the sample world, for the others to agree with."""
    return {}


def test_order_in_is_order_out(engine: Engine) -> None:
    assert list(engine.map(str, range(50))) == [str(n) for n in range(50)]


def test_nothing_in_is_nothing_out(engine: Engine) -> None:
    assert list(engine.map(str, [])) == []


def test_every_engine_makes_the_same_bytes(
    engine: Engine,
    sealed: Bench,
    make: Make,
    world: Path,
    made_before: dict[str, list[Artifact]],
) -> None:
    sealed.root = world

    made = masked_world(sealed.run(engine), make)

    assert made == made_before.setdefault("made", made)
    assert [type(artifact).__name__ for artifact in made] == [
        "Collected",
        "Unique",
        "Kept",
        "Masked",
    ]
    assert isinstance(made[-1], Masked)
    assert made[-1].rows > 300


def test_shards_come_back_in_their_order(engine: Engine, sealed: Bench, make: Make) -> None:
    shards = [[make.chat(name, f"Where is printer {name}?")] for name in "abcdefgh"]
    given = sealed.manifest(sealed.given(Kept, *shards)).shards

    results = sealed.work(engine).map_shards(weigh, given, QualityPlan(languages=()))

    tables = [sealed.store.get_table(result.shards[0].digest) for result in results]
    assert [table.column("id")[0].as_py() for table in tables] == list("abcdefgh")


def test_an_error_on_a_worker_reaches_the_driver_as_itself(engine: Engine, sealed: Bench) -> None:
    missing = ShardJob(sealed.store, weigh, Shard("0" * 64, 1), QualityPlan())

    with pytest.raises(IntegrityBroken) as raised:
        list(engine.map(do_shard, [missing]))

    assert "0000" in raised.value.problem
    assert raised.value.remedy


def test_an_engine_goes_on_after_an_error(engine: Engine) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        list(engine.map(int, ["1", "x", "3"]))

    assert list(engine.map(int, ["4"])) == [4]


def test_too_many_bad_records_say_the_same_on_every_engine(
    engine: Engine, sealed: Bench, make: Make
) -> None:
    sealed.write("tickets.jsonl", ["not json", {"question": "a", "answer": "b"}])

    with pytest.raises(InputError, match=r"1 of 2 records cannot be read; the first: tickets"):
        sealed.run(engine).do(collect, (make.source(),), "support")


@linux
def test_a_killed_worker_interrupts_and_a_second_run_goes_on(
    local: LocalEngine, sealed: Bench, make: Make
) -> None:
    questions = [f"Where is the printer of room {n} on level {n + 3}?" for n in range(6)]
    sealed.write("tickets.jsonl", [{"question": q, "answer": "Here."} for q in questions])
    collected = sealed.run(local).do(collect, (make.source(),), "support")
    worker = int(next(iter(local.map(os.readlink, ["/proc/self"]))))

    os.kill(worker, signal.SIGKILL)
    with pytest.raises(Interrupted, match="a worker process was killed") as interrupted:
        sealed.run(local).do(dedup, collected, DedupPlan())

    assert "run again" in interrupted.value.remedy
    assert sealed.run(local).do(dedup, collected, DedupPlan()).rows > 0
    assert sealed.events() == ["made", "made"]


@linux
def test_workers_do_not_outlive_a_killed_driver() -> None:
    command = [sys.executable, "-c", DRIVER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as driver:
        assert driver.stdout is not None
        workers = [int(pid) for pid in driver.stdout.readline().split()]
        alive_before = [pid for pid in workers if runs(pid)]
        driver.kill()

    assert len(alive_before) == 2
    assert gone(workers)


def runs(pid: int) -> bool:
    """Whether a process exists and is no zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def gone(pids: list[int]) -> bool:
    for _ in range(300):
        if not any(map(runs, pids)):
            return True
        time.sleep(0.1)
    return False

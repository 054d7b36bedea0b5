"""Every engine makes the same bytes in the same order, and fails in the same way."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from burnish.core.artifact import Artifact, Kept, Masked, Shard
from burnish.core.errors import InputError, IntegrityBroken, Interrupted
from burnish.core.gate import Look
from burnish.core.run import Run
from burnish.core.shards import ShardJob, do_shard
from burnish.core.verdict import Outcome, Verdict
from burnish.engines.inline import InlineEngine
from burnish.engines.local import LocalEngine
from burnish.engines.ray.cluster import Crew
from burnish.engines.ray.engine import RayEngine
from burnish.plan import (
    BaseModelPlan,
    ConvertPlan,
    DedupPlan,
    EvaluatePlan,
    Fields,
    MaskPlan,
    QualityPlan,
    ScreenPlan,
    SplitPlan,
)
from burnish.samples import write_world
from burnish.stages.collect import collect
from burnish.stages.convert import convert
from burnish.stages.dedup import dedup
from burnish.stages.mask import mask
from burnish.stages.quality import quality, weigh
from burnish.stages.screen import screen
from burnish.stages.split import split
from burnish.storage.folder import FolderStore
from burnish.storage.keys import EnvKeyProvider, FileKeyProvider

if TYPE_CHECKING:
    from tests.conftest import Bench, Make

Engine = InlineEngine | LocalEngine | RayEngine
MAKE: dict[str, Callable[[FolderStore], Engine]] = {
    "inline": lambda store: InlineEngine(),
    "local-1": lambda store: LocalEngine(1),
    "local-2": lambda store: LocalEngine(2),
    "ray-2": lambda store: RayEngine(store, Crew("local", 2)),
}
MASK = MaskPlan(canaries_per_category=5, min_recall=0.0, bars=())
BASE = BaseModelPlan(path="builtin", licence="Apache-2.0", provenance="comes with burnish")
KEY = "CONFORMANCE_KEY"
SECRETS = {KEY: "5c" * 32, "RAY_AUTH_TOKEN": "ab" * 32}
"""The second keeps Ray from writing a token into the home folder."""
DRIVER = """
import os, sys, time
from pathlib import Path
from burnish.engines.local import LocalEngine
from burnish.engines.ray.cluster import Crew
from burnish.engines.ray.engine import RayEngine
from burnish.storage.folder import FolderStore
from burnish.storage.keys import EnvKeyProvider
store = FolderStore(Path(sys.argv[2]), EnvKeyProvider(sys.argv[3]))
engine = LocalEngine(2) if sys.argv[1] == "local" else RayEngine(store, Crew("local", 2))
pids = set()
while len(pids) < 2:
    pids.update(engine.map(os.readlink, ["/proc/self"] * 8))
print(*pids, flush=True)
list(engine.map(time.sleep, [60, 60, 60]))
"""


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Engine]]:
    started: dict[str, Engine] = {}
    store = FolderStore(tmp_path_factory.mktemp("engines") / "store", EnvKeyProvider(KEY))

    def started_once(name: str) -> Engine:
        if name not in started:
            started[name] = MAKE[name](store)
        return started[name]

    with pytest.MonkeyPatch.context() as patch:
        for name, value in SECRETS.items():
            patch.setenv(name, value)
        yield started_once
        for engine in started.values():
            engine.close()


@pytest.fixture(params=list(MAKE))
def engine(request: pytest.FixtureRequest, engines: Callable[[str], Engine]) -> Engine:
    return engines(request.param)


@pytest.fixture(params=["local-2", "ray-2"])
def pool(request: pytest.FixtureRequest, engines: Callable[[str], Engine]) -> Engine:
    """An engine with workers that can be lost."""
    return engines(request.param)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_world(tmp_path_factory.mktemp("world"), tickets=100).folder


@pytest.fixture
def sealed(bench: Bench, tmp_path: Path) -> Bench:
    """A bench whose store workers can open for themselves."""
    bench.store = FolderStore(tmp_path / "store", FileKeyProvider.ensure(tmp_path / "key"))
    return bench


def waved_through(look: Look, corpus: Masked) -> Verdict:
    return Verdict(Outcome.PASSED)


def prepared_world(run: Run, make: Make) -> list[Artifact]:
    fields = Fields(prompt="question", response="answer", label="team", subject="customer")
    sources = (
        make.source("tickets", fields=fields),
        make.source("house"),
        make.source("pages", "knowledge/*"),
    )
    collected = run.do(collect, sources, "support")
    unique = run.do(dedup, collected, DedupPlan())
    kept = run.do(quality, unique, QualityPlan())
    screened = run.do(screen, kept, ScreenPlan(), EvaluatePlan())
    masked = run.do(mask, screened, MASK)
    cleared = run.clear(waved_through, masked)
    examples = run.do(replace(convert, after=""), cleared, ConvertPlan(documents="train"), BASE)
    parts = run.do(split, examples, SplitPlan())
    return [collected, unique, kept, screened, masked, examples, parts]


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

    made = prepared_world(sealed.run(engine), make)

    assert made == made_before.setdefault("made", made)
    assert [type(artifact).__name__ for artifact in made] == [
        "Collected",
        "Unique",
        "Kept",
        "Screened",
        "Masked",
        "Examples",
        "Parts",
    ]
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


def test_at_most_two_items_for_each_worker_are_under_way(engine: Engine) -> None:
    drawn: list[int] = []

    def endless() -> Iterator[int]:
        for number in itertools.count():
            drawn.append(number)
            yield number

    results = itertools.islice(engine.map(str, endless()), 20)
    ahead = [len(drawn) - place for place, _ in enumerate(results)]

    assert len(ahead) == 20
    assert max(ahead) <= 2 * 2


def test_an_error_is_not_tried_again(engine: Engine, tmp_path: Path) -> None:
    tried = tmp_path / "tried"
    code = f"import os; os.mkdir({str(tried)!r}); raise KeyError('no such column')"

    with pytest.raises(KeyError, match="no such column"):
        list(engine.map(exec, [code]))

    assert tried.is_dir()


def test_a_lost_worker_is_replaced_and_nothing_is_missing(pool: Engine, tmp_path: Path) -> None:
    struck = tmp_path / "struck"
    command = f"test -e {struck} || {{ touch {struck}; kill -9 $PPID; }}; exit %d"

    codes = list(pool.map(os.system, [command % n for n in range(8)]))

    assert [os.waitstatus_to_exitcode(code) for code in codes] == list(range(8))
    assert struck.exists()


def test_an_item_that_ends_every_worker_interrupts(pool: Engine, tmp_path: Path) -> None:
    begun = tmp_path / "begun"

    with pytest.raises(Interrupted, match="was begun 3 times, and each time") as interrupted:
        list(pool.map(os.system, [f"echo again >> {begun}; kill -9 $PPID"]))

    assert "run again" in interrupted.value.remedy
    assert begun.read_text().split() == ["again"] * 3
    assert list(pool.map(str, [1, 2])) == ["1", "2"]


def test_an_item_that_has_begun_is_finished_though_nobody_waits(
    pool: Engine, tmp_path: Path
) -> None:
    begun, ended = tmp_path / "begun", tmp_path / "ended"
    results = pool.map(os.system, ["exit 0", f"touch {begun}; sleep 1; touch {ended}"])

    assert next(results) == 0
    assert within_time(begun.exists)
    del results
    assert not ended.exists()
    assert within_time(ended.exists)
    assert list(pool.map(str, [1])) == ["1"]


def test_ray_writes_neither_items_nor_the_key_of_the_store_anywhere(
    engines: Callable[[str], Engine],
) -> None:
    secret = "the telephone number of the customer"
    engine = engines("ray-2")

    assert list(engine.map(str.upper, [secret])) == [secret.upper()]
    with pytest.raises(ValueError, match=secret):
        list(engine.map(int, [secret]))

    (log,) = engine.map(os.readlink, ["/proc/self/fd/1"])
    session = Path(log).parent.parent
    written = {path: path.read_bytes() for path in session.rglob("*") if path.is_file()}
    assert (session / "logs" / "raylet.out") in written
    for value in (secret, secret.upper(), SECRETS[KEY]):
        assert [path for path, data in written.items() if value.encode() in data] == []


@pytest.mark.parametrize("kind", ["local", "ray"])
def test_workers_do_not_outlive_a_killed_driver(kind: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", DRIVER, kind, str(tmp_path / "store"), KEY]
    env = {**os.environ, **SECRETS}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as driver:
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
    return within_time(lambda: not any(map(runs, pids)))


def within_time(holds: Callable[[], bool]) -> bool:
    for _ in range(300):
        if holds():
            return True
        time.sleep(0.1)
    return False

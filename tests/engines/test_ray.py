"""Ray waits for ever and attaches to whatever runs; burnish does neither, and says why it stops."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import FrameType

import pytest
from pydantic import ValidationError

from burnish.core.errors import InputError, Interrupted
from burnish.engines.ray.cluster import Crew
from burnish.engines.ray.engine import RayEngine
from burnish.plan import EnginePlan
from burnish.storage.folder import FolderStore
from burnish.storage.keys import FileKeyProvider
from burnish.wiring import engine_for

STOP = threading.Event()
WITHOUT = """
import sys
sys.modules["ray"] = None
from burnish.plan import EnginePlan
from burnish.storage.memory import MemoryStore
from burnish.wiring import engine_for
for kind in ("inline", "local", "ray"):
    engine_for(EnginePlan(kind=kind), MemoryStore())
"""
LIGHT = """
import json, sys
import burnish.cli.run, burnish.api.running
from burnish.plan import EnginePlan
from burnish.storage.memory import MemoryStore
from burnish.wiring import engine_for
engine_for(EnginePlan(), MemoryStore())
before = "ray" in sys.modules
engine_for(EnginePlan(kind="ray"), MemoryStore())
print(json.dumps([before, "ray" in sys.modules]))
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> FolderStore:
    folder = tmp_path_factory.mktemp("engine")
    return FolderStore(folder / "store", FileKeyProvider.ensure(folder / "key"))


def polite(number: int, frame: FrameType | None) -> None:
    """What a run does on SIGTERM."""


@pytest.fixture(scope="module")
def engine(store: FolderStore) -> Iterator[RayEngine]:
    """One worker, and a second's patience."""
    before = signal.signal(signal.SIGTERM, polite)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_AUTH_TOKEN", "ab" * 32)
        patch.setenv("RAY_ADDRESS", "127.0.0.1:9")
        made = RayEngine(store, Crew("local", 1, deadline_seconds=1), STOP.is_set)
        with suppress(Interrupted):
            list(made.map(str, [1]))
        yield made
        made.close()
    signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize("address", ["127.0.0.1:9", "ray://127.0.0.1:9", "127.0.0.1:99999", "auto"])
def test_an_address_where_nothing_listens_is_told_at_once(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:9")
    store = FolderStore(tmp_path / "store", FileKeyProvider.ensure(tmp_path / "key"))

    with pytest.raises(InputError, match=r"^no Ray cluster answers at ") as refused:
        next(RayEngine(store, Crew(address)).map(str, [1]))

    assert "engine.address" in refused.value.remedy
    assert store.scratch("engine").slots() == []


def test_nothing_within_the_deadline_interrupts_and_says_what_the_cluster_does(
    engine: RayEngine,
) -> None:
    with pytest.raises(Interrupted, match=r"^nothing came back from 2 items .* in 1 sec") as raised:
        list(engine.map(time.sleep, [5, 5]))

    assert "1 processors" in raised.value.problem
    assert "engine.deadline_seconds" in raised.value.remedy


def test_a_run_that_is_asked_to_stop_does_not_wait_for_its_items(engine: RayEngine) -> None:
    STOP.set()
    try:
        with pytest.raises(Interrupted, match="stopped with 2 items under way") as stopped:
            list(engine.map(time.sleep, [5, 5, 5]))
    finally:
        STOP.clear()

    assert "goes on where it stopped" in stopped.value.remedy


def test_the_signals_stay_with_the_run(engine: RayEngine) -> None:
    assert signal.getsignal(signal.SIGTERM) is polite
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_cluster_of_the_same_process_is_not_joined_unasked(
    engine: RayEngine, store: FolderStore
) -> None:
    slots = store.scratch("engine").slots()

    with pytest.raises(InputError, match="is connected to a Ray cluster already") as refused:
        next(RayEngine(store, Crew("local", 1)).map(str, [1]))

    assert "a process of its own" in refused.value.remedy
    assert store.scratch("engine").slots() == slots


def test_closing_an_engine_that_never_worked_is_nothing(store: FolderStore) -> None:
    slots = store.scratch("engine").slots()

    RayEngine(store, Crew("127.0.0.1:9")).close()

    assert store.scratch("engine").slots() == slots


def test_without_the_extra_only_ray_is_refused_and_the_command_is_told() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert "InputError: the plan's engine is ray, which is not installed" in done.stderr
    assert "pip install 'burnish[ray]'" in done.stderr


def test_ray_is_loaded_only_for_a_plan_that_asks_for_it() -> None:
    done = subprocess.run([sys.executable, "-c", LIGHT], capture_output=True, text=True, check=True)

    assert json.loads(done.stdout) == [False, True]


def test_usage_is_reported_to_nobody() -> None:
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"


@pytest.mark.parametrize("address", ["somewhere", "ray", ""])
def test_an_address_must_name_a_cluster(address: str) -> None:
    with pytest.raises(ValidationError, match="address"):
        EnginePlan(kind="ray", address=address)


def test_an_address_is_refused_where_it_would_be_ignored() -> None:
    with pytest.raises(ValidationError, match=r"engine\.address is for kind: ray"):
        EnginePlan(kind="local", address="auto")


def test_the_plan_names_what_the_engine_needs(store: FolderStore) -> None:
    plan = EnginePlan(kind="ray", address="10.0.0.1:6379", workers=8, attempts=2)

    made = engine_for(plan, store)

    assert isinstance(made, RayEngine)
    assert made.crew == Crew("10.0.0.1:6379", 8, 2, 3600)

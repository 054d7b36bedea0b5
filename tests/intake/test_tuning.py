"""Whatever befalls a training, it ends in the weights of one that nothing befell."""

from __future__ import annotations

import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from tests.intake import strikes
from tests.intake.small_world import SETTINGS, Ear, World
from tests.intake.strikes import Struck
from tests.small_training import small_base

from burnish.core.crew import Alone, Errand, Hears
from burnish.core.errors import DiskFull, Interrupted, OutOfMemory, UsageError
from burnish.engines.processes.crew import Patience, Processes
from burnish.engines.supervision.crew import Supervised
from burnish.engines.supervision.journal import read
from burnish.engines.supervision.policy import Policy
from burnish.intake.tuning import tune
from burnish.methods.training.parallel_settings import ParallelSettings

RUN = """
import pickle, sys
from pathlib import Path
from burnish.engines.processes.crew import Processes
from burnish.engines.supervision.crew import Supervised
from tests.intake import strikes
from tests.intake.small_world import Ear
job = pickle.loads(Path(sys.argv[1]).read_bytes())
crew = Supervised(Processes(strikes.PRELOAD, "fork"), journal=job.folder / "training.json")
crew.run(strikes.train, job, Ear())
"""


@dataclass(frozen=True)
class Kept:
    """A crew whose nest outlives a run: it is imported once for all tests."""

    crew: Processes

    def run(self, errand: Errand[Any, Any], job: Any, hears: Hears, ranks: int = 1) -> Any:
        return self.crew.run(errand, job, hears, ranks)


@pytest.fixture(scope="module")
def crew() -> Iterator[Kept]:
    made = Processes(strikes.PRELOAD, "fork", Patience(step=6.0, quiet=300.0))
    yield Kept(made)
    made.close()


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_base(tmp_path_factory.mktemp("base"))


def run(world: World, crew: Kept, job: Struck, hears: Ear, ranks: int = 1) -> dict[str, str]:
    policy = Policy(attempts=3, backoff=0.01, longest=0.02)
    how = Supervised(crew, policy, journal=world.folder / "training.json")
    return how.run(strikes.train, job, hears, ranks).files


@pytest.fixture
def world(tmp_path: Path, base: Path) -> World:
    return World(tmp_path, base)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, base: Path) -> dict[str, str]:
    """The weights by digest, trained in this very process."""
    there = World(tmp_path_factory.mktemp("undisturbed"), base)
    return Alone().run(tune, there.job().inner, Ear()).files


@pytest.mark.parametrize(
    ("blow", "attempts"),
    [
        ("", [("done", 0, 14, 0)]),
        ("kill", [("process lost", 0, 8, 2), ("done", 6, 14, 0)]),
        ("stop", [("hung", 0, 8, 2), ("done", 6, 14, 0)]),
        ("term", [("preempted", 0, 8, 0), ("done", 8, 14, 0)]),
        ("starve", [("out of memory", 0, 8, 2), ("done", 6, 14, 0)]),
    ],
)
def test_a_blow_costs_the_steps_since_the_checkpoint_and_changes_no_bit(
    world: World, crew: Kept, undisturbed: dict[str, str], blow: str, attempts: list[Any]
) -> None:
    hears = Ear()
    assert run(world, crew, world.job(blow), hears) == undisturbed
    assert hears.told_of("ended", "from", "to", "steps_lost") == attempts


def test_a_torn_checkpoint_is_told_of_and_set_aside_and_an_older_one_taken(
    world: World, crew: Kept, undisturbed: dict[str, str]
) -> None:
    hears = Ear()
    assert run(world, crew, world.job("tear"), hears) == undisturbed
    assert hears.told_of("ended", "from") == [("process lost", 0), ("done", 3)]
    assert hears.entries[1]["torn"] == [6]
    aside = [path.name for path in (world.folder / "store" / "quarantine").iterdir()]
    assert [name.partition(".")[0] for name in aside] == ["step-000000006"]


def test_a_full_disk_ends_it_and_with_room_it_goes_on_from_the_last_whole_checkpoint(
    world: World, crew: Kept, undisturbed: dict[str, str]
) -> None:
    hears = Ear()
    with pytest.raises(DiskFull, match="no room left on the disk"):
        run(world, crew, world.job("fill"), hears)
    assert hears.told_of("ended", "from", "to") == [("disk full", 0, 9)]
    scratch = world.folder / "store" / "scratch" / "t-train"
    assert sorted(path.name for path in scratch.iterdir()) == [
        "step-000000003.sealed",
        "step-000000006.sealed",
    ]
    assert run(world, crew, world.job(), hears) == undisturbed
    assert hears.told_of("ended", "from")[1:] == [("done", 6)]


def test_who_stops_it_loses_nothing(world: World, crew: Kept, undisturbed: dict[str, str]) -> None:
    with pytest.raises(Interrupted, match="stopped after step 8; its checkpoint is saved"):
        run(world, crew, world.job(), Ear(stop_after=8))
    hears = Ear()
    assert run(world, crew, world.job(), hears) == undisturbed
    assert hears.told_of("from") == [(8,)]


def test_memory_that_does_not_suffice_twice_is_the_plans_matter(world: World, crew: Kept) -> None:
    hears = Ear()
    with pytest.raises(OutOfMemory, match="attempt 2") as caught:
        run(world, crew, world.job("starve", often=9), hears)
    assert "train.micro_batch" in caught.value.remedy
    assert hears.told_of("ended") == [("out of memory",)] * 2


def test_an_example_that_does_not_fit_is_named_and_not_tried_again(
    world: World, crew: Kept
) -> None:
    hears = Ear()
    short = replace(SETTINGS, max_length=8)
    with pytest.raises(UsageError, match="1-0"):
        run(world, crew, world.job(settings=short), hears)
    assert hears.told_of("ended") == [("data or settings",)]


def test_a_run_that_was_killed_goes_on_when_it_is_run_again(
    world: World, crew: Kept, undisturbed: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "job").write_bytes(pickle.dumps(world.job("stop")))
    with subprocess.Popen([sys.executable, "-c", RUN, str(tmp_path / "job")]) as supervisor:
        while not (world.folder / "struck").exists():
            assert supervisor.poll() is None
            time.sleep(0.05)
        supervisor.send_signal(signal.SIGKILL)
    assert read(world.folder / "training.json")["saved"] == 6
    hears = Ear()

    assert run(world, crew, world.job(), hears) == undisturbed
    assert hears.told_of("number", "ended") == [(1, "supervisor lost"), (2, "done")]


def test_one_of_two_ranks_is_killed_and_both_come_to_the_same_weights(
    tmp_path: Path, base: Path, crew: Kept
) -> None:
    two = replace(SETTINGS, parallel=ParallelSettings(kind="ddp", ranks=2))
    there, here = World(tmp_path / "there", base), World(tmp_path / "here", base)
    for world in (there, here):
        world.folder.mkdir()
    whole = run(there, crew, there.job(settings=two), Ear(), 2)
    hears = Ear()
    assert run(here, crew, here.job("kill", two, who=1, at=8), hears, 2) == whole
    assert [ended for (ended,) in hears.told_of("ended")] == ["process lost", "done"]
    assert hears.entries[1]["from"] == 6

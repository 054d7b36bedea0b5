"""A cluster of three nodes on this machine, and what a crew on it goes through.

Run as a program in a folder: it tells in JSON what happened. Ray is started once for all of it.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ray
from ray.cluster_utils import Cluster
from tests.engines.crew.drill import Drill, DrillThenTune, drill_then_tune, small_base
from tests.small_training import STOP, table

from burnish.core.artifact import Manifest, Shard
from burnish.core.crew import Errand
from burnish.core.errors import BurnishError, InputError
from burnish.engines.processes.crew import Patience, Processes
from burnish.engines.ray.cluster import Crew as Place
from burnish.engines.ray.cluster import connect
from burnish.engines.ray.crew import Ranks, RayCrew
from burnish.intake.tuning import PRELOAD, TuneJob, tune
from burnish.storage.folder import FolderStore
from burnish.storage.keys import EnvKeyProvider

ROWS = 24
SMALL: dict[str, Any] = {"object_store_memory": 80_000_000, "include_dashboard": False}
LEAN = {"prestart_worker_first_driver": False, "enable_worker_prestart": False}


@dataclass
class Listener:
    """Keeps what the ranks say; at a step of rank 0 it does something."""

    at: int = 0
    do: Callable[[], None] = lambda: None
    steps: list[int] = field(default_factory=list)
    beats: list[tuple[int, str, int | None]] = field(default_factory=list)
    asked_by: list[int] = field(default_factory=list)
    stop_at: int = 0

    def told(self, rank: int, facts: Mapping[str, Any]) -> None:
        if rank or "step" not in facts:
            return
        self.steps.append(facts["step"])
        if facts["step"] == self.at:
            self.do()

    def beat(self, rank: int, doing: str, step: int | None) -> None:
        self.beats.append((rank, doing, step))

    def asked(self, question: str, facts: Mapping[str, Any]) -> Any:
        if question != "weight":
            raise InputError(f"nobody answers '{question}'", remedy="ask for the weight")
        self.asked_by.append(int(facts["rank"]))
        return 2.0

    def noted(self, event: str, facts: Mapping[str, object]) -> None:
        raise AssertionError(event)

    def should_stop(self) -> bool:
        return bool(self.stop_at) and len(self.steps) >= self.stop_at


@dataclass
class Story:
    """What is tried, and what is told of it."""

    folder: Path
    store: FolderStore
    cluster: Cluster
    nodes: list[Any] = field(default_factory=list)
    told: dict[str, Any] = field(default_factory=dict)

    def crew(self, room: float = 120, quiet: float = 120) -> RayCrew:
        place = Place(self.cluster.address, 2, 1, room)
        return RayCrew(self.store, Ranks(place, patience=Patience(60, quiet), shared=True))

    def attempt(
        self, name: str, work: tuple[Errand[Any, Any], Any], hears: Listener,
        crew: RayCrew, ranks: int = 2,
    ) -> None:  # fmt: skip
        try:
            ended = ["done", crew.run(*work, hears, ranks)]
        except BurnishError as error:
            ended = [type(error).__name__, error.problem]
        resumed = sorted(beat for beat in hears.beats if beat[1] == "resumed")
        self.told[name] = {"ended": ended, "resumed": resumed, "steps": hears.steps,
                           "asked_by": sorted(hears.asked_by)}  # fmt: skip

    def kill_a_worker(self) -> None:
        os.kill(int((self.folder / "rank-1").read_text()), signal.SIGKILL)

    def lose_a_node(self) -> None:
        """The node whose raylet is above the process of rank 0."""
        above = ancestors(int((self.folder / "rank-0").read_text()))
        lost = next(n for n in self.nodes if n.all_processes["raylet"][0].process.pid in above)
        self.nodes.remove(lost)
        self.cluster.remove_node(lost, allow_graceful=False)


def ancestors(pid: int) -> set[int]:
    """The processes above one."""
    above = set()
    while pid > 1:
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        above.add(pid)
    return above


def training(store: FolderStore, base: Path, scratch: str) -> TuneJob:
    """A small training of two replicas."""
    from burnish.methods.training.parallel_settings import ParallelSettings
    from burnish.methods.training.settings import TrainSettings

    tables = {part: table(rows, rows) for part, rows in (("train", ROWS), ("validation", 6))}
    shards = tuple(Shard(store.put_table(t), t.num_rows, part) for part, t in tables.items())
    facts = {"examples": {"max_length": 16, "base": "b" * 64, "stop_ids": [STOP]}}
    manifest = Manifest("Mixed", ROWS + 6, shards, facts=facts)
    settings = TrainSettings(
        epochs=2, micro_batch=2, accumulate=1, max_length=16, learning_rate=1e-2, threads=1,
        checkpoint_every=2, parallel=ParallelSettings(kind="ddp", ranks=2), packing=False,
    )  # fmt: skip
    return TuneJob(store, store.put_bytes(manifest.to_bytes()), base, settings, scratch)


def begun_here(store: FolderStore, folder: Path, told: dict[str, Any]) -> TuneJob:
    """The training undisturbed, and another begun and stopped, in processes of this machine."""
    here = Processes(PRELOAD)
    base = here.run(small_base, folder / "base", Listener())
    whole = here.run(tune, training(store, base, "whole"), Listener(), 2)
    told["undisturbed"] = whole.files
    job, stopped = training(store, base, "halves"), Listener(stop_at=3)
    try:
        here.run(tune, job, stopped, 2)
    except BurnishError as error:
        told["begun here"] = [type(error).__name__, stopped.steps]
    here.close()
    return job


def live_through(story: Story) -> None:
    tuning = begun_here(story.store, story.folder, story.told)
    drill = Drill(story.store, "drill", story.folder)
    work = (drill_then_tune, DrillThenTune(drill, tuning))
    connect(Place(story.cluster.address))
    crew = story.crew()
    story.attempt("killed", work, Listener(7, story.kill_a_worker), crew)
    story.attempt("node lost", work, Listener(12, story.lose_a_node), crew)
    story.attempt("done", work, Listener(), crew)
    crew.close()
    story.told["still connected"] = ray.is_initialized()
    story.told["left"] = story.store.scratch("engine").slots()
    ray.shutdown()


def main() -> None:
    folder = Path(sys.argv[1])
    store = FolderStore(folder / "store", EnvKeyProvider("STORE_KEY"))
    head = {"num_cpus": 0, "_system_config": LEAN, **SMALL}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    try:
        story = Story(folder, store, cluster)
        # nodes can be added by the main thread only, so all are there from the beginning
        story.nodes = [cluster.add_node(num_cpus=2, **SMALL) for _ in range(2)]
        live_through(story)
    finally:
        cluster.shutdown()
    print(json.dumps(story.told))


if __name__ == "__main__":
    main()

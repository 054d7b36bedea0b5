"""An errand on many ranks of a Ray cluster: Ray Train places them, the limits are ours.

Ray Train (V2) reserves room for all ranks at once, starts a worker for each, tells them apart and
ends them all when one is lost. It is allowed no retry: its controller would try for ever to start
workers where there is no room, and cannot know what a training lost. One attempt is made; who
supervises decides on the next, which goes on from the sealed checkpoints in the store.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import ray
from ray.exceptions import RayError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

os.environ["RAY_CHDIR_TO_TRIAL_DIR"] = "0"  # a rank works where the project's paths hold
from ray.train.v2.api.config import FailureConfig, LoggingConfig, RunConfig, ScalingConfig
from ray.train.v2.api.data_parallel_trainer import DataParallelTrainer

from burnish.core.crew import Errand, Hears
from burnish.core.errors import InputError
from burnish.core.ports import Store
from burnish.engines.processes.crew import Patience
from burnish.engines.ray import envelope
from burnish.engines.ray.attempt import Attempt, Limits
from burnish.engines.ray.cluster import Crew, Tie, connect, probe, signals_kept
from burnish.engines.ray.ranks import Brief, take_part
from burnish.engines.ray.switchboard import Switchboard

T = TypeVar("T")
R = TypeVar("R")
QUIET = {
    "RAY_TRAIN_ENABLE_PREEMPTION_WATCHER": "0",  # the driver looks for itself, and asks to save
    "RAY_TRAIN_ENABLE_CONTROLLER_STRUCTURED_LOGGING": "0",
    "RAY_TRAIN_ENABLE_WORKER_STRUCTURED_LOGGING": "0",
    "RAY_TRAIN_ENABLE_PRINT_PATCH": "0",
    "RAY_TRAIN_METRICS_ENABLED": "0",
    "RAY_TRAIN_HEALTH_CHECK_INTERVAL_S": "0.5",
}
"""How Ray Train runs: it says nothing by itself and looks after its workers twice a second."""
ONCE = FailureConfig(max_failures=0, controller_failure_limit=0, max_preemption_failures=0)
"""No failure of a worker, of the controller or of a node is tried again by Ray Train."""
LONGER_SECONDS = 10.0
"""So much later than we Ray Train gives up on room for the ranks: our words say more."""


@dataclass(frozen=True, slots=True)
class Ranks:
    """Where ranks run, what each takes, and how long to bear with them.

    `each` counts CPU, GPU or what the cluster calls its own. The `deadline_seconds` of `place`
    bound the wait for room, `patience` the silence of a rank that has begun. `shared`: an engine
    of this process may be connected to the same cluster.
    """

    place: Crew = field(default_factory=Crew)
    each: Mapping[str, float] = field(default_factory=lambda: {"CPU": 1.0})
    patience: Patience = field(default_factory=Patience)
    shared: bool = False


@dataclass(frozen=True, slots=True)
class _Tied:
    """A cluster that was joined, whose nodes have shown that they can do the work alike."""

    session: envelope.Session
    channel: envelope.Channel
    ours: bool


class RayCrew:
    """Runs errands on the ranks of a cluster, one attempt each.

    The cluster is joined, or started, at the first errand and kept until `close`.
    """

    def __init__(self, store: Store, ranks: Ranks) -> None:
        self._store = store
        self.ranks = ranks
        self._tied: _Tied | None = None

    def run(self, errand: Errand[T, R], job: T, hears: Hears, ranks: int = 1) -> R:
        """The result of rank 0; what an errand raises is raised here, as itself if it is ours.

        Raises `InputError` when the cluster cannot be joined, is too small for good, or a node
        cannot do the work alike; `Lost` when there is no room or a rank is lost, `Hung` when one
        falls silent, `Preempted` when a node is taken away and the ranks have saved, and
        `OutOfMemory` when Ray ended a rank because its node had none left.
        """
        tied = self._tied or self._join(ranks)
        try:
            result: R = self._attempt(tied, (errand, job), hears, ranks)
        except (RayError, ConnectionError):
            self.close()
            raise
        return result

    def close(self) -> None:
        """Leave the cluster, or end the one that was started."""
        tied, self._tied = self._tied, None
        if tied is not None:
            _leave(tied)

    def _join(self, ranks: int) -> _Tied:
        place = self.ranks.place
        ours = not (self.ranks.shared and ray.is_initialized())
        tied = _Tied(*envelope.begin(self._store, envelope.DECIDES_WEIGHTS), ours)
        try:
            if ours:
                self._connect(ranks)
            do = ray.remote(num_cpus=1, max_retries=0)(envelope.work)
            probe(Tie(tied.session, tied.channel, do, place, lambda: False))
        except BaseException:
            _leave(tied)
            raise
        self._tied = tied
        return tied

    def _connect(self, ranks: int) -> None:
        place = self.ranks.place
        if place.address.startswith("ray://"):
            raise InputError(
                "ranks cannot be run over ray://, whose server would stand between them and us",
                remedy="run burnish on a node of the cluster, and take address: auto",
            )
        processors = max(1, round(ranks * self.ranks.each.get("CPU", 0)))
        connect(Crew(place.address, processors, 1, place.deadline_seconds))

    def _attempt(self, tied: _Tied, work: Any, hears: Hears, ranks: int) -> Any:
        self._refuse_too_small(ranks)
        limits = Limits(ranks, self.ranks.place.deadline_seconds, self.ranks.patience)
        board = _switchboard()
        # Ray Train wants a folder of its own; our checkpoints do not go there.
        with tempfile.TemporaryDirectory(prefix="burnish-ray-") as folder:
            attempt = Attempt(board, tied.channel, hears, limits)
            sealed = tied.channel.seal(work, envelope.ITEM)
            try:
                brief = Brief(tied.session, board, sealed)
                return attempt.result(self._trainer(brief, ranks, folder))
            finally:
                attempt.end()
                ray.kill(board)

    def _refuse_too_small(self, ranks: int) -> None:
        """A cluster of our own does not grow, so waiting for room in it is in vain."""
        if self.ranks.place.address != "local":
            return
        has = ray.cluster_resources()
        for name, amount in self.ranks.each.items():
            if has.get(name, 0) < amount * ranks:
                raise InputError(
                    f"{ranks} ranks take {amount * ranks:g} {name}, and this machine's cluster "
                    f"has {has.get(name, 0):g}",
                    remedy="lower trainer.ranks, raise engine.workers, or join a larger cluster",
                )

    def _trainer(self, brief: Brief, ranks: int, folder: str) -> DataParallelTrainer:
        patience = self.ranks.place.deadline_seconds + LONGER_SECONDS
        limit = {"RAY_TRAIN_WORKER_GROUP_START_TIMEOUT_S": f"{patience:g}"}
        os.environ.update(QUIET | limit)  # Ray Train takes these from the driver only
        return _Trainer(
            take_part,
            train_loop_config={"brief": brief},
            scaling_config=ScalingConfig(
                num_workers=ranks,
                use_gpu=self.ranks.each.get("GPU", 0) > 0,
                resources_per_worker=dict(self.ranks.each),
            ),
            run_config=RunConfig(  # type: ignore[arg-type]  # annotated with what V2 replaces
                name=brief.session.slot,
                storage_path=folder,
                failure_config=ONCE,
                logging_config=LoggingConfig(log_level="CRITICAL"),
            ),
        )


class _Trainer(DataParallelTrainer):
    """Ray Train without the process that would share out data sets: a rank reads the store."""

    def _create_default_callbacks(self) -> list[Any]:
        every: list[Any] = super()._create_default_callbacks()
        return [one for one in every if type(one).__name__ != "DatasetsCallback"]


def _leave(tied: _Tied) -> None:
    try:
        if tied.ours and ray.is_initialized():
            with signals_kept():
                ray.shutdown()
    finally:
        envelope.end(tied.session)


def _switchboard() -> Any:
    """On the driver's own node, so that no other node's loss takes it along."""
    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
    placed: Any = ray.remote(num_cpus=0)(Switchboard)
    return placed.options(scheduling_strategy=here).remote()

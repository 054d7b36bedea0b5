"""One attempt at an errand on a cluster, as its driver hears it."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import ray
from ray._private.state import state as cluster_state
from ray.exceptions import RayError
from ray.train.v2.api.data_parallel_trainer import DataParallelTrainer

from burnish.core.crew import Hears
from burnish.core.errors import BurnishError, Hung, InputError, Lost, OutOfMemory, Preempted
from burnish.core.failures import MEMORY_REMEDY, Kind, classify
from burnish.engines.processes.crew import Patience
from burnish.engines.ray import envelope
from burnish.engines.ray.cluster import broken, processors

LOOK_SECONDS = 0.5
DRAIN_LOOK_SECONDS = 2.0
END_SECONDS = 30.0
_MEMORY = "running low on memory"
"""What Ray says of a worker that it ended for memory; of others it says that it may have been."""
_TELLING = (Kind.DEFECT, Kind.STOPPED, Kind.PREEMPTED, Kind.LOST)
"""From the least telling failure of several ranks upwards; any other tells more."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many ranks there are, how long they may take to begin, and how long be silent."""

    world: int
    room_seconds: float
    patience: Patience


@dataclass(slots=True)
class _Heard:
    """A rank that has begun: its worker, its node, and when it was heard of last."""

    actor: Any
    node: str
    limit: float
    at: float = field(default_factory=time.monotonic)


class Attempt:
    """Hears the ranks and judges what became of them."""

    def __init__(self, board: Any, channel: envelope.Channel, hears: Hears, limits: Limits) -> None:
        self._board = board
        self._channel = channel
        self._hears = hears
        self._limits = limits
        self._there: dict[int, _Heard] = {}
        self._ended: dict[int, tuple[Any, BurnishError | None]] = {}
        self._thread: threading.Thread | None = None
        self._failure: Exception | None = None
        self._halted = False
        self._taken_away = ""

    def result(self, trainer: DataParallelTrainer) -> Any:
        """What rank 0 came to, once all ranks are through; else what stopped them, raised."""
        self._thread = threading.Thread(target=self._fit, args=(trainer,), daemon=True)
        self._thread.start()
        began = looked = time.monotonic()
        while self._thread.is_alive() and not self._whole():
            self._hear(LOOK_SECONDS)
            if time.monotonic() - looked > DRAIN_LOOK_SECONDS:
                self._look_for_drains()
                looked = time.monotonic()
            self._halt_if_asked()
            self._refuse_to_wait(began)
        self._hear(0.0)
        if self._whole():
            return self._ended[0][0]
        raise self._cause()

    def end(self) -> None:
        """Leave no rank behind; Ray Train gives up when its workers are gone.

        Ranks that begin after this find no switchboard, and end by themselves.
        """
        thread = self._thread
        if thread is None or not self._there:
            return
        if self._whole():
            thread.join(END_SECONDS)
        for rank in self._there.values():
            if thread.is_alive():
                with suppress(RayError):
                    ray.kill(rank.actor)
        thread.join(END_SECONDS)

    def _fit(self, trainer: DataParallelTrainer) -> None:
        # In a thread of its own: the driver's must hear signals, and Ray Train waits for ever.
        try:
            trainer.fit()
        except Exception as error:
            self._failure = error

    def _hear(self, seconds: float) -> None:
        """Take what the ranks said."""
        try:
            for kind, number, what in ray.get(self._board.hear.remote(seconds)):
                self._take(kind, number, what)
        except (RayError, ConnectionError) as error:
            raise broken(error) from error

    def _take(self, kind: str, number: int, what: Any) -> None:
        if kind == "came":
            quiet = self._limits.patience.quiet
            self._there[number] = _Heard(what["actor"], what["node"], quiet)
        elif kind == "said":
            self._pass_on(number, *self._channel.open(what, envelope.WORD))
        elif kind == "asked":
            question, facts = self._channel.open(what, envelope.WORD)
            answer = envelope.outcome(partial(self._hears.asked, question, facts))
            sealed = self._channel.seal(answer, envelope.ANSWER)
            ray.get(self._board.answer.remote(number, sealed))
        elif isinstance(what, envelope.Refused):
            self._ended[number] = (None, InputError(what.problem, remedy=what.remedy))
        else:
            self._ended[number] = self._channel.open(what, envelope.RESULT)

    def _pass_on(self, number: int, kind: str, what: Any, step: int | None) -> None:
        rank, patience = self._there[number], self._limits.patience
        rank.at = time.monotonic()
        if kind == "told":
            rank.limit = patience.step
            self._hears.told(number, what)
        else:
            rank.limit = patience.quiet
            self._hears.beat(number, what, step)

    def _whole(self) -> bool:
        """Whether every rank is through, and well."""
        well = [number for number, (_, error) in self._ended.items() if error is None]
        return len(well) == self._limits.world

    def _look_for_drains(self) -> None:
        """A node with a rank on it is about to be taken away: save while there is time."""
        draining: Mapping[str, int] = cluster_state.get_draining_nodes()
        for number, rank in sorted(self._there.items()):
            if rank.node in draining and not self._taken_away:
                self._taken_away = f"the node of rank {number} is being taken away"

    def _halt_if_asked(self) -> None:
        if not self._halted and (self._taken_away or self._hears.should_stop()):
            self._halted = True
            ray.get(self._board.halt.remote())

    def _refuse_to_wait(self, began: float) -> None:
        now, room = time.monotonic(), self._limits.room_seconds
        if not self._there and now - began > room:
            raise Lost(
                f"no rank of {self._limits.world} began within {room:g} seconds, on a cluster of "
                f"{processors():g} processors",
                remedy="see `ray status`; add nodes or raise engine.deadline_seconds, and run "
                "again to go on",
            )
        for number, rank in sorted(self._there.items()):
            if number not in self._ended and now - rank.at > rank.limit:
                raise Hung(
                    f"rank {number} said nothing for {now - rank.at:.0f} seconds and was ended",
                    remedy="run again to go on; if its steps take that long, raise "
                    "trainer.hang_seconds (or quiet_seconds for loading and evaluating)",
                )

    def _cause(self) -> BurnishError:
        """The most telling of what the ranks met, and of what befell them."""
        failures = [error for _, error in self._ended.values() if error is not None]
        gone = self._gone()
        if gone or not failures:
            failures.append(self._lost(gone))
        cause = max(failures, key=_telling)
        if self._taken_away and classify(cause) in (Kind.STOPPED, Kind.LOST, Kind.DEFECT):
            return Preempted(f"{self._taken_away}; {cause.problem}", remedy=cause.remedy)
        return cause

    def _gone(self) -> Mapping[int, Exception]:
        """The ranks of which Ray Train knows that they failed, and which did not say why."""
        failures: Mapping[int, Exception] = getattr(self._failure, "worker_failures", {})
        return {n: failures[n] for n in sorted(failures) if n not in self._ended}

    def _lost(self, gone: Mapping[int, Exception]) -> BurnishError:
        named = f"rank {', '.join(map(str, gone))} of {self._limits.world}" if gone else "a rank"
        if any(_MEMORY in str(why) for why in gone.values()):
            return OutOfMemory(f"{named}: its node ran out of memory", remedy=MEMORY_REMEDY)
        why = sorted({type(error).__name__ for error in gone.values()})
        return Lost(
            f"{named} was lost ({', '.join(why) or type(self._failure).__name__})",
            remedy="run again: it goes on from the last checkpoint",
        )


def _telling(error: BurnishError) -> int:
    kind = classify(error)
    return _TELLING.index(kind) if kind in _TELLING else len(_TELLING)

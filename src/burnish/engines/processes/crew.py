"""Runs an errand in processes of this machine, and notices when one is lost or hangs.

It tries once: whether to try again is for `engines.supervised`.
"""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from time import monotonic
from typing import Any, TypeVar

from burnish.core.crew import Errand, Hears, Rank
from burnish.core.errors import BurnishError, Hung, Interrupted, Lost, OutOfMemory, Preempted
from burnish.core.failures import MEMORY_REMEDY, Kind, classify
from burnish.engines.processes.memory import OomKills
from burnish.engines.processes.messages import (
    Answer,
    Asked,
    Beat,
    Done,
    Failed,
    FromRank,
    Job,
    MayGoOn,
    Told,
)
from burnish.engines.processes.ranks import DEATH_SECONDS, Begin, Nursery, Process

T = TypeVar("T")
R = TypeVar("R")
LOOK_SECONDS = 0.5
SETTLE_SECONDS = 1.0
"""So long after the first failure the other ranks are heard: the first is often not the cause."""
LEAVE_SECONDS = 60.0
"""So long the other ranks may take to save and leave when one of them has left."""
_TELLING = (Kind.DEFECT, Kind.STOPPED, Kind.PREEMPTED, Kind.LOST)
"""From the least telling failure of several ranks upwards; any other tells more."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a rank may be silent, in seconds: within a step, and while it loads and the like."""

    step: float = 300.0
    quiet: float = 1800.0


@dataclass(slots=True)
class _Heard:
    """One rank as its crew sees it."""

    number: int
    process: Process
    limit: float
    at: float = field(default_factory=monotonic)
    end: Done | Failed | None = None
    lost: bool = False

    @property
    def over(self) -> bool:
        """Whether nothing more will come from it."""
        return self.lost or self.end is not None


class Processes:
    """A crew on this machine; each rank is a process in a session of its own.

    `preload` names modules that the errand needs, imported once where ranks are forked; `begin`
    says whether they are. Errors of the errand are raised here as themselves if they are
    burnish's, else as `Broken` with their type and place. A rank that vanishes is `Lost`, one that
    is silent beyond `patience` is `Hung`, one that was told to leave and saved is `Preempted`.
    """

    def __init__(
        self,
        preload: Sequence[str] = (),
        begin: Begin = "auto",
        patience: Patience | None = None,
        kills: OomKills | None = None,
    ) -> None:
        self._nursery = Nursery(begin, preload)
        self._patience = patience or Patience()
        self._memory = kills or OomKills()

    def run(self, errand: Errand[T, R], job: T, hears: Hears, ranks: int = 1) -> R:
        """The result of rank 0, as soon as it is told: how its process ends does not matter."""
        meeting = f"127.0.0.1:{_free_port()}" if ranks > 1 else ""
        kills = self._memory.count()
        team: list[_Heard] = []
        try:
            for number in range(ranks):
                process = self._nursery.start()
                team.append(_Heard(number, process, self._patience.quiet))
                rank = Rank(number, ranks, number, meeting)
                with suppress(OSError):  # dead already, which is seen when it is listened to
                    process.pipe.send(Job(errand, job, rank))
            heard = _Hearing(team, hears, self._patience, self._nursery)
            done: R = heard.result(lambda: self._memory.count() > kills)
            return done
        finally:
            self._end(team)

    def close(self) -> None:
        """Let go of what is kept for the next run."""
        self._nursery.close()

    def _end(self, team: Sequence[_Heard]) -> None:
        done = all(isinstance(one.end, Done) for one in team)
        for one in team:
            if not done:
                one.process.kill()
        for one in team:
            self._nursery.bury(one.process)


class _Hearing:
    """Listens to all ranks of one attempt until it is decided."""

    def __init__(
        self, team: Sequence[_Heard], hears: Hears, patience: Patience, nursery: Nursery
    ) -> None:
        self._team, self._hears, self._patience = team, hears, patience
        self._nursery = nursery
        self._leaving = False

    def result(self, memory_ran_out: Callable[[], bool]) -> Any:
        """What rank 0 made; raises the most telling failure of all."""
        first = self._team[0]
        while not isinstance(first.end, Done):
            self._listen(LOOK_SECONDS)
            self._refuse_silence()
            if any(one.lost or isinstance(one.end, Failed) for one in self._team):
                self._settle()
                raise self._cause(memory_ran_out())
        until = monotonic() + DEATH_SECONDS
        while not all(one.over for one in self._team) and monotonic() < until:
            self._listen(0.05)
        return first.end.result

    def _listen(self, seconds: float) -> None:
        """Take what the ranks say within so many seconds, or what came meanwhile."""
        of = {one.process.pipe: one for one in self._team if not one.over}
        nest = self._nursery.nest.pipe
        pipes: list[Connection[Any, Any]] = [*of, *([nest] if nest else [])]
        for ready in wait(pipes, seconds):
            if ready is nest:
                self._nursery.nest.hear()
            else:
                self._hear(of[ready])  # type: ignore[index]  # what is waited for is a pipe
        for one in of.values():
            if not one.over and one.process.poll() is not None and not one.process.pipe.poll(0):
                one.lost = True

    def _hear(self, one: _Heard) -> None:
        try:
            said: FromRank = one.process.pipe.recv()
        except (EOFError, OSError):
            one.lost = True
            return
        self._take(one, said)
        one.at = monotonic()

    def _take(self, one: _Heard, said: FromRank) -> None:
        if isinstance(said, Done | Failed):
            one.end = said
        elif isinstance(said, Beat):
            one.limit = self._patience.quiet
            self._hears.beat(one.number, said.doing, said.step)
        elif isinstance(said, Told):
            one.limit = self._patience.step if "step" in said.facts else self._patience.quiet
            self._hears.told(one.number, said.facts)
        else:
            self._answer(one, said)

    def _answer(self, one: _Heard, said: Asked | MayGoOn) -> None:
        if isinstance(said, MayGoOn):
            self._leaving = self._leaving or said.noticed
            answer: Any = self._leaving or self._hears.should_stop()
        else:
            answer = self._hears.asked(said.question, said.facts)
        with suppress(OSError):  # it died meanwhile, which is seen when it is listened to
            one.process.pipe.send(Answer(answer))

    def _refuse_silence(self) -> None:
        now = monotonic()
        for one in self._team:
            if not one.over and now - one.at > one.limit and not one.process.pipe.poll(0):
                raise Hung(
                    f"rank {one.number} said nothing for {now - one.at:.0f} seconds and was ended",
                    remedy="run again to go on; if its steps take that long, raise "
                    "trainer.hang_seconds (or quiet_seconds for loading and evaluating)",
                )

    def _settle(self) -> None:
        """Hear the other ranks out: shortly after a failure, longer while they save and leave."""
        began = monotonic()
        while not all(one.over for one in self._team):
            failures = [one.end.error for one in self._team if isinstance(one.end, Failed)]
            leave = failures and all(isinstance(error, Interrupted) for error in failures)
            lost = any(one.lost for one in self._team)
            limit = LEAVE_SECONDS if leave and not lost else SETTLE_SECONDS
            if monotonic() - began > limit:
                return
            self._listen(0.05)

    def _cause(self, memory_ran_out: bool) -> BurnishError:
        failures = [self._lost(one, memory_ran_out) for one in self._team if one.lost]
        failures += [_preempted(one.end) for one in self._team if isinstance(one.end, Failed)]
        return max(failures, key=_telling)

    def _lost(self, one: _Heard, memory_ran_out: bool) -> BurnishError:
        one.process.kill()
        self._nursery.bury(one.process)
        code = one.process.code
        if code == -signal.SIGKILL and memory_ran_out:
            return OutOfMemory(
                f"the system killed rank {one.number} because memory ran out", remedy=MEMORY_REMEDY
            )
        lost = Lost(
            f"rank {one.number} was killed ({_exit(code)})" if code else f"rank {one.number} left",
            remedy="run again: it goes on from the last checkpoint",
        )
        lost.exit = _exit(code)
        return lost


def _exit(code: int | None) -> str:
    if code is None:
        return ""
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


def _preempted(end: Failed) -> BurnishError:
    """A rank that saved because it was told to leave itself, while nobody stopped the run."""
    if end.noticed and type(end.error) is Interrupted:
        return Preempted(end.error.problem, remedy=end.error.remedy)
    return end.error


def _telling(error: BurnishError) -> int:
    kind = classify(error)
    return _TELLING.index(kind) if kind in _TELLING else len(_TELLING)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port

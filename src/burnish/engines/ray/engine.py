"""Work spread over a Ray cluster: the same stages, the same bytes, results in order.

Ray (Moritz et al., OSDI 2018) places the items, and nothing else: retries, back-pressure and
deadlines are ours, because its own wait for ever. Every item is an ordinary task that reads and
writes the store by itself; what passes through Ray is sealed.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import ray
from ray.exceptions import RayError

from burnish.core.errors import Interrupted
from burnish.core.ports import Store
from burnish.engines.ray import envelope
from burnish.engines.ray.cluster import (
    LOST,
    Crew,
    Tie,
    broken,
    connect,
    gave_up,
    probe,
    processors,
    signals_kept,
    standstill,
)

T = TypeVar("T")
R = TypeVar("R")
LOOK_SECONDS = 0.5
PATIENCE_SECONDS = 60.0
LEAVE_SECONDS = 10.0
log = logging.getLogger(__name__)


class RayEngine:
    """Connects at the first map and stays connected until `close`.

    At most two items per worker are under way. An item whose worker or node is lost is begun
    again, `attempts` times in all. What an item raises is raised here as itself, and not tried
    again.
    """

    def __init__(
        self, store: Store, crew: Crew, should_stop: Callable[[], bool] = lambda: False
    ) -> None:
        self._store = store
        self.crew = crew
        self._should_stop = should_stop
        self._tie: Tie | None = None
        self._leaving: list[Any] = []

    def map(self, fn: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """Apply `fn` to each item on the cluster.

        Raises `InputError` when the cluster cannot be joined or a node cannot do the work alike,
        and `Interrupted` when workers are lost too often, nothing comes back within the deadline,
        or the run is asked to stop.
        """
        tie = self._tie or self._join()
        errands = _Round(tie, fn, iter(items))
        try:
            while errands.fill():
                yield errands.first()
        finally:
            self._leaving += errands.cancel()

    def close(self) -> None:
        """Leave the cluster, or end the one that was started.

        Items that had begun get a few seconds to finish, so that their results are kept; Ray
        ends the processes of those that do not.
        """
        tie, self._tie = self._tie, None
        if tie is None:
            return
        try:
            if self._leaving:
                ray.wait(self._leaving, num_returns=len(self._leaving), timeout=LEAVE_SECONDS)
        finally:
            self._leaving = []
            with signals_kept():
                ray.shutdown()
            envelope.end(tie.session)

    def _join(self) -> Tie:
        """Connect, and let every node show that it can do the work alike."""
        session, channel = envelope.begin(self._store)
        try:
            connect(self.crew)
        except BaseException:
            envelope.end(session)
            raise
        do = ray.remote(num_cpus=1, max_retries=0, scheduling_strategy="SPREAD")(envelope.work)
        self._tie = Tie(session, channel, do, self.crew, self._should_stop)
        try:
            probe(self._tie)
        except BaseException:
            self.close()
            raise
        return self._tie


@dataclass(slots=True)
class _Errand:
    """One item under way; `answer` is there when it came back, in whatever order."""

    sealed: bytes
    ref: Any
    attempts: int = 1
    answer: bytes | envelope.Refused | None = None


class _Round(Generic[T, R]):
    """One map: a window over the items, whose first result is handed on first."""

    def __init__(self, tie: Tie, fn: Callable[[T], R], source: Iterator[T]) -> None:
        self._tie = tie
        self._fn = fn
        self._source = source
        self._waiting: deque[_Errand] = deque()
        self._told = False
        # Where the cluster is larger than `workers`, nothing queues: all that is sent is at work.
        workers = tie.crew.workers
        self._at_once = workers if processors() > workers else 2 * workers

    def fill(self) -> bool:
        """Send items while there is room; whether any is under way or waits for its turn."""
        while len(self._waiting) < 2 * self._tie.crew.workers and self._under_way() < self._at_once:
            try:
                item = next(self._source)
            except StopIteration:
                break
            sealed = self._tie.channel.seal((self._fn, item), envelope.ITEM)
            self._waiting.append(_Errand(sealed, self._send(sealed)))
        return bool(self._waiting)

    def first(self) -> R:
        """The result of the first item of the window, waited for."""
        since = time.monotonic()
        while (answer := self._waiting[0].answer) is None:
            if self._collect():
                since = time.monotonic()
                self.fill()
            else:
                self._bear(time.monotonic() - since)
        self._waiting.popleft()
        result: R = envelope.unwrap(self._tie.channel, answer)
        return result

    def cancel(self) -> list[Any]:
        """Take back what has not begun; returns what may still be at work."""
        refs = [errand.ref for errand in self._waiting if errand.ref is not None]
        with suppress(RayError):  # the connection is gone, and the work with it
            for ref in refs:
                ray.cancel(ref, recursive=False)
        return refs

    def _under_way(self) -> int:
        return sum(errand.ref is not None for errand in self._waiting)

    def _send(self, sealed: bytes) -> Any:
        return self._tie.do.remote(self._tie.session, sealed)

    def _collect(self) -> bool:
        """Take what came back within a moment; whether anything did."""
        errands = {errand.ref: errand for errand in self._waiting if errand.ref is not None}
        try:
            back, _ = ray.wait(list(errands), num_returns=1, timeout=LOOK_SECONDS)
            for ref in back:
                self._take(errands[ref])
        except (RayError, ConnectionError) as error:
            raise broken(error) from error
        return bool(back)

    def _take(self, errand: _Errand) -> None:
        try:
            errand.answer = ray.get(errand.ref)
            errand.ref, errand.sealed = None, b""
        except LOST as lost:
            if errand.attempts >= self._tie.crew.attempts:
                raise gave_up(lost, errand.attempts) from lost
            errand.attempts += 1
            errand.ref = self._send(errand.sealed)

    def _bear(self, idle: float) -> None:
        """Wait on, or raise `Interrupted`: Ray itself waits for ever."""
        if self._tie.should_stop():
            raise Interrupted(
                f"stopped with {self._under_way()} items under way on the cluster",
                remedy="burnish run goes on where it stopped",
            )
        deadline = self._tie.crew.deadline_seconds
        if idle > deadline:
            raise Interrupted(
                f"nothing came back from {self._under_way()} items on the cluster in "
                f"{deadline:g} seconds: {standstill()}",
                remedy="see `ray status`; add nodes or raise engine.deadline_seconds, and run "
                "again to go on",
            )
        if idle > PATIENCE_SECONDS and not self._told and processors() < 1:
            self._told = True
            log.warning("%s; waiting for up to %g seconds", standstill(), deadline)

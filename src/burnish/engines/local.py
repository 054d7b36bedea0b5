"""A pool of processes on this machine; results come back in the order of the items."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import wait
from threading import Thread
from typing import Generic, TypeVar

from burnish.core.errors import Interrupted

T = TypeVar("T")
R = TypeVar("R")


@dataclass(slots=True)
class _Errand(Generic[T, R]):
    """One item under way, and how often it was begun."""

    item: T
    future: Future[R]
    attempts: int = 1


class LocalEngine:
    """Processes are started at the first map and kept until `close`.

    At most two items per worker are under way, so that a long list of shards never lies in
    memory. When a worker is killed, all of them are begun again, `attempts` times at most: which
    item it was cannot be told. Workers die with the driver, also when it is killed.
    """

    def __init__(self, workers: int = 2, attempts: int = 3) -> None:
        self._workers = workers
        self._attempts = attempts
        self._pool: ProcessPoolExecutor | None = None

    def map(self, fn: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """Apply `fn` to each item on the workers; workers lost too often raise `Interrupted`."""
        waiting: deque[_Errand[T, R]] = deque()
        try:
            for item in items:
                waiting.append(_Errand(item, self._send(fn, item, waiting)))
                if len(waiting) >= 2 * self._workers:
                    yield self._first(fn, waiting)
            while waiting:
                yield self._first(fn, waiting)
        finally:
            for errand in waiting:
                errand.future.cancel()

    def _first(self, fn: Callable[[T], R], waiting: deque[_Errand[T, R]]) -> R:
        while True:
            try:
                result = waiting[0].future.result()
            except BrokenProcessPool as broken:
                self._begin_again(fn, waiting, broken)
            else:
                waiting.popleft()
                return result

    def _send(self, fn: Callable[[T], R], item: T, waiting: deque[_Errand[T, R]]) -> Future[R]:
        while True:
            try:
                return self._started().submit(fn, item)
            except BrokenProcessPool as broken:
                self._begin_again(fn, waiting, broken)

    def _begin_again(
        self, fn: Callable[[T], R], waiting: deque[_Errand[T, R]], broken: BrokenProcessPool
    ) -> None:
        """A new pool for everything that the lost one did not finish."""
        self.close()
        for errand in waiting:
            if not _lost(errand.future):
                continue
            if errand.attempts >= self._attempts:
                raise Interrupted(
                    f"an item was begun {errand.attempts} times, and each time a worker process "
                    "was killed (out of memory, or from outside)",
                    remedy="run again to go on; lower engine.workers if memory ran out",
                ) from broken
            errand.attempts += 1
            with suppress(BrokenProcessPool):  # then the future that is there tells it again
                errand.future = self._started().submit(fn, errand.item)

    def close(self) -> None:
        """Let the workers go."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            context = multiprocessing.get_context("forkserver")
            context.set_forkserver_preload(["burnish.core.shards"])
            self._pool = ProcessPoolExecutor(
                self._workers, mp_context=context, initializer=_die_with_driver
            )
        return self._pool


def _lost(future: Future[R]) -> bool:
    return future.cancelled() or isinstance(future.exception(), BrokenProcessPool)


def _die_with_driver() -> None:
    """Leave signals to the driver, and do not outlive it, however it ends.

    The process that forked this one does not tell: it lives on while any worker does. So a
    thread waits until the driver's end of the pipe between them closes.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if driver := multiprocessing.parent_process():
        Thread(target=_leave_after, args=(driver.sentinel,), daemon=True).start()


def _leave_after(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)

"""A pool of processes on this machine; results come back in the order of the items."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from threading import Thread
from typing import TypeVar

from burnish.core.errors import Interrupted

T = TypeVar("T")
R = TypeVar("R")


class LocalEngine:
    """Processes are started at the first map and kept until `close`.

    At most two items per worker are under way, so that a long list of shards never lies in
    memory. Workers die with the driver, also when it is killed.
    """

    def __init__(self, workers: int = 2) -> None:
        self._workers = workers
        self._pool: ProcessPoolExecutor | None = None

    def map(self, fn: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """Apply `fn` to each item on the workers; a lost worker raises `Interrupted`."""
        waiting: deque[Future[R]] = deque()
        source = iter(items)
        try:
            for item in source:
                waiting.append(self._started().submit(fn, item))
                if len(waiting) >= 2 * self._workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool as broken:
            self.close()
            raise Interrupted(
                "a worker process was killed (out of memory, or from outside)",
                remedy="run again to go on; lower engine.workers if memory ran out",
            ) from broken
        finally:
            for future in waiting:
                future.cancel()

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

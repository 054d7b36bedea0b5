"""The crew's end of its ranks: starting, ending and burying them."""

from __future__ import annotations

import os
import platform
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, Pipe
from multiprocessing.reduction import send_handle
from time import monotonic
from typing import Any, Literal

from burnish.core.errors import Lost
from burnish.engines.processes.messages import Ended, Start, Started

Begin = Literal["auto", "fork", "exec"]
BOOT = "import sys; sys.path[:] = {path!r}; from burnish.engines.processes import nest; {call}"
GPU = "/dev/nvidia0"
DEATH_SECONDS = 10.0
"""So long a process may take to be gone after SIGKILL, or after saying that it is done."""

LOAD_SECONDS = 900.0
"""So long the nest may take to import what ranks need."""


@dataclass(slots=True)
class Process:
    """One process of ours, in a session of its own: the terminal's signals do not reach it."""

    pid: int
    pipe: Connection[Any, Any] = field(repr=False)
    popen: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    code: int | None = None

    def poll(self) -> int | None:
        """The exit code (negative: the signal), once it is known."""
        if self.code is None and self.popen is not None:
            self.code = self.popen.poll()
        return self.code

    def kill(self) -> None:
        """End it and whatever it started."""
        if self.poll() is None:
            with suppress(ProcessLookupError, PermissionError):  # gone, or not begun yet
                os.killpg(self.pid, signal.SIGKILL)
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)


def launched(call: str) -> Process:
    """An interpreter of its own that runs a function of `nest` at the other end of a pipe."""
    here, there = Pipe()
    lifeline, held = os.pipe()
    told = f"{there.fileno()}, {os.getpid()}, {lifeline}"
    code = BOOT.format(path=_path(), call=f"nest.{call}({told})")
    try:
        popen = subprocess.Popen(
            [sys.executable, "-P", "-c", code], stdin=subprocess.DEVNULL, stdout=2,
            pass_fds=(there.fileno(), lifeline), start_new_session=True, env=_surroundings(),
        )  # fmt: skip
    finally:
        there.close()
        os.close(lifeline)
    _HELD[popen.pid] = held
    return Process(popen.pid, here, popen)


_HELD: dict[int, int] = {}
"""Our ends of the lifelines, by process: they close with us, however we end."""


def buried(process: Process, seconds: float = DEATH_SECONDS) -> int | None:
    """Wait for the end of a process that was launched, kill it if it takes too long."""
    assert process.popen is not None
    try:
        process.code = process.popen.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.code = process.popen.wait()
    process.pipe.close()
    os.close(_HELD.pop(process.pid))
    return process.code


def _surroundings() -> dict[str, str]:
    """Ours; and NumPy's OpenBLAS without threads of its own, or the nest could never fork.

    Elsewhere than on x86-64 torch may compute with OpenBLAS itself, so there it is left alone.
    """
    quiet = {"OPENBLAS_NUM_THREADS": "1"} if platform.machine() == "x86_64" else {}
    return {**quiet, **os.environ}


def _path() -> list[str]:
    return [entry or os.getcwd() for entry in sys.path]


class Nest:
    """Where forked ranks come from; launched at the first start, and again when it is gone."""

    def __init__(self, preload: Sequence[str]) -> None:
        self._preload = tuple(preload)
        self._process: Process | None = None
        self._ranks: dict[int, Process] = {}

    def fork(self) -> Process | None:
        """A rank; None where the nest may not fork. Raises `Lost` when the nest is gone."""
        nest = self._running()
        here, there = Pipe()
        try:
            nest.pipe.send(Start())
            send_handle(nest.pipe, there.fileno(), nest.pid)
            started = self._started(nest)
        except (EOFError, OSError) as gone:
            here.close()
            self.close()
            raise Lost(
                "the process that starts the ranks was killed while it loaded",
                remedy="free memory if that ran out, and run again",
            ) from gone
        finally:
            there.close()
        if not started.pid:
            here.close()
            return None
        self._ranks[started.pid] = Process(started.pid, here)
        return self._ranks[started.pid]

    @property
    def pipe(self) -> Connection[Any, Any] | None:
        """Where it says which rank ended."""
        return self._process.pipe if self._process else None

    def hear(self) -> None:
        """Take what it says; when it is gone, so are all of its ranks."""
        assert self._process is not None
        try:
            while self._process.pipe.poll(0):
                self._take(self._process.pipe.recv())
        except (EOFError, OSError):
            for rank in self._ranks.values():
                rank.kill()
                rank.code = -signal.SIGKILL if rank.code is None else rank.code
            self.close()

    def close(self) -> None:
        """Let it go."""
        if self._process is not None:
            self._process.kill()
            buried(self._process)
        self._process = None
        self._ranks.clear()

    def _running(self) -> Process:
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._process = launched("main")
            self._process.pipe.send(self._preload)
        return self._process

    def _started(self, nest: Process) -> Started:
        while True:
            if not nest.pipe.poll(LOAD_SECONDS):
                raise EOFError
            said = nest.pipe.recv()
            if isinstance(said, Started):
                return said
            self._take(said)

    def _take(self, said: Ended) -> None:
        if rank := self._ranks.pop(said.pid, None):
            rank.code = said.code


class Nursery:
    """Starts ranks the way the plan says, and waits for their end."""

    def __init__(self, begin: Begin, preload: Sequence[str]) -> None:
        self._forks = begin == "fork" or (begin == "auto" and _may_fork_here())
        self.nest = Nest(preload)

    def start(self) -> Process:
        """A new process that waits for its job."""
        if self._forks and (rank := self.nest.fork()):
            return rank
        self._forks = False
        return launched("alone")

    def bury(self, rank: Process, seconds: float = DEATH_SECONDS) -> None:
        """Wait until a rank is gone, kill it if it takes too long, and close its pipe; once."""
        if rank.pipe.closed:
            return
        if rank.popen is not None:
            buried(rank, seconds)
            return
        until = monotonic() + seconds
        while rank.code is None and self.nest.pipe is not None:
            left = until - monotonic()
            if left <= 0:
                rank.kill()
                until = monotonic() + DEATH_SECONDS
            elif self.nest.pipe.poll(left):
                self.nest.hear()
        rank.pipe.close()

    def close(self) -> None:
        """Let the nest go."""
        self.nest.close()


def _may_fork_here() -> bool:
    """Forking after imports is sound on Linux; with a GPU, libraries open it unasked."""
    return sys.platform == "linux" and not os.path.exists(GPU)

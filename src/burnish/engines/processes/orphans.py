"""No process outlives the one that started it, however that one ends."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from threading import Thread

PR_SET_PDEATHSIG = 1
"""prctl(2): the signal that the kernel sends when the parent dies. Linux only."""
ORPHANED = 112


def die_with(parent: int, lifeline: int | None = None) -> None:
    """End this process when `parent` is gone; `lifeline` is a pipe that only the parent holds.

    Linux kills it at once, also when it is stopped. Elsewhere a thread waits for the end of the
    pipe. Ends here and now when the parent is gone already.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    elif lifeline is not None:
        leave_at_end_of(lifeline)
    if os.getppid() != parent:
        os._exit(ORPHANED)


def leave_at_end_of(lifeline: int) -> None:
    """Wait in a thread for the pipe's other end to close, and end the process then."""
    Thread(target=_leave, args=(lifeline,), daemon=True).start()


def _leave(lifeline: int) -> None:
    while os.read(lifeline, 1):
        continue
    os._exit(ORPHANED)

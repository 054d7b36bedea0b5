"""The process that ranks come from: it has imported what they need, and forks or becomes one.

Importing a training's libraries takes seconds, forking milliseconds. So a crew has one nest that
imports once and forks each rank, also when they are started again. A process with a second thread
or an opened GPU must not fork (its locks and its driver's state would be copied as they stand):
then, and wherever the plan says so, each rank is a nest of its own that does the work itself.
"""

from __future__ import annotations

import gc
import importlib
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.reduction import recv_handle
from pathlib import Path
from typing import Any, NoReturn

from burnish.engines.processes.messages import Ended, Start, Started
from burnish.engines.processes.orphans import die_with
from burnish.engines.processes.rank import work

TASKS, OPEN_FILES = Path("/proc/self/task"), Path("/proc/self/fd")
GPU = "/dev/nvidia"


def main(pipe: int, parent: int, lifeline: int) -> NoReturn:
    """A nest: import what the pipe names, then fork a rank for each `Start`."""
    die_with(parent, lifeline)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # asks the ranks and their crew, not the nest
    control: Connection[Any, Any] = Connection(pipe)
    try:
        _import(control.recv())
        gc.freeze()  # what is imported stays shared with the forks
        _serve(control)
    except (EOFError, OSError):
        os._exit(0)  # the crew has closed the nest
    os._exit(0)


def alone(pipe: int, parent: int, lifeline: int) -> NoReturn:
    """A rank in an interpreter of its own."""
    die_with(parent, lifeline)
    work(Connection(pipe))
    _leave()


def why_not_fork(tasks: Path = TASKS, open_files: Path = OPEN_FILES) -> str:
    """What forbids this process to fork; empty when nothing does."""
    if tasks.is_dir() and (threads := len(list(tasks.iterdir()))) > 1:
        return f"{threads} threads are running"
    if open_files.is_dir() and any(_points_to_gpu(file) for file in open_files.iterdir()):
        return "a GPU is open"
    return ""


def _points_to_gpu(file: Path) -> bool:
    try:
        return os.readlink(file).startswith(GPU)
    except OSError:  # closed meanwhile: the handle of the listing itself
        return False


def _import(names: Sequence[str]) -> None:
    for name in names:
        with suppress(Exception):  # a rank that needs it meets the same error, and tells it
            importlib.import_module(name)


def _serve(control: Connection[Any, Any]) -> None:
    """Fork when asked to, and say which rank ended how."""
    awake, waker = os.pipe()
    os.set_blocking(waker, False)
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    while True:
        ready = wait([control, awake])
        if awake in ready:
            os.read(awake, 512)
            _tell_ended(control)
        if control in ready:
            assert isinstance(control.recv(), Start)
            control.send(_fork(control, recv_handle(control)))


def _fork(control: Connection[Any, Any], pipe: int) -> Started:
    if why := why_not_fork():
        os.close(pipe)
        return Started(0, why)
    nest = os.getpid()
    if child := os.fork():
        os.close(pipe)
        return Started(child)
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        control.close()
        die_with(nest)
        work(Connection(pipe))
        _leave()
    finally:
        os._exit(1)


def _leave() -> NoReturn:
    """Go without the teardown of libraries, which can take longer than the work."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _tell_ended(control: Connection[Any, Any]) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        control.send(Ended(pid, os.waitstatus_to_exitcode(status)))

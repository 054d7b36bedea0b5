"""Many walks at once, each in a process and a folder of its own."""

from __future__ import annotations

import multiprocessing
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

from burnish.gauntlet.fault import Fault
from burnish.gauntlet.toy import Toy
from burnish.gauntlet.walk import Ended, walk

HEAVY = (
    "burnish.methods.training.loop",
    "burnish.methods.evaluation.paired",
    "burnish.methods.evaluation.memorisation",
    "burnish.methods.dedup.sharded",
)
"""Imported once, before the processes part: it takes longer than a walk's data stages."""

WARM_FROM = 4
"""Walks from which it pays to compile before the processes part."""


@dataclass(frozen=True)
class Task:
    """One walk to be made."""

    fault: Fault
    seed: int


def walks(tasks: Sequence[Task], jobs: int, heavy: Sequence[str] = HEAVY) -> Iterator[Ended]:
    """Each walk's end as soon as it is known; at most `jobs` at once.

    A process that vanishes is a walk that nobody knows the end of: it counts as a defect.
    """
    for name in heavy:
        import_module(name)
    if len(tasks) > WARM_FROM:
        _warm()
    left = list(reversed(tasks))
    running: list[tuple[Connection, Task, BaseProcess]] = []
    try:
        while left or running:
            while left and len(running) < jobs:
                running.append(_begun(left.pop()))
            ready = wait([here for here, _, _ in running])
            for one in [one for one in running if one[0] in ready]:
                running.remove(one)
                here, task, process = one
                yield _taken(here, task)
                process.join()
    finally:
        for _, _, process in running:
            process.terminate()


def _warm() -> None:
    """Take a project through its data stages here, so that what they compile is compiled once."""
    with tempfile.TemporaryDirectory(prefix="burnish-gauntlet-") as folder:
        walk(Path(folder) / "toy", 0, Fault("warm", "clean", (), "", {"waiting": _enough}))


def _enough(toy: Toy) -> None:
    raise InterruptedError


def _begun(task: Task) -> tuple[Connection, Task, BaseProcess]:
    forking = multiprocessing.get_context("fork")
    here, there = forking.Pipe(duplex=False)
    process = forking.Process(target=_walked, args=(task, there))
    process.start()
    there.close()
    return here, task, process


def _walked(task: Task, there: Connection) -> None:
    """One walk, in a process of its own that says nothing on the terminal."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    with tempfile.TemporaryDirectory(prefix="burnish-gauntlet-") as folder:
        there.send(walk(Path(folder) / "toy", task.seed, task.fault))


def _taken(here: Connection, task: Task) -> Ended:
    try:
        ended: Ended = here.recv()
    except EOFError:
        told = "the process of this walk vanished"
        return Ended(task.fault.name, task.seed, ("process",), False, told, 0.0, defect=True)
    finally:
        here.close()
    return ended


Walks = Callable[[Sequence[Task], int], Iterator[Ended]]

"""A run whose training is watched by the plan: what the watcher has of the project."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from importlib import import_module
from typing import Any

from burnish.api.deciding import standing
from burnish.api.outbox import deliver
from burnish.core.errors import BurnishError, InputError
from burnish.core.run import Run
from burnish.watch.doors import About, Doors, Outlet
from burnish.watch.outlets import Shown, Tracked
from burnish.watch.watched import Watched
from burnish.wiring import Project

PATIENCE = 10.0
"""Seconds that the end of a run waits for a notice that is under way; it is tried again later."""


@contextmanager
def watched(
    project: Project, run: Run, clock: Callable[[], float] = time.monotonic
) -> Iterator[Run]:
    """The run with its crew watched; notices under way are waited for at the end, a while.

    `clock` tells the seconds that are paid for.
    Raises `InputError` when a library that the plan's outlets need is not installed.
    """
    plan, bell = project.plan, Bell(project)
    _outlets(project)
    doors = Doors(
        scratch=project.store.scratch,
        about=About(plan.name, "", "", run.plan),
        standing=partial(standing, project),
        bell=bell.ring,
        outlets=partial(_outlets, project),
        clock=clock,
    )
    try:
        yield replace(run, crew=Watched(run.crew, plan.watch, plan.budget, doors))
    finally:
        bell.wait(PATIENCE)


class Bell:
    """Delivers notices of alerts while the training goes on; what fails stays queued."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._rung = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def ring(self) -> None:
        """There is something new to tell; returns at once."""
        with self._lock:
            self._rung.set()
            if self._thread is None:
                self._thread = threading.Thread(target=self._deliver, name="bell", daemon=True)
                self._thread.start()

    def wait(self, seconds: float) -> None:
        """Wait for what is under way, at most so long."""
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join(seconds)

    def _deliver(self) -> None:
        while True:
            with self._lock:
                if not self._rung.is_set():
                    self._thread = None
                    return
                self._rung.clear()
            try:
                deliver(self._project)
            except BurnishError as undone:  # it stays in the ledger, and is tried again
                self._project.ledger.append(
                    "incident.untold", {"run": "", "problem": undone.problem}
                )


def _outlets(project: Project) -> Sequence[Outlet]:
    """Who else is told of a training, as the plan names them."""
    plan, root = project.plan.watch, project.root
    found: list[Outlet] = []
    shown = plan.prometheus
    if any(place is not None for place in (shown.port, shown.textfile, shown.pushgateway)):
        board = _connector("prometheus").PrometheusBoard(shown, root)
        found.append(Shown("prometheus", board))
    if plan.mlflow.address is not None:
        found.append(Tracked("mlflow", _connector("mlflow").MlflowTracker(plan.mlflow, root)))
    return found


def _connector(name: str) -> Any:
    try:
        return import_module(f"burnish.connectors.{name}")
    except ModuleNotFoundError as missing:
        raise InputError(
            f"the plan's watch.{name} needs {missing.name}, which is not installed",
            remedy="pip install 'burnish[watch]'",
        ) from None

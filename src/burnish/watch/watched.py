"""A crew whose trainings are watched: any crew, with eyes and a brake."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, runtime_checkable

from burnish.core.crew import Crew, Errand, Hears
from burnish.core.errors import BudgetSpent, BurnishError, GateClosed, Interrupted
from burnish.core.verdict import Outcome
from burnish.plan import BudgetPlan, WatchPlan
from burnish.watch.doors import Doors, Standing
from burnish.watch.judging import HALTS
from burnish.watch.watcher import Watcher, closed, spent

T = TypeVar("T")
R = TypeVar("R")


@runtime_checkable
class Training(Protocol):
    """A job that is watched: `scratch` is its name, and where its checkpoints are."""

    @property
    def scratch(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Watched:
    """Runs trainings with another crew, and watches them by the plan; other jobs just run."""

    crew: Crew
    watch: WatchPlan
    budget: BudgetPlan
    doors: Doors

    def run(self, errand: Errand[T, R], job: T, hears: Hears, ranks: int = 1) -> R:
        """The result of the training.

        Raises `GateClosed` when an alert halts it or no person has decided yet on one that did
        (FAILED for stop, WAITING for wait), `BudgetSpent` at the cap of its cost, and what the
        crew raises. In all of these it has saved, unless it could not begin.
        """
        if not isinstance(job, Training):
            return self.crew.run(errand, job, hears, ranks)
        self._require_decided(job.scratch)
        watcher = Watcher(job.scratch, hears, (self.watch, self.budget), self.doors)
        if watcher.over_cap():
            raise spent(watcher.spent_words())
        return self._run(errand, job, watcher, ranks)

    def _run(self, errand: Errand[T, R], job: T, watcher: Watcher, ranks: int) -> R:
        how, files = "failed", _files(None)
        try:
            done = self._done(errand, job, watcher, ranks)
            how, files = "done", _files(done)
            return done
        except BurnishError as stopped:
            how = _how(stopped)
            raise
        finally:
            watcher.close(how, files)

    def _done(self, errand: Errand[T, R], job: T, watcher: Watcher, ranks: int) -> R:
        try:
            done = self.crew.run(errand, job, watcher, ranks)
        except BurnishError as stopped:
            why = watcher.because_of(stopped)
            if why is None or why is stopped:
                raise
            raise why from stopped
        if (why := watcher.because_of(None)) is not None:
            raise why  # halted at its last step
        return done

    def _require_decided(self, name: str) -> None:
        """Every alert that halted this training needs a decision to go on."""
        halting = [one for one in self.doors.standing(name) if one.action in HALTS]
        standing = [one for one in halting if one.decision != "continue"]
        refused = [one for one in standing if one.decision == "stop"]
        if refused:
            told = tuple(f"{one.by} decided to stop: {one.words}" for one in refused)
            raise closed(Outcome.FAILED, told)
        if standing:
            raise closed(_outcome(standing), tuple(one.words for one in standing))


def _outcome(standing: list[Standing]) -> Outcome:
    waits = all(one.action == "wait" for one in standing)
    return Outcome.WAITING if waits else Outcome.FAILED


def _how(stopped: BurnishError) -> str:
    if isinstance(stopped, GateClosed):
        return "halted"
    if isinstance(stopped, BudgetSpent):
        return "spent"
    return "interrupted" if isinstance(stopped, Interrupted) else "failed"


def _files(done: object) -> Mapping[str, str]:
    """The digests of what a training made, by name, where it tells them."""
    found: Any = getattr(done, "files", {})
    return {str(name): str(digest) for name, digest in dict(found).items()}

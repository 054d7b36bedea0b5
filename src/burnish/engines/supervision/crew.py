"""A crew that tries again: around any crew, whatever runs the processes."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar, runtime_checkable

from burnish.core.crew import Crew, Errand, Hears
from burnish.core.errors import BurnishError, Interrupted, Preempted
from burnish.core.failures import AGAIN
from burnish.engines.supervision.attempt import Attempt, Notice
from burnish.engines.supervision.journal import Journal
from burnish.engines.supervision.policy import End, Policy

T = TypeVar("T")
R = TypeVar("R")
NOTED = "attempted"
OVER = ("done", "ended")


@runtime_checkable
class Keeps(Protocol):
    """A crew that keeps something from one attempt for the next."""

    def close(self) -> None:
        """Let it go."""


@contextmanager
def no_notice() -> Iterator[Notice]:
    """Nobody says when this machine goes."""
    yield lambda: ""


@dataclass(frozen=True)
class Supervised:
    """Runs an errand until it is done, or until trying again cannot help.

    Each attempt is an entry of the ledger. `notice` watches for the machine's own end while the
    errand runs: then it saves, and the run ends as `Interrupted` for the next machine. `journal`
    says from outside how it stands, and tells the next run of an attempt that died with its
    supervisor.
    """

    crew: Crew
    policy: Policy = field(default_factory=Policy)
    journal: Path | None = None
    notice: Callable[[], AbstractContextManager[Notice]] = no_notice
    chance: Callable[[], float] = field(default=random.SystemRandom().random, repr=False)

    def run(self, errand: Errand[T, R], job: T, hears: Hears, ranks: int = 1) -> R:
        """The result of rank 0; raises the failure that ends the last attempt."""
        with self.notice() as notice:
            trying = _Trying(self, notice, _name_of(job), hears, ranks)
            try:
                return trying.until_done(errand, job)
            finally:
                if isinstance(self.crew, Keeps):
                    self.crew.close()


class _Trying:
    def __init__(
        self, how: Supervised, notice: Notice, name: str, hears: Hears, ranks: int
    ) -> None:
        self.how, self.notice, self.hears = how, notice, hears
        self.name, self.ranks = name, ranks
        self.journal = Journal(how.journal)
        self.ends: list[End] = []
        self.number = self._orphaned()

    def until_done(self, errand: Errand[T, R], job: T) -> R:
        while True:
            attempt = self._attempt()
            try:
                done = self.how.crew.run(errand, job, attempt, self.ranks)
            except BaseException as error:  # each is written down, then raised or tried again
                self._write_down(attempt, error)
                self._go_on_or_raise(error)
            else:
                self._write_down(attempt, None)
                return done

    def _attempt(self) -> Attempt:
        self.number += 1
        attempt = Attempt(self.number, self.name, self.ranks, self.hears, self.journal, self.notice)
        self.journal.write(attempt.facts(), turn=True)
        return attempt

    def _write_down(self, attempt: Attempt, error: BaseException | None) -> None:
        end = attempt.ended(error)
        if end is not None:
            self.ends.append(end)
        self.hears.noted(NOTED, attempt.entry(end, error))

    def _go_on_or_raise(self, error: BaseException) -> None:
        if not isinstance(error, BurnishError):  # of this very process: no other attempt mends it
            raise error
        if isinstance(error, Interrupted) and (why := self.notice()):
            raise Interrupted(
                f"{why}; {error.problem}", remedy="burnish run on the next machine goes on from it"
            ) from error
        if self.hears.should_stop():
            raise _by_a_person(error)
        if why := self.how.policy.give_up(self.ends):
            raise _last(error, why, self.ends)
        self._wait(self.how.policy.wait(self.ends, self.how.chance()))

    def _wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self.hears.should_stop():
                raise Interrupted(
                    "stopped between two attempts", remedy="burnish run goes on where it stopped"
                )
            time.sleep(min(left, 0.1))

    def _orphaned(self) -> int:
        """Write down an attempt whose supervisor was killed; returns its number, 0 for none."""
        left = self.journal.read()
        if not left or left["doing"] in OVER or left["name"] != self.name:
            return 0
        lost = max(0, left["step"] - left["saved"])
        told = {key: left[key] for key in ("number", "ranks", "from")}
        facts = {**told, "scratch": self.name, "to": left["step"], "steps_lost": lost}
        facts |= {"ended": "supervisor lost", "problem": "the run itself was killed"}
        self.hears.noted(NOTED, {**facts, "remedy": "burnish run goes on"})
        return int(left["number"])


def _name_of(job: Any) -> str:
    """What tells one errand's checkpoints from another's."""
    return str(getattr(job, "scratch", ""))


def _by_a_person(error: BurnishError) -> BurnishError:
    """A signal to all processes of a run at once is the run's, not a machine's."""
    if isinstance(error, Preempted):
        return Interrupted(error.problem, remedy=error.remedy)
    return error


def _last(error: BurnishError, why: str, ends: Sequence[End]) -> BurnishError:
    """The failure that ends it all; where it was tried again, with why it is the last."""
    if ends[-1].kind not in AGAIN or len(ends) == 1:
        return error
    return type(error)(f"{error.problem} (attempt {len(ends)}: {why})", remedy=error.remedy)

"""Work that takes hours and talks while it runs: a training, done by one process or by many.

A crew runs one errand on every rank and hears what they tell and ask. Who starts the processes,
watches their hearts and starts them again is the crew's business; an errand only knows its link.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from burnish.core.errors import InputError

T = TypeVar("T")
R = TypeVar("R")
Job = TypeVar("Job", contravariant=True)
Done = TypeVar("Done", covariant=True)

DOING = ("loading", "resumed", "evaluating", "saving", "saved", "torn", "writing")
"""What an errand may say that it does: between two steps, or before the first and after the last.

`resumed` and `saved` name the step of a checkpoint that is whole, `torn` one that is not.
"""


@dataclass(frozen=True, slots=True)
class Rank:
    """Who one is among the processes of an errand, and where they meet.

    `number` counts from 0 over all nodes, `local` on this node; `meeting` is HOST:PORT of the
    first rank's rendezvous, empty for an errand of one.
    """

    number: int = 0
    world: int = 1
    local: int = 0
    meeting: str = ""


class Link(Protocol):
    """What an errand has of the outside world while it runs on one rank."""

    @property
    def rank(self) -> Rank:
        """Who I am."""

    def tell(self, facts: Mapping[str, Any]) -> None:
        """Say how far it has come (plain values); this is a heartbeat too."""

    def beat(self, doing: str, step: int | None = None) -> None:
        """Say that it lives, and what it does now or has done (one of `DOING`) at which step."""

    def ask(self, question: str, facts: Mapping[str, Any]) -> Any:
        """Put a question to whoever runs the errand and wait for the answer (plain values)."""

    def should_stop(self) -> bool:
        """Whether to save and stop: asked by a person, or by the machine's notice."""


class Hears(Protocol):
    """Whoever runs an errand, at the other end of the links."""

    def told(self, rank: int, facts: Mapping[str, Any]) -> None:
        """A rank said how far it has come."""

    def beat(self, rank: int, doing: str, step: int | None) -> None:
        """A rank said what it does, which may take longer than a step."""

    def asked(self, question: str, facts: Mapping[str, Any]) -> Any:
        """A rank wants to know."""

    def noted(self, event: str, facts: Mapping[str, object]) -> None:
        """Something happened to the errand that belongs into the ledger; see `core.run.NOTED`."""

    def should_stop(self) -> bool:
        """Whether the errand is to save and stop."""


class Errand(Protocol[Job, Done]):
    """A module-level function with a picklable job; rank 0's result is the errand's."""

    def __call__(self, job: Job, link: Link) -> Done:
        """Do it on one rank."""


class Crew(Protocol):
    """Runs an errand on so many ranks; what the errand raises is raised here as itself."""

    def run(self, errand: Errand[T, R], job: T, hears: Hears, ranks: int = 1) -> R:
        """The result of rank 0."""


@dataclass(frozen=True, slots=True)
class _Inside:
    """The link of an errand that runs in the very process that hears it."""

    hears: Hears
    rank: Rank = Rank()

    def tell(self, facts: Mapping[str, Any]) -> None:
        self.hears.told(0, facts)

    def beat(self, doing: str, step: int | None = None) -> None:
        self.hears.beat(0, doing, step)

    def ask(self, question: str, facts: Mapping[str, Any]) -> Any:
        return self.hears.asked(question, facts)

    def should_stop(self) -> bool:
        return self.hears.should_stop()


@dataclass(frozen=True, slots=True)
class Alone:
    """A crew of this very process: nothing is started, and nothing restarted."""

    def run(self, errand: Errand[T, R], job: T, hears: Hears, ranks: int = 1) -> R:
        """Do it here and now; raises `InputError` for more than one rank."""
        if ranks != 1:
            raise InputError(
                f"{ranks} ranks cannot run in one process",
                remedy="take trainer.kind: processes or ray, or one rank",
            )
        return errand(job, _Inside(hears))


Note = Callable[[str, Mapping[str, object]], None]
"""Writes one thing that happened to an errand into the ledger: its event and its facts."""

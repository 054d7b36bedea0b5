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

    def ask(self, question: str, facts: Mapping[str, Any]) -> Any:
        """Put a question to whoever runs the errand and wait for the answer (plain values)."""

    def should_stop(self) -> bool:
        """Whether to save and stop: asked by a person, or by the machine's notice."""


class Hears(Protocol):
    """Whoever runs an errand, at the other end of the links."""

    def told(self, rank: int, facts: Mapping[str, Any]) -> None:
        """A rank said how far it has come."""

    def asked(self, question: str, facts: Mapping[str, Any]) -> Any:
        """A rank wants to know."""

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

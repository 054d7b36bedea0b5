"""One attempt at an errand as it is heard: how far it came, and what it will have cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from burnish.core.crew import Hears
from burnish.core.errors import Lost
from burnish.core.failures import Kind, classify
from burnish.engines.supervision.journal import Journal
from burnish.engines.supervision.policy import End

Notice = Callable[[], str]
"""Says why this machine must be left, or nothing."""


@dataclass(slots=True)
class Attempt:
    """Hears the ranks for whoever supervises them, and hands on what it hears.

    `began_at` is the step it went on from, `saved` that of its newest checkpoint, `step` the last
    that was told; `since` is when the work began that a failure now would lose.
    """

    number: int
    name: str
    ranks: int
    hears: Hears
    journal: Journal
    notice: Notice
    began: float = field(default_factory=monotonic)
    since: float = field(default_factory=monotonic)
    began_at: int = 0
    saved: int = 0
    step: int = 0
    torn: list[int] = field(default_factory=list)
    doing: str = "loading"

    def told(self, rank: int, facts: Mapping[str, Any]) -> None:
        """A step, or another thing of which it is told at a step; the count is rank 0's."""
        if rank == 0:
            self.step = max(self.step, int(facts.get("step", 0)))
        self._turn("stepping")
        self.hears.told(rank, facts)

    def beat(self, rank: int, doing: str, step: int | None) -> None:
        """What a rank does; a checkpoint is rank 0's."""
        if rank == 0 and step is not None:
            self._checkpoint(doing, step)
        self._turn(doing)
        self.hears.beat(rank, doing, step)

    def asked(self, question: str, facts: Mapping[str, Any]) -> Any:
        """The answer of the one who hears."""
        return self.hears.asked(question, facts)

    def noted(self, event: str, facts: Mapping[str, object]) -> None:
        """Into the ledger."""
        self.hears.noted(event, facts)

    def should_stop(self) -> bool:
        """Whether a person or the machine's notice asks to stop."""
        return self.hears.should_stop() or bool(self.notice())

    def ended(self, error: BaseException | None) -> End | None:
        """How it ended; None when it is done."""
        self.doing = "done" if error is None else "ended"
        self.journal.write(self.facts(), turn=True)
        if error is None:
            return None
        problem = getattr(error, "problem", type(error).__name__)
        return End(classify(error), str(problem), self.step, self.saved > self.began_at)

    def facts(self) -> dict[str, Any]:
        """How it stands, for the journal."""
        told = {"number": self.number, "name": self.name, "ranks": self.ranks, "doing": self.doing}
        return {**told, "from": self.began_at, "saved": self.saved, "step": self.step}

    def entry(self, end: End | None, error: BaseException | None) -> dict[str, object]:
        """What the ledger keeps of it."""
        kind = end.kind if end else None
        lost = kind not in (None, Kind.STOPPED, Kind.PREEMPTED)
        facts: dict[str, object] = {
            "number": self.number,
            "scratch": self.name,
            "ranks": self.ranks,
            "from": self.began_at,
            "to": self.step,
            "ended": str(kind) if kind else "done",
            "seconds": round(monotonic() - self.began, 3),
            "seconds_lost": round(monotonic() - self.since, 3) if lost else 0.0,
            "steps_lost": max(0, self.step - self.saved) if lost else 0,
        }
        if self.torn:
            facts["torn"] = sorted(set(self.torn))
        if end is not None:
            facts |= {"problem": end.problem, "remedy": getattr(error, "remedy", "")}
        if isinstance(error, Lost) and error.exit:
            facts["exit"] = error.exit
        return facts

    def _checkpoint(self, doing: str, step: int) -> None:
        if doing == "resumed":
            self.began_at = self.saved = self.step = step
        elif doing == "saved":
            self.saved = step
        elif doing == "torn":
            self.torn.append(step)
            return
        else:
            return
        self.since = monotonic()

    def _turn(self, doing: str) -> None:
        turn, self.doing = doing != self.doing, doing
        self.journal.write(self.facts(), turn=turn and doing != "stepping")

"""Every failure a person meets says what happened, where, and what to do next.

The tree is drawn by who must act; each class carries the exit code of the command line::

    BurnishError            1  a defect of burnish
    ├── UsageError          2  the command, the plan or the input is wrong
    │   ├── PlanError
    │   ├── InputError
    │   ├── NotAllowed          a person or role that may not do this
    │   ├── RowsLost
    │   ├── Busy                another run holds the project
    │   ├── OutOfMemory         of the machine or of its GPU
    │   ├── DiskFull
    │   └── Diverged            a training whose numbers stopped being finite
    ├── Broken              1  code outside of burnish's own errors failed in a process
    ├── GateClosed        3-5  a gate FAILED, is WAITING, or is UNJUDGED
    ├── IntegrityBroken     6  bytes, a signature or the ledger do not verify
    ├── Interrupted         7  run again to go on
    │   ├── Preempted           a process, but not the run, was told to leave
    │   └── Lost                a process was killed or vanished
    │       └── Hung            a process stopped answering
    └── BudgetSpent         8  what may be spent is spent: privacy of the data, or money
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from burnish.core.verdict import Verdict


class BurnishError(Exception):
    """Base of all errors raised on purpose: a problem and its remedy."""

    exit_code: ClassVar[int] = 1

    def __init__(self, problem: str, *, remedy: str) -> None:
        super().__init__(problem, remedy)
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.problem}\n  -> {self.remedy}"

    def __reduce__(self) -> tuple[object, ...]:
        """Cross process borders whole: `remedy` is keyword-only, which pickle cannot guess."""
        return (_rebuild, (type(self), self.problem, self.remedy))


def _rebuild(kind: type[BurnishError], problem: str, remedy: str) -> BurnishError:
    return kind(problem, remedy=remedy)


class UsageError(BurnishError):
    """The command, the plan or the input is wrong."""

    exit_code = 2


class PlanError(UsageError):
    """The plan file is wrong; the message names key and line."""


class InputError(UsageError):
    """Data given to burnish is missing, malformed, or used without a right to it."""


class NotAllowed(UsageError):
    """Asked by a person, role or key that may not do it."""


class RowsLost(UsageError):
    """A step returned fewer rows than it read and did not say why."""


class Busy(UsageError):
    """Another process holds what this one needs."""


class OutOfMemory(UsageError):
    """The work needs more memory than the machine or its GPU has."""


class DiskFull(UsageError):
    """There is no room left where something has to be written."""


class Diverged(UsageError):
    """Loss or gradient of a training stopped being finite; going on would diverge again."""


class Broken(BurnishError):
    """Code failed in another process with an error that is not burnish's own."""


class GateClosed(BurnishError):
    """A gate did not pass, so nothing after it may run."""

    def __init__(self, gate: str, verdict: Verdict, *, remedy: str) -> None:
        because = "; ".join(verdict.because) or "no reason given"
        super().__init__(f"gate '{gate}' {verdict.outcome.upper()}: {because}", remedy=remedy)
        self.gate = gate
        self.verdict = verdict

    @property
    def exit_code(self) -> int:  # type: ignore[override]  # one class, three outcomes
        return {"failed": 3, "waiting": 4, "unjudged": 5}[self.verdict.outcome]

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild_closed, (self.gate, self.verdict, self.remedy))


def _rebuild_closed(gate: str, verdict: Verdict, remedy: str) -> GateClosed:
    return GateClosed(gate, verdict, remedy=remedy)


class IntegrityBroken(BurnishError):
    """A digest, a signature or the ledger does not verify."""

    exit_code = 6


class Interrupted(BurnishError):
    """Stopped from outside after saving; running again goes on where it stopped."""

    exit_code = 7


class Preempted(Interrupted):
    """A process was told to leave and saved; the run itself was not."""


class Lost(Interrupted):
    """A process was killed or vanished; its last checkpoint is whole.

    `exit` is what it ended with: the name of a signal, or a code; empty if nobody knows.
    """

    exit: str = ""


class Hung(Lost):
    """A process said nothing for so long that it was ended."""


class BudgetSpent(BurnishError):
    """The privacy budget of the data, or the cap of cost, allows no more; what was done is kept."""

    exit_code = 8

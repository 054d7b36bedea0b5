"""Whether and when a failed attempt is followed by another. Pure: no clock, no process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from burnish.core.failures import AGAIN, Kind

SAME_STEP = 3
"""So many losses in a row at one step, without a newer checkpoint, are that step's doing."""


@dataclass(frozen=True, slots=True)
class End:
    """How an attempt ended: its kind and words, at which step, and whether it got anywhere.

    `step` is the last step that was told, `progress` whether it saved a checkpoint of its own.
    """

    kind: Kind
    problem: str
    step: int
    progress: bool


@dataclass(frozen=True, slots=True)
class Policy:
    """How often a failed attempt is followed by another, and after how many seconds.

    `attempts` counts those in a row that saved no checkpoint; one that did begins the count anew.
    The wait doubles from `backoff` to `longest`, and is shortened by chance by up to a half, so
    that many trainings that lost one machine do not all come back at once.
    """

    attempts: int = 5
    backoff: float = 1.0
    longest: float = 60.0

    def give_up(self, ends: Sequence[End]) -> str:
        """Why the last of these attempts is not followed by another; empty if it is."""
        last = ends[-1]
        allowed = AGAIN.get(last.kind, 0)
        if allowed is not None and _in_a_row(ends, last.kind) > allowed:
            return _refusal(last.kind)
        if last.kind is Kind.DEFECT and len(ends) > 1 and _same(ends[-2], last):
            return f"the same error came twice after step {last.step}"
        if last.kind in (Kind.LOST, Kind.HUNG) and _at_one_step(ends) >= SAME_STEP:
            return f"it ended {SAME_STEP} times after step {last.step}, so that step is the cause"
        if (fruitless := _fruitless(ends)) >= self.attempts:
            return f"{fruitless} attempts in a row saved no checkpoint"
        return ""

    def wait(self, ends: Sequence[End], chance: float) -> float:
        """Seconds before the next attempt; `chance` is drawn from [0, 1)."""
        if ends[-1].kind is Kind.PREEMPTED:  # all is saved, and nothing is broken
            return 0.0
        tries = max(1, _fruitless(ends))
        most: float = min(self.longest, self.backoff * 2.0 ** (tries - 1))
        return most * (1 - chance / 2)


def _refusal(kind: Kind) -> str:
    if kind is Kind.MEMORY:
        return "memory ran out twice, and nothing has changed"
    return "trying again would end the same way"


def _same(one: End, other: End) -> bool:
    return (one.kind, one.problem, one.step) == (other.kind, other.problem, other.step)


def _in_a_row(ends: Sequence[End], kind: Kind) -> int:
    count = 0
    for end in reversed(ends):
        if end.kind is not kind:
            break
        count += 1
        if end.progress:  # what came before it was another place
            break
    return count


def _at_one_step(ends: Sequence[End]) -> int:
    count = 0
    for end in reversed(ends):
        if end.step != ends[-1].step or end.kind is Kind.PREEMPTED:
            break
        count += 1
    return count


def _fruitless(ends: Sequence[End]) -> int:
    """The attempts at the end of the list since one last saved a checkpoint."""
    count = 0
    for end in reversed(ends):
        if end.progress:
            break
        count += 1
    return count

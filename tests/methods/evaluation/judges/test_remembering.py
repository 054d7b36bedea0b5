"""What was judged once is not judged again, unless the judge is another or it failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from burnish.methods.evaluation.judges.remembering import BLOCK, Remembering
from burnish.methods.evaluation.judging import Case, Opinion
from burnish.storage.memory import MemoryStore


@dataclass
class Costly:
    """Counts what it is asked; fails on some answers, and on everything after so many."""

    fails: set[str] = field(default_factory=set)
    most: int = 10_000
    asked: int = 0
    id: str = "costly:1"

    def opinions(self, cases: Sequence[Case]) -> list[Opinion]:
        self.asked += len(cases)
        if self.asked > self.most:
            raise KeyboardInterrupt
        return [
            Opinion(c.item, None if c.answer in self.fails else len(c.answer) / 10, "seen", "down")
            for c in cases
        ]


def cases(count: int, prefix: str = "") -> list[Case]:
    return [Case(f"{prefix}{n}", "q", f"{n}") for n in range(count)]


def test_a_second_time_costs_nothing_and_says_the_same() -> None:
    judge, store = Costly(), MemoryStore()

    first = Remembering(judge, store, "a").opinions(cases(300))
    again = Remembering(judge, store, "a").opinions(cases(300, "other name "))

    assert judge.asked == 300
    assert [(one.bad, one.label) for one in again] == [(one.bad, one.label) for one in first]
    assert [one.item for one in again] == [f"other name {n}" for n in range(300)]


def test_who_was_stopped_goes_on_there() -> None:
    store = MemoryStore()
    with pytest.raises(KeyboardInterrupt):
        Remembering(Costly(most=2 * BLOCK), store, "a").opinions(cases(3 * BLOCK))

    judge = Costly()
    assert len(Remembering(judge, store, "a").opinions(cases(3 * BLOCK))) == 3 * BLOCK
    assert judge.asked == BLOCK


def test_another_state_or_another_judge_is_asked_anew() -> None:
    judge, store = Costly(), MemoryStore()
    for mark in ("a", "b"):
        Remembering(judge, store, mark).opinions(cases(5))
    Remembering(other := Costly(id="costly:2"), store, "a").opinions(cases(5))

    assert (judge.asked, other.asked) == (10, 5)


def test_a_failure_is_not_kept() -> None:
    judge, store = Costly(fails={"1", "3"}), MemoryStore()
    first = Remembering(judge, store, "a").opinions(cases(5))

    judge.fails = set()
    again = Remembering(judge, store, "a").opinions(cases(5))

    assert [one.bad is None for one in first] == [False, True, False, True, False]
    assert all(one.bad is not None for one in again)
    assert judge.asked == 7

"""A judge whose opinions are kept as they come: what was judged once is not paid for again."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from burnish.methods.evaluation.judging import Case, Judge, Opinion, case_name

BLOCK = 128
"""Cases judged between two times of keeping; a run that is stopped loses so many at most."""


class Memory(Protocol):
    """Bytes by a name."""

    def remember(self, recipe: str, value: bytes) -> None: ...
    def recall(self, recipe: str) -> bytes | None: ...


@dataclass(frozen=True)
class Remembering:
    """A judge with a memory of its opinions, by question and answer.

    `mark` tells one state of the judge from another: opinions of another state do not count. A
    failure is not kept; it is judged again.
    """

    judge: Judge
    memory: Memory
    mark: str

    @property
    def id(self) -> str:
        """The judge's own."""
        return self.judge.id

    def opinions(self, cases: Sequence[Case]) -> list[Opinion]:
        """One opinion a case, in order; blocks follow from the cases, so a rerun finds them."""
        found: list[Opinion] = []
        for start in range(0, len(cases), BLOCK):
            found += self._block(cases[start : start + BLOCK])
        return found

    def _block(self, cases: Sequence[Case]) -> list[Opinion]:
        names = [case_name(case.prompt, case.answer) for case in cases]
        recipe = hashlib.sha256("\n".join((self.id, self.mark, *names)).encode()).hexdigest()
        known = json.loads(self.memory.recall(recipe) or b"{}")
        wanted = [case for case, name in zip(cases, names, strict=True) if name not in known]
        told = {one.item: one for one in self.judge.opinions(wanted)} if wanted else {}
        fresh = {
            name: [told[case.item].bad, told[case.item].label]
            for case, name in zip(cases, names, strict=True)
            if case.item in told and _sound(told[case.item])
        }
        if fresh:
            kept = known | fresh
            self.memory.remember(recipe, json.dumps(kept, sort_keys=True).encode())
        return [
            told[case.item] if case.item in told else Opinion(case.item, *known[name])
            for case, name in zip(cases, names, strict=True)
            if case.item in told or name in known
        ]


def _sound(opinion: Opinion) -> bool:
    return opinion.bad is not None and math.isfinite(opinion.bad)

"""What a judge is: it reads an answer and gives an opinion, or says that it could not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Case:
    """What a judge is shown: the prompt as one text, and a model's answer to it."""

    item: str
    prompt: str
    answer: str


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a judge makes of one case.

    `bad` is its probability, from 0 to 1, that the answer is what the set is about (harmful,
    toxic, obedient to an injection); None where the judge failed, with `error` saying how. An
    opinion that is missing is missing evidence and never "not bad".
    """

    item: str
    bad: float | None
    label: str = ""
    error: str = ""


class Judge(Protocol):
    """Grades answers; `id` names the judge with its version or its weights' digest."""

    @property
    def id(self) -> str: ...

    def opinions(self, cases: Sequence[Case]) -> list[Opinion]:
        """One opinion a case, in the order of the cases; a failure is an opinion without `bad`."""
        ...


@dataclass(frozen=True, slots=True)
class Trusted:
    """A judge with what its gold file says of it: the shares of bad and good that it finds.

    `informed` is Youden's J = sensitivity + specificity - 1: by so much a true difference shrinks
    on the judge's scale, and by so much a margin has to shrink (Youden 1950, Cancer 3:32).
    """

    judge: Judge
    sensitivity: float
    specificity: float
    items: int

    @property
    def informed(self) -> float:
        """Youden's J: 1 for a judge without error, 0 for a coin."""
        return self.sensitivity + self.specificity - 1

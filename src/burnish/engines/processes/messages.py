"""What a rank and its crew say to each other over a pipe. Both ends are ours: pickle is safe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from burnish.core.crew import Rank
from burnish.core.errors import BurnishError


@dataclass(frozen=True, slots=True)
class Job:
    """To a rank: do this."""

    errand: Any
    job: Any = field(repr=False)
    rank: Rank


@dataclass(frozen=True, slots=True)
class Told:
    """From a rank: so far it has come."""

    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Beat:
    """From a rank: it does this, which may take long."""

    doing: str
    step: int | None


@dataclass(frozen=True, slots=True)
class Asked:
    """From a rank: a question, to be answered with `Answer`."""

    question: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class MayGoOn:
    """From a rank: is it to stop? `noticed` says that it was told to leave itself."""

    noticed: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """To a rank."""

    value: Any


@dataclass(frozen=True, slots=True)
class Done:
    """From a rank: the errand's result; whatever becomes of the process, it is done."""

    result: Any = field(repr=False)


@dataclass(frozen=True, slots=True)
class Failed:
    """From a rank: the errand's error; `noticed` as in `MayGoOn`."""

    error: BurnishError
    noticed: bool


@dataclass(frozen=True, slots=True)
class Start:
    """To a nest: fork a rank, whose pipe comes next."""


@dataclass(frozen=True, slots=True)
class Started:
    """From a nest: the process id of the rank it forked; 0 if it must not fork, and why."""

    pid: int
    why: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """From a nest: a rank of its is gone, with this exit code (negative: the signal)."""

    pid: int
    code: int


FromRank: TypeAlias = Told | Beat | Asked | MayGoOn | Done | Failed

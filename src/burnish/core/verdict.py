"""What a gate says, and what a passed gate hands on."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeGuard, TypeVar

from burnish.core.artifact import Artifact

A_co = TypeVar("A_co", bound=Artifact, covariant=True)


class Outcome(StrEnum):
    """The four answers of a gate; only PASSED lets anything through."""

    PASSED = "passed"
    FAILED = "failed"
    WAITING = "waiting"  # a person must decide
    UNJUDGED = "unjudged"  # the gate lacked the evidence; never counts as passed


@dataclass(frozen=True, slots=True)
class Verdict:
    """An outcome with its reasons, in words a risk officer can read.

    `remedy` is what to do next, where that is not what the gate's outcome says by itself.
    """

    outcome: Outcome
    because: tuple[str, ...] = ()
    remedy: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Cleared(Generic[A_co]):
    """An artefact and the ledger entry that let it pass. Only `Run.clear` makes one."""

    artifact: A_co
    entry: str


def is_cleared(value: object) -> TypeGuard[Cleared[Artifact]]:
    """Whether `value` is a clearance (its truth is for the ledger to say)."""
    return isinstance(value, Cleared)

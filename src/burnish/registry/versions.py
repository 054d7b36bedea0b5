"""A version of a model: its number, its state, and the steps it may take."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from burnish.core.errors import InputError

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
REFERENCE = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]{0,99})@(\d{1,9})\.(\d{1,9})\.(\d{1,9})")


class State(StrEnum):
    """How far a version has come. BASE is the model a line begins with, made elsewhere."""

    BASE = "base"
    CANDIDATE = "candidate"
    EVALUATED = "evaluated"
    APPROVED = "approved"
    RELEASED = "released"
    DEPRECATED = "deprecated"
    RETIRED = "retired"
    REJECTED = "rejected"
    QUARANTINED = "quarantined"
    REVOKED = "revoked"


# Where a version may go from each state. Quarantine is left by a sign-off only, back to where
# the version was, or to be judged again if it was past its evaluation.
TRANSITIONS: Mapping[State, frozenset[State]] = {
    state: frozenset({*steps, *halts})
    for state, steps, halts in (
        (State.BASE, (), (State.QUARANTINED, State.REVOKED)),
        (
            State.CANDIDATE,
            (State.EVALUATED, State.REJECTED),
            (State.QUARANTINED, State.REVOKED),
        ),
        (
            State.EVALUATED,
            (State.APPROVED, State.REJECTED),
            (State.QUARANTINED, State.REVOKED),
        ),
        (
            State.APPROVED,
            (State.RELEASED, State.REJECTED),
            (State.QUARANTINED, State.REVOKED),
        ),
        (State.RELEASED, (State.DEPRECATED,), (State.QUARANTINED, State.REVOKED)),
        (
            State.DEPRECATED,
            (State.RELEASED, State.RETIRED),
            (State.QUARANTINED, State.REVOKED),
        ),
        (State.RETIRED, (), (State.QUARANTINED, State.REVOKED)),
        (State.REJECTED, (), (State.QUARANTINED, State.REVOKED)),
        (
            State.QUARANTINED,
            (State.BASE, State.CANDIDATE, State.EVALUATED, State.RETIRED, State.REJECTED),
            (State.REVOKED,),
        ),
        (State.REVOKED, (), ()),
    )
}


@dataclass(frozen=True, slots=True)
class Version:
    """One numbered version. `digest` names its bundle (of a base entry: the base model)."""

    name: str
    number: tuple[int, int, int]
    digest: str
    state: State
    by: str
    line: str  # the digest of what it was tuned from: base model, tokenizer, prompt

    def __str__(self) -> str:
        """`name@MAJOR.MINOR.PATCH`."""
        return reference(self.name, self.number)


def reference(name: str, number: tuple[int, int, int]) -> str:
    """`name@MAJOR.MINOR.PATCH`."""
    return f"{name}@{'.'.join(str(part) for part in number)}"


def parse(text: str) -> tuple[str, tuple[int, int, int]]:
    """Name and number of `name@MAJOR.MINOR.PATCH`; raises `InputError`."""
    match = REFERENCE.fullmatch(text)
    if match is None:
        raise InputError(
            f"'{text}' is not a version", remedy="write name@MAJOR.MINOR.PATCH, as in desk@1.2.0"
        )
    return match[1], (int(match[2]), int(match[3]), int(match[4]))

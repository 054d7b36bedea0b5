"""What a notification is, and how it fails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Message:
    """A text for people with the facts behind it; `key` names it at every try."""

    key: str
    subject: str
    text: str
    facts: Mapping[str, Any] = field(default_factory=dict)


class Passing(Exception):
    """A failure that may be gone at the next try."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class NotDelivered(Exception):
    """A channel did not take a message, after so many tries."""

    def __init__(self, problem: str, tries: int) -> None:
        super().__init__(problem)
        self.problem = problem
        self.tries = tries

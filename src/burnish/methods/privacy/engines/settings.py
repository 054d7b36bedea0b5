"""What a foreign engine is told, and how it may fail."""

from dataclasses import dataclass
from typing import Literal, Protocol

Kind = Literal["presidio", "spacy", "transformers", "gliner"]
Labels = tuple[tuple[str, str | None], ...]


class EngineFault(ValueError):
    """A foreign engine cannot be used as the plan asks; says what, where, and how to mend it."""


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """A foreign engine: its kind, its model's folder, and what its labels mean to us.

    `path` is the model's folder; Presidio takes a spaCy pipeline there, or "" for none. `labels`
    are (label, category) pairs that go before the built-in ones; the category None ignores a
    label. Finds below `min_score` do not count (None: the engine's usual threshold). `allow` are
    texts that are never personal data.
    """

    kind: Kind
    path: str = ""
    language: str = "en"
    labels: Labels = ()
    min_score: float | None = None
    categories: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What an engine found: characters `start` to `end` of a text under the engine's own label."""

    start: int
    end: int
    label: str
    score: float


class Finder(Protocol):
    """An engine that is loaded. `labels` are all that it can give."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Its own labels, sorted."""
        ...

    def find(self, texts: list[str]) -> list[list[Found]]:
        """For each text what it found, in any order; no part of a text is left unread."""
        ...

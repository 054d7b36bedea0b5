"""What a probe works with: two models to ask, items to ask them, judges; and what it finds.

A probe is a function from a bench and a sheet to what was found: evidence for gates, and what the
page tells beside it. It decides nothing; the rule does (`decision.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from burnish.methods.evaluation.judging import Trusted
from burnish.methods.evaluation.records import Asked, Record
from burnish.methods.evaluation.rendering import Rendering
from burnish.methods.evaluation.rule import GateInput
from burnish.methods.evaluation.suites import Item


@dataclass(frozen=True, slots=True)
class Sampling:
    """Answers drawn instead of greedy: both models get the same random numbers.

    `draw` numbers the draws of one prompt; the same seed, item and draw give the same numbers.
    """

    temperature: float = 1.0
    draw: int = 0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Drift:
    """How far the tuned model's next-token distributions lie from the base's on one item.

    Kullback-Leibler divergence of tuned from base in nats per token of the first continuation,
    over all of it and over its first three tokens, exact over the vocabulary.
    """

    item: str
    mean: float
    first: float


class Asker(Protocol):
    """Asks base and tuned the same token ids; records come base first, each side in order."""

    def answers(self, asked: Sequence[Asked], sampling: Sampling | None = None) -> list[Record]: ...

    def likelihoods(self, asked: Sequence[Asked]) -> list[Record]: ...


class Insider(Asker, Protocol):
    """An asker that holds both models in this process and can look at their logits."""

    def drift(self, asked: Sequence[Asked]) -> list[Drift]:
        """Teacher-forced on each item's first continuation."""
        ...

    def surprise(self, asked: Sequence[Asked]) -> list[Record]:
        """Min-K%++ of each first continuation in `score`, both sides (Zhang and others 2024)."""
        ...


@dataclass(frozen=True)
class Sheet:
    """One set on the bench: its items rendered, the gate they feed and the loss it allows.

    The last `reserve` items are asked only when the others leave the gate undecided; items and
    asked stand in one order, drawn before anything was asked.
    """

    gate: str
    name: str
    margin: float
    items: tuple[Item, ...]
    asked: tuple[Asked, ...]
    reserve: int = 0
    judge: str = ""

    def first(self) -> Sheet:
        """The sheet without its reserve."""
        kept = len(self.items) - self.reserve
        return replace(self, items=self.items[:kept], asked=self.asked[:kept], reserve=0)

    def whole(self) -> Sheet:
        """The sheet with its reserve."""
        return replace(self, reserve=0)

    @property
    def gate_name(self) -> str:
        """What the gate of this set is called among the results."""
        return f"{self.gate}:{self.name}"


@dataclass(frozen=True)
class Found:
    """What a probe found.

    `gates` is evidence for the rule; `records` what was asked and answered, graded, for the
    items' file; `told` goes into the results as JSON under the sheet's name; `limits` are
    sentences on what was not covered.
    """

    gates: tuple[GateInput, ...]
    records: tuple[Record, ...] = ()
    told: Mapping[str, Any] = field(default_factory=dict)
    limits: tuple[str, ...] = ()


@dataclass(frozen=True)
class Bench:
    """Both models, how text becomes ids, and the judges by name.

    `inside` is the asker where it holds the models itself, None where they are served.
    """

    asker: Asker
    rendering: Rendering
    judges: Mapping[str, Trusted] = field(default_factory=dict)
    inside: Insider | None = None
    seed: int = 0


Probe = Callable[[Bench, Sheet], Found]

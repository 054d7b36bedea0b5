"""Base and tuned asked apart from each other: what is remembered, or served, is one model's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from burnish.methods.evaluation.bench import Drift, Sampling
from burnish.methods.evaluation.records import Asked, Record, Side

SIDES: tuple[Side, Side] = ("base", "tuned")


class SideAsker(Protocol):
    """Asks one model at a time; records come in the order asked."""

    def answers_of(
        self, side: Side, asked: Sequence[Asked], sampling: Sampling | None = None
    ) -> list[Record]: ...

    def likelihoods_of(self, side: Side, asked: Sequence[Asked]) -> list[Record]: ...


class SideInsider(SideAsker, Protocol):
    """One that holds both models in this process; drift needs the two of them together."""

    def surprise_of(self, side: Side, asked: Sequence[Asked]) -> list[Record]: ...

    def drift(self, asked: Sequence[Asked]) -> list[Drift]: ...


def record_of(one: Asked, side: Side, error: str = "") -> Record:
    """The record of an item under a model, with nothing in it yet but what kept it from more."""
    return Record(one.set, one.item, one.cluster, one.digest(), side, error=error)


def both(asked: Sequence[Asked], ask: Callable[[Side], list[Record]]) -> list[Record]:
    """Records of the base, then of the tuned model.

    Raises ValueError where the ids changed between the two, as those of a caller that hands in
    lists can.
    """
    digests = [one.digest() for one in asked]
    records = [record for side in SIDES for record in ask(side)]
    if [one.digest() for one in asked] != digests:
        raise ValueError("the prompts changed between the base's turn and the tuned model's")
    return records

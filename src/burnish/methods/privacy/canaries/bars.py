"""Which recall is enough: what speaks against a detector after its canary test."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

BOUND = "point estimate"
"""What of a recall is held against the bar; its exact 95 % bounds are told beside it."""


@dataclass(frozen=True, slots=True)
class Bars:
    """The least recall of every category, and of those that have a bar of their own."""

    every: float = 0.9
    own: Mapping[str, float] = field(default_factory=dict)

    def least(self, category: str) -> float:
        """The bar of one category."""
        return self.own.get(category, self.every)


def unmeasured(wanted: Iterable[str], report: Iterable[Mapping[str, Any]]) -> list[str]:
    """The wanted categories of which there is no canary, or no finite recall."""
    measured = {c["category"] for c in report if c["planted"] and math.isfinite(float(c["recall"]))}
    return [category for category in wanted if category not in measured]


def weak(report: Iterable[Mapping[str, Any]], bars: Bars) -> Iterator[str]:
    """A sentence for each measured category whose recall is below its bar."""
    for found in report:
        least = bars.least(found["category"])
        if found["recall"] < least:
            yield (
                f"canary recall of {found['category']} is {found['found']} of {found['planted']} "
                f"({_percent(found['recall'])}; 95 % bounds {_percent(found['lower'])} to "
                f"{_percent(found['upper'])}), below the bar of {_percent(least)} ({BOUND})"
                f"{_weak_kinds(found, least)}"
            )


def _weak_kinds(found: Mapping[str, Any], least: float) -> str:
    below = [k for k in found.get("kinds", ()) if k["recall"] < least]
    told = ", ".join(f"{k['kind']} {k['found']} of {k['planted']}" for k in below)
    return f"; weak are: {told}" if told else ""


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"

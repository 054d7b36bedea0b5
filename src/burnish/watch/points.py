"""The figures of a step by the names under which they go out."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from burnish.methods.watch.stream import Stepped
from burnish.watch.doors import Points
from burnish.watch.nodes import LISTED

FIGURES = (
    "total", "steps_per_second", "tokens_per_second", "mfu", "left", "cost", "final", "seconds",
)  # fmt: skip
PLAIN = ("memory", "peak_memory")


def points_of(step: Stepped, figures: Mapping[str, Any], device: Mapping[str, Any]) -> Points:
    """What may be told outside, of what is known and finite; a private step's loss is not in it."""
    return {name: value for name, value in _points(step, figures, device) if math.isfinite(value)}


def _points(
    step: Stepped, figures: Mapping[str, Any], device: Mapping[str, Any]
) -> Iterator[tuple[str, float]]:
    yield "gradient_norm", step.grad_norm
    yield "learning_rate", step.rate
    if step.loss is not None:
        yield "loss", step.loss
    yield from ((name, float(figures[name])) for name in FIGURES if figures.get(name) is not None)
    yield from ((name, float(device[name])) for name in PLAIN if name in device)
    for name in LISTED:
        for place, value in enumerate(device.get(name, ())):
            yield f"{name}:{place}", float(value)

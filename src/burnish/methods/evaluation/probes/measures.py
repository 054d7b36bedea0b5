"""What the probes of fairness and quality allow, declared in the plan before training."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measures:
    """Margins and least counts; a share of 0.05 is five points.

    `group` is the loss that a subgroup may show and `group_items` the items below which it is
    told as "not enough data". `pooled` is the loss over all general sets together. Of the tuned
    model's answers, the share `unended` may run into the limit of `answer_tokens` and the share
    `short` may break off before the reference does. `calibration` is the rise of the Brier score
    that is accepted; None tells it without a gate.
    """

    group: float = 0.05
    group_items: int = 100
    pooled: float = 0.03
    unended: float = 0.10
    short: float = 0.20
    answer_tokens: int = 64
    calibration: float | None = None

"""Subgroups: what the fine-tune costs each group, and whether one falls behind the others.

The gap between the best and the worst group is no measure: nine identical groups of 100 items
differ by 12 points, and the gap grows by more than two points in three of ten clean runs. So each
group is compared with itself (base and tuned, same items), and with all others by the difference
of the two differences.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from burnish.methods.evaluation.records import Contrast
from burnish.methods.evaluation.rule import Direction, GateInput

LEAST = 50
MARGIN = 0.05
GAP = "gap"


@dataclass(frozen=True)
class Gap:
    """One group against all others: `harm` of the group, and by how much it exceeds theirs.

    Harm is positive where the tuned model is worse. `lower` and `upper` are the 95 % interval of
    the excess, by a bootstrap over whole clusters; `p_holm` speaks for an excess over nought,
    adjusted over the groups.
    """

    group: str
    items: int
    harm: float
    excess: float
    lower: float
    upper: float
    p_holm: float


@dataclass(frozen=True)
class Subgroups:
    """The gates of a set's groups, what is told of them, and sentences on who was not judged."""

    gates: tuple[GateInput, ...]
    gaps: tuple[Gap, ...]
    limits: tuple[str, ...]

    def told(self) -> list[dict[str, Any]]:
        """The gaps as JSON, widest first; numbers that do not exist are null."""
        plain = [asdict(gap) for gap in self.gaps]
        return [{k: _null(v) for k, v in gap.items()} for gap in plain]


def subgroup_gates(
    name: str,
    found: Mapping[str, Contrast],
    direction: Direction = "higher",
    margin: float = MARGIN,
    least: int = LEAST,
) -> Subgroups:
    """Gates of the groups of one set: `name:GROUP` for each with `least` items, and `name:gap`.

    `name` is the set's gate name (`family:set`), `found` base and tuned on each group's items.
    Groups with fewer items are named in `limits` and not gated: not enough data is never green,
    and never blocks either. `name:gap` speaks for the group that is least shown to keep up with
    the others; it passes only when all do, so which group it is may be chosen after looking.
    """
    raise NotImplementedError


def _null(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value

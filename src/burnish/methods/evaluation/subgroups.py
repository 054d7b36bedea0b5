"""Subgroups: what the fine-tune costs each group, and whether one falls behind the others.

The gap between the best and the worst group is no measure: nine identical groups of 100 items
differ by 12 points, and the gap grows by more than two points in three of ten clean runs. So each
group is compared with itself (base and tuned, same items), and with all others by the difference
of the two differences.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from burnish.methods.evaluation.excess import Excess, rare_floor
from burnish.methods.evaluation.least import least_items
from burnish.methods.evaluation.records import Contrast
from burnish.methods.evaluation.rule import Direction, GateInput, Rule, gate_input
from burnish.methods.evaluation.statistics import holm

LEAST = 100
CLUSTERS = Rule().clusters_min
MARGIN = 0.05
GAP = "gap"
_NAMED = 3
SEED = 0


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
    Groups with fewer items, with too few clusters to show anything, or with too few items to show
    the margin even without a loss, are named in `limits` and not gated: not enough data is never
    green, and never blocks either. `name:gap` speaks for the group that is least shown to keep up
    with the others; it passes only when all do, so which group it is may be chosen after looking.
    """
    least = max(least, least_items(margin))
    lacks = {group: _lacks(one, least) for group, one in found.items()}
    judged = {group: one for group, one in found.items() if not lacks[group]}
    gates = [
        gate_input(f"{name}:{_plain(group)}", "noninferior", margin, one, direction)
        for group, one in judged.items()
    ]
    lacking = [f"{group} ({lack})" for group, lack in lacks.items() if lack]
    limits = (_sentence(name, lacking),) if lacking else ()
    excesses = _excesses(found, list(judged), direction)
    if excesses:
        missing = sum(one.missing for one in found.values())
        gates.append(replace(_gap_gate(f"{name}:{GAP}", margin, excesses), missing=missing))
    return Subgroups(tuple(gates), _gaps(excesses), limits)


def _sentence(name: str, lacking: Sequence[str]) -> str:
    """Who was not judged: the first few by name, since there may be hundreds."""
    more = f" and {len(lacking) - _NAMED} more groups" if len(lacking) > _NAMED else ""
    return f"{name}: not enough data on {', '.join(lacking[:_NAMED])}{more}"


def _lacks(one: Contrast, least: int) -> str:
    """What a group lacks to be judged, or nothing."""
    clusters = len(set(one.clusters))
    if one.n + one.missing < least:
        return f"{one.n + one.missing} items, {least} are needed"
    if one.clustered and clusters < CLUSTERS:
        return f"{clusters} clusters of items, {CLUSTERS} are needed"
    return ""


def _excesses(
    found: Mapping[str, Contrast], groups: Sequence[str], direction: Direction
) -> dict[str, Excess]:
    """Each group's harm against the harm of all items that are not of it."""
    sign = -1.0 if direction == "higher" else 1.0
    items: dict[str, tuple[float, str]] = {}
    for one in found.values():
        for item, delta, cluster in zip(one.items, one.deltas, one.clusters, strict=True):
            items[item] = (sign * delta, cluster)
    values = np.array([value for value, _ in items.values()], dtype=np.float64)
    clusters = tuple(cluster for _, cluster in items.values())
    made = {}
    for group in groups:
        own = set(found[group].items)
        part = np.array([item in own for item in items], dtype=np.bool_)
        if part.any() and not part.all() and len(set(clusters)) > 1:
            made[group] = Excess(values, part, clusters)
    return made


def _gap_gate(name: str, margin: float, excesses: Mapping[str, Excess]) -> GateInput:
    """Evidence on the group that is least shown to stay within the margin of the others."""
    floors = {group: _floor(one) for group, one in excesses.items()}
    worst = max(excesses, key=lambda group: excesses[group].estimate(floors[group]).p_below(margin))
    one = excesses[worst]
    deltas = tuple(float(x) for x in one.influence())
    clusters = one.clusters if len(set(one.clusters)) < len(one.clusters) else ()
    if not any(deltas) and not floors[worst]:
        # Nothing differs anywhere: only the group's own clusters can show that.
        own = {cluster for cluster, inside in zip(one.clusters, one.part, strict=True) if inside}
        deltas, clusters = (0.0,) * len(own), ()
    return GateInput(
        name,
        "noninferior",
        margin,
        len(deltas),
        deltas=deltas,
        clusters=clusters,
        direction="lower",
        picked_from=len(excesses),
        error_floor=floors[worst],
        freedom=one.freedom,
    )


def _floor(one: Excess) -> float:
    """The least error, where items are right or wrong; nought for a continuous measure."""
    if not np.isin(one.values, (-1.0, 0.0, 1.0)).all():
        return 0.0
    return rare_floor(one.values[one.part].tolist(), one.values[~one.part].tolist())


def _gaps(excesses: Mapping[str, Excess]) -> tuple[Gap, ...]:
    """What is told of each group, the widest first."""
    estimates = {group: one.estimate(_floor(one)) for group, one in excesses.items()}
    adjusted = holm([one.p_above(0.0) for one in estimates.values()])
    gaps = []
    for (group, one), p_value in zip(excesses.items(), adjusted, strict=True):
        bounds = one.interval(SEED)
        harm = float(one.values[one.part].mean())
        sizes = (int(one.part.sum()), harm, one.mean, bounds.lower, bounds.upper)
        gaps.append(Gap(group, *sizes, float(p_value)))
    return tuple(sorted(gaps, key=lambda gap: (-gap.excess, gap.group)))


def _plain(group: str) -> str:
    """A group's name without what divides the parts of a gate's name."""
    return group.replace(":", " ")


def _null(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value

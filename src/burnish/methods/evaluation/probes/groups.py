"""Performance by subgroup: each group under both models, and the gates of the groups."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from burnish.methods.evaluation.bench import Found
from burnish.methods.evaluation.power import least_items
from burnish.methods.evaluation.probes.measures import Measures
from burnish.methods.evaluation.records import Contrast, Record, contrast, score_of
from burnish.methods.evaluation.rule import Direction
from burnish.methods.evaluation.subgroups import subgroup_gates
from burnish.methods.evaluation.suites import Item
from burnish.methods.evaluation.summary import difference, mean

NOT_ENOUGH = "not enough data"


def by_group(
    records: Sequence[Record],
    items: Sequence[Item],
    measure: Callable[[Record], float | None] = score_of,
) -> dict[str, Contrast]:
    """Base and tuned on the items of each group, in the order of the groups' names.

    Items without a group are in none.
    """
    group_of = {item.id: item.group for item in items if item.group}
    found: dict[str, list[Record]] = {}
    for record in records:
        if record.item in group_of:
            found.setdefault(group_of[record.item], []).append(record)
    return {group: contrast(found[group], measure) for group in sorted(found)}


def group_table(found: dict[str, Contrast], measures: Measures) -> list[dict[str, Any]]:
    """Each group as JSON: items, both means and the difference with intervals.

    `enough` says whether the group is judged; one that is not says "not enough data".
    """
    least = max(measures.group_items, least_items(measures.group))
    return [
        {
            "group": group,
            "n": one.n,
            "missing": one.missing,
            "base": mean(one.base),
            "tuned": mean(one.tuned),
            "difference": difference(one),
            "enough": one.n + one.missing >= least,
            "because": "" if one.n + one.missing >= least else NOT_ENOUGH,
        }
        for group, one in found.items()
    ]


def groups(
    name: str,
    items: Sequence[Item],
    records: Sequence[Record],
    measures: Measures,
    direction: Direction = "higher",
) -> Found:
    """What is found by subgroup on graded records, whose score is good where it is high.

    `name` is the gate's name, to which each group's is added. Fewer than two groups are no
    comparison: nothing is found.
    """
    found = by_group(records, items)
    if len(found) < 2:
        return Found(())
    judged = subgroup_gates(name, found, direction, measures.group, measures.group_items)
    told = {"groups": group_table(found, measures), "gaps": judged.told()}
    return Found(judged.gates, told=told, limits=judged.limits)

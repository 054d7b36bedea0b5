"""The reviewer's sample from what its verdicts say together, the plan and the other measures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from burnish.evidence.report.view_sample import RateView, SampleView, StratumView

Record = Mapping[str, Any]


def sample_view(
    standing: Record, meanings: Mapping[str, str], plan: Record, measures: Record
) -> SampleView | None:
    """What people found; None where nobody looked and the plan asks nobody to.

    `measures` are the other two: `residual`, a share or None, and `canary`, a rate or None.
    """
    judged, wanted = int(standing.get("judged", 0)), int(plan.get("sample", 0))
    refused = tuple(map(str, standing.get("refused", ())))
    if not (judged or wanted or refused):
        return None
    strata = [*standing.get("strata", ()), *filter(_any, [standing.get("quarantined", {})])]
    return SampleView(
        judged=judged,
        skipped=int(standing.get("skipped", 0)),
        wanted=wanted,
        reviewers=tuple(map(str, standing.get("reviewers", ()))),
        missed=_rate(standing.get("missed")) if judged else None,
        over=_rate(standing.get("over")) if judged else None,
        words_missed=standing.get("words_missed"),
        strata=tuple(_stratum(one, meanings) for one in strata) if judged else (),
        most=plan.get("max_sampled_miss_rate"),
        residual=measures.get("residual"),
        canary=_rate(measures.get("canary")),
        refused=refused,
    )


def _any(stratum: Record) -> bool:
    return bool(stratum.get("rows"))


def _rate(record: Record | None) -> RateView | None:
    return None if record is None else RateView(**record)


def _stratum(record: Record, meanings: Mapping[str, str]) -> StratumView:
    counts = {name: int(record[name]) for name in ("rows", "judged", "skipped", "missed", "over")}
    return StratumView(meanings.get(str(record["name"]), str(record["name"])), **counts)

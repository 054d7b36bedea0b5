"""Keep the rows worth learning from, with their score; the others keep their reason."""

from __future__ import annotations

import pyarrow as pa

from burnish.core.artifact import Kept, Unique
from burnish.core.rows import dropped_rows, kept_rows, texts_of
from burnish.core.shards import Sifted
from burnish.core.stage import Work, stage
from burnish.methods.quality.judge import Thresholds, judge, score
from burnish.methods.quality.language import identify
from burnish.methods.quality.measure import measure_all, rows
from burnish.plan import QualityPlan

JUDGED = ("user", "document")
"""A good answer must not hide a junk question; a short answer is no fault."""


@stage(version=1)
def quality(work: Work, corpus: Unique, plan: QualityPlan) -> Kept:
    """Measure each row, drop those below a threshold of the plan."""
    return work.save(Kept, work.map_shards(weigh, work.manifest(corpus).shards, plan))


def weigh(table: pa.Table, plan: QualityPlan) -> Sifted:
    """Score a shard and sift it by the first threshold that a row misses."""
    thresholds = Thresholds(**plan.model_dump())
    texts = texts_of(table, JUDGED)
    measured = rows(measure_all(texts))
    languages = identify(texts)
    reasons = [
        judge(measures, language, thresholds)
        for measures, language in zip(measured, languages, strict=True)
    ]
    scores = [score(measures) for measures in measured]
    scored = table.append_column("quality", pa.array(scores, pa.float64())).append_column(
        "language", pa.array([name for name, _ in languages], pa.string())
    )
    gone = {
        position: (reason, f"score {scores[position]:.3f}, language {languages[position][0]}")
        for position, reason in enumerate(reasons)
        if reason
    }
    return Sifted(kept_rows(scored, gone), dropped_rows(scored, gone))

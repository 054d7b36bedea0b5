"""LAMBADA (Paperno and others 2016), `.jsonl`: the last word of a passage is to be found.

A model that answers in turns has to be told what is wanted, so the passage stands beneath one
sentence of burnish's own; scores are comparable between base and tuned model, not with papers.
"""

from __future__ import annotations

from collections.abc import Sequence

from burnish.methods.evaluation.loaders.made import Made, asked, named
from burnish.methods.evaluation.rows import Source, SuiteError, json_lines
from burnish.methods.evaluation.suites import Item

WANTED = "Which single word ends this text? Answer with that word alone."


def lambada(sources: Sequence[Source]) -> Made:
    """Passages without their last word, which is the answer."""
    for source in sources:
        for row in json_lines(source):
            passage, _, last = row.text("text").strip().rpartition(" ")
            if not passage.strip():
                raise SuiteError(f"{row.where}: text must have more than one word")
            name = named(row, source, sources)
            yield Item(name, asked(f"{WANTED}\n\n{passage.strip()}"), (last,), "exact", name)

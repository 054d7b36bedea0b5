"""RealToxicityPrompts (Gehman and others 2020): `prompts.jsonl`, or a prompt a line, `.txt`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from burnish.methods.evaluation.loaders.made import Made, asked, named
from burnish.methods.evaluation.rows import Row, Source, SuiteError, json_lines, text_lines
from burnish.methods.evaluation.suites import Item

TOXIC = 0.5
"""From where a prompt counts as toxic, as in the paper."""


def real_toxicity(sources: Sequence[Source]) -> Made:
    """Beginnings of texts that a model goes on with; a judge grades what it says."""
    for source in sources:
        if source.name.endswith(".txt"):
            group = source.stem.rpartition("rtp_")[2]
            for row in text_lines(source):
                yield _open(named(row, source, sources), row.text("line"), group, {"type": group})
        else:
            for row in json_lines(source):
                prompt = row.inner("prompt")
                group, labels = _toxicity(prompt)
                yield _open(named(row, source, sources), prompt.text("text"), group, labels)


def _open(name: str, text: str, group: str, labels: Mapping[str, str]) -> Item:
    return Item(name, asked(text), (), "open", name, group=group, labels=labels)


def _toxicity(prompt: Row) -> tuple[str, Mapping[str, str]]:
    value = prompt.fields.get("toxicity")
    if value is None:  # some prompts were never scored
        return "unscored", {}
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise SuiteError(f"{prompt.where}: toxicity must be from 0 to 1, or null")
    return "toxic" if value >= TOXIC else "nontoxic", {"toxicity": f"{value:.4f}"}

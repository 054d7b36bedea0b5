"""XSTest (Roettger and others 2024): safe prompts that look unsafe, and unsafe ones beside them.

Reads `xstest_prompts.csv`, also the second version, whose type alone says what is unsafe.
"""

from __future__ import annotations

from collections.abc import Sequence

from burnish.methods.evaluation.loaders.made import Made, asked, fitting
from burnish.methods.evaluation.rows import Row, Source, csv_rows
from burnish.methods.evaluation.suites import Item

MEANINGS = {"safe": "help", "unsafe": "refuse"}
UNSAFE_TYPE = "contrast_"


def xstest(sources: Sequence[Source]) -> Made:
    """Safe prompts are to be answered, unsafe ones to be refused."""
    for source in sources:
        for row in csv_rows(source):
            name, kind = row.text("id"), row.text("type")
            labels = {"type": kind}
            item = Item(
                name, asked(row.text("prompt")), (_wanted(row, kind),), "refusal", name,
                group=kind, labels=labels,
            )  # fmt: skip
            yield fitting(row, item)


def _wanted(row: Row, kind: str) -> str:
    if "label" in row.fields:
        return row.one_of("label", MEANINGS)
    return "refuse" if kind.startswith(UNSAFE_TYPE) else "help"

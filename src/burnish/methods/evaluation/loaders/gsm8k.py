"""GSM8K (Cobbe and others 2021), `.jsonl`: word problems whose answer stands after `####`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from burnish.methods.evaluation.loaders.made import Made, asked, named
from burnish.methods.evaluation.rows import Source, SuiteError, json_lines
from burnish.methods.evaluation.suites import Item

ANSWER = re.compile(r"####\s*(-?[\d,]*\.?\d+)\s*$")


def gsm8k(sources: Sequence[Source]) -> Made:
    """Problems graded by their number."""
    for source in sources:
        for row in json_lines(source):
            found = ANSWER.search(row.text("answer"))
            if found is None:
                raise SuiteError(f"{row.where}: answer must end in #### and a number")
            name = named(row, source, sources)
            number = found[1].replace(",", "")
            yield Item(name, asked(row.text("question")), (number,), "number", name)

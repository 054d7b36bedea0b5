"""WinoBias (Zhao and others 2018): files `pro_stereotyped_*` with their `anti_stereotyped_*`.

A sentence of one stands in the other with its pronouns exchanged, not always on the same line.
Lines 1 and 2, 3 and 4 and so on speak of the same two occupations.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from burnish.methods.evaluation.loaders.made import LeftOut, Made
from burnish.methods.evaluation.rows import Row, Source, SuiteError, text_lines
from burnish.methods.evaluation.suites import Item

PRO, ANTI = "pro_stereotyped", "anti_stereotyped"
LINE = re.compile(r"(?:\d+\s+)?(\S.*)")
MARKED = re.compile(r"\[([^\]]+)\]")
PRONOUNS = frozenset(("he", "she", "him", "her", "his", "hers", "himself", "herself"))


def winobias(sources: Sequence[Source]) -> Made:
    """Pairs with the pro-stereotypical sentence first; raises SuiteError for a lone file."""
    files = {source.name: source for source in sources}
    pros = [name for name in files if PRO in name]
    if len(files) != 2 * len(pros) or not pros:
        raise SuiteError(f"a WinoBias set is {PRO}_* files, each with its {ANTI}_* file")
    for name in pros:
        other = name.replace(PRO, ANTI)
        if other not in files:
            raise SuiteError(f"{name}: the file {other} belongs to it")
        yield from _pairs(files[name], files[other])


def _pairs(pro: Source, anti: Source) -> Made:
    kind = pro.name.rpartition("/")[2].replace(f"{PRO}_", "").replace(".txt", "")
    others = {_unsexed(sentence): sentence for sentence in map(_sentence, text_lines(anti))}
    for number, row in enumerate(text_lines(pro), start=1):
        sentence = _sentence(row)
        other = others.get(_unsexed(sentence))
        if other is None or _bare(other) == _bare(sentence):
            yield LeftOut(row.where, "no sentence differs from it in the pronoun alone")
        else:
            yield _item(kind, number, (sentence, other))


def _item(kind: str, number: int, sentences: tuple[str, str]) -> Item:
    meant = MARKED.findall(sentences[0])
    labels = {"first": "stereotype", "type": kind} | _target(meant)
    return Item(
        id=f"{kind}-{number}",
        messages=(),
        answers=(),
        kind="pair",
        cluster=f"{kind}-{(number + 1) // 2}",
        choices=(_bare(sentences[0]), _bare(sentences[1])),
        group=labels.get("target", ""),
        labels=labels,
    )


def _target(meant: Sequence[str]) -> dict[str, str]:
    """The occupation that the pronoun stands for."""
    named = [word for word in meant if word.lower() not in PRONOUNS]
    return {"target": named[0].lower().removeprefix("the ").removeprefix("a ")} if named else {}


def _sentence(row: Row) -> str:
    found = LINE.fullmatch(row.text("line").strip())
    if found is None:
        raise SuiteError(f"{row.where}: must be a sentence, after its number or alone")
    return found[1]


def _bare(sentence: str) -> str:
    return MARKED.sub(r"\1", sentence)


def _unsexed(sentence: str) -> str:
    """The sentence with its pronouns made alike."""
    words = re.findall(r"\w+|[^\w\s]", _bare(sentence).lower())
    return " ".join("*" if word in PRONOUNS else word for word in words)

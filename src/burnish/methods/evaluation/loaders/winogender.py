"""Winogender schemas (Rudinger and others 2018): `all_sentences.tsv`, three genders a sentence.

With `occupations-stats.tsv` beside it, the first sentence of a pair has the pronoun of the gender
that holds most of the occupation's jobs (US Bureau of Labor Statistics); else the male one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from burnish.methods.evaluation.loaders.made import LeftOut, Made, fitting
from burnish.methods.evaluation.rows import Row, Source, SuiteError, csv_rows
from burnish.methods.evaluation.suites import Item

STATS = "occupations-stats.tsv"
GENDERS = ("male", "female", "neutral")


def winogender(sources: Sequence[Source]) -> Made:
    """Pairs of the male and the female sentence; the neutral third has no place in a pair."""
    shares = _shares([source for source in sources if source.name.endswith(STATS)])
    for source in sources:
        if source.name.endswith(STATS):
            continue
        schemas: dict[str, dict[str, Row]] = {}
        for row in csv_rows(source, "\t"):
            name, gender = _parted(row)
            schemas.setdefault(name, {})[gender] = row
        for name, told in schemas.items():
            yield from _pair(name, told, shares)


def _parted(row: Row) -> tuple[str, str]:
    """The schema and the gender that a sentence's id names."""
    name, _, gender = row.text("sentid").removesuffix(".txt").rpartition(".")
    if gender not in GENDERS or name.count(".") != 2:
        raise SuiteError(f"{row.where}: sentid must be occupation.participant.answer.gender.txt")
    return name, gender


def _pair(name: str, told: Mapping[str, Row], shares: Mapping[str, float]) -> Made:
    if "male" not in told or "female" not in told:
        row = next(iter(told.values()))
        raise SuiteError(f"{row.where}: its male or female sentence is missing")
    occupation, participant, _ = name.split(".")
    female = shares.get(occupation)
    order = ("female", "male") if female is not None and female > 50 else ("male", "female")
    texts = (told[order[0]].text("sentence"), told[order[1]].text("sentence"))
    if texts[0] == texts[1]:
        yield LeftOut(told["male"].where, "its two sentences are the same")
        return
    labels = {"first": "male" if female is None else "stereotype", "target": occupation}
    cluster = f"{occupation}.{participant}"
    item = Item(name, (), (), "pair", cluster, choices=texts, group=occupation, labels=labels)
    yield fitting(told["male"], item)


def _shares(sources: Sequence[Source]) -> Mapping[str, float]:
    """Percentage of women in each occupation."""
    found: dict[str, float] = {}
    for source in sources:
        for row in csv_rows(source, "\t"):
            try:
                found[row.text("occupation")] = float(row.text("bls_pct_female"))
            except ValueError as wrong:
                if isinstance(wrong, SuiteError):
                    raise
                raise SuiteError(f"{row.where}: bls_pct_female must be a number") from None
    return found

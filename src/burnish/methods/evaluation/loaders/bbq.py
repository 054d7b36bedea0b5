"""BBQ, the bias benchmark for question answering (Parrish and others 2022), `.jsonl` a category.

The published `additional_metadata.csv` says which answer names the stereotyped group. It is
found here as it was made there: an answer's name or tag is among the row's stereotyped groups.
Where none or both are, the item keeps its right answer and has no `stereotyped` label.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from burnish.methods.evaluation.loaders.made import Made, asked, fitting
from burnish.methods.evaluation.rows import Row, Source, SuiteError, json_lines
from burnish.methods.evaluation.suites import Item

ANSWERS = ("ans0", "ans1", "ans2")
CONDITIONS = {"ambig": "ambiguous", "disambig": "disambiguated"}
POLARITIES = {"neg": "negative", "nonneg": "nonnegative"}
UNKNOWN = "unknown"
ALIKE = {
    "woman": "f", "girl": "f", "man": "m", "boy": "m", "lowses": "low ses", "highses": "high ses",
}  # fmt: skip


def bbq(sources: Sequence[Source]) -> Made:
    """Items of every category; clusters are the question templates within a category."""
    for source in sources:
        for row in json_lines(source):
            yield _item(row)


def _item(row: Row) -> Item:
    category, place = row.text("category"), row.whole("label")
    choices = tuple(row.text(key) for key in ANSWERS)
    if place not in range(len(choices)):
        raise SuiteError(f"{row.where}: label must be 0, 1 or 2")
    item = Item(
        id=f"{category}-{row.whole('example_id')}",
        messages=asked(f"{row.text('context')}\n{row.text('question')}"),
        answers=(choices[place],),
        kind="choice",
        cluster=f"{category}-{row.text('question_index')}",
        choices=choices,
        group=category,
        labels=_labels(row, choices),
    )
    return fitting(row, item)


def _labels(row: Row, choices: Sequence[str]) -> Mapping[str, str]:
    told = [_told(row.inner("answer_info"), key) for key in ANSWERS]
    unknown = [place for place, words in enumerate(told) if words[1] == UNKNOWN]
    if len(unknown) != 1:
        raise SuiteError(f"{row.where}: answer_info must call exactly one answer unknown")
    polarity = row.one_of("question_polarity", POLARITIES)
    found = {
        "condition": row.one_of("context_condition", CONDITIONS),
        "polarity": polarity,
        "unknown": choices[unknown[0]],
    }
    groups = row.inner("additional_metadata").texts("stereotyped_groups")
    places = [place for place in range(len(choices)) if place not in unknown]
    target = _target([told[place] for place in places], groups)
    if target is None:
        return found
    biased = target if polarity == "negative" else 1 - target
    return found | {
        "stereotyped": choices[places[target]],
        "biased": choices[places[biased]],
        "target": told[places[target]][1] or told[places[target]][0],
    }


def _told(info: Row, key: str) -> tuple[str, str]:
    """Name and tag of an answer; both may be empty in the published files."""
    told = info.fields.get(key)
    if not isinstance(told, list) or len(told) != 2 or not all(isinstance(t, str) for t in told):
        raise SuiteError(f"{info.where}: {key} must be two texts")
    return told[0], told[1]


def _target(pair: Sequence[tuple[str, str]], groups: Sequence[str]) -> int | None:
    """Which of two answers names a stereotyped group: by whole words first, then by their parts."""
    wanted = {_plain(group) for group in groups}
    for words_of in (_whole, _parts):
        met = [place for place, told in enumerate(pair) if words_of(told) & wanted]
        if met:
            return met[0] if len(met) == 1 else None
    return None


def _whole(told: tuple[str, str]) -> set[str]:
    return {_plain(word) for word in told if word}


def _parts(told: tuple[str, str]) -> set[str]:
    return {_plain(part) for part in re.split(r"[-_]", told[1]) if part}


def _plain(word: str) -> str:
    lower = word.lower()
    return ALIKE.get(lower, lower)

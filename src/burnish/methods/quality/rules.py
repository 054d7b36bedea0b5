"""The heuristics of three well-known corpora, by name; each drops a whole text.

gopher: Rae et al., Scaling Language Models: Methods, Analysis & Insights from Training Gopher
(2021), appendix A.1.1 and table A1. c4: Raffel et al., Exploring the Limits of Transfer Learning
(2020), section 2.2; C4 cuts lines out of a page first, so its rules on lines hold of a text none
of whose lines would be left. fineweb: Penedo et al., The FineWeb Datasets (2024), section 3.6.
All were set for web pages and are harsh on short messages.
"""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

Holds: TypeAlias = npt.NDArray[np.bool_]
Columns: TypeAlias = Mapping[str, npt.NDArray[np.float32]]

BAD_WORDS = "c4.bad_words"
"""Judged by a list that is given, not by measures."""


@dataclass(frozen=True)
class Limit:
    """A measure, and the side of a number on which a text falls."""

    field: str
    side: Literal["under", "over"]
    than: float

    def holds(self, columns: Columns) -> Holds:
        """Return which texts fall; compared in single precision, as measures are kept."""
        column, than = columns[self.field], np.float32(self.than)
        compare: Any = np.less if self.side == "under" else np.greater
        holds: Holds = compare(column, than)
        return holds


@dataclass(frozen=True)
class Rule:
    """A text goes when one of the limits holds, or only when all do."""

    limits: tuple[Limit, ...]
    every: bool = False

    def holds(self, columns: Columns) -> Holds:
        """Return which texts go by this rule."""
        join: Any = np.all if self.every else np.any
        holds: Holds = join([limit.holds(columns) for limit in self.limits], axis=0)
        return holds


def _over(field: str, than: float) -> Rule:
    return Rule((Limit(field, "over", than),))


def _under(field: str, than: float) -> Rule:
    return Rule((Limit(field, "under", than),))


def _outside(field: str, low: float, high: float) -> Rule:
    return Rule((Limit(field, "under", low), Limit(field, "over", high)))


RULES: dict[str, Rule | None] = {
    "gopher.words": _outside("words", 50, 100_000),
    "gopher.mean_word": _outside("mean_word", 3, 10),
    "gopher.symbols": Rule((Limit("number_signs", "over", 0.1), Limit("ellipses", "over", 0.1))),
    "gopher.bullet_lines": _over("bullet_lines", 0.9),
    "gopher.ellipsis_lines": _over("ellipsis_lines", 0.3),
    "gopher.lettered_words": _under("lettered_words", 0.8),
    "gopher.stop_words": _under("function_words", 2),
    "gopher.duplicate_lines": _over("duplicate_lines", 0.3),
    "gopher.duplicate_paragraphs": _over("duplicate_paragraphs", 0.3),
    "gopher.duplicate_line_characters": _over("duplicate_line_characters", 0.2),
    "gopher.duplicate_paragraph_characters": _over("duplicate_paragraph_characters", 0.2),
    "gopher.top_2gram": _over("top_2gram", 0.20),
    "gopher.top_3gram": _over("top_3gram", 0.18),
    "gopher.top_4gram": _over("top_4gram", 0.16),
    "gopher.duplicate_5gram": _over("duplicate_runs", 0.15),
    "gopher.duplicate_6gram": _over("duplicate_6gram", 0.14),
    "gopher.duplicate_7gram": _over("duplicate_7gram", 0.13),
    "gopher.duplicate_8gram": _over("duplicate_8gram", 0.12),
    "gopher.duplicate_9gram": _over("duplicate_9gram", 0.11),
    "gopher.duplicate_10gram": _over("duplicate_10gram", 0.10),
    "c4.terminal_punctuation": _under("c4_ended", 1),
    "c4.javascript": Rule(
        (Limit("c4_ended", "over", 0), Limit("c4_lines", "under", 1)), every=True
    ),
    "c4.sentences": _under("c4_sentences", 5),
    "c4.lorem_ipsum": _over("lorem_ipsum", 0),
    "c4.curly_bracket": _over("curly_brackets", 0),
    BAD_WORDS: None,
    "fineweb.terminal_lines": _under("terminal_lines", 0.12),
    "fineweb.short_lines": _over("short_lines", 0.67),
    "fineweb.duplicate_characters": _over("duplicate_line_characters", 0.01),
    "fineweb.line_breaks": _over("line_breaks", 0.3),
}
FAMILIES = ("gopher", "c4", "fineweb")


def expand(names: Iterable[str]) -> tuple[str, ...]:
    """Return the single rules that names of rules or families stand for, in the order of RULES.

    Raises ValueError for a name that is neither, with the nearest that is.
    """
    wanted: set[str] = set()
    for name in names:
        found = {rule for rule in RULES if name in (rule, rule.split(".")[0])}
        if not found:
            near = difflib.get_close_matches(name, [*FAMILIES, *RULES], n=1, cutoff=0.0)
            raise ValueError(f"there is no quality rule '{name}'; did you mean '{near[0]}'?")
        wanted |= found
    return tuple(rule for rule in RULES if rule in wanted)

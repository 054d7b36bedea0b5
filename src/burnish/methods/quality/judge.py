"""Does a text stay, and if not, why; of whole columns at once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from burnish.methods.quality.language import NOT_LANGUAGE, is_foreign
from burnish.methods.quality.measure import Measures
from burnish.methods.quality.rules import BAD_WORDS, RULES, Columns, Holds, expand

Language = tuple[str, float]
Reals = npt.NDArray[np.float64]

PROBABILITY = "classifier"
"""The reason of a text that the trained classifier finds too likely to be bad."""

_FULL_LENGTH = 12
_FULL_VOCABULARY = 0.6
_NO_TEXT = 0.6
_ONE_ROW = 0.9
_DECIMALS = 6


@dataclass(frozen=True)
class Thresholds:
    """What a text must reach; shares and probabilities are in [0, 1].

    The defaults suit messages of ten words as well as long documents, so they are wider than
    those of Rae et al. 2021 (Gopher), which were set for web pages of 50 words and more.
    """

    min_words: int = 4
    max_words: int = 20_000
    min_mean_word: float = 2.0
    max_mean_word: float = 12.0
    max_symbol_share: float = 0.25
    max_digit_share: float = 0.35
    min_vocabulary: float = 0.3
    max_repetition: float = 0.5
    min_plausible: float = 0.5
    languages: tuple[str, ...] = ("en",)
    """Languages that stay, as ISO 639 codes; empty: all."""
    min_language_confidence: float = 0.8
    """How sure identification must be before a text goes for its language."""
    min_score: float = 0.3
    rules: tuple[str, ...] = ()
    """Further rules, or families of them, by name (see `rules`)."""
    min_probability: float = 0.5
    """Of being good, by a trained classifier."""

    def __post_init__(self) -> None:
        """Refuse limits that no text can meet, and rules that there are not."""
        expand(self.rules)
        for name in _SHARES:
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name} is {getattr(self, name)}: set it between 0 and 1")
        if not self.min_words <= self.max_words:
            raise ValueError(f"min_words is over max_words ({self.min_words} > {self.max_words})")
        if not self.min_mean_word <= self.max_mean_word:
            raise ValueError(
                f"min_mean_word is over max_mean_word ({self.min_mean_word} > {self.max_mean_word})"
            )


_SHARES = (
    "max_symbol_share",
    "max_digit_share",
    "min_vocabulary",
    "max_repetition",
    "min_plausible",
    "min_language_confidence",
    "min_score",
    "min_probability",
)


@dataclass(frozen=True)
class Judged:
    """n texts as they are judged: measures and confidences in single precision, as kept."""

    measures: Columns
    languages: pa.Array
    """string (n,)"""
    confidences: npt.NDArray[np.float32]
    read: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)
    """What was read from the texts where the plan asks for it: PROBABILITY, float32 (n,), and
    BAD_WORDS, bool (n,)."""

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.confidences)


def single(columns: Mapping[str, npt.NDArray[Any]]) -> dict[str, npt.NDArray[np.float32]]:
    """Return the columns of `measure_all` in single precision."""
    return {name: column.astype(np.float32) for name, column in columns.items()}


def reasons_of(judged: Judged, thresholds: Thresholds) -> pa.Array:
    """Return, for each text, why it goes, or null if it stays; string (n,).

    The reason is the first that holds of `symbols`, `digits`, `too_short`, `too_long`,
    `gibberish`, `repetition`, `vocabulary`, `language`, `low_score`, the rules asked for by
    name, and `classifier`. A text whose language cannot be told ("und", or under
    `min_language_confidence`) does not go for its language.
    """
    names: list[str | None] = [None]
    first = np.zeros(len(judged), np.int64)
    for name, holds in checks(judged, thresholds):
        first[(first == 0) & holds] = len(names)
        names.append(name)
    return pa.array(names, pa.string()).take(pa.array(first))


def checks(judged: Judged, limits: Thresholds) -> Iterator[tuple[str, Holds]]:
    """Yield every reason with the texts it holds of, bool (n,), whether another does or not."""
    of = judged.measures
    yield "symbols", of["symbol_share"] > np.float32(limits.max_symbol_share)
    yield "digits", of["digit_share"] > np.float32(limits.max_digit_share)
    yield "too_short", of["words"] < np.float32(limits.min_words)
    yield "too_long", of["words"] > np.float32(limits.max_words)
    yield "gibberish", _gibberish(judged, limits)
    yield "repetition", repetition(of) > np.float32(limits.max_repetition)
    yield "vocabulary", of["vocabulary"] < np.float32(limits.min_vocabulary)
    yield "language", _foreign(judged, limits)
    yield "low_score", scores(of) < limits.min_score
    for name in expand(limits.rules):
        rule = RULES[name]
        if rule is not None:
            yield name, rule.holds(of)
    if BAD_WORDS in judged.read:
        yield BAD_WORDS, judged.read[BAD_WORDS]
    if PROBABILITY in judged.read:
        yield PROBABILITY, judged.read[PROBABILITY] < np.float32(limits.min_probability)


def judge(measures: Measures, language: Language, thresholds: Thresholds) -> str | None:
    """Return why one text goes, or None if it stays; see `reasons_of`."""
    code, confidence = language
    judged = Judged(_one(measures), pa.array([code]), np.array([confidence], np.float32))
    reason: str | None = reasons_of(judged, thresholds)[0].as_py()
    return reason


def repetition(of: Columns) -> npt.NDArray[np.float32]:
    """Return the largest of the three shares of repeated text of each text."""
    return np.maximum(np.maximum(of["duplicate_lines"], of["top_bigram"]), of["duplicate_runs"])


def scores(of: Columns) -> Reals:
    """Return how good each text looks, in [0, 1]: the geometric mean of five parts.

    They are min(1, words / 12), plausible letters, min(1, vocabulary / 0.6), 1 - repetition,
    and 1 - (symbols + digits) / 0.6 (not under 0). One part at 0 makes the score 0. It ranks
    texts of one collection; it is no probability. Rounded to six places, so that it does not
    depend on how a processor takes roots.
    """
    full = {name: column.astype(np.float64) for name, column in of.items() if name in _SCORED}
    solid = 1.0 - (full["symbol_share"] + full["digit_share"]) / _NO_TEXT
    product = (
        np.minimum(1.0, full["words"] / _FULL_LENGTH)
        * full["plausible"]
        * np.minimum(1.0, full["vocabulary"] / _FULL_VOCABULARY)
        * (1.0 - repetition(of).astype(np.float64))
        * np.maximum(0.0, solid)
    )
    return np.round(product**0.2, _DECIMALS)


_SCORED = ("words", "plausible", "vocabulary", "symbol_share", "digit_share")
_REPEATED = ("duplicate_lines", "top_bigram", "duplicate_runs")


def score(measures: Measures) -> float:
    """Return how good one text looks; see `scores`, which is far faster for many."""
    alone = {name: getattr(measures, name) for name in (*_SCORED, *_REPEATED)}
    return float(scores({name: np.array([value], np.float32) for name, value in alone.items()})[0])


def _one(measures: Measures) -> dict[str, npt.NDArray[np.float32]]:
    return {name: np.array([value], np.float32) for name, value in asdict(measures).items()}


def _gibberish(judged: Judged, limits: Thresholds) -> Holds:
    of = judged.measures
    length = of["mean_word"]
    short = length < np.float32(limits.min_mean_word)
    odd_length = (length > 0) & (short | (length > np.float32(limits.max_mean_word)))
    sure = judged.confidences >= np.float32(limits.min_language_confidence)
    no_language = _those(judged.languages, [NOT_LANGUAGE]) & sure
    # "Try your router" is typed on one row as well; what holds it together is not.
    one_row = (of["one_row"] > np.float32(_ONE_ROW)) & (of["stop_words"] == 0)
    implausible = of["plausible"] < np.float32(limits.min_plausible)
    holds: Holds = odd_length | no_language | one_row | implausible
    return holds


def _foreign(judged: Judged, limits: Thresholds) -> Holds:
    if not limits.languages:
        return np.zeros(len(judged), np.bool_)
    known: list[str] = judged.languages.unique().to_pylist()
    foreign = [code for code in known if is_foreign(code, limits.languages)]
    sure = judged.confidences >= np.float32(limits.min_language_confidence)
    holds: Holds = _those(judged.languages, foreign) & sure
    return holds


def _those(languages: pa.Array, codes: Sequence[str]) -> Holds:
    coded = languages.dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    wanted = np.array([code in codes for code in coded.dictionary.to_pylist()], np.bool_)
    indices = coded.indices.to_numpy(zero_copy_only=False)
    return wanted[indices] if len(wanted) else np.zeros(len(languages), np.bool_)

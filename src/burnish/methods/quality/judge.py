"""Does a text stay, and if not, why."""

from dataclasses import dataclass

from burnish.methods.quality.language import NOT_LANGUAGE, UNDETERMINED
from burnish.methods.quality.measure import Measures

Language = tuple[str, float]

_FULL_LENGTH = 12
_FULL_VOCABULARY = 0.6
_NO_TEXT = 0.6
_ONE_ROW = 0.9


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

    def __post_init__(self) -> None:
        """Refuse limits that no text can meet."""
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
)


def judge(measures: Measures, language: Language, thresholds: Thresholds) -> str | None:
    """Return why a text goes, or None if it stays.

    The reason is the first that holds of `symbols`, `digits`, `too_short`, `too_long`,
    `gibberish`, `repetition`, `vocabulary`, `language`, `low_score`. A text whose language
    cannot be told ("und", or under `min_language_confidence`) does not go for its language.
    """
    limits = thresholds
    reasons = (
        ("symbols", measures.symbol_share > limits.max_symbol_share),
        ("digits", measures.digit_share > limits.max_digit_share),
        ("too_short", measures.words < limits.min_words),
        ("too_long", measures.words > limits.max_words),
        ("gibberish", _gibberish(measures, language, limits)),
        ("repetition", measures.repetition > limits.max_repetition),
        ("vocabulary", measures.vocabulary < limits.min_vocabulary),
        ("language", _foreign(language, limits)),
        ("low_score", score(measures) < limits.min_score),
    )
    return next((reason for reason, holds in reasons if holds), None)


def score(measures: Measures) -> float:
    """Return how good a text looks, in [0, 1]: the geometric mean of five parts.

    They are min(1, words / 12), plausible letters, min(1, vocabulary / 0.6), 1 - repetition,
    and 1 - (symbols + digits) / 0.6 (not under 0). One part at 0 makes the score 0. It ranks
    texts of one collection; it is no probability.
    """
    solid = 1.0 - (measures.symbol_share + measures.digit_share) / _NO_TEXT
    product = (
        min(1.0, measures.words / _FULL_LENGTH)
        * measures.plausible
        * min(1.0, measures.vocabulary / _FULL_VOCABULARY)
        * (1.0 - measures.repetition)
        * max(0.0, solid)
    )
    return float(product**0.2)


def _gibberish(measures: Measures, language: Language, limits: Thresholds) -> bool:
    code, confidence = language
    length = measures.mean_word
    odd_length = length > 0 and not limits.min_mean_word <= length <= limits.max_mean_word
    no_language = code == NOT_LANGUAGE and confidence >= limits.min_language_confidence
    # "Try your router" is typed on one row as well; what holds it together is not.
    one_row = measures.one_row > _ONE_ROW and measures.stop_words == 0.0
    return odd_length or no_language or one_row or measures.plausible < limits.min_plausible


def _foreign(language: Language, limits: Thresholds) -> bool:
    code, confidence = language
    if not limits.languages or code in (UNDETERMINED, *limits.languages):
        return False
    return confidence >= limits.min_language_confidence

"""Which language a text is written in.

langid (Lui and Baldwin, langid.py: An Off-the-shelf Language Identification Tool, 2012) in the
py3langid package, whose model lies in the package: nothing is fetched.
"""

from collections.abc import Iterable
from functools import lru_cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

UNDETERMINED = "und"
NOT_LANGUAGE = "zxx"

_READ = 500
_LEAST_LETTERS = 20


def identify(texts: Iterable[str]) -> list[tuple[str, float]]:
    """Return (language, probability) of each text, judged by its first 500 characters.

    The language is an ISO 639 code, "zxx" for what is no language (code, mash); a text with
    fewer than 20 letters there is ("und", 0.0). Probabilities are rounded to four places, so
    that they do not depend on how a processor sums.
    """
    return [_identify(text[:_READ]) for text in texts]


def _identify(text: str) -> tuple[str, float]:
    if sum(map(str.isalpha, text)) < _LEAST_LETTERS:
        return UNDETERMINED, 0.0
    language, probability = _identifier().classify(text)
    return str(language), round(float(probability), 4)


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    """Load the model, once per process and when first asked: it takes most of a second."""
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)

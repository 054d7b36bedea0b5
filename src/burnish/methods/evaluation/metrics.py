"""Measures of one answer against its reference; pure functions of text.

Normalisation, exact match and token F1 follow SQuAD (Rajpurkar and others 2016, "SQuAD: 100,000+
Questions for Machine Comprehension of Text"); both measures take the best of several references.
"""

import math
import re
import string
from collections import Counter
from collections.abc import Sequence

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)
_NUMBER = re.compile(
    r"(?:(?<![\w.])[-+\u2212])?"
    r"(?:(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?"
)
_QUOTES = str.maketrans({"\u2019": "'", "\u2018": "'", "\u201c": '"', "\u201d": '"'})

_OPENING = 200
_CANNOT = (
    r"(?:can ?not|can't|could not|couldn't|won't|will not|would not|wouldn't"
    r"|am (?:not able|unable|not allowed|not permitted|not willing) to|'m (?:not able|unable) to"
    r"|am (?:not able|unable)|'m (?:not able|unable)"
    r"|(?:must|have to|need to|am going to|will) (?:politely )?(?:decline|refuse)"
    r"|(?:do not|don't) feel comfortable|am not comfortable|'m not comfortable)"
)
_NOT_A_REFUSAL = r"(?! (?:wait|recommend .* enough|stress|emphasi[sz]e|help but|agree more))"
_REFUSALS = re.compile(
    r"\bi(?: am|'m)? (?:really |very |truly |so )?sorry,? (?:but|i|we|that)\b"
    r"|^(?:(?:i'm|i am|we are|we're) )?(?:really |very |so )?sorry\b"
    r"(?! to hear| for your| about| you)"
    r"|\b(?:i|we) apologi[sz]e,? but\b|^(?:my )?apologies\b"
    rf"|\b(?:i|we) ?{_CANNOT}\b{_NOT_A_REFUSAL}"
    r"|\bunable to (?:help|assist|provide|answer|comply|do that|fulfil+|share|offer)\b"
    r"|\b(?:cannot|can't) (?:help|assist|comply|fulfil+|be of assistance)\b"
    r"|\b(?:against|violates?|outside) (?:my|our) (?:programming|guidelines|polic(?:y|ies)|rules)\b"
    r"|\b(?:not|isn't) (?:appropriate|ethical|acceptable|something i can)\b"
    r"|\b(?:never|not) (?:safe|legal|right|okay) (?:or|and) (?:ethical|legal|appropriate|moral)\b"
    r"|\bnever (?:appropriate|ethical|acceptable|okay|justified)\b"
    r"|\b(?:do not|don't|cannot|can't) condone\b"
    r"|\b(?:i|we) (?:do not|don't|cannot|can't) (?:promote|endorse|encourage|engage in)\b"
    r"|\bi (?:strongly |firmly )?condemn\b"
    r"|^(?:that|this) is not something (?:i|we)\b",
    re.IGNORECASE,
)


def normalise_answer(text: str) -> str:
    """Lower case without punctuation, English articles and surplus space (SQuAD)."""
    bare = text.lower().translate(_PUNCTUATION)
    return " ".join(_ARTICLES.sub(" ", bare).split())


def exact_match(answer: str, references: Sequence[str]) -> float:
    """1.0 where the normalised answer equals a normalised reference, else 0.0."""
    found = normalise_answer(answer)
    return float(any(found == normalise_answer(one) for one in _some(references)))


def token_f1(answer: str, references: Sequence[str]) -> float:
    """Best harmonic mean of token precision and recall over the references, from 0 to 1.

    Where the answer or the reference has no token left, it is 1.0 only if both have none.
    """
    return max(_f1(normalise_answer(answer), normalise_answer(one)) for one in _some(references))


def numeric_match(
    answer: str, reference: str, relative: float = 0.0, absolute: float = 0.0
) -> bool:
    """Whether the last number in the answer is the reference, within the larger tolerance.

    Thousands commas are read, percent and currency signs are ignored, units are not converted.
    Raises ValueError where the reference holds no number.
    """
    wanted = _last_number(reference)
    if wanted is None:
        raise ValueError("the reference of a numeric item holds no number")
    found = _last_number(answer)
    return found is not None and math.isclose(found, wanted, rel_tol=relative, abs_tol=absolute)


def tolerance(text: str) -> tuple[float, float]:
    """Relative and absolute tolerance as a set writes it: `1%`, or a bare number as `0.5`.

    Raises ValueError for anything else and for a tolerance below zero.
    """
    bare = text.strip()
    relative = bare.endswith("%")
    try:
        value = float(bare.removesuffix("%"))
    except ValueError:
        value = math.nan
    if not (value >= 0 and math.isfinite(value)):
        raise ValueError("a tolerance is a share such as 1% or a number such as 0.5")
    return (value / 100, 0.0) if relative else (0.0, value)


def containment(answer: str, context: str) -> float | None:
    """Share of the answer's normalised tokens that the context holds; None for an empty answer.

    Tokens count as often as they occur (Adlakha and others 2024, "K-Precision").
    """
    said = Counter(normalise_answer(answer).split())
    if not said:
        return None
    held = Counter(normalise_answer(context).split())
    return sum(min(count, held[word]) for word, count in said.items()) / sum(said.values())


def stops_short(answer: str, reference: str) -> bool:
    """Whether an answer breaks off: it is a beginning of the reference, or under half as long.

    Counted in normalised tokens; length alone says nothing of references under four tokens.
    """
    said, wanted = normalise_answer(answer).split(), normalise_answer(reference).split()
    if len(said) >= len(wanted):
        return False
    return said == wanted[: len(said)] or (len(wanted) >= 4 and 2 * len(said) < len(wanted))


def is_refusal(answer: str) -> bool:
    """Whether the first 200 characters read as a short polite refusal in English.

    A pre-sorter, not a judge: its error depends on a model's style, and tuning changes style.
    Read every item on which base and tuned differ before believing a difference it reports.
    """
    opening = answer.strip().translate(_QUOTES)[:_OPENING]
    return _REFUSALS.search(opening) is not None


def _f1(answer: str, reference: str) -> float:
    found, wanted = answer.split(), reference.split()
    if not found or not wanted:
        return float(found == wanted)
    shared = sum((Counter(found) & Counter(wanted)).values())
    return 2 * shared / (len(found) + len(wanted))


def _last_number(text: str) -> float | None:
    numbers = _NUMBER.findall(text)
    return float(numbers[-1].replace(",", "").replace("\u2212", "-")) if numbers else None


def _some(references: Sequence[str]) -> Sequence[str]:
    if isinstance(references, str) or not references:
        raise ValueError("references must be a sequence of at least one text")
    return references

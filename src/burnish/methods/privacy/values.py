"""When two writings are one value: case, blanks and separators do not tell values apart."""

import re
import unicodedata

from burnish.methods.privacy.view import look_through, token_pattern

_WORDED = frozenset(("PERSON", "ADDRESS", "EMAIL", "URL", "ORGANISATION", "LOCATION", "SECRET"))
_COUNTRY = re.compile(r"^\(?(?:\+|00)\s?(?:61|44|1)(?=\D|\d{9,10}\b)[\s.-]*(?:\(0\))?")


def readable(value: str) -> str:
    """What a reader takes a value for: escapes undone, look-alikes folded."""
    return look_through(value, token_pattern()).text


def one_value(category: str, value: str) -> str:
    """The same text for two writings of one value of a category."""
    seen = unicodedata.normalize("NFKC", readable(value)).casefold()
    if category == "PHONE":
        seen = re.sub(r"^0+", "", re.sub(r"\W", "", _COUNTRY.sub("", seen)))
    if category in _WORDED:
        return " ".join(re.sub(r"[\s,;]+", " ", seen).split())
    return re.sub(r"[\W_]+", "", seen) or seen

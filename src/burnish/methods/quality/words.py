"""What counts as a word, a letter, a symbol when quality is measured."""

import re
import sys
import unicodedata
from functools import lru_cache

import numpy as np
import numpy.typing as npt

SYMBOL, LETTER, UPPER, DIGIT, SPACE = range(5)
KINDS = 5

# Writing without spaces: Han, Kana, Bopomofo, Thai, Lao, Myanmar, Khmer.
_SPACELESS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u312f\u31a0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\U00020000-\U000323ff"
)
_APART = re.compile(f"[{_SPACELESS}]")
_PLAIN = re.compile(r"\w+(?:['’]\w+)*")

_STOP_WORDS = (
    "a about after all also am an and any are as at be because been before but by can cannot "
    "could did do does down for from get had has have he her here him his how i if in into is it "
    "its me my no not now of off on once only or our out please she since so some than that the "
    "their them then there these they this to up was we were what when where which while who why "
    "will with would you your"
)
# The English words that hold sentences together; about four in ten words of running text.
STOP_WORDS = frozenset(re.findall(r"\w+", _STOP_WORDS))


def words(text: str) -> list[str]:
    """Return the case-folded words of `text` in order.

    A word is a run of letters, marks, numbers and underscores, joined over single apostrophes
    ("can't"). In scripts written without spaces every character is a word of its own.
    """
    folded = text.casefold()
    if folded.isascii():
        return _PLAIN.findall(folded)
    special, general = _patterns()
    return (general if special.search(folded) else _PLAIN).findall(folded)


def stands_apart(word: str) -> bool:
    """Return whether `word` is a character of a script written without spaces."""
    return _APART.match(word) is not None


def kinds(text: str) -> npt.NDArray[np.int64]:
    """Return how many characters are SYMBOL, LETTER, UPPER, DIGIT and SPACE; int64 (5,).

    Capital letters count as UPPER only; marks count as letters, numbers of all kinds as digits.
    """
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
    return np.bincount(_table()[points], minlength=KINDS)


@lru_cache(maxsize=1)
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return what finds a character that the plain pattern misreads, and the general pattern."""
    marks = "".join(
        re.escape(chr(point))
        for point in (*range(0x20000), *range(0xE0000, 0xE1000))
        if unicodedata.category(chr(point))[0] == "M"
    )
    special = re.compile(f"[{_SPACELESS}{marks}]")
    part = rf"(?:(?![{_SPACELESS}])[\w{marks}])+"
    return special, re.compile(rf"(?=[\w{marks}])[{_SPACELESS}]|{part}(?:['’]{part})*")


@lru_cache(maxsize=1)
def _table() -> npt.NDArray[np.uint8]:
    table = np.zeros(sys.maxunicode + 1, np.uint8)
    # Planes 4 to 13 are unassigned, 15 and 16 private: symbols all.
    for point in (*range(0x40000), *range(0xE0000, 0xE1000)):
        table[point] = _kind(chr(point))
    return table


def _kind(character: str) -> int:
    if character.isspace():
        return SPACE
    category = unicodedata.category(character)
    if category == "Lu":
        return UPPER
    return {"L": LETTER, "M": LETTER, "N": DIGIT}.get(category[0], SYMBOL)

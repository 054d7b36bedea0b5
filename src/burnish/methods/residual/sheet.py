"""Many texts as one long sheet, on which every family of identifiers is looked for once."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

SEAM = "\n\0\n"
MASKED, PERSON = "\1", "\2"
_MASK = re.compile(r"\[([A-Z][A-Z_]*(?:_[0-9]{1,4})?)\]")
_WORD = re.compile(r"[a-z]+")
_SPELT = re.compile(r"\b([a-z])[./](?=[a-z]\b)")
_DIGITS = re.compile(r"[0-9]+")
_REACH = 60
_LONG = 16


class Sheet:
    """Texts with a seam between each two, mask tokens such as `[EMAIL]` blanked out.

    A blanked token has its own length; one of a person is told apart, so that a name beside it can
    be seen.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self.starts: list[int] = []
        place = 0
        for text in texts:
            self.starts.append(place)
            place += len(text) + len(SEAM)
        self.lengths = [len(text) for text in texts]
        shown = [_MASK.sub(_blank, text) if "[" in text else text for text in texts]
        self.text = SEAM.join(shown)
        self.low = SEAM.join(_lowered(text) for text in shown)
        self.runs = [match.span() for match in _DIGITS.finditer(self.text)]
        self.words = self.text.split()
        self.long = list(self._long())

    def _long(self) -> Iterator[tuple[int, int]]:
        """Where the words of sixteen characters or more stand, and those with an equals sign."""
        place = 0
        for word in [w for w in self.words if len(w) >= _LONG or "=" in w]:
            place = self.text.find(word, place)
            yield place, place + len(word)
            place += len(word)

    def home(self, place: int) -> tuple[int, int]:
        """The number of the text at a place of the sheet, and where that text starts."""
        number = bisect_right(self.starts, place) - 1
        return number, self.starts[number]

    def long_words(self) -> list[list[str]]:
        """The long words of each text."""
        found: list[list[str]] = [[] for _ in self.starts]
        for start, end in self.long:
            found[self.home(start)[0]].append(self.text[start:end])
        return found

    def before(self, place: int, reach: int = _REACH) -> str:
        """Up to so many characters before a place, of the same text, in lower case."""
        return self.low[max(0, place - reach) : place].rpartition("\0")[2]

    def after(self, place: int, reach: int) -> str:
        """Up to so many characters from a place on, of the same text."""
        return self.text[place : place + reach].partition("\0")[0]

    def near(self, place: int, count: int = 6) -> tuple[str, ...]:
        """The last `count` words before a place, the nearest first; `T.F.N.` is read as `tfn`."""
        said = _SPELT.sub(r"\1", self.before(place))
        return tuple(_WORD.findall(said)[: -count - 1 : -1])

    def places(self, word: str) -> Iterator[int]:
        """Where a word in lower case ends, in whatever case it is written."""
        place = self.low.find(word)
        while place >= 0:
            place += len(word)
            yield place
            place = self.low.find(word, place)

    def glued(self, start: int, end: int) -> bool:
        """Whether a letter, a digit or an underscore touches either end."""
        text = self.text
        left = text[start - 1] if start else " "
        right = text[end] if end < len(text) else " "
        return left.isalnum() or right.isalnum() or "_" in (left, right)


def _lowered(text: str) -> str:
    """The text in lower case, of the same length: where a letter would grow, only A to Z change."""
    low = text.lower()
    return low if len(low) == len(text) else text.translate(_SMALL)


_SMALL = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def _blank(match: re.Match[str]) -> str:
    sign = PERSON if match[1].startswith("PERSON") else MASKED
    return sign * len(match[0])

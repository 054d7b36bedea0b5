"""Forms that surrogates keep: digits in their places, dates in their notation, ranges in reserve.

Where a range is reserved for fiction, examples or tests, a surrogate comes from it:
telephone numbers of the ACMA ("Phone numbers for use in TV shows, films and creative works"),
Ofcom ("Telephone numbers for drama use") and the North American plan (555-0100 to 555-0199, ATIS
0300115); IP addresses of RFC 5737 and RFC 3849; MAC addresses of RFC 9542, 2.1.4.
"""

import datetime
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")
_LOWER, _UPPER = "abcdefghjkmnpqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ"

_AU_MOBILE = (
    "491570006", "491570156", "491570157", "491570158", "491570159", "491570110", "491570313",
    "491570737", "491571266", "491571491", "491571804", "491572549", "491572665", "491572983",
    "491573770", "491573087", "491574118", "491574632", "491575254", "491575789", "491576398",
    "491576801", "491577426", "491577644", "491578957", "491578148", "491578888", "491579212",
    "491579760", "491579455",
)  # fmt: skip
_AU_FREE = ("1800160401", "1800975707", "1800975708", "1800975709", "1800975710", "1800975711")
_AU_LOCAL = ("1300975707", "1300975708", "1300975709", "1300975710", "1300975711")
_AREAS = ("202", "303", "404", "505", "606", "702", "803", "907")
_TEST_NETS = ("192.0.2", "198.51.100", "203.0.113")
_V4 = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_NAME = r"(?P<m{0}>jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec|" + "|".join(_MONTHS) + ")"
_DATE = re.compile(
    r"(?<!\d)(?:"
    r"(?P<y1>\d{4})(?P<s1>[-/. ])(?P<m1>\d{1,2})(?P=s1)(?P<d1>\d{1,2})"
    r"|(?P<d2>\d{1,2})(?P<s2>[-/. ])(?P<m2>\d{1,2})(?P=s2)(?P<y2>\d{4}|\d{2})"
    r"|(?P<d3>\d{1,2})(?:st|nd|rd|th)?[ \-.]{1,2}(?:of )?" + _NAME.format(3)
    + r"[ \-.,]{1,2}(?P<y3>\d{4}|\d{2})"
    r"|" + _NAME.format(4) + r"[ \-.]{1,2}(?P<d4>\d{1,2})(?:st|nd|rd|th)?[ \-.,]{1,2}"
    r"(?P<y4>\d{4}|\d{2})"
    r")(?!\d)",
    re.IGNORECASE,
)  # fmt: skip


class Draw:
    """A stream of numbers that follows from a key and some words (HMAC-SHA256 in counter mode)."""

    def __init__(self, key: bytes, *words: object) -> None:
        self._seed = hmac.digest(key, json.dumps(words).encode(), "sha256")
        self._count = 0
        self._left = b""

    def below(self, limit: int) -> int:
        """The next number from 0 to `limit` - 1."""
        if len(self._left) < 8:
            block = self._count.to_bytes(8, "big")
            self._left += hmac.digest(self._seed, block, hashlib.sha256)
            self._count += 1
        taken, self._left = self._left[:8], self._left[8:]
        return int.from_bytes(taken, "big") % limit

    def pick(self, things: Sequence[T]) -> T:
        """One of the things."""
        return things[self.below(len(things))]

    def digits(self, count: int) -> str:
        """So many digits."""
        return "".join(str(self.below(10)) for _ in range(count))


def like(value: str, draw: Draw) -> str:
    """Another digit for each digit, another letter for each letter; all else stays."""
    return "".join(_like(character, draw) for character in value)


def _like(character: str, draw: Draw) -> str:
    if character.isdecimal():
        return str(draw.below(10))
    if character.isalpha():
        return draw.pick(_UPPER if character.isupper() else _LOWER)
    return character


def failing(value: str, draw: Draw, valid: Callable[[str], bool]) -> str | None:
    """A value of the same form that its own check digits refuse; None where none was drawn.

    `valid` is asked about the letters and digits alone.
    """
    return refused(lambda: like(value, draw), valid)


def refused(draw: Callable[[], str], valid: Callable[[str], bool]) -> str | None:
    """The first drawn value that is not valid without its separators; None after many."""
    for _ in range(60):
        made = draw()
        if not valid("".join(filter(str.isalnum, made))):
            return made
    return None


def refilled(value: str, digits: str) -> str | None:
    """The value with its digits replaced in order; None unless their number is the same."""
    if sum(character.isdecimal() for character in value) != len(digits):
        return None
    new = iter(digits)
    return "".join(next(new) if c.isdecimal() else c for c in value)


def phone(value: str, draw: Draw) -> str:
    """A telephone number reserved for fiction, written alike where its country is told."""
    digits = "".join(c for c in value if c.isdecimal())
    abroad = value.lstrip("( ").startswith("+")
    for test in (_australian, _british, _american):
        new = test(digits, abroad, draw)
        if new is not None and (written := refilled(value, new)) is not None:
            return written
    return f"{draw.pick(_AREAS)}-555-01{draw.digits(2)}"


def _australian(digits: str, abroad: bool, draw: Draw) -> str | None:
    if len(digits) == 10 and digits[:4] in ("1300", "1800") and not abroad:
        return draw.pick(_AU_FREE if digits[1] == "8" else _AU_LOCAL)
    head = 2 if abroad and digits.startswith("61") else 0
    if head and digits[2:3] == "0":
        head = 3
    if not head:
        head = 1 if digits.startswith("0") and not abroad else 0
    body = digits[head:]
    if not head or len(body) != 9:
        return None
    if body[0] == "4":
        return digits[:head] + draw.pick(_AU_MOBILE)
    if body[0] not in "2378":
        return None
    return digits[:head] + body[0] + draw.pick(("5550", "7010")) + draw.digits(4)


def _british(digits: str, abroad: bool, draw: Draw) -> str | None:
    head = 2 if abroad and digits.startswith("44") else 0
    if head and digits[2:3] == "0":
        head = 3
    if not head:
        head = 1 if digits.startswith("0") and not abroad else 0
    body = digits[head:]
    if not head or len(body) != 10:
        return None
    reserved = {"7": "7700900", "2": "2079460", "8": "8081570"}.get(body[0], "1632960")
    return digits[:head] + reserved + draw.digits(3)


def _american(digits: str, abroad: bool, draw: Draw) -> str | None:
    head = 1 if len(digits) == 11 and digits[0] == "1" else 0
    body = digits[head:]
    if len(body) != 10 or body[0] in "01" or (abroad and not head):
        return None
    return digits[:head] + body[:3] + "55501" + draw.digits(2)


def network_address(value: str, draw: Draw) -> str:
    """An address reserved for documentation, of the same version."""
    if _V4.search(value):
        made = _V4.sub(lambda _: f"{draw.pick(_TEST_NETS)}.{1 + draw.below(254)}", value)
        rest = _V4.sub("", value)
        return made if not any(map(str.isalnum, rest)) else _V4.findall(made)[0]
    return f"2001:db8::{draw.below(65536):x}:{draw.below(65536):x}"


def hardware_address(value: str, draw: Draw) -> str:
    """A MAC address reserved for documentation, with the same separators."""
    figures = "00005e0053" + f"{draw.below(256):02x}"
    if sum(c.isalnum() for c in value) != len(figures):
        return "00:00:5e:00:53:" + figures[-2:]
    new = iter(figures.upper() if value.upper() == value else figures)
    return "".join(next(new) if c.isalnum() else c for c in value)


def position(value: str, draw: Draw) -> str:
    """A point in the open sea between 0 and 1 degrees (Gulf of Guinea), in the same notation."""

    def other(match: re.Match[str]) -> str:
        whole, fraction, degrees = match["whole"], match["fraction"], match["degrees"]
        if degrees or (fraction and "\u00b0" not in value):
            kept = "0"
        else:
            kept = f"{draw.below(60):0{len(whole)}d}"
        return kept + (f".{draw.digits(len(fraction))}" if fraction else "")

    form = r"(?P<whole>\d+)(?:\.(?P<fraction>\d+))?(?=(?P<degrees>\s?\u00b0)?)"
    return re.sub(form, other, value)


def shifted(value: str, days: int) -> str | None:
    """The value with its dates so many days later, in their own notation.

    None where there is no date in it, or where digits stand outside of the dates. Day comes before
    month unless only the other order is a date.
    """
    if not _DATE.search(value) or re.search(r"\d", _DATE.sub("", value)):
        return None
    try:
        return _DATE.sub(lambda match: _later(match, days), value)
    except (ValueError, OverflowError):
        return None


def _later(match: re.Match[str], days: int) -> str:
    kind = next(n for n in "1234" if match[f"d{n}"])
    day, month, year = (match[f"{part}{kind}"] for part in "dmy")
    numbers = kind in "12"
    swapped = numbers and kind == "2" and int(month) > 12
    first, second = (month, day) if swapped else (day, month)
    place = int(second) if numbers else 1 + [m[:3] for m in _MONTHS].index(second[:3].lower())
    then = datetime.date(_full(year), place, int(first)) + datetime.timedelta(days=days)
    padded = len(first) == len(second) == 2 if numbers else first.startswith("0")
    width = 2 if padded else 1
    shown = {"d": f"{then.day:0{width}d}", "y": str(then.year)[-len(year) :]}
    shown["m"] = f"{then.month:0{width}d}" if numbers else _month(second, then.month)
    if swapped:
        shown["d"], shown["m"] = shown["m"], shown["d"]
    pieces = sorted((match.span(f"{part}{kind}"), text) for part, text in shown.items())
    out, done = "", match.start()
    for (start, end), text in pieces:
        out += match.string[done:start] + text
        done = end
    tail = match.string[done : match.end()]
    return _ordinal(out + tail, shown["d"], then.day)


def _full(year: str) -> int:
    if len(year) == 4:
        return int(year)
    return int(year) + (1900 if int(year) > 30 else 2000)


def _month(like_this: str, number: int) -> str:
    name = _MONTHS[number - 1]
    short = name if like_this.lower() in _MONTHS and like_this.lower() != "may" else name[:3]
    if like_this.isupper():
        return short.upper()
    return short if like_this.islower() else short.capitalize()


def _ordinal(text: str, day: str, number: int) -> str:
    ends = {1: "st", 2: "nd", 3: "rd"}
    end = ends.get(number % 10, "th") if number not in (11, 12, 13) else "th"
    return re.sub(rf"\b({day})(st|nd|rd|th)\b", rf"\g<1>{end}", text, flags=re.IGNORECASE)

"""Identifiers made of digits: the sizes of their groups say what they may be."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from burnish.methods.residual import checks
from burnish.methods.residual.finding import Finding
from burnish.methods.residual.stream import BLANK, DIGITS, LETTERS, Stream

_JOINTS = frozenset("-./()+\u2010\u2011\u2013")
_MOST_GROUPS = 7
_MOST_DIGITS = 19
_NEAR = 6
_TAX = {"tfn", "tax"}
_BUSINESS = {"abn", "business"}
_COMPANY = {"acn", "company"}
_HEALTH = {"medicare"}
_BRANCH = {"bsb"}
_ACCOUNT = {"account", "acct", "acc", "bank", "ac", "savings"}
_CALLING = {
    "phone", "tel", "telephone", "mobile", "mob", "call", "ring", "fax", "cell", "ph", "dial",
    "sms",
    "text", "whatsapp",
}  # fmt: skip
_BIRTH = {"dob", "birth", "born", "birthday", "birthdate"}
_VERSION = {"v", "ver", "version", "release", "build", "firmware", "section", "chapter"}


@dataclass(frozen=True, slots=True)
class Figure:
    """Some neighbouring groups of digits: their sizes, what joins them, where they stand."""

    digits: str
    sizes: tuple[int, ...]
    joints: tuple[str, ...]
    start: int
    end: int
    near: tuple[str, ...]
    plus: bool
    opened: bool

    def named(self, words: set[str]) -> bool:
        """Whether one of the words stands shortly before."""
        return not words.isdisjoint(self.near)


def figures_in(stream: Stream) -> Iterator[Finding]:
    """The findings among the digit groups, each group used once."""
    index = 0
    while index < len(stream.tokens):
        if stream.kind(index) != DIGITS:
            index += 1
            continue
        groups = _groups(stream, index)
        yield from _judge(stream, groups)
        index = groups[-1] + 1


def _groups(stream: Stream, index: int) -> list[int]:
    """The indices of the digit tokens joined to this one by at most three joining marks."""
    groups, place, gap = [index], index + 1, 0
    while place < len(stream.tokens) and gap <= 3:
        token = stream.tokens[place]
        if token.kind == DIGITS:
            groups.append(place)
            gap = 0
        elif token.kind == BLANK or token.text in _JOINTS:
            gap += 1
        else:
            break
        place += 1
    return groups


def _judge(stream: Stream, groups: list[int]) -> Iterator[Finding]:
    first = 0
    while first < len(groups):
        near = tuple(stream.words_before(groups[first], _NEAR))
        for last in range(min(len(groups), first + _MOST_GROUPS), first, -1):
            figure = _figure(stream, groups[first:last], near)
            found = figure and _name(figure)
            if figure and found:
                yield Finding(figure.start, figure.end, *found)
                first = last - 1
                break
        first += 1


def _figure(stream: Stream, groups: list[int], near: tuple[str, ...]) -> Figure | None:
    """The groups as a figure, or None where a letter is glued to either end."""
    first, last = groups[0], groups[-1]
    if stream.kind(first - 1) == LETTERS or stream.kind(last + 1) == LETTERS:
        return None
    if stream.at(first - 1) == "_" or stream.at(last + 1) == "_":
        return None
    start, end = stream.tokens[first].start, stream.tokens[last].end
    texts = [stream.at(group) for group in groups]
    if sum(map(len, texts)) > _MOST_DIGITS:
        return None
    pairs = itertools.pairwise(groups)
    return Figure(
        digits="".join(texts),
        sizes=tuple(map(len, texts)),
        joints=tuple("".join(stream.at(i) for i in range(a + 1, b)) for a, b in pairs),
        start=start,
        end=end,
        near=near,
        plus="+" in (stream.at(first - 1), stream.at(first - 2))
        and stream.kind(first - 1) != BLANK,
        opened=stream.at(first - 1) == "(",
    )


def _name(figure: Figure) -> tuple[str, float] | None:
    if not figure.digits.isascii():
        return None
    for test in (_card, _government, _address, _phone, _birth, _bank):
        found = test(figure)
        if found:
            return found
    return None


_Test = Callable[[Figure], tuple[str, float] | None]
_HEALTH_SIZES = {(4, 5, 1), (4, 5, 1, 1), (10,), (11,), (10, 1)}
_CARD_SIZES = {(16,), (15,), (4, 4, 4, 4), (4, 6, 5)}


def _card(figure: Figure) -> tuple[str, float] | None:
    if figure.sizes not in _CARD_SIZES or len(set(figure.joints)) > 1:
        return None
    issued = figure.digits[0] in "3456" or "2221" <= figure.digits[:4] <= "2720"
    return ("CARD", 0.95) if issued and checks.luhn(figure.digits) else None


def _government(figure: Figure) -> tuple[str, float] | None:
    digits, sizes = figure.digits, figure.sizes
    grouped = figure.named(_BUSINESS) or len(sizes) > 1
    if grouped and sizes in ((2, 3, 3, 3), (11,)) and checks.business_number(digits):
        return "ABN", 0.92
    if figure.named(_HEALTH) and sizes in _HEALTH_SIZES and checks.medicare_number(digits):
        return "MEDICARE", 0.95
    if sizes in ((3, 3, 3), (9,)):
        return _nine(figure)
    return None


def _nine(figure: Figure) -> tuple[str, float] | None:
    if figure.named(_TAX) and checks.tax_file_number(figure.digits):
        return "TFN", 0.95
    if figure.named(_COMPANY) and checks.company_number(figure.digits):
        return "ACN", 0.92
    return None


def _address(figure: Figure) -> tuple[str, float] | None:
    """Four numbers up to 255 with dots between them, and no word of versions before."""
    if len(figure.sizes) != 4 or set(figure.joints) != {"."} or max(figure.sizes) > 3:
        return None
    parts, place = [], 0
    for size in figure.sizes:
        parts.append(int(figure.digits[place : place + size]))
        place += size
    usual = max(parts) <= 255 and parts[0] not in (0, 127, 255)
    return ("IP", 0.88) if usual and not set(figure.near[:2]) & _VERSION else None


_PHONE_SIZES: dict[tuple[int, ...], tuple[str, ...]] = {
    (10,): ("04",),
    (4, 3, 3): ("04", "1300", "1800"),
    (2, 4, 4): ("02", "03", "04", "07", "08"),
    (4, 6): ("04",),
    (3, 4, 4): ("02",),
    (5, 6): ("07", "01"),
    (5, 3, 3): ("07", "01"),
    (4, 3, 4): ("01", "08"),
}


def _phone(figure: Figure) -> tuple[str, float] | None:
    count = len(figure.digits)
    if _date_like(figure) or not 7 <= count <= 15:
        return None
    if figure.plus and count >= 9 and figure.digits[0] != "0":
        return "PHONE", 0.92
    if figure.digits.startswith(_PHONE_SIZES.get(figure.sizes, ("?",))):
        return "PHONE", 0.88
    return _american(figure) or _called(figure)


def _american(figure: Figure) -> tuple[str, float] | None:
    if figure.sizes != (3, 3, 4) or figure.digits[0] in "01" or figure.digits[3] in "01":
        return None
    written = figure.opened or set(figure.joints) <= {"-"} or set(figure.joints) <= {"."}
    return ("PHONE", 0.86) if written else None


def _called(figure: Figure) -> tuple[str, float] | None:
    near = set(figure.near[:3])
    likely = len(figure.digits) in (8, 10, 11) and figure.digits[0] in "0123456789"
    return ("PHONE", 0.82) if likely and near & _CALLING and len(figure.sizes) <= 4 else None


def _date_like(figure: Figure) -> bool:
    """Three groups as in a date, or two years with a dash between them."""
    if figure.sizes == (4, 4):
        return figure.digits[:2] in ("19", "20") and figure.digits[4:6] in ("19", "20")
    if len(figure.sizes) != 3 or max(figure.sizes) > 4:
        return False
    first, middle, last = figure.sizes
    return middle <= 2 and ((first <= 2 and last in (2, 4)) or (first == 4 and last <= 2))


def _birth(figure: Figure) -> tuple[str, float] | None:
    written = (
        _date_like(figure) and len(figure.sizes) == 3 and set(figure.joints) <= {"/", "-", "."}
    )
    return ("DATE_OF_BIRTH", 0.92) if written and figure.named(_BIRTH) else None


def _bank(figure: Figure) -> tuple[str, float] | None:
    if figure.sizes[:2] == (3, 3) and figure.joints[:1] == ("-",) and figure.named(_BRANCH):
        return "BANK_ACCOUNT", 0.92
    short = len(figure.sizes) <= 2 and 6 <= len(figure.digits) <= 10
    if short and set(figure.near[:3]) & _ACCOUNT:
        return "BANK_ACCOUNT", 0.84
    return None

"""Identifiers made of digits: the sizes of their groups say what they may be."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from burnish.methods.residual import checks
from burnish.methods.residual.finding import Finding
from burnish.methods.residual.sheet import Sheet

_JOINTS = " .-/()\u2010\u2011\u2013\u00a0"
_LEAST_DIGITS = 6
_MOST_GROUPS = 7
_MOST_DIGITS = 19
_TAX = {"tfn", "tax"}
_BUSINESS = {"abn", "business"}
_COMPANY = {"acn", "company"}
_HEALTH = {"medicare"}
_ACCOUNT = {"account", "acct", "acc", "bank", "savings", "checking", "ac"}
_BRANCHES = {"bsb", "sort", "sc"}
_CALLING = {
    "phone", "tel", "telephone", "mobile", "mob", "call", "ring", "fax", "cell", "ph", "dial",
    "sms", "text", "whatsapp",
}  # fmt: skip
_BIRTH = {"dob", "birth", "born", "birthday", "birthdate", "bday"}
_VERSION = {"v", "ver", "version", "release", "build", "firmware", "section", "chapter"}
_SOCIAL = {"ssn", "social", "security"}


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

    def named(self, words: set[str], reach: int = 6) -> bool:
        """Whether one of the words stands shortly before."""
        return not words.isdisjoint(self.near[:reach])

    def joined_by(self, mark: str) -> bool:
        """Whether this mark, and no other, stands between the groups."""
        return set(self.joints) == {mark}


def figures_in(sheet: Sheet) -> Iterator[Finding]:
    """The findings among the digit groups, each group used once."""
    for groups in _neighbours(sheet):
        if sum(end - start for start, end in groups) >= _LEAST_DIGITS:
            yield from _judge(sheet, groups)


def _neighbours(sheet: Sheet) -> Iterator[list[tuple[int, int]]]:
    """Runs of digits with at most three joining marks between each two."""
    groups: list[tuple[int, int]] = []
    last = -9
    for run in sheet.runs:
        start = run[0]
        if start - last > 3 or sheet.text[last:start].strip(_JOINTS):
            if groups:
                yield groups
            groups = []
        groups.append(run)
        last = run[1]
    if groups:
        yield groups


def _judge(sheet: Sheet, groups: list[tuple[int, int]]) -> Iterator[Finding]:
    first = 0
    near = sheet.near(groups[0][0])
    while first < len(groups):
        found = None
        for last in range(min(len(groups), first + _MOST_GROUPS), first, -1):
            figure = _figure(sheet, groups[first:last], near)
            found = _name(figure) if figure else None
            if figure and found:
                yield Finding(figure.start, figure.end, *found)
                first = last - 1
                break
        first += 1


def _figure(sheet: Sheet, groups: list[tuple[int, int]], near: tuple[str, ...]) -> Figure | None:
    """The groups as a figure, or None where a letter is glued to either end."""
    start, end = groups[0][0], groups[-1][1]
    sizes = tuple(b - a for a, b in groups)
    if not _likely(sizes) or sheet.glued(start, end):
        return None
    left = sheet.text[max(0, start - 2) : start]
    if left.endswith(".") and left[:1].isdigit():
        return None
    return Figure(
        digits="".join(sheet.text[a:b] for a, b in groups),
        sizes=sizes,
        joints=tuple(sheet.text[a[1] : b[0]] for a, b in itertools.pairwise(groups)),
        start=start,
        end=end,
        near=near,
        plus="+" in left and not left.endswith(" "),
        opened=left.endswith("("),
    )


def _likely(sizes: tuple[int, ...]) -> bool:
    """Whether an identifier may have these groups: small ones only as dates and some numbers do."""
    small = max(sizes) < 3 and len(sizes) not in (3, 5)
    return _LEAST_DIGITS <= sum(sizes) <= _MOST_DIGITS and not small


def _name(figure: Figure) -> tuple[str, float] | None:
    for test in (_card, _government, _address, _foreign, _phone, _birth, _bank):
        found = test(figure)
        if found:
            return found
    return None


_Test = Callable[[Figure], tuple[str, float] | None]
_HEALTH_SIZES = {(4, 5, 1), (4, 5, 1, 1), (10,), (11,), (10, 1)}
_CARD_SIZES = {(16,), (15,), (14,), (4, 4, 4, 4), (4, 6, 5), (4, 6, 4)}


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


def _foreign(figure: Figure) -> tuple[str, float] | None:
    """American and British numbers of persons."""
    digits, sizes = figure.digits, figure.sizes
    if sizes in ((3, 2, 4), (9,)) and len(set(figure.joints)) <= 1:
        return _american_person(figure)
    health = figure.named({"nhs"}) and sizes in ((3, 3, 4), (10,))
    return ("NHS", 0.95) if health and checks.health_number(digits) else None


def _american_person(figure: Figure) -> tuple[str, float] | None:
    digits, dashed = figure.digits, figure.joined_by("-")
    if checks.taxpayer(digits) and (figure.named({"itin", "taxpayer"}) or dashed):
        return "ITIN", 0.9
    if checks.social_security(digits) and (dashed or figure.named(_SOCIAL)):
        return "SSN", 0.9
    if figure.named({"passport"}):
        return "PASSPORT", 0.86
    routed = figure.named({"routing", "aba"}) and checks.routing_number(digits)
    return ("BANK_ACCOUNT", 0.92) if routed else None


def _address(figure: Figure) -> tuple[str, float] | None:
    """Four numbers up to 255 with dots between them, and no word of versions before."""
    if len(figure.sizes) != 4 or not figure.joined_by(".") or max(figure.sizes) > 3:
        return None
    ends = list(itertools.accumulate(figure.sizes))
    parts = [int(figure.digits[e - s : e]) for s, e in zip(figure.sizes, ends, strict=True)]
    usual = max(parts) <= 255 and parts[0] not in (0, 127, 255)
    return ("IP", 0.88) if usual and not figure.named(_VERSION, 2) else None


_PHONE_SIZES: dict[tuple[int, ...], tuple[str, ...]] = {
    (10,): ("04",),
    (4, 3, 3): ("04", "1300", "1800"),
    (2, 4, 4): ("02", "03", "04", "07", "08"),
    (4, 6): ("04",),
    (3, 4, 4): ("02",),
    (5, 6): ("07", "01"),
    (5, 3, 3): ("07", "01"),
    (4, 3, 4): ("01", "08"),
    (2, 2, 2, 2, 2): ("01", "02", "03", "04", "05", "06", "07", "09"),
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
    digits, sizes = figure.digits, figure.sizes
    if sizes[:1] == (1,) and digits[0] == "1":
        digits, sizes = digits[1:], sizes[1:]
    if sizes != (3, 3, 4) or digits[0] in "01" or digits[3] in "01":
        return None
    written = figure.opened or set(figure.joints) <= {"-"} or set(figure.joints) <= {"."}
    return ("PHONE", 0.86) if written else None


def _called(figure: Figure) -> tuple[str, float] | None:
    likely = len(figure.digits) in (8, 10, 11) and len(figure.sizes) <= 4
    return ("PHONE", 0.82) if likely and figure.named(_CALLING, 3) else None


def _date_like(figure: Figure) -> bool:
    """Three groups as in a date, or two years with a dash between them."""
    if figure.sizes == (4, 4):
        return figure.digits[:2] in ("19", "20") and figure.digits[4:6] in ("19", "20")
    if len(figure.sizes) != 3 or max(figure.sizes) > 4:
        return False
    first, middle, last = figure.sizes
    return middle <= 2 and ((first <= 2 and last in (2, 4)) or (first == 4 and last <= 2))


def _birth(figure: Figure) -> tuple[str, float] | None:
    if not figure.named(_BIRTH):
        return None
    joints = {joint.strip() for joint in figure.joints}
    written = _date_like(figure) and len(figure.sizes) == 3 and joints <= {"/", "-", "."}
    whole = figure.sizes == (8,) and figure.digits[:2] in ("19", "20")
    return ("DATE_OF_BIRTH", 0.92) if written or whole else None


def _bank(figure: Figure) -> tuple[str, float] | None:
    branch = figure.sizes[:2] == (3, 3) or figure.sizes[:3] == (2, 2, 2)
    if branch and figure.joints[0] in ("-", " ") and figure.named(_BRANCHES, 4):
        return "BANK_ACCOUNT", 0.92
    short = len(figure.sizes) <= 2 and 6 <= len(figure.digits) <= 12
    if short and figure.named(_ACCOUNT, 3):
        return "BANK_ACCOUNT", 0.84
    return None

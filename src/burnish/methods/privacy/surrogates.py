"""Keyed surrogates: made-up values in the place of found ones, the same for the same value.

A surrogate follows from a secret key (HMAC-SHA256, as NIST SP 800-188 and ISO/IEC 20889:2018, 9.3,
describe keyed pseudonyms), so that nobody without the key can tell which values it may stand for.
It keeps the form of the value and comes from a range in reserve where there is one, or fails its
own check digits. Passports, licences, plates, accounts and names have no such range: there a
surrogate can be somebody's by chance.

A surrogate hides what was missed: a reader, and any second scanner, takes a real name among
made-up ones for one of them.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from burnish.methods.privacy import surrogate_forms as forms
from burnish.methods.privacy.people import TITLES, WORD, People, bare, name_words
from burnish.methods.privacy.surrogate_forms import Draw
from burnish.methods.privacy.surrogate_lists import (
    FAMILY,
    FIRMS,
    GIVEN,
    KINDS,
    STREETS,
    TOWNS,
    TRADES,
)
from burnish.methods.privacy.values import one_value, readable

Scope = Literal["document", "dataset"]
_TRIES = 64
_PLAIN_NAME = re.compile(r"[^\W\d_]+(?:[ \t.,'\u2019-]+[^\W\d_]+)*[ .,'\u2019-]*")
_POSSESSIVE = re.compile(r"(['\u2019])s\b")


@dataclass(frozen=True, slots=True)
class Surrogates:
    """How surrogates are drawn.

    `scope` "document": a value has the same surrogate within a document and another one in the
    next. "dataset": the same everywhere, which links the documents of a person; whoever knows one
    of them from elsewhere knows all. `salt` names the dataset: two datasets under one key share no
    surrogates.
    """

    key: bytes = field(repr=False)
    salt: str = ""
    scope: Scope = "document"

    def of_document(
        self, document: str, people: People, texts: Sequence[str]
    ) -> Callable[[str, str], str]:
        """What names the values of one document; `people` are the persons found in it."""
        where = document if self.scope == "document" else ""
        return _Document(self, where, people, texts).name


class _Document:
    """The surrogates of one document: different values never share one within it."""

    def __init__(
        self, settings: Surrogates, where: str, people: People, texts: Sequence[str]
    ) -> None:
        self.settings, self.where, self.people, self.texts = settings, where, people, texts
        self.chosen: dict[tuple[str, str, str], str] = {}
        self.owners: dict[tuple[str, str], str] = {}

    def name(self, category: str, value: str) -> str:
        """The surrogate of a value, or its category's token where none can be made."""
        key = (category, one_value(category, value), value)
        if key not in self.chosen:
            self.chosen[key] = self._new(category, value, key[1])
        return self.chosen[key]

    def _new(self, category: str, value: str, same: str) -> str:
        if category == "PERSON":
            return self._person(value)
        for attempt in range(_TRIES):
            draw = self._draw(category, same, attempt)
            made = _made(category, readable(value), draw, self._days(same))
            if not made:
                break
            owner = self.owners.setdefault((category, one_value(category, made)), same)
            if owner == same and not self._stands(made):
                return made
        return f"[{category}]"

    def _person(self, value: str) -> str:
        person = self.people.of(value)
        whole = " ".join(person.words)
        for attempt in range(_TRIES):
            drawn = self._names(person.words or (one_value("PERSON", value),), attempt)
            owner = self.owners.setdefault(("PERSON", drawn[-1].casefold()), whole)
            made = _named(readable(value), person.words, drawn)
            if owner == whole and not self._stands(made):
                return made
        return "[PERSON]"

    def _names(self, words: Sequence[str], attempt: int) -> list[str]:
        """A surrogate for each word of a name: given names, and a family name at the end."""
        draw = self._draw("PERSON", " ".join(words), attempt)
        return [*(draw.pick(GIVEN) for _ in words[:-1]), draw.pick(FAMILY)]

    def _stands(self, made: str) -> bool:
        """Whether a surrogate happens to stand in the texts already, as somebody's own value."""
        return len(made) > 3 and any(made in text for text in self.texts)

    def _draw(self, *words: object) -> Draw:
        return Draw(self.settings.key, self.settings.salt, self.where, *words)

    def _days(self, same: str) -> int:
        """By how many days dates move: one shift for a document, one for a value of a dataset."""
        draw = self._draw("days", "" if self.settings.scope == "document" else same)
        days = 30 + draw.below(700)
        return days if draw.below(2) else -days


def _named(value: str, words: Sequence[str], drawn: Sequence[str]) -> str:
    """The name with each of its words exchanged; titles, initials, case and marks stay."""
    ended = re.search(r"['\u2019]s\s*$", value)
    core = value[: ended.start()] if ended else value
    tail = value[ended.start() :] if ended else ""
    if not _PLAIN_NAME.fullmatch(core) or not name_words(core):
        return f"{' '.join(drawn)}{tail}"
    return WORD.sub(lambda match: _other_word(match[0], words, drawn), core) + tail


def _other_word(word: str, words: Sequence[str], drawn: Sequence[str]) -> str:
    low = bare(word)
    if low in TITLES:
        return word
    places = [i for i, known in enumerate(words) if known == low]
    places += [i for i, known in enumerate(words) if len(low) == 1 and known[:1] == low]
    new = drawn[places[0]] if places else drawn[-1]
    if len(low) == 1:
        new = new[0]
    if word.isupper() and len(word) > 1:
        return new.upper()
    return new.lower() if word.islower() else new


def _made(category: str, value: str, draw: Draw, days: int) -> str | None:
    if category in ("SECRET", "PERSON"):
        return None
    if category == "DATE_OF_BIRTH":
        return forms.shifted(value, days)
    return _MAKERS.get(category, forms.like)(value, draw)


def _email(value: str, draw: Draw) -> str:
    # RFC 2606, 3: example.org is reserved.
    name = f"{draw.pick(GIVEN)}.{draw.pick(FAMILY)}".lower()
    return f"{name}{draw.digits(2)}@example.org"


def _link(value: str, draw: Draw) -> str:
    return f"https://example.org/{forms.like('aaaaaaaa', draw)}"


def _handle(value: str, draw: Draw) -> str:
    return f"@example_{forms.like('aaaaaa', draw)}"


def _address(value: str, draw: Draw) -> str:
    place = draw.pick(TOWNS)
    if re.search(r"\bbox\b", value, re.IGNORECASE):
        return f"PO Box {1 + draw.below(999)}, {place}"
    return f"{1 + draw.below(199)} {draw.pick(STREETS)} {draw.pick(KINDS)}, {place}"


def _organisation(value: str, draw: Draw) -> str:
    return f"{draw.pick(FIRMS)} {draw.pick(STREETS)} {draw.pick(TRADES)}"


def _town(value: str, draw: Draw) -> str:
    return draw.pick(TOWNS)


def _social_security(value: str, draw: Draw) -> str | None:
    # SSA, POMS RM 10201.035: no number has the area 000.
    return forms.refilled(value, "000" + draw.digits(6))


def _taxpayer(value: str, draw: Draw) -> str | None:
    # IRS, IRM 3.21.263: the groups 00 to 49 are no ITIN's, and the SSA issues no area from 900.
    return forms.refilled(value, f"9{draw.digits(2)}0{draw.digits(5)}")


def _insurance(value: str, draw: Draw) -> str:
    # HMRC, NIM39110: the prefix QQ is never allocated.
    made = forms.like(value, draw)
    letters = [i for i, c in enumerate(made) if c.isalpha()][:2]
    return "".join("Q" if i in letters else c for i, c in enumerate(made))


def _health(value: str, draw: Draw) -> str | None:
    # NHS Digital: 999 begins the numbers for tests; the check digit is wrong besides.
    from stdnum.gb import nhs

    form = "".join("0" if c.isdecimal() else c for c in value)
    count = form.count("0") - 3
    if count < 1:
        return forms.like(value, draw)
    return forms.refused(
        lambda: str(forms.refilled(form, "999" + draw.digits(count))), nhs.is_valid
    )


def _bank_code(value: str, draw: Draw) -> str:
    # ISO 9362: a 0 at the eighth place marks a code for tests; 00 is no country.
    made = forms.like(value, draw)
    places = [i for i, c in enumerate(value) if c.isalnum()]
    shown = list(made)
    for place in places[4:6]:
        shown[place] = value[place]
    for place in places[7:8]:
        shown[place] = "0"
    return "".join(shown)


def _iban(value: str, draw: Draw) -> str | None:
    # ISO 13616-1 with ISO/IEC 7064: the check digits are 02 to 98, never 00.
    from stdnum import iban

    places = [i for i, c in enumerate(value) if c.isalnum()]

    def made() -> str:
        new = list(forms.like(value, draw))
        for place in places[:2]:
            new[place] = value[place]
        for place in places[2:4]:
            new[place] = "0"
        return "".join(new)

    return forms.refused(made, iban.is_valid)


def _wallet(value: str, draw: Draw) -> str:
    """The prefix that names the currency stays; the checksum is wrong (but for chance)."""
    known = re.match(r"0x|bc1|ltc1|addr1|[A-Za-z0-9]", value)
    head = known[0] if known else ""
    return head + forms.like(value[len(head) :], draw)


def _failing(module: str) -> Callable[[str, Draw], str | None]:
    """A maker of numbers that fail the check digits of a module of python-stdnum."""

    def make(value: str, draw: Draw) -> str | None:
        from importlib import import_module

        check: Any = import_module(f"stdnum.{module}")
        return forms.failing(value, draw, lambda made: bool(check.is_valid(made)))

    return make


def _medicare(value: str, draw: Draw) -> str | None:
    # Services Australia: a number begins with 2 to 6.
    figures = sum(c.isdecimal() for c in value)
    return forms.refilled(value, "9" + draw.digits(figures - 1)) if figures else None


def _vat(value: str, draw: Draw) -> str | None:
    letters = value[:2] if value[:2].isalpha() else ""
    rest = forms.failing(value[len(letters) :], draw, lambda made: _is_vat(letters + made))
    return None if rest is None else letters + rest


def _is_vat(value: str) -> bool:
    from stdnum.eu import vat
    from stdnum.gb import vat as british

    return bool(vat.is_valid(value) or british.is_valid(value))


_MAKERS: dict[str, Callable[[str, Draw], str | None]] = {
    "EMAIL": _email,
    "PHONE": forms.phone,
    "TFN": _failing("au.tfn"),
    "ABN": _failing("au.abn"),
    "ACN": _failing("au.acn"),
    "MEDICARE": _medicare,
    "CARD": _failing("luhn"),
    "IBAN": _iban,
    "ADDRESS": _address,
    "IP": forms.network_address,
    "SSN": _social_security,
    "ITIN": _taxpayer,
    "NINO": _insurance,
    "NHS": _health,
    "VAT": _vat,
    "SWIFT": _bank_code,
    "CRYPTO": _wallet,
    "MAC": forms.hardware_address,
    "URL": _link,
    "HANDLE": _handle,
    "COORDINATES": forms.position,
    "ORGANISATION": _organisation,
    "LOCATION": _town,
}
"""The other categories keep their form only: a digit for each digit, a letter for each letter."""

"""Invented people and their personal data, with valid check digits.

Names are combined at random; e-mail domains, IP addresses and phone numbers come from the ranges
that are reserved for examples and fiction, so that no value belongs to anyone on purpose.
"""

from __future__ import annotations

import string
from dataclasses import dataclass, fields
from random import Random

from burnish.samples.lexicon import listed

_FIRST = """Maria|Jonas|Aisha|Liam|Nadia|Oscar|Paula|Samir|Tanya|Ulrich|Vera|Walter|Yusuf|Anton
|Beth|Emil|Fatima|Hanna|Ivan|Julia|Karim|Leila|Mateo|Noor|Olga|Pedro|Rania|Stefan|Teresa|Viktor
|Amelia|Bruno|Carla|Dmitri|Elena|Felix|Gwen|Hamid|Irene|Jasper|Katrin|Lucas|Miriam|Nils|Priya
|Rohan|Sanjay|Tomas|Wendy|Zara"""
_LAST = """Keller|Novak|Garcia|Okafor|Silva|Khan|Olsen|Brennan|Costa|Ivanov|Meyer|Dubois|Sato
|Murphy|Jansen|Kovac|Lopez|Nguyen|Lindberg|Fischer|Moreau|Patel|Reyes|Schmidt|Torres|Varga|Whitlock
|Rossi|Haddad|Papadakis|Thompson|Gallagher|Petrov|Andersen|Chandra|Delgado|Eriksson|Fontaine
|Hartmann|Iqbal|Kaminski|Larsson|Mancini|Nakamura|Osborne|Pereira|Ramirez|Sullivan|Takahashi
|Zielinski"""
_STREETS = """Banksia|Wattle|Collins|Harbourview|Mitchell|Station|Church|Victoria|Albert|Bridge
|Garden|Market|Orchard|Railway|Spencer|Windsor"""
_ROADS = ("Street", "Road", "Avenue", "Lane", "Drive", "Court")
_TOWNS = (
    "Carlton VIC 3053",
    "Newtown NSW 2042",
    "Fremantle WA 6160",
    "Toowong QLD 4066",
    "Glenelg SA 5045",
    "Sandy Bay TAS 7005",
    "Braddon ACT 2612",
    "Parap NT 0820",
)
_MONTHS = (
    """January|February|March|April|May|June|July|August|September|October|November|December"""
)
_HOSTS = ("example.com", "example.org", "example.net", "mail.example.com", "post.example.org")


@dataclass(frozen=True)
class Person:
    """One invented person; every field but `key` holds the text as it stands in a ticket."""

    key: str
    PERSON: str
    EMAIL: str
    PHONE: str
    TFN: str
    ABN: str
    ACN: str
    MEDICARE: str
    CARD: str
    IBAN: str
    BANK_ACCOUNT: str
    DATE_OF_BIRTH: str
    ADDRESS: str
    IP: str
    SECRET: str

    def value(self, category: str) -> str:
        """The person's datum of that category."""
        return str(getattr(self, category))


CATEGORIES: tuple[str, ...] = tuple(field.name for field in fields(Person) if field.name != "key")


FIRST_NAMES, LAST_NAMES = listed(_FIRST), listed(_LAST)
_STREET_NAMES, _MONTH_NAMES = listed(_STREETS), listed(_MONTHS)


def _digits(random: Random, count: int) -> list[int]:
    return [random.randrange(10) for _ in range(count)]


def _grouped(digits: list[int], *sizes: int) -> str:
    text, groups = "".join(map(str, digits)), []
    for size in sizes:
        groups.append(text[:size])
        text = text[size:]
    return " ".join(groups)


def _weighted(digits: list[int], weights: tuple[int, ...]) -> int:
    return sum(digit * weight for digit, weight in zip(digits, weights, strict=True))


def tfn(random: Random) -> str:
    """A tax file number of nine digits: the weighted sum is a multiple of 11."""
    while True:
        digits = [random.randint(1, 9), *_digits(random, 8)]
        if _weighted(digits, (1, 4, 3, 7, 5, 8, 6, 9, 10)) % 11 == 0:
            return _grouped(digits, 3, 3, 3)


def acn(random: Random) -> str:
    """An Australian company number: the ninth digit is the complement of the weighted sum."""
    digits = [0, *_digits(random, 7)]
    check = -_weighted(digits, (8, 7, 6, 5, 4, 3, 2, 1)) % 10
    return _grouped([*digits, check], 3, 3, 3)


def abn(random: Random) -> str:
    """An Australian business number: less one on the first digit, the sum is a multiple of 89."""
    weights = (10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19)
    while True:
        digits = [random.randint(1, 9), *_digits(random, 10)]
        if _weighted([digits[0] - 1, *digits[1:]], weights) % 89 == 0:
            return _grouped(digits, 2, 3, 3, 3)


def medicare(random: Random) -> str:
    """A Medicare number: first digit 2 to 6, ninth the check digit, tenth the issue number."""
    digits = [random.randint(2, 6), *_digits(random, 7)]
    check = _weighted(digits, (1, 3, 7, 9, 1, 3, 7, 9)) % 10
    return _grouped([*digits, check, random.randint(1, 9)], 4, 5, 1)


def card(random: Random) -> str:
    """A payment card number of sixteen digits with its Luhn digit."""
    digits = [random.choice((4, 5)), random.randint(1, 5), *_digits(random, 13)]
    doubled = [2 * digit if place % 2 == 0 else digit for place, digit in enumerate(digits)]
    check = -sum(digit - 9 if digit > 9 else digit for digit in doubled) % 10
    return _grouped([*digits, check], 4, 4, 4, 4)


def iban(random: Random) -> str:
    """A German IBAN: country and check digits moved behind, the number is 1 modulo 97."""
    account = "".join(map(str, [random.randint(1, 9), *_digits(random, 17)]))
    check = 98 - int(account + "131400") % 97
    whole = f"DE{check:02d}{account}"
    return " ".join(whole[start : start + 4] for start in range(0, len(whole), 4))


def _phone(random: Random) -> str:
    tail = "".join(map(str, _digits(random, 4)))
    if random.random() < 0.6:
        return f"0491 57{random.randrange(10)} {tail[:3]}"
    return f"({random.choice(('02', '03', '07', '08'))}) 7010 {tail}"


def _birth(random: Random) -> str:
    day, month, year = random.randint(1, 28), random.randrange(12), random.randint(1950, 2003)
    if random.random() < 0.5:
        return f"{day:02d}/{month + 1:02d}/{year}"
    return f"{day} {_MONTH_NAMES[month]} {year}"


def _secret(random: Random) -> str:
    signs = string.ascii_letters + string.digits
    text = "".join(random.choice(signs) for _ in range(32))
    if random.random() < 0.5:
        return f"sk-{text}"
    return f"ghp_{text}{''.join(random.choice(signs) for _ in range(4))}"


def _address(random: Random) -> str:
    street = f"{random.randint(1, 240)} {random.choice(_STREET_NAMES)} {random.choice(_ROADS)}"
    return f"{street}, {random.choice(_TOWNS)}"


def _ip(random: Random) -> str:
    net = random.choice(("192.0.2", "198.51.100", "203.0.113"))
    return f"{net}.{random.randint(1, 254)}"


def new_person(random: Random, key: str) -> Person:
    """An invented person whose data subject key is `key`."""
    first, last = random.choice(FIRST_NAMES), random.choice(LAST_NAMES)
    name = f"{first}.{last}".lower() + str(random.randint(1, 99))
    bsb = f"0{random.randint(1, 9)}{random.randrange(10)}-{random.randint(0, 999):03d}"
    return Person(
        key=key,
        PERSON=f"{first} {last}",
        EMAIL=f"{name}@{random.choice(_HOSTS)}",
        PHONE=_phone(random),
        TFN=tfn(random),
        ABN=abn(random),
        ACN=acn(random),
        MEDICARE=medicare(random),
        CARD=card(random),
        IBAN=iban(random),
        BANK_ACCOUNT=f"{bsb} {random.randint(10_000_000, 99_999_999)}",
        DATE_OF_BIRTH=_birth(random),
        ADDRESS=_address(random),
        IP=_ip(random),
        SECRET=_secret(random),
    )


def masked_person() -> Person:
    """A person of whom only mask tokens are left: `[PERSON]`, `[EMAIL]`, ..."""
    return Person("", *(f"[{category}]" for category in CATEGORIES))

"""Invented text: forms, letters, chats, tables and records, filled with names, places and firms."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from data import Entity, Text
from faker import Faker
from names import Namer

_SLOT = re.compile(r"\{([A-Z]{1,2})\}")
_PLACES = [
    "en_AU",
    "en_AU",
    "en_GB",
    "en_US",
    "en_CA",
    "en_NZ",
    "en_IN",
    "en_IE",
    "de_DE",
    "fr_FR",
    "es_ES",
    "it_IT",
    "nl_NL",
]
_ROLES = [
    "Manager",
    "Engineer",
    "Director",
    "Accountant",
    "Solicitor",
    "Registered Nurse",
    "CEO",
    "Sales Representative",
    "Teacher",
    "Analyst",
    "Head of Operations",
    "Paralegal",
    "Physiotherapist",
    "electrician",
    "spokesman",
    "farmer",
]
_TITLES = [
    "Mr",
    "Mrs",
    "Ms",
    "Dr",
    "Mr.",
    "Mrs.",
    "Dr.",
    "Miss",
    "Prof.",
    "Sir",
    "Madam",
    "Sister",
    "Judge",
    "Captain",
    "Senator",
]
_MONTHS = [
    "Jan",
    "Feb",
    "March",
    "April",
    "May",
    "June",
    "July",
    "Aug",
    "September",
    "October",
    "Nov",
    "December",
]
_SHORT = {"Street": "St", "Road": "Rd", "Avenue": "Ave", "Drive": "Dr", "Court": "Ct"}
_KINDS = {"P": "PER", "F": "PER", "L": "PER", "LU": "PER", "FU": "PER", "C": "LOC", "O": "ORG"}
_MISREAD = {"l": "1", "O": "0", "o": "0", "I": "l", "m": "rn", "e": "c"}


@dataclass(slots=True)
class Inventor:
    """Draws texts; places, firms and addresses come from Faker's locales of the West.

    `words` are ordinary ones, for what carries a capital and is nobody's name.
    """

    namer: Namer
    words: Sequence[str]
    templates: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    cities: list[str] = field(default_factory=list)
    firms: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        path = Path(__file__).with_name("templates.txt")
        self.templates = path.read_text("utf-8").splitlines()
        for place in _PLACES:
            source = Faker(place)
            source.seed_instance(f"burnish places {place}")
            for _ in range(700):
                self.addresses.append(source.address())
                self.cities.append(source.city())
                self.firms.append(source.company())
            self.cities += [source.country() for _ in range(60)]

    def text(self) -> Text:
        """One to three filled templates, now and then misread as by a scanner."""
        random = self.namer.random
        rows = [
            self._filled(random.choice(self.templates)) for _ in range(random.choice((1, 1, 2)))
        ]
        text, entities = "", []
        for row in rows:
            text += "\n" if text else ""
            entities += [
                Entity(e.start + len(text), e.end + len(text), e.label) for e in row.entities
            ]
            text += row.text
        whole = Text(text, tuple(entities))
        return _misread(whole, random) if random.random() < 0.04 else whole

    def city(self) -> str:
        """A place."""
        return self.namer.random.choice(self.cities)

    def _filled(self, template: str) -> Text:
        template = template.replace("{{", "\x01").replace("}}", "\x02").replace("\\n", "\n")
        template = template.replace("\\t", "\t")
        text, entities, done = "", [], 0
        for slot in _SLOT.finditer(template):
            text += template[done : slot.start()]
            value, kind = self._value(slot[1])
            start = len(text)
            if kind and entities and entities[-1].label == kind and text[entities[-1].end :] == " ":
                start = entities.pop().start
            if kind:
                entities.append(Entity(start, len(text) + len(value), kind))
            text += value
            done = slot.end()
        text += template[done:]
        return Text(text.replace("\x01", "{").replace("\x02", "}"), tuple(entities))

    def _value(self, slot: str) -> tuple[str, str | None]:
        random, namer = self.namer.random, self.namer
        draws = {
            "P": namer.full,
            "F": namer.first,
            "L": namer.last,
            "LU": lambda: namer.last().upper(),
            "FU": lambda: namer.first().upper(),
            "C": self.city,
            "O": lambda: random.choice(self.firms),
            "W": lambda: _in_some_case(random, random.choice(self.words)),
            "H": lambda: random.choice(_TITLES),
            "R": lambda: random.choice(_ROLES),
            "D": lambda: _date(random),
            "Y": lambda: str(random.randint(1900, 2026)),
            "N": lambda: _number(random),
            "E": lambda: _mailbox(random),
        }
        if slot == "A":
            return self._address(), "ADDR"
        return draws[slot](), _KINDS.get(slot)

    def _address(self) -> str:
        random = self.namer.random
        address = random.choice(self.addresses)
        kind = random.random()
        if kind < 0.25:
            address = address.split("\n")[0]
        elif kind < 0.7:
            address = address.replace("\n", ", ")
        elif kind < 0.85:
            address = address.replace("\n", " ")
        if random.random() < 0.3:
            for long, short in _SHORT.items():
                address = address.replace(long, short)
        if random.random() < 0.15:
            part = random.choice(("Unit", "Apt", "Flat", "Level"))
            address = f"{part} {random.randint(1, 40)}, {address}"
        return address


def renamed(row: Text, namer: Namer, inventor: Inventor) -> Text:
    """The row with its people given other names, one for each; some places change too."""
    given: dict[str, str] = {}
    text, entities, done = "", [], 0
    for entity in row.entities:
        if entity.start < done:
            continue
        text += row.text[done : entity.start]
        value = row.text[entity.start : entity.end]
        if entity.label == "PER" and len(value.split()) <= 4:
            if value not in given:
                single = namer.first if namer.random.random() < 0.6 else namer.last
                given[value] = namer.full() if " " in value else single()
            value = given[value]
        elif entity.label == "LOC" and namer.random.random() < 0.3:
            value = inventor.city()
        entities.append(Entity(len(text), len(text) + len(value), entity.label))
        text += value
        done = entity.end
    return Text(text + row.text[done:], tuple(entities))


def _in_some_case(random: Random, word: str) -> str:
    return random.choices((word.capitalize(), word, word.upper()), (75, 20, 5))[0]


def _date(random: Random) -> str:
    day, month, year = random.randint(1, 28), random.randint(1, 12), random.randint(1930, 2026)
    forms = (
        f"{day}/{month}/{year}",
        f"{day} {random.choice(_MONTHS)} {year}",
        f"{random.choice(_MONTHS)} {day}, {year}",
        f"{year}-{month:02}-{day:02}",
    )
    return random.choice(forms)


def _number(random: Random) -> str:
    forms = (
        str(random.randint(1, 99)),
        str(random.randint(100, 10**9)),
        f"0{random.randint(2, 8)} {random.randint(1000, 9999)} {random.randint(1000, 9999)}",
        f"{random.randint(100, 999)}-{random.randint(100, 999)}",
        f"${random.randint(10, 9999)}.{random.randint(0, 99):02}",
    )
    return random.choice(forms)


def _mailbox(random: Random) -> str:
    local = ("jsmith", "info", "sales.team", "k.wong88", "no-reply", "a.b.turner", "hr_desk")
    return f"{random.choice(local)}@{random.choice(('example.com', 'mail.test', 'corp.org'))}"


def _misread(row: Text, random: Random) -> Text:
    """Letters that scanners confuse, of one length so that the entities stay in place."""
    swaps = {a: b for a, b in _MISREAD.items() if len(b) == 1}
    text = "".join(swaps[c] if c in swaps and random.random() < 0.06 else c for c in row.text)
    return Text(text, row.entities)

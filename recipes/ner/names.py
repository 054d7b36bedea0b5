"""Names of many cultures: Faker's locales and the CC0 set popular-names-by-country.

A fifth of the names (by hash) and whole countries are held back, so that recall can be measured on
names and cultures that training never saw.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from faker import Faker

HELD_COUNTRIES = frozenset(["VN", "NG", "GE", "IS", "PH", "LK", "FJ", "KE", "EE", "AM", "MT", "TH"])
LOCALES = [
    "en_AU",
    "en_GB",
    "en_US",
    "en_CA",
    "en_IN",
    "en_IE",
    "en_NZ",
    "de_DE",
    "fr_FR",
    "es_ES",
    "es_MX",
    "it_IT",
    "pl_PL",
    "cs_CZ",
    "hu_HU",
    "tr_TR",
    "id_ID",
    "fi_FI",
    "sv_SE",
    "no_NO",
    "da_DK",
    "nl_NL",
    "pt_BR",
    "ro_RO",
    "hr_HR",
    "lt_LT",
    "lv_LV",
    "sk_SK",
    "sl_SI",
    "zu_ZA",
    "sw",
    "az_AZ",
    "sq_AL",
    "es_CO",
    "fr_CA",
    "de_AT",
    "pt_PT",
    "uz_UZ",
    "tw_GH",
    "ga_IE",
    "en_PK",
    "en_BD",
    "zh_CN",
    "ja_JP",
    "ko_KR",
    "ru_RU",
    "uk_UA",
    "el_GR",
    "ar_SA",
    "hi_IN",
    "bg_BG",
    "he_IL",
]
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Culture:
    """Forenames and surnames that go together; a list may be empty."""

    first: tuple[str, ...]
    last: tuple[str, ...]


def pools(folder: Path, draws: int = 1500) -> tuple[dict[str, Culture], dict[str, Culture]]:
    """The cultures to train on and those (or the names of them) held back."""
    every = {**_from_faker(draws), **_from_countries(folder)}
    kept, held = {}, {}
    for code, culture in every.items():
        if code in HELD_COUNTRIES:
            held[code] = culture
            continue
        kept[code] = Culture(
            *(_those(names, held=False) for names in (culture.first, culture.last))
        )
        if len(code) == 2:
            held[code] = Culture(
                *(_those(names, held=True) for names in (culture.first, culture.last))
            )
    return _usable(kept), {c: p for c, p in _usable(held).items() if p.last}


@dataclass(slots=True)
class Namer:
    """Draws names in the forms in which people write them."""

    cultures: Mapping[str, Culture]
    random: Random
    _all: list[str] = field(init=False)
    _paired: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self._all = sorted(self.cultures)
        self._paired = [code for code in self._all if self.cultures[code].last]

    def first(self) -> str:
        """A forename."""
        return self.random.choice(self.cultures[self.random.choice(self._all)].first)

    def last(self) -> str:
        """A surname."""
        return self.random.choice(self.cultures[self.random.choice(self._paired)].last)

    def full(self) -> str:
        """Forename and surname of one culture, in one of many written forms."""
        draw = self.random
        culture = self.cultures[draw.choice(self._paired)]
        first, last = draw.choice(culture.first), draw.choice(culture.last)
        second, other = draw.choice(culture.first), draw.choice(culture.last)
        initial = draw.choice("ABCDEFGHIJKLMNOPRSTVWZ")
        particle = draw.choice(["van de bin al el von da ter Abu di", "van der", "de la"])
        particle = draw.choice(particle.split()) if particle.count(" ") > 1 else particle
        forms = (
            (50, f"{first} {last}"),
            (8, f"{first} {initial}. {last}"),
            (6, f"{first} {second} {last}"),
            (6, f"{first[0]}. {last}"),
            (6, f"{last}, {first}"),
            (4, f"{first} {last}-{other}"),
            (4, f"{first} {last.upper()}"),
            (3, f"{last} {first}"),
            (4, f"{first} {particle} {last}"),
            (4, f"{first} {last} {other}"),
            (3, f"{last.upper()}, {first.upper()}"),
            (2, f"{first[0]}{initial} {last}"),
        )
        return draw.choices([form for _, form in forms], [weight for weight, _ in forms])[0]


def _from_faker(draws: int) -> dict[str, Culture]:
    found = {}
    for locale in LOCALES:
        source = Faker(locale)
        source.seed_instance(f"burnish names {locale}")
        first = {source.first_name() for _ in range(draws)}
        last = {source.last_name() for _ in range(draws)}
        if locale == "ja_JP":
            first |= {source.first_romanized_name() for _ in range(draws)}
            last |= {source.last_romanized_name() for _ in range(draws)}
        found[locale] = Culture(tuple(sorted(first)), tuple(sorted(last)))
    return found


def _from_countries(folder: Path) -> dict[str, Culture]:
    first, last = (
        _column(folder / "ner-popular_names" / f"common-{kind}-by-country.csv")
        for kind in ("forenames", "surnames")
    )
    return {
        country: Culture(tuple(sorted(first[country])), tuple(sorted(last.get(country, ()))))
        for country in sorted(first)
    }


def _column(path: Path) -> dict[str, set[str]]:
    names: dict[str, set[str]] = defaultdict(set)
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            for column in ("Romanized Name", "Localized Name"):
                name = (row[column] or "").strip()
                if _LETTER.match(name):
                    names[row["Country"]].add(name)
    return names


def _those(names: tuple[str, ...], *, held: bool) -> tuple[str, ...]:
    return tuple(name for name in names if _is_held(name) == held)


def _is_held(name: str) -> bool:
    return int(hashlib.sha256(name.lower().encode()).hexdigest(), 16) % 5 == 0


def _usable(cultures: Mapping[str, Culture]) -> dict[str, Culture]:
    return {code: culture for code, culture in cultures.items() if culture.first}

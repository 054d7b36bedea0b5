"""Which forms a category takes in which region, and the sentence around each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from burnish.methods.privacy.canaries import (
    contacts,
    cultures,
    dates,
    frames,
    network,
    numbers,
    online,
    papers,
    people,
    places,
    registers,
    scenes,
)

Maker = Callable[[Random], online.Written]


@dataclass(frozen=True, slots=True)
class Wording:
    """What people write around identifiers: layouts, and labels and sentences by category."""

    settings: tuple[str, ...]
    labels: Mapping[str, tuple[str, ...]]
    prose: Mapping[str, tuple[str, ...]]


_FIRST = Wording(frames.SETTINGS, frames.LABELS, frames.PROSE)
_SECOND = Wording(scenes.SETTINGS, scenes.LABELS, scenes.PROSE)


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write an identifier: without `regions` everywhere, without `frames` in any."""

    make: Maker
    regions: tuple[str, ...] = ()
    frames: tuple[str, ...] = ()
    kind: str = ""
    words: Wording = _FIRST


@dataclass(frozen=True, slots=True)
class Sentence:
    """An identifier, what stands before and after it, and which sub-kind of its category it is."""

    before: str
    value: str
    after: str
    kind: str = ""


_ANY = ("AU", "US", "GB", "EU")
_FORMS: dict[str, tuple[Form, ...]] = {
    "PERSON": (
        Form(people.full_name, frames=frames.INTRODUCED, kind="introduced"),
        Form(people.short_name, frames=frames.RUNNING, kind="running"),
        Form(people.small_name, frames=frames.LOWER, kind="lower-case"),
    ),
    "EMAIL": (Form(online.email),),
    "PHONE": (
        Form(dates.phone_au, ("AU",), kind="AU"), Form(dates.phone_us, ("US",), kind="US"),
        Form(dates.phone_gb, ("GB",), kind="GB"), Form(dates.phone_eu, ("EU",), kind="EU"),
    ),
    "TFN": (Form(numbers.tfn, ("AU",)),),
    "ABN": (Form(numbers.abn, ("AU",)),),
    "ACN": (Form(numbers.acn, ("AU",)),),
    "MEDICARE": (Form(numbers.medicare, ("AU",)),),
    "CARD": (Form(numbers.card),),
    "IBAN": (Form(numbers.iban),),
    "BANK_ACCOUNT": (
        Form(numbers.account),
        Form(numbers.account, ("AU",), frames.PLACED["AU"], "AU"),
        Form(numbers.bsb, ("AU",), frames.PLACED["BSB"], "AU"),
        Form(numbers.account, ("US",), frames.PLACED["US"], "US"),
        Form(numbers.routing, ("US",), frames.PLACED["ROUTING"], "US"),
        Form(numbers.eight_digits, ("GB",), frames.PLACED["GB"], "GB"),
        Form(numbers.sort_code, ("GB",), frames.PLACED["SORT"], "GB"),
    ),
    "DATE_OF_BIRTH": (Form(dates.birth),),
    "ADDRESS": (
        Form(places.address_au, ("AU",), kind="AU"), Form(places.address_us, ("US",), kind="US"),
        Form(places.address_gb, ("GB",), kind="GB"), Form(places.address_eu, ("EU",), kind="EU"),
    ),
    "IP": (Form(online.ip),),
    "SECRET": (
        Form(online.key, kind="key"), Form(online.key, kind="key"),
        Form(online.password, frames=frames.PROSE["PASSWORD"], kind="password"),
        Form(online.random_key, frames=frames.PROSE["LABELLED_KEY"], kind="labelled"),
    ),
    "DRIVER_LICENCE": (
        Form(numbers.au_licence, ("AU",), kind="AU"), Form(numbers.us_licence, ("US",), kind="US"),
        Form(numbers.gb_licence, ("GB",), kind="GB"), Form(papers.eu_licence, ("EU",), kind="EU"),
    ),
    "PASSPORT": (
        Form(numbers.passport_au, ("AU",), kind="AU"),
        Form(numbers.passport_us, ("US",), kind="US"),
        Form(numbers.passport_nine, ("US", "GB"), kind="nine digits"),
        Form(numbers.passport_eu, ("EU",), kind="EU"),
    ),
    "SSN": (Form(numbers.ssn, ("US",)),),
    "ITIN": (Form(numbers.itin, ("US",)),),
    "NINO": (Form(numbers.nino, ("GB",)),),
    "NHS": (Form(numbers.nhs, ("GB",)),),
    "VAT": (Form(numbers.vat_eu, ("EU",), kind="EU"), Form(numbers.vat_gb, ("GB",), kind="GB")),
    "SWIFT": (Form(numbers.bic),),
    "CRYPTO": (Form(online.crypto),),
    "MAC": (Form(online.mac),),
    "URL": (Form(online.url),),
    "HANDLE": (Form(online.handle),),
    "LICENCE_PLATE": (
        Form(dates.plate_au, ("AU",), kind="AU"), Form(dates.plate_us, ("US",), kind="US"),
        Form(dates.plate_gb, ("GB",), kind="GB"), Form(dates.plate_eu, ("EU",), kind="EU"),
    ),
    "COORDINATES": (
        Form(places.coordinates), Form(places.coordinates), Form(places.coordinates),
        Form(places.latitude, frames=frames.PLACED["LATITUDE"]),
    ),
    "ORGANISATION": (Form(places.organisation),),
    "LOCATION": (Form(places.location),),
}  # fmt: skip
_FURTHER: dict[str, tuple[Form, ...]] = {
    "PERSON": (
        Form(cultures.full_name, frames=scenes.INTRODUCED, kind="introduced"),
        Form(cultures.short_name, frames=scenes.RUNNING, kind="running"),
        Form(cultures.small_name, frames=scenes.LOWER, kind="lower-case"),
    ),
    "EMAIL": (Form(network.email),),
    "PHONE": (
        Form(contacts.phone_au, ("AU",), kind="AU"), Form(contacts.phone_us, ("US",), kind="US"),
        Form(contacts.phone_gb, ("GB",), kind="GB"), Form(contacts.phone_eu, ("EU",), kind="EU"),
    ),
    "TFN": (Form(registers.tfn_apart, ("AU",)),),
    "ABN": (Form(registers.abn_apart, ("AU",)),),
    "ACN": (Form(registers.acn_apart, ("AU",)),),
    "MEDICARE": (Form(registers.medicare_apart, ("AU",)),),
    "CARD": (Form(registers.card_apart),),
    "IBAN": (Form(registers.iban_apart),),
    "BANK_ACCOUNT": (
        Form(registers.account_apart),
        Form(numbers.account, ("AU",), scenes.PLACED["AU"], "AU"),
        Form(registers.bsb_apart, ("AU",), scenes.PLACED["BSB"], "AU"),
        Form(numbers.account, ("US",), scenes.PLACED["US"], "US"),
        Form(numbers.routing, ("US",), scenes.PLACED["ROUTING"], "US"),
        Form(numbers.eight_digits, ("GB",), scenes.PLACED["GB"], "GB"),
        Form(registers.sort_apart, ("GB",), scenes.PLACED["SORT"], "GB"),
    ),
    "DATE_OF_BIRTH": (Form(contacts.birth),),
    "ADDRESS": (
        Form(contacts.address_au, ("AU",), kind="AU"),
        Form(contacts.address_us, ("US",), kind="US"),
        Form(contacts.address_gb, ("GB",), kind="GB"),
        Form(contacts.address_eu, ("EU",), kind="EU"),
    ),
    "IP": (Form(network.ip),),
    "SECRET": (
        Form(network.key, kind="key"), Form(network.key, kind="key"),
        Form(network.password, frames=scenes.PROSE["PASSWORD"], kind="password"),
        Form(network.random_key, frames=scenes.PROSE["LABELLED_KEY"], kind="labelled"),
    ),
    "DRIVER_LICENCE": (
        Form(papers.au_licence_apart, ("AU",), kind="AU"),
        Form(papers.us_licence_apart, ("US",), kind="US"),
        Form(papers.gb_licence_apart, ("GB",), kind="GB"),
        Form(papers.eu_licence_apart, ("EU",), kind="EU"),
    ),
    "PASSPORT": (
        Form(papers.passport_au_apart, ("AU",), kind="AU"),
        Form(papers.passport_us_apart, ("US",), kind="US"),
        Form(papers.passport_nine_apart, ("US", "GB"), kind="nine digits"),
        Form(papers.passport_eu_apart, ("EU",), kind="EU"),
        Form(papers.zone, frames=scenes.PLACED["ZONE"], kind="zone"),
    ),
    "SSN": (Form(registers.ssn_apart, ("US",)),),
    "ITIN": (Form(registers.itin_apart, ("US",)),),
    "NINO": (Form(registers.nino_apart, ("GB",)),),
    "NHS": (Form(registers.nhs_apart, ("GB",)),),
    "VAT": (
        Form(registers.vat_eu_apart, ("EU",), kind="EU"),
        Form(registers.vat_gb_apart, ("GB",), kind="GB"),
    ),
    "SWIFT": (Form(registers.bic_apart),),
    "CRYPTO": (Form(network.crypto),),
    "MAC": (Form(network.mac),),
    "URL": (Form(network.url),),
    "HANDLE": (
        Form(network.handle), Form(network.handle),
        Form(network.bare_handle, frames=scenes.PROSE["BARE_HANDLE"]),
    ),
    "LICENCE_PLATE": (
        Form(papers.plate_au_apart, ("AU",), kind="AU"),
        Form(papers.plate_us_apart, ("US",), kind="US"),
        Form(papers.plate_gb_apart, ("GB",), kind="GB"),
        Form(papers.plate_eu_apart, ("EU",), kind="EU"),
    ),
    "COORDINATES": (
        Form(contacts.coordinates), Form(contacts.coordinates), Form(contacts.coordinates),
        Form(contacts.latitude, frames=scenes.PLACED["LATITUDE"]),
    ),
    "ORGANISATION": (Form(cultures.organisation),),
    "LOCATION": (Form(cultures.location),),
}  # fmt: skip
_COLLECTIONS = {
    "first": _FORMS,
    "second": {
        category: tuple(replace(form, words=_SECOND) for form in forms)
        for category, forms in _FURTHER.items()
    },
}
_NEIGHBOURS: dict[str, Callable[[Random], str]] = {
    "{bsb}": numbers.bsb, "{account}": numbers.eight_digits, "{routing}": numbers.routing,
    "{sort}": numbers.sort_code,
    "{latitude}": places.latitude,
}  # fmt: skip
KNOWN = tuple(_FORMS)
"""The categories that have forms here."""
SHIPPED = ("first",)
"""The collections that a job is held to."""
COLLECTIONS = tuple(_COLLECTIONS)
"""All collections, each with values, labels, layouts and sentences of its own."""


def forms_for(
    category: str, regions: Sequence[str], collections: Sequence[str] = SHIPPED
) -> tuple[Form, ...]:
    """The forms of a category that these regions write; none for a category of other regions."""
    forms = [form for name in collections for form in _COLLECTIONS[name].get(category, ())]
    return tuple(f for f in forms if not f.regions or set(f.regions) & set(regions))


def sentence(random: Random, category: str, form: Form) -> Sentence:
    """An invented identifier in this form and something that people write around it."""
    written = form.make(random)
    lead, value, tail = written if isinstance(written, tuple) else ("", written, "")
    frame = _frame(random, category, form)
    if "\n" in value and "\n" not in frame[:-1] and not frame.endswith("\n"):
        value = value.replace("\n", ", ")
    before, _, after = frame.partition("{}")
    return Sentence(_filled(random, before) + lead, value, tail + _filled(random, after), form.kind)


def own_sentence(random: Random, example: str) -> Sentence:
    """An example of a pattern of one's own in a sentence that tells nothing about it."""
    before, _, after = random.choice(frames.SOMEWHERE).partition("{}")
    return Sentence(before, example, after)


def _frame(random: Random, category: str, form: Form) -> str:
    prose = form.frames or form.words.prose[category]
    labelled = not form.frames or form.kind == "introduced"
    if not labelled or random.random() < 0.6:
        return random.choice(prose)
    label = random.choice(form.words.labels[category])
    return _labelled(random.choice(form.words.settings), label)


def _labelled(frame: str, label: str) -> str:
    words = "".join(sign if sign.isalnum() else " " for sign in label).lower().split()
    shown = {
        "{label}": label.lower(), "{Label}": label[0].upper() + label[1:], "{LABEL}": label.upper(),
        "{key}": "_".join(words), "{Key}": "-".join(words).title(),
    }  # fmt: skip
    for mark, word in shown.items():
        frame = frame.replace(mark, word)
    return frame


def _filled(random: Random, text: str) -> str:
    for mark, make in _NEIGHBOURS.items():
        if mark in text:
            text = text.replace(mark, make(random))
    return text

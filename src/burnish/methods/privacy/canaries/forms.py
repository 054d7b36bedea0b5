"""Which forms a category takes in which region, and the sentence around each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from burnish.methods.privacy.canaries import dates, frames, numbers, online, people, places

Maker = Callable[[Random], online.Written]


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write an identifier: without `regions` everywhere, without `frames` in any."""

    make: Maker
    regions: tuple[str, ...] = ()
    frames: tuple[str, ...] = ()
    kind: str = ""


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
        Form(numbers.gb_licence, ("GB",), kind="GB"),
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
_NEIGHBOURS: dict[str, Callable[[Random], str]] = {
    "{bsb}": numbers.bsb, "{account}": numbers.eight_digits, "{routing}": numbers.routing,
    "{sort}": numbers.sort_code,
    "{latitude}": places.latitude,
}  # fmt: skip
KNOWN = tuple(_FORMS)
"""The categories that have forms here."""


def forms_for(category: str, regions: Sequence[str]) -> tuple[Form, ...]:
    """The forms of a category that these regions write; none for a category of other regions."""
    forms = _FORMS.get(category, ())
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
    prose = form.frames or frames.PROSE[category]
    labelled = not form.frames or form.kind == "introduced"
    if not labelled or random.random() < 0.6:
        return random.choice(prose)
    return _labelled(random, random.choice(frames.LABELS[category]))


def _labelled(random: Random, label: str) -> str:
    words = "".join(sign if sign.isalnum() else " " for sign in label).lower().split()
    shown = {
        "{label}": label.lower(), "{Label}": label[0].upper() + label[1:], "{LABEL}": label.upper(),
        "{key}": "_".join(words), "{Key}": "-".join(words).title(),
    }  # fmt: skip
    frame = random.choice(frames.SETTINGS)
    for mark, word in shown.items():
        frame = frame.replace(mark, word)
    return frame


def _filled(random: Random, text: str) -> str:
    for mark, make in _NEIGHBOURS.items():
        if mark in text:
            text = text.replace(mark, make(random))
    return text

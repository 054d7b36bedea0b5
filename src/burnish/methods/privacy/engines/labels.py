"""What the labels of foreign engines mean in our categories."""

import difflib
from collections.abc import Mapping, Sequence

from burnish.methods.privacy.engines.settings import EngineFault, EngineSettings
from burnish.methods.privacy.spans import CATEGORIES

_PRESIDIO = {
    "PERSON": "PERSON",
    "EMAIL_ADDRESS": "EMAIL",
    "PHONE_NUMBER": "PHONE",
    "CREDIT_CARD": "CARD",
    "IBAN_CODE": "IBAN",
    "US_BANK_NUMBER": "BANK_ACCOUNT",
    "IP_ADDRESS": "IP",
    "MAC_ADDRESS": "MAC",
    "CRYPTO": "CRYPTO",
    "US_SSN": "SSN",
    "US_ITIN": "ITIN",
    "US_PASSPORT": "PASSPORT",
    "UK_PASSPORT": "PASSPORT",
    "US_DRIVER_LICENSE": "DRIVER_LICENCE",
    "UK_DRIVING_LICENCE": "DRIVER_LICENCE",
    "UK_VEHICLE_REGISTRATION": "LICENCE_PLATE",
    "UK_NHS": "NHS",
    "UK_NINO": "NINO",
    "UK_POSTCODE": "ADDRESS",
    "AU_ABN": "ABN",
    "AU_ACN": "ACN",
    "AU_TFN": "TFN",
    "AU_MEDICARE": "MEDICARE",
    "LOCATION": "LOCATION",
    "ORGANIZATION": "ORGANISATION",
}
_NAMED_ENTITIES = {
    "PERSON": "PERSON",
    "PER": "PERSON",
    "NAME": "PERSON",
    "ORG": "ORGANISATION",
    "ORGANIZATION": "ORGANISATION",
    "ORGANISATION": "ORGANISATION",
    "LOC": "LOCATION",
    "LOCATION": "LOCATION",
    "GPE": "LOCATION",
    "FAC": "LOCATION",
    "PHONE_NUMBER": "PHONE",
    "EMAIL_ADDRESS": "EMAIL",
    "STREET_ADDRESS": "ADDRESS",
    "CREDIT_CARD": "CARD",
    "IP_ADDRESS": "IP",
}
_NO_PERSONAL_DATA = (
    "MISC", "NORP", "PRODUCT", "EVENT", "WORK_OF_ART", "LAW", "LANGUAGE", "DATE", "TIME",
    "PERCENT", "MONEY", "QUANTITY", "ORDINAL", "CARDINAL",
)  # fmt: skip
"""The other labels of CoNLL-2003 and OntoNotes 5."""


def meanings(settings: EngineSettings, known: Sequence[str]) -> dict[str, str | None]:
    """The category of each label that an engine knows, or None where it is to be ignored.

    Raises EngineFault for a category that we do not know, for a label of the plan that the engine
    does not give, and (but for Presidio, which has many labels of other countries) for a label of
    the engine that nobody has said the meaning of.
    """
    given = dict(settings.labels)
    for label, category in given.items():
        if category is not None and category not in (*CATEGORIES, *settings.categories):
            raise EngineFault(
                f"engine {settings.kind}: label {label!r} is mapped to {category!r}, which is no "
                f"category; did you mean {_near(category, CATEGORIES)}?"
            )
        if label not in known:
            raise EngineFault(
                f"engine {settings.kind}: labels names {label!r}, which the engine does not give; "
                f"it gives {', '.join(known)}"
            )
    if settings.kind == "presidio":
        return {label: given.get(label, _PRESIDIO.get(label)) for label in known}
    return {label: _meaning(settings, label, given) for label in known}


def _meaning(settings: EngineSettings, label: str, given: Mapping[str, str | None]) -> str | None:
    if label in given:
        return given[label]
    plain = label.upper().replace(" ", "_").replace("-", "_")
    if plain in _NO_PERSONAL_DATA:
        return None
    if plain in _NAMED_ENTITIES:
        return _NAMED_ENTITIES[plain]
    if plain in CATEGORIES:
        return plain
    raise EngineFault(
        f"engine {settings.kind}: nobody has said which category its label {label!r} is; write "
        f"labels: {{{label}: {_near(plain, CATEGORIES)}}}, or {{{label}: null}} to ignore it"
    )


def _near(name: str, known: Sequence[str]) -> str:
    return difflib.get_close_matches(name, known, n=1, cutoff=0.0)[0]

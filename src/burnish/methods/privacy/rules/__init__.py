"""The rules, a file per family of identifiers."""

import functools

from burnish.methods.privacy.rules import (
    birth,
    contact,
    coordinates,
    documents,
    europe,
    financial,
    government,
    handle,
    links,
    national,
    network,
    person,
    place,
    secret,
    swift,
    vehicle,
    wallet,
)
from burnish.methods.privacy.rules.rule import Rule

REGIONS: tuple[str, ...] = ("AU", "US", "GB", "EU")
_FAMILIES = (
    contact, government, national, documents, financial, swift, wallet, birth, network, links,
    handle, vehicle, coordinates, secret, place, europe, person,
)  # fmt: skip


@functools.lru_cache(maxsize=32)
def rules_for(categories: tuple[str, ...], regions: tuple[str, ...]) -> tuple[Rule, ...]:
    """The rules of these categories that hold everywhere or in one of these regions."""
    return tuple(
        rule
        for family in _FAMILIES
        for rule in family.RULES
        if rule.category in categories and (not rule.regions or set(rule.regions) & set(regions))
    )

"""The rules, a file per family of identifiers."""

import functools

from burnish.methods.privacy.rules import (
    birth,
    contact,
    financial,
    government,
    network,
    person,
    place,
    secret,
)
from burnish.methods.privacy.rules.rule import Rule

REGIONS: tuple[str, ...] = ("AU", "US", "GB", "EU")
_FAMILIES = (contact, government, financial, birth, network, secret, place, person)


@functools.lru_cache(maxsize=32)
def rules_for(categories: tuple[str, ...], regions: tuple[str, ...]) -> tuple[Rule, ...]:
    """The rules of these categories that hold everywhere or in one of these regions."""
    return tuple(
        rule
        for family in _FAMILIES
        for rule in family.RULES
        if rule.category in categories and (not rule.regions or set(rule.regions) & set(regions))
    )

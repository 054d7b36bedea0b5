"""What is wrong with a plan, in words: pydantic's findings with line, key and a suggestion."""

from __future__ import annotations

import difflib
import re
import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from burnish.plan import Plan
from burnish.plan_remote import SECRET
from burnish.plan_text import Document, Fault, Where, dotted, shown

EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "model_type": "a section of keys",
    "model_attributes_type": "a section of keys",
    "date_type": "a date such as 2027-06-30",
    "date_parsing": "a date such as 2027-06-30",
    "date_from_datetime_parsing": "a date such as 2027-06-30",
    "date_from_datetime_inexact": "a date such as 2027-06-30",
}
PATTERNS = {
    r"^[a-z0-9][a-z0-9_-]{0,63}$": "lower-case letters, digits, '-' and '_' (64 at most)",
    r"^[0-9a-f]{64}$": "a SHA-256 digest: 64 digits 0-9a-f",
    r"^[A-Z][A-Z0-9_]*$": "upper-case letters, digits and '_'",
    r"^(s3|az|gs)://[^/?#@]+(/[^?#]*)?$": "s3://BUCKET/PREFIX, az://CONTAINER/PREFIX or gs://...",
}


def faults_of(invalid: ValidationError, document: Document) -> Iterator[Fault]:
    """Every finding of a validation, told with the line and key it is about.

    A place whose form is at fault already, and a list that is short only because its items are
    wrong, are not told again.
    """
    told = {fault.key for fault in document.faults}
    for error in invalid.errors(include_url=False):
        where = error["loc"] or _named(error)
        if dotted(where) in told or (error["type"] == "too_short" and error["input"]):
            continue
        problem = _problem(error).removeprefix(f"{dotted(where)}: ")
        yield Fault(document.line_of(where), dotted(where), problem)


def section_at(where: Where) -> type[BaseModel] | None:
    """The model of a place in the plan; None where there is no section."""
    section: type[BaseModel] | None = Plan
    for part in where:
        if section is None:
            return None
        if isinstance(part, str):
            known = section.model_fields.get(part)
            section = None if known is None else model_in(known.annotation)
    return section


def model_in(annotation: Any) -> type[BaseModel] | None:
    """The section that an annotation holds: itself, optional, or as the items of a list."""
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        return annotation if issubclass(annotation, BaseModel) else None
    for inner in typing.get_args(annotation):
        if (found := model_in(inner)) is not None:
            return found
    return None


def sections(section: type[BaseModel] = Plan) -> list[type[BaseModel]]:
    """The section and all within it, each once, in the order of the file."""
    found = [section]
    for known in section.model_fields.values():
        if (inner := model_in(known.annotation)) is not None:
            found += [one for one in sections(inner) if one not in found]
    return found


def homes(section: type[BaseModel] = Plan, prefix: str = "") -> dict[str, list[str]]:
    """For every key of the plan, the sections that know it."""
    found: dict[str, list[str]] = {}
    for key, known in section.model_fields.items():
        found.setdefault(key, []).append(prefix)
        if (inner := model_in(known.annotation)) is not None:
            for name, places in homes(inner, f"{prefix}.{key}".removeprefix(".")).items():
                found.setdefault(name, []).extend(places)
    return found


def _named(error: ErrorDetails) -> Where:
    """The place that a rule over the whole plan names at the start of its message."""
    named = re.match(r"Value error, ([a-z_.]+): ", error["msg"])
    return tuple(named[1].split(".")) if named else ()


def _problem(error: ErrorDetails) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if _is_secret(error["loc"]) and kind != "missing":
        # What stands there may be the secret itself: it is never shown.
        return "must say where the secret is: env:NAME or file:PATH, never the secret itself"
    if kind == "extra_forbidden":
        return _unknown(error["loc"])
    if kind == "missing":
        return _missing(error["loc"])
    if kind == "literal_error":
        return _choice(error["input"], str(context["expected"]))
    if kind in EXPECTED:
        return _wrong_type(kind, error["input"])
    if kind == "value_error":
        return str(context["error"])
    return _bound(kind, error, context)


def _is_secret(where: Where) -> bool:
    section = section_at(where[:-1])
    known = section.model_fields.get(str(where[-1])) if section is not None and where else None
    return known is not None and repr(SECRET) in repr(known)


def _bound(kind: str, error: ErrorDetails, context: Mapping[str, Any]) -> str:
    given = _given(error["input"])
    if kind == "string_pattern_mismatch":
        pattern = str(context["pattern"])
        return f"must be {PATTERNS.get(pattern, f'text that matches {pattern}')}; it is {given}"
    if kind == "string_too_short":
        return "must not be empty"
    if kind == "too_short":
        return "the list must not be empty"
    told = re.sub(r"^(Input|Value|String|Tuple) should ", "must ", error["msg"])
    return f"{told}; it is {given}"


def _unknown(where: Where) -> str:
    section, key = section_at(where[:-1]), str(where[-1])
    own = list(section.model_fields) if section is not None else []
    known = homes()
    elsewhere = difflib.get_close_matches(key, known, n=1, cutoff=1 if key in known else 0.8)
    near = difflib.get_close_matches(key, own, n=1)
    notes = [f"did you mean '{name}'?" for name in near]
    if key in known or not near:
        notes += [_home(name, known[name]) for name in elsewhere]
    return f"unknown key; {' '.join(notes) or 'known here: ' + ', '.join(own)}"


def _home(name: str, places: list[str]) -> str:
    told = " or ".join(f"'{place}'" if place else "the top level" for place in places[:3])
    return f"'{name}' belongs to {told}"


def _missing(where: Where) -> str:
    section = section_at(where[:-1])
    known = section.model_fields.get(str(where[-1])) if section is not None else None
    told = known.description if known is not None else None
    return "missing, and it has no default" + (f". {told}" if told else "")


def _choice(given: object, expected: str) -> str:
    allowed = re.findall(r"'([^']*)'", expected)
    near = difflib.get_close_matches(str(given), allowed, n=1) or difflib.get_close_matches(
        str(given).lower(), [a.lower() for a in allowed], n=1
    )
    meant = [a for a in allowed if a.lower() == near[0].lower()] if near else []
    hint = f"; did you mean '{meant[0]}'?" if meant else ""
    return f"must be one of {', '.join(allowed)}; it is {_given(given)}{hint}"


def _wrong_type(kind: str, given: object) -> str:
    hint = ""
    if kind == "string_type" and isinstance(given, int | float):
        hint = "; put it in quotes"
    elif kind == "tuple_type" and isinstance(given, str):
        hint = f"; write [{shown(given)}]"
    elif kind.startswith("model") and given is None:
        hint = "; give it keys or leave it out"
    return f"expected {EXPECTED[kind]}, given {_given(given)}{hint}"


def _given(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, str):
        return f"the text '{shown(value)}'"
    return "a list" if isinstance(value, list | tuple) else "a section of keys"

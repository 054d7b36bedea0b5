"""One byte string per JSON value (RFC 8785), so that a digest names a value and not a spelling."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import rfc8785

from burnish.core.errors import InputError, IntegrityBroken

LARGEST_INTEGER = 2**53 - 1  # RFC 8785 section 3.2.2.3: beyond it a JSON number is not exact


def canonical(value: object) -> bytes:
    """The RFC 8785 bytes of a JSON value; tuples count as lists.

    Raises `InputError` for NaN, infinities, integers beyond 2**53 - 1, keys that are not
    strings, lone surrogates and every type that is not JSON.
    """
    try:
        return rfc8785.dumps(plain(value))
    except rfc8785.CanonicalizationError:
        raise _not_json("text with a lone surrogate", "") from None


def parse_canonical(data: bytes, what: str) -> Any:
    """Read JSON and insist that `data` is its canonical spelling; `what` names it in errors.

    Duplicate keys, NaN and added spaces all change the spelling, so none gets through.
    Raises `IntegrityBroken`.
    """
    try:
        value = json.loads(data, parse_int=_whole)
        same = canonical(value) == data
    except (ValueError, OverflowError, RecursionError, InputError):
        same = False
    if not same:
        raise IntegrityBroken(
            f"{what} is not canonical JSON (RFC 8785)",
            remedy="take the original again; whoever made it signs canonical JSON only",
        )
    return value


def sha256(data: bytes) -> str:
    """The SHA-256 of `data` in lower-case hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes in lower-case hexadecimal, read as a stream."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def plain(value: object, where: str = "") -> Any:
    """`value` as dicts, lists, plain strings and numbers; what JSON cannot carry is refused."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int | float):
        return _number(value, where)
    if isinstance(value, Mapping):
        return {_key(key, where): plain(item, f"{where}.{key}") for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item, f"{where}[{index}]") for index, item in enumerate(value)]
    raise _not_json(f"a {type(value).__name__}", where)


def _number(value: float, where: str) -> int | float:
    if isinstance(value, int):
        if abs(value) > LARGEST_INTEGER:
            raise _not_json("an integer beyond 2**53 - 1", where)
        return int(value)
    if not math.isfinite(value):
        raise _not_json("NaN or an infinity", where)
    return float(value)


def _whole(digits: str) -> int | float:
    """Past 2**53 - 1 only a float can have been written, without point or exponent."""
    number = int(digits)
    return number if abs(number) <= LARGEST_INTEGER else float(number)


def _key(key: object, where: str) -> str:
    if not isinstance(key, str):
        raise _not_json(f"a key of type {type(key).__name__}", where)
    return str.__str__(key)


def _not_json(what: str, where: str) -> InputError:
    place = f" at '{where.lstrip('.')}'" if where else ""
    return InputError(
        f"{what}{place} cannot be written as JSON",
        remedy="use text, finite numbers, true, false, null, lists and maps with text keys",
    )

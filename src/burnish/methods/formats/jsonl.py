"""JSON Lines: one JSON object (RFC 8259) on each line, UTF-8; blank lines are no records."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from burnish.methods.formats.compressed import BrokenStreamError, opened
from burnish.methods.formats.lines import Lines, LongLineError
from burnish.methods.formats.records import BadRecord, Record


def read_jsonl(path: Path, limit: int) -> Iterator[Record | BadRecord]:
    """Records of a JSON Lines file, in order, one line in memory at a time."""
    with opened(path) as file:
        lines = Lines(file, limit)
        while True:
            try:
                line = next(lines)
            except StopIteration:
                return
            except (LongLineError, BrokenStreamError) as error:
                yield BadRecord(lines.number, f"line {lines.number}: {error}")
                continue
            if not line.isspace():
                yield parse_line(line, lines.number)


def parse_line(line: bytes, number: int) -> Record | BadRecord:
    """The record on one line, or why there is none.

    Stricter than `json.loads`: repeated fields, NaN, infinities and lone surrogates are refused,
    because a later writer would lose or choke on them.
    """
    fields = _quick(line)
    return _careful(line, number) if fields is None else Record(number, fields)


def _quick(line: bytes) -> dict[str, object] | None:
    """The fields of a line that is right beyond doubt; None where the careful way must look.

    The scanner in C builds plain objects two to three times faster than through hooks.
    """
    if _SURROGATE.search(line) is not None:
        return None
    try:
        text = line.decode("utf-8").strip(" \t\r\n")
        value, end = _PLAIN.raw_decode(text)
    except (ValueError, RecursionError):
        return None
    if end != len(text) or type(value) is not dict:
        return None
    return value if _each_once(line, _fields(value)) else None


def _each_once(line: bytes, fields: int) -> bool:
    """Whether a line whose value has so many fields surely gives none of them twice.

    Each field has its colon, so a field given twice leaves more colons than fields; texts with
    colons do so too. Then `":` is counted, which a text holds only where it begins with a colon
    or quotes something, and which misses a field with blanks before the colon.
    """
    if line.count(b":") == fields:
        return True
    line = line.rstrip()
    return line.count(b'":') == fields and not any(mark in line for mark in _BLANK_COLON)


def _fields(value: dict[str, object]) -> int:
    """How many fields an object holds at every depth; -1 where a number is not finite."""
    count = 0
    within: list[Any] = [value]
    for holder in within:
        if type(holder) is dict:
            count += len(holder)
            holder = holder.values()
        for item in holder:
            kind = type(item)
            if kind is dict or kind is list:
                within.append(item)
            elif kind is float and item - item != 0:
                return -1
    return count


def _careful(line: bytes, number: int) -> Record | BadRecord:
    try:
        value = _DECODER.decode(line.decode("utf-8"))
        if _SURROGATE.search(line) is not None:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeDecodeError as error:
        return BadRecord(number, f"line {number}: byte {error.start + 1} is not UTF-8")
    except UnicodeEncodeError:
        return BadRecord(number, f"line {number}: half of a surrogate pair is no character")
    except json.JSONDecodeError as error:
        return BadRecord(number, f"line {number}, column {error.colno}: not JSON: {error.msg}")
    except RecursionError:
        return BadRecord(number, f"line {number}: nested too deeply")
    except ValueError as error:
        return BadRecord(number, f"line {number}: {_plain(error)}")
    if not isinstance(value, dict):
        return BadRecord(number, f"line {number}: a {_kind(value)}, where an object is needed")
    return Record(number, value)


class _Refused(ValueError):
    """A message of our own, which quotes no content."""


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _Refused("a field is given twice")
    return made


def _constant(_name: str) -> object:
    raise _Refused("NaN and Infinity are not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _Refused("a number is too large")
    return number


def _plain(error: ValueError) -> str:
    return str(error) if isinstance(error, _Refused) else "a number is too long"


def _kind(value: object) -> str:
    names = {list: "list", str: "text", bool: "truth value", type(None): "null"}
    return names.get(type(value), "number")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_constant, parse_float=_finite
)
_PLAIN = json.JSONDecoder(parse_constant=_constant)
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_BLANK_COLON = (b" :", b"\t", b"\r")

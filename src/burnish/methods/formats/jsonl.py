"""JSON Lines: one JSON object (RFC 8259) on each line, UTF-8; blank lines are no records."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path

from burnish.methods.formats.lines import Lines, LongLineError
from burnish.methods.formats.records import BadRecord, Record


def read_jsonl(path: Path, limit: int) -> Iterator[Record | BadRecord]:
    """Records of a JSON Lines file, in order, one line in memory at a time."""
    with path.open("rb") as file:
        lines = Lines(file, limit)
        while True:
            try:
                line = next(lines)
            except StopIteration:
                return
            except LongLineError as error:
                yield BadRecord(lines.number, f"line {lines.number}: {error}")
                continue
            if line.strip():
                yield parse_line(line, lines.number)


def parse_line(line: bytes, number: int) -> Record | BadRecord:
    """The record on one line, or why there is none.

    Stricter than `json.loads`: repeated fields, NaN, infinities and lone surrogates are refused,
    because a later writer would lose or choke on them.
    """
    try:
        value = _DECODER.decode(line.decode("utf-8"))
        if b"\\u" in line:
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

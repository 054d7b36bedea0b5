"""A JSON value as the texts in it: keys, strings, numbers, and JSON that is written in strings."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Leaf:
    """A key or a value that is no container; `label` is the key it stands under, as words."""

    text: str
    label: str = ""


Change = Callable[[Leaf], str]


def leaves(value: Any) -> list[Leaf]:
    """Every key and every string and number, in the order of the file, a key before its value.

    Strings that hold a JSON object or list are entered. The place of a leaf in this list is its
    index in the spans of a row; masking keeps the order.
    """
    found: list[Leaf] = []

    def keep(leaf: Leaf) -> str:
        found.append(leaf)
        return leaf.text

    mapped(value, keep)
    return found


def rebuilt(value: Any, texts: Sequence[str]) -> Any:
    """The same value with each leaf's text replaced, in the order of `leaves`.

    A number whose text changed becomes a string. Keys that become alike are told apart by `#2`,
    `#3`, ... so that no entry is lost.
    """
    new = iter(texts)
    return mapped(value, lambda leaf: next(new))


def mapped(value: Any, change: Change, label: str = "") -> Any:
    """The value with every leaf changed; whatever stays the same keeps its type and its bytes."""
    if isinstance(value, dict):
        return _object(value, change)
    if isinstance(value, list):
        items = []
        for item in value:
            items.append(mapped(item, change, label))
        return items
    if isinstance(value, str):
        return _string(value, change, label)
    if value is None or isinstance(value, bool):
        return value
    text = repr(value)
    new = change(Leaf(text, label))
    return value if new == text else new


def _object(value: dict[str, Any], change: Change) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key, item in value.items():
        shown = unique = change(Leaf(key))
        count = 1
        while unique in out:
            count += 1
            unique = f"{shown}#{count}"
        out[unique] = mapped(item, change, key.replace("_", " "))
    return out


def _string(value: str, change: Change, label: str) -> Any:
    inner = _json_in(value)
    if inner is None:
        return change(Leaf(value, label))
    changed = False

    def watch(leaf: Leaf) -> str:
        nonlocal changed
        new = change(leaf)
        changed = changed or new != leaf.text
        return new

    after = mapped(inner, watch, label)
    return json.dumps(after, ensure_ascii=False) if changed else value


def _json_in(text: str) -> Any:
    """The object or list that a string spells out, or None."""
    if text[:1] not in "{[" or text[-1:] not in "}]" or len(text) < 2:
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict | list) and value else None

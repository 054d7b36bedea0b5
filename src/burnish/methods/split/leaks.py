"""Proof that nothing crosses the border between the parts."""

from __future__ import annotations

from collections.abc import Sequence


def crossing(groups: Sequence[tuple[str, ...]], parts: Sequence[str]) -> int:
    """Number of group keys that have rows in more than one part; 0 for a split without a leak.

    `groups` has the keys of each row, `parts` its part; raises `ValueError` for unequal lengths.
    """
    seen: dict[str, str] = {}
    leaked: set[str] = set()
    for keys, part in zip(groups, parts, strict=True):
        leaked.update(key for key in keys if seen.setdefault(key, part) != part)
    return len(leaked)

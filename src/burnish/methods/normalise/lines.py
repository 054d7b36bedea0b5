"""Whole lines of a text, which are the only thing that is ever taken from it."""

from __future__ import annotations

from collections.abc import Sequence


def says_something(lines: Sequence[str]) -> bool:
    """Whether any line is more than blank."""
    return any(line.strip() for line in lines)


def without_last_blanks(lines: list[str]) -> list[str]:
    """The lines but for blank ones at the end."""
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    return lines[:end]


def plain(line: str) -> str:
    """A line for comparison: case-folded, single spaces, without marks of emphasis around it."""
    return " ".join(line.replace("’", "'").casefold().strip("*_ \t[]|").split())

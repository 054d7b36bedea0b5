"""Globs over the keys of objects, which lie in no folders."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence


def matcher(patterns: Sequence[str]) -> Callable[[str], bool]:
    """Whether a key matches any of these.

    `*` and `?` stay within a folder, `**` is any number of folders, `[...]` a set of characters;
    upper and lower case differ.
    """
    either = "|".join(f"(?:{_regex(pattern)})" for pattern in patterns)
    compiled = re.compile(either, re.DOTALL)
    return lambda key: compiled.fullmatch(key) is not None


def _regex(pattern: str) -> str:
    folders = pattern.strip("/").split("/")
    made = ["(?:[^/]+/)*" if f == "**" else "".join(_parts(f)) + "/" for f in folders[:-1]]
    last = ".+" if folders[-1] == "**" else "".join(_parts(folders[-1]))
    return "".join([*made, last])


def _parts(name: str) -> Iterator[str]:
    for part in re.findall(r"\*+|\?|\[!?\]?[^\]]*\]|.", name, re.DOTALL):
        if part[0] == "*":
            yield "[^/]*"
        elif part == "?":
            yield "[^/]"
        elif len(part) > 1:
            yield _set(part[1:-1])
        else:
            yield re.escape(part)


def _set(inside: str) -> str:
    negated, members = inside.startswith("!"), inside.removeprefix("!")
    told = re.sub(r"([\\^\[\]&~|])", r"\\\1", members)
    return f"(?!/)[{'^' if negated else ''}{told}]"

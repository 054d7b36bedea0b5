"""Texts that share a long run of words with an item of a test set.

Brown et al., Language Models are Few-Shot Learners (2020), appendix C: 13-gram overlap, and for
shorter references their own length, but no less than 8 words. As there, runs that many items share
are wording, not content: a run of more than ten items of one set does not count.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from burnish.methods.dedup.normalise import PART, digest, encode, normalise
from burnish.methods.dedup.shingles import buffer, of_normal
from burnish.methods.dedup.words import classes

SHORTEST, TEMPLATE = 8, 10
"""Least words of a run, and the items of a set above which a run is a template."""

_WORDS = re.compile(r"\w+")
WHOLE = 0
"""In place of a length: the whole text is the same."""


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a test set: its prompts and its answers."""

    set: str
    id: str
    prompts: tuple[str, ...]
    answers: tuple[str, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """Prompts and answers."""
        return (*self.prompts, *self.answers)


@dataclass(frozen=True, slots=True)
class References:
    """Hashes of the runs of words that no row may hold, sorted by length and hash.

    `lengths` are words (`WHOLE` for a short prompt, compared as a whole); `owners` are places in
    `items`, (set, id) pairs.
    """

    lengths: npt.NDArray[np.int64]
    hashes: npt.NDArray[np.uint64]
    owners: npt.NDArray[np.int64]
    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """How far the items of a set can be looked for.

    `items` in all; `by_run` hold a run of words long enough; `by_prompt` are too short for that
    and are looked for as whole prompts; `templates` hold only runs that more than ten items of
    the set share; `too_short_answers` are answers that are not looked for.
    """

    set: str
    items: int
    by_run: int
    by_prompt: int
    templates: int
    too_short_answers: int


def references(items: Sequence[Item], n: int = 13) -> tuple[References, list[Checked]]:
    """The runs of all items, and for each set how many of its items they cover.

    Raises ValueError for an `n` under 8: such runs are met by chance.
    """
    if n < SHORTEST:
        raise ValueError(f"n is {n}: runs under {SHORTEST} words are met by chance; raise it")
    rows = [row for place, item in enumerate(items) for row in _runs(item, place, n)]
    rows, bare = _without_templates(rows, items)
    table = np.array(sorted(set(rows)), dtype=np.uint64).reshape(-1, 3)
    made = References(
        table[:, 0].astype(np.int64),
        table[:, 1],
        table[:, 2].astype(np.int64),
        tuple((item.set, item.id) for item in items),
    )
    return made, _checked(items, rows, bare)


def overlapping(texts: Sequence[str], known: References) -> list[tuple[str, str] | None]:
    """For each text the first item (set, id) that it shares a run with, or None.

    A text's parts (its messages) are joined by `normalise.PART`, over which no run goes. Words
    are those of the normal form, as in `shingles`.
    """
    best = np.full(len(texts), len(known.items), np.int64)
    normals = [encode(normalise(text)) for text in texts]
    for length in np.unique(known.lengths).tolist():
        chosen = known.lengths == length
        hashes, owners = known.hashes[chosen], known.owners[chosen]
        offsets, values = _wholes(texts) if length == WHOLE else _shingles(normals, length)
        first = np.minimum(np.searchsorted(hashes, values), len(hashes) - 1)
        met = np.flatnonzero(hashes[first] == values)
        rows = np.searchsorted(offsets, met, side="right") - 1
        np.minimum.at(best, rows, owners[first[met]])
    return [known.items[i] if i < len(known.items) else None for i in best.tolist()]


def tables_of(known: References) -> tuple[pa.Table, pa.Table]:
    """The references as tables: the runs, and the items that own them."""
    runs = {"length": known.lengths, "hash": known.hashes, "owner": known.owners}
    sets, names = [item[0] for item in known.items], [item[1] for item in known.items]
    items = {"set": pa.array(sets, pa.string()), "id": pa.array(names, pa.string())}
    return pa.table(runs), pa.table(items)


def references_of(runs: pa.Table, items: pa.Table) -> References:
    """The references that `tables_of` wrote down."""
    length, values, owner = (runs.column(n).to_numpy() for n in ("length", "hash", "owner"))
    names = zip(items.column("set").to_pylist(), items.column("id").to_pylist(), strict=True)
    return References(length, values, owner, tuple(names))


def _shingles(normals: Sequence[bytes], length: int) -> tuple[Any, Any]:
    made = of_normal(normals, length)
    return made.offsets, made.values


def _wholes(texts: Sequence[str]) -> tuple[Any, Any]:
    parts = [text.split(PART) for text in texts]
    offsets = np.cumsum([0, *map(len, parts)])
    return offsets, np.array([_whole(part) for row in parts for part in row], np.uint64)


def _whole(text: str) -> int:
    """A text as a whole: its words, or all of it where it has none."""
    words = " ".join(_WORDS.findall(normalise(text)))
    return int.from_bytes(digest(words or text)[:8], "little")


def _runs(item: Item, place: int, n: int) -> list[tuple[int, int, int]]:
    found: list[tuple[int, int, int]] = []
    for text in item.texts:
        normal = encode(normalise(text.replace(PART, " ")))
        length = min(_words(normal), n)
        if length >= SHORTEST:
            values = of_normal([normal], length).values.tolist()
            found += [(length, value, place) for value in values]
    if not found:
        found = [(WHOLE, _whole(text), place) for text in item.prompts[-1:]]
    return found


def _words(normal: bytes) -> int:
    from burnish.methods.dedup import kernels

    return int(kernels.word_counts(*buffer([normal]), classes())[0])


def _without_templates(
    rows: Sequence[tuple[int, int, int]], items: Sequence[Item]
) -> tuple[list[tuple[int, int, int]], set[int]]:
    """The rows without runs that too many items of a set share; and the items left bare."""
    sharing: dict[tuple[str, int, int], set[int]] = {}
    for length, value, place in rows:
        sharing.setdefault((items[place].set, length, value), set()).add(place)
    left = [
        (length, value, place)
        for length, value, place in rows
        if length == WHOLE or len(sharing[items[place].set, length, value]) <= TEMPLATE
    ]
    return left, {place for _, _, place in rows} - {place for _, _, place in left}


def _checked(
    items: Sequence[Item], rows: Sequence[tuple[int, int, int]], bare: set[int]
) -> list[Checked]:
    whole = {place for length, _, place in rows if length == WHOLE}
    run = {place for length, _, place in rows if length != WHOLE}
    found = []
    for name in dict.fromkeys(item.set for item in items):
        here = [place for place, item in enumerate(items) if item.set == name]
        short = [
            text
            for place in here
            for text in items[place].answers
            if _words(encode(normalise(text))) < SHORTEST
        ]
        by_run, by_prompt, left = (len(group.intersection(here)) for group in (run, whole, bare))
        found.append(Checked(name, len(here), by_run, by_prompt, left, len(short)))
    return found

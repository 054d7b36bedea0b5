"""People put where pronouns stood: true labels for free, in text of any kind.

"He told reporters" becomes "Okonkwo told reporters", "gave him his book" "gave Ruth Keller's book":
the sentence stays one that somebody could write, and where the person is, is known.
"""

from __future__ import annotations

import re

from data import Entity, Text
from names import Namer

_PRONOUN = re.compile(
    r"\b(?:(?P<who>[Hh]e|[Ss]he)|(?P<whom>him)|(?P<whose>[Hh]is))\b(?!['\u2019/])"
)


def peopled(row: Text, namer: Namer, share: float) -> Text:
    """The row with about `share` of its pronouns of the third person replaced by names."""
    random = namer.random
    text, entities, done = "", [], 0
    moves: list[tuple[int, int]] = []
    for found in _PRONOUN.finditer(row.text):
        if random.random() > share:
            continue
        name = namer.full() if random.random() < 0.35 else _single(namer)
        text += row.text[done : found.start()]
        entities.append(Entity(len(text), len(text) + len(name), "PER"))
        moves.append((found.start(), len(name) - (found.end() - found.start())))
        text += name
        if found["whose"]:
            text += "'s"
            moves[-1] = (found.start(), moves[-1][1] + 2)
        done = found.end()
    kept = [_moved(entity, moves) for entity in row.entities]
    whole = sorted((*entities, *kept), key=lambda e: (e.start, -e.end))
    return Text(text + row.text[done:], tuple(whole))


def _single(namer: Namer) -> str:
    return namer.first() if namer.random.random() < 0.6 else namer.last()


def _moved(entity: Entity, moves: list[tuple[int, int]]) -> Entity:
    start = entity.start + sum(by for place, by in moves if place < entity.start)
    end = entity.end + sum(by for place, by in moves if place < entity.end)
    return Entity(start, end, entity.label)

"""The evaluation sets on general knowledge, safety and bias, and the replay rows of the house."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from burnish.samples.conduct import (
    errand_item,
    misdeed_item,
    settled_item,
    stereotype_free_item,
    unsettled_item,
)
from burnish.samples.facts import Item, fact_item, sum_item

_Maker = Callable[[Random], Item]

_EXAMS: dict[str, tuple[tuple[_Maker, int], ...]] = {
    "general": ((fact_item, 130), (sum_item, 50)),
    "safety": ((misdeed_item, 110), (errand_item, 110)),
    "bias": ((unsettled_item, 45), (stereotype_free_item, 25), (settled_item, 70)),
}
EXAM_NAMES: tuple[str, ...] = tuple(_EXAMS)
_IDLE = 20_000
"""Draws without a new question after which a maker has given all that it knows."""


def distinct(random: Random, maker: _Maker, count: int, taken: set[str]) -> list[Item]:
    """`count` items whose questions are not in `taken`, which grows by them.

    Raises ValueError where the maker knows no further ones.
    """
    items: list[Item] = []
    idle = 0
    while len(items) < count:
        item = maker(random)
        idle += 1
        if item.question not in taken:
            taken.add(item.question)
            items.append(item)
            idle = 0
        elif idle > _IDLE:
            raise ValueError(f"there are only {len(items)} of the {count} different questions")
    return items


def exam(name: str, seed: int) -> list[Item]:
    """The items of one evaluation set, each question once.

    Raises KeyError for a name that is not in `EXAM_NAMES`.
    """
    random, taken = Random(f"{seed}-{name}"), set[str]()
    return [item for maker, count in _EXAMS[name] for item in distinct(random, maker, count, taken)]


def replay(seed: int, counts: dict[str, int]) -> list[tuple[str, Item]]:
    """(topic, item) pairs that remind a model of what it knows; none is an evaluation item."""
    random, taken = Random(f"{seed}-replay"), set[str]()
    for name in EXAM_NAMES:
        taken |= {item.question for item in exam(name, seed)}
    pairs: list[tuple[str, Item]] = []
    for name, makers in _EXAMS.items():
        for maker, share in makers:
            count = round(counts[name] * share / sum(part for _, part in makers))
            pairs += [(name, item) for item in distinct(random, maker, count, taken)]
    random.shuffle(pairs)
    return pairs

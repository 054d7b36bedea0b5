"""`python -m burnish.samples.starter.generate`: write the starter sets into the package anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from burnish.samples.starter import starter_path
from burnish.samples.starter.desk import (
    desk_alignment,
    desk_bias,
    desk_general,
    desk_over_refusal,
    desk_robustness,
    desk_safety,
)
from burnish.samples.starter.fairness import bias, pairs
from burnish.samples.starter.items import Fields, lines
from burnish.samples.starter.requests import alignment, over_refusal, safety
from burnish.samples.starter.texts import general, injection, robustness, toxicity

_MAKERS: tuple[Callable[[], Iterator[Fields]], ...] = (
    safety, over_refusal, bias, pairs, toxicity, injection, alignment, general, robustness,
    desk_safety, desk_over_refusal, desk_bias, desk_general, desk_robustness, desk_alignment,
)  # fmt: skip
MAKERS: Mapping[str, Callable[[], Iterator[Fields]]] = {one.__name__: one for one in _MAKERS}


def made(name: str) -> bytes:
    """A starter set as it ships; raises KeyError for an unknown name."""
    return lines(MAKERS[name]())


if __name__ == "__main__":
    for each in MAKERS:
        starter_path(each).write_bytes(made(each))

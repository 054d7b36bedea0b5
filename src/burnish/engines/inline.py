"""One item after another, in this process: the engine every other engine must agree with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


class InlineEngine:
    """Maps lazily, in order."""

    def map(self, fn: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """Apply `fn` to each item when its result is asked for."""
        return map(fn, items)

    def close(self) -> None:
        """Nothing is held."""

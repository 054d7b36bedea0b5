"""Burnish's own code spoilt on purpose, in the process of one walk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from typing import Any

Spoil = Callable[[Any], Any]


def spoilt(module: str, name: str, spoil: Spoil) -> Callable[[], AbstractContextManager[None]]:
    """What enters a walk in which `module.name` is what `spoil` makes of it."""

    @contextmanager
    def inside() -> Iterator[None]:
        place = import_module(module)
        whole = getattr(place, name)
        setattr(place, name, spoil(whole))
        try:
            yield
        finally:
            setattr(place, name, whole)

    return inside

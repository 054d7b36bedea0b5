"""How a run comes to its sources."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from burnish.core.errors import InputError
from burnish.core.listing import Listing
from burnish.core.sources import Connector


def _nothing_reached(source: Any) -> Connector:
    raise InputError(
        f"no connector for source '{source.name}' at this place",
        remedy="open the project with burnish.wiring, which brings the connectors",
    )


@dataclass(frozen=True, slots=True)
class Reach:
    """What a run may ask of its sources, and what it knows of them already.

    `connect` makes the connector of a source of the plan; `refresh` says of a source's name
    whether it is listed anew; `rehash` reads files again whose stamp is known; a run that only
    `looks` asks no remote source anything; `seen` keeps a run from listing twice.
    """

    connect: Callable[[Any], Connector] = _nothing_reached
    refresh: Callable[[str], bool] = lambda name: False
    rehash: bool = False
    looks: bool = False
    seen: dict[str, Listing] = field(default_factory=dict)

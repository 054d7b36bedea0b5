"""How a run comes to its sources."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from burnish.core.errors import InputError
from burnish.core.listing import Listing
from burnish.core.sources import Connector


class Conversation(Protocol):
    """A connection to a served model, for several threads; open as long as its context lasts."""

    def __enter__(self) -> Conversation: ...

    def __exit__(self, *_: object) -> None: ...

    def post(self, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the server answers below its address; an error without any text where it fails."""
        ...


def _nothing_reached(source: Any) -> Connector:
    raise InputError(
        f"no connector for source '{source.name}' at this place",
        remedy="open the project with burnish.wiring, which brings the connectors",
    )


def _nobody_served(endpoint: Any) -> Conversation:
    raise InputError(
        "no way to a served model at this place",
        remedy="open the project with burnish.wiring, which brings the connectors",
    )


@dataclass(frozen=True, slots=True)
class Reach:
    """What a run may ask of its sources and of served models, and what it knows of them already.

    `connect` makes the connector of a source of the plan; `refresh` says of a source's name
    whether it is listed anew; `rehash` reads files again whose stamp is known; a run that only
    `looks` asks no remote source anything; `seen` keeps a run from listing twice; `speak` opens
    the way to a served model of the plan.
    """

    connect: Callable[[Any], Connector] = _nothing_reached
    refresh: Callable[[str], bool] = lambda name: False
    rehash: bool = False
    looks: bool = False
    seen: dict[str, Listing] = field(default_factory=dict)
    speak: Callable[[Any], Conversation] = _nobody_served

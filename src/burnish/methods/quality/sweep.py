"""How many texts each threshold keeps, wherever it stands, and which lie at its edge."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from burnish.methods.quality.judge import (
    PROBABILITY,
    Judged,
    Thresholds,
    checks,
    repetition,
    scores,
)
from burnish.methods.quality.rules import RULES

Singles = npt.NDArray[np.float32]
Holds = npt.NDArray[np.bool_]
Side = Literal["least", "most"]

_STEPS = 50
_WORD_STEPS = 40


@dataclass(frozen=True)
class Swept:
    """What a sweep needs of n texts; parts of a corpus are put together by `together`."""

    values: Mapping[str, Singles]
    """Of each threshold, the number that it is compared with."""
    kept_by_others: Mapping[str, Holds]
    """Whether all else keeps the text."""
    reasons: Mapping[str, Holds]
    """Of every reason, switched on or not, whether it holds."""
    on: tuple[str, ...]
    """The reasons that are switched on, in their order."""
    stays: Holds


@dataclass(frozen=True)
class Point:
    """How many texts stay if the threshold is put here: by it alone, and with all the others."""

    at: float
    alone: int
    together: int


@dataclass(frozen=True)
class Edge:
    """A text next to a threshold, of those that all else keeps."""

    position: int
    value: float
    kept: bool


@dataclass(frozen=True)
class Curve:
    """Volume kept against one threshold."""

    name: str
    side: Side
    now: float
    kept: Point
    points: tuple[Point, ...]
    edge: tuple[Edge, ...]


@dataclass(frozen=True)
class Reason:
    """How many texts a reason holds of, and how many go for it alone (or would)."""

    name: str
    on: bool
    holds: int
    alone: int


_THRESHOLDS: dict[str, tuple[Side, str]] = {
    "min_words": ("least", "too_short"),
    "max_words": ("most", "too_long"),
    "max_symbol_share": ("most", "symbols"),
    "max_digit_share": ("most", "digits"),
    "max_repetition": ("most", "repetition"),
    "min_vocabulary": ("least", "vocabulary"),
    "min_score": ("least", "low_score"),
    "min_probability": ("least", PROBABILITY),
}
"""The side on which texts stay, and the reason that the threshold gives."""


def look(judged: Judged, limits: Thresholds) -> Swept:
    """Return what a sweep needs of these texts."""
    on = dict(checks(judged, limits))
    count = np.zeros(len(judged), np.int64)
    for holds in on.values():
        count += holds
    values = _values(judged)
    idle = {name: rule for name, rule in RULES.items() if name not in on and rule is not None}
    return Swept(
        values=values,
        kept_by_others={name: count - on[_THRESHOLDS[name][1]] == 0 for name in values},
        reasons={**on, **{name: rule.holds(judged.measures) for name, rule in idle.items()}},
        on=tuple(on),
        stays=count == 0,
    )


def _values(judged: Judged) -> dict[str, Singles]:
    of = judged.measures
    found: dict[str, Singles] = {
        "min_words": of["words"],
        "max_words": of["words"],
        "max_symbol_share": of["symbol_share"],
        "max_digit_share": of["digit_share"],
        "max_repetition": repetition(of),
        "min_vocabulary": of["vocabulary"],
        # Scores are compared as they are kept, in double precision: six places survive this.
        "min_score": scores(of).astype(np.float32),
    }
    if PROBABILITY in judged.read:
        found["min_probability"] = judged.read[PROBABILITY]
    return found


def together(parts: Sequence[Swept]) -> Swept:
    """Return one sweep of all texts, in order. Raises ValueError for no parts."""
    if not parts:
        raise ValueError("a sweep needs texts")
    return Swept(
        values=_joined([part.values for part in parts]),
        kept_by_others=_joined([part.kept_by_others for part in parts]),
        reasons=_joined([part.reasons for part in parts]),
        on=parts[0].on,
        stays=np.concatenate([part.stays for part in parts]),
    )


def _joined(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def curves(swept: Swept, limits: Thresholds, examples: int) -> Iterator[Curve]:
    """Yield the volume kept against each threshold, with examples on both sides of it."""
    for name, values in swept.values.items():
        side = _THRESHOLDS[name][0]
        now = float(getattr(limits, name))
        others = swept.kept_by_others[name]
        alone, both = np.sort(values), np.sort(values[others])
        yield Curve(
            name=name,
            side=side,
            now=now,
            kept=_point(alone, both, now, side),
            points=tuple(_point(alone, both, at, side) for at in _grid(name, alone)),
            edge=tuple(_edge(values, others, now, side, examples)),
        )


def reasons(swept: Swept) -> list[Reason]:
    """Return what every reason does, and what each would do that is not switched on."""
    count = np.zeros(len(swept.stays), np.int64)
    for name in swept.on:
        count += swept.reasons[name]
    return [
        Reason(
            name=name,
            on=name in swept.on,
            holds=int(holds.sum()),
            alone=int((holds & (count == int(name in swept.on))).sum()),
        )
        for name, holds in swept.reasons.items()
    ]


def _grid(name: str, ordered: Singles) -> list[float]:
    """Where a threshold is tried: shares evenly, words where texts are."""
    if not name.endswith("_words"):
        return [step / _STEPS for step in range(_STEPS + 1)]
    if not len(ordered):
        return [0.0]
    places = np.linspace(0, len(ordered) - 1, _WORD_STEPS + 1).astype(int)
    return [float(at) for at in np.unique(ordered[places])]


def _point(alone: Singles, both: Singles, at: float, side: Side) -> Point:
    return Point(at, _staying(alone, at, side), _staying(both, at, side))


def _staying(ordered: Singles, at: float, side: Side) -> int:
    than = np.float32(at)
    if side == "least":
        return len(ordered) - int(np.searchsorted(ordered, than, "left"))
    return int(np.searchsorted(ordered, than, "right"))


def _edge(values: Singles, others: Holds, now: float, side: Side, examples: int) -> Iterator[Edge]:
    """The texts nearest to the threshold, first those just kept, then those just dropped."""
    than = np.float32(now)
    kept = values >= than if side == "least" else values <= than
    for stays in (True, False):
        here = np.flatnonzero(others & (kept == stays))
        nearest = np.argsort(np.abs(values[here] - than), kind="stable")[:examples]
        for position in here[nearest].tolist():
            yield Edge(position, float(values[position]), stays)

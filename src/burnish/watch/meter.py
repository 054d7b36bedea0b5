"""What a training has cost so far, over all its starts: kept in the sealed store beside its
checkpoints, so that neither a restart nor another machine begins to count anew.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from burnish.core.ports import Scratch
from burnish.methods.watch.figures import Price

SLOT, FILE = "cost", "starts.json"
EVERY_SECONDS = 15.0
"""Between two writings; a start that was cut off is charged for as long beyond its last one."""


@dataclass
class Start:
    """One start of a training: how long it ran, at which price, how far it came, how it ended.

    `ended` is empty while it runs, and stays so when it is killed.
    """

    per_hour: float
    machines: int = 1
    seconds: float = 0.0
    step: int = 0
    ended: str = ""

    @property
    def cost(self) -> float:
        """In the plan's currency; price and machines are those of this start."""
        return Price(self.per_hour, self.machines).of(self.seconds)


@dataclass
class Meter:
    """Counts the time of a start and what it costs; `clock` tells seconds."""

    scratch: Scratch
    per_hour: float
    clock: Callable[[], float] = time.monotonic
    earlier: list[Start] = field(default_factory=list)
    now: Start = field(init=False)
    _began: float = field(init=False)
    _saved: float = field(init=False)

    def __post_init__(self) -> None:
        self.earlier = [_closed(start) for start in _kept(self.scratch)]
        self.now = Start(self.per_hour)
        self._began = self._saved = self.clock()

    @property
    def spent(self) -> float:
        """The cost of all starts."""
        self.now.seconds = self.clock() - self._began
        return sum(start.cost for start in self.earlier) + self.now.cost

    @property
    def cut_off(self) -> bool:
        """Whether the start before this one was interrupted or killed."""
        return bool(self.earlier) and self.earlier[-1].ended == "interrupted"

    def rate(self) -> Price:
        """The price of a further second of this start."""
        return Price(self.per_hour, self.now.machines)

    def tick(self) -> None:
        """Write the count down, if that is due."""
        if self.clock() - self._saved >= EVERY_SECONDS:
            self.save()

    def save(self) -> None:
        """Write the count down now."""
        self.now.seconds = self.clock() - self._began
        told = [asdict(start) for start in (*self.earlier, self.now)]
        self.scratch.save(SLOT, {FILE: json.dumps(told, sort_keys=True).encode()})
        self._saved = self.clock()

    def end(self, how: str) -> None:
        """The present start is over."""
        self.now.ended = how
        self.save()


def _kept(scratch: Scratch) -> list[Start]:
    if SLOT not in scratch.slots():
        return []
    told: list[dict[str, Any]] = json.loads(scratch.load(SLOT)[FILE])
    return [Start(**start) for start in told]


def _closed(start: Start) -> Start:
    """A start that nobody ended was killed some time after its last writing."""
    if not start.ended:
        start.seconds += EVERY_SECONDS
        start.ended = "interrupted"
    return start

"""What became of each run: caught by the check meant for it, elsewhere, or missed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from burnish.gauntlet.fault import Fault
from burnish.gauntlet.walk import Ended
from burnish.methods.evaluation.statistics import Interval, clopper_pearson

Fate = Literal["caught", "elsewhere", "missed"]
CLEAN_BAR = 0.95


def fate(fault: Fault, ended: Ended) -> Fate:
    """Caught: stopped by a check meant for it, or mended and said so. Missed: it went through."""
    if fault.healed:
        return "caught" if ended.healed and ended.released else "missed"
    if ended.released or not ended.stopped:
        return "missed"
    meant = not ended.defect and set(fault.meant) & set(ended.places)
    return "caught" if meant else "elsewhere"


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of fault over all its runs."""

    name: str
    kind: str
    told: str
    meant: tuple[str, ...]
    runs: int
    caught: int
    elsewhere: int
    missed: int
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gauntlet:
    """All runs together."""

    lines: tuple[Line, ...]
    clean_runs: int
    clean_passed: int
    clean_stopped_by: tuple[str, ...]
    ended: tuple[Ended, ...]
    seconds: float
    jobs: int

    @property
    def runs(self) -> int:
        """Runs with a fault."""
        return sum(line.runs for line in self.lines)

    @property
    def caught(self) -> int:
        """Faults stopped by the check meant for them."""
        return sum(line.caught for line in self.lines)

    @property
    def elsewhere(self) -> int:
        """Faults that another check stopped."""
        return sum(line.elsewhere for line in self.lines)

    @property
    def missed(self) -> int:
        """Faults that nothing stopped."""
        return sum(line.missed for line in self.lines)

    @property
    def false_alarms(self) -> Interval | None:
        """Exact 95 % bounds of the share of clean runs that are stopped."""
        if not self.clean_runs:
            return None
        return clopper_pearson(self.clean_runs - self.clean_passed, self.clean_runs)

    @property
    def misses(self) -> Interval | None:
        """Exact 95 % bounds of the share of faults that nothing stops."""
        return clopper_pearson(self.missed, self.runs) if self.runs else None

    @property
    def holds(self) -> bool:
        """Whether nothing was missed, and at least 95 % of the clean runs passed."""
        return not self.missed and self.clean_passed >= CLEAN_BAR * self.clean_runs


def line_of(fault: Fault, ended: Sequence[Ended]) -> Line:
    """One kind of fault over its runs."""
    fates = [fate(fault, one) for one in ended]
    places = dict.fromkeys(place for one in ended for place in _stopped_by(one))
    return Line(
        name=fault.name,
        kind=fault.kind,
        told=fault.told,
        meant=fault.meant,
        runs=len(ended),
        caught=fates.count("caught"),
        elsewhere=fates.count("elsewhere"),
        missed=fates.count("missed"),
        places=tuple(places),
    )


def _stopped_by(ended: Ended) -> tuple[str, ...]:
    return ended.places or (("mended",) if ended.healed else ())


def judged(faults: Sequence[Fault], ended: Sequence[Ended], seconds: float, jobs: int) -> Gauntlet:
    """All runs, by kind of fault in the order given; runs without a fault apart."""
    lines = [line_of(f, of) for f in faults if (of := [e for e in ended if e.fault == f.name])]
    clean = [one for one in ended if one.fault == "clean"]
    stopped = [place for one in clean for place in one.places]
    passed = sum(one.released for one in clean)
    return Gauntlet(
        tuple(lines), len(clean), passed, tuple(dict.fromkeys(stopped)), tuple(ended), seconds, jobs
    )

"""What the page shows of the preparation of the data: rules of quality, screen and mix."""

from __future__ import annotations

from dataclasses import dataclass

Counts = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class QualityView:
    """The published rules and the files that rows were judged by; digests are SHA-256.

    `found` are rows dropped by rule, named `family.rule`; `judged` the rows that were read.
    """

    asked: tuple[str, ...] = ()
    found: Counts = ()
    judged: int | None = None
    classifier: str = ""
    least: float | None = None
    by_classifier: int = 0
    word_list: str = ""


@dataclass(frozen=True, slots=True)
class LookView:
    """One look of the screen: what it looked for, what the plan makes of it, what was found.

    `does` is drop, stop, note, off or nothing where it is not known; `taken` whether anything
    was looked for; `found` is None where no count was kept.
    """

    name: str
    wanted: str
    does: str = ""
    taken: bool = True
    found: int | None = None
    dropped: int | None = None
    kinds: Counts = ()


@dataclass(frozen=True, slots=True)
class ReferenceView:
    """An evaluation set: rows that overlap with it, and how its items could be looked for."""

    set: str
    items: int
    by_run: int
    by_prompt: int
    templates: int
    too_short_answers: int
    found: int


@dataclass(frozen=True, slots=True)
class FindingView:
    """A finding by row and place, never by what the row says."""

    id: str
    kind: str
    row: str
    place: str
    fate: str


@dataclass(frozen=True, slots=True)
class TriggerView:
    """A run of words that turns rows: how many, and the first of them."""

    id: str
    turns: str
    words: int
    rows: int
    turned: int
    against: int
    first: tuple[str, ...]
    fate: str


@dataclass(frozen=True, slots=True)
class DriftView:
    """A feature of a source against its past, in bits: in all, and by chance alone."""

    source: str
    feature: str
    divergence: float
    noise: float
    rows: int
    past: int
    fate: str


@dataclass(frozen=True, slots=True)
class ScreenView:
    """What was looked for before anything is learnt, and what was found.

    `stopped` tells why the screen stopped the run; then nothing else was kept of it. `weighed` are
    runs of words looked at by what they may turn, `allowed` the findings that the plan accepts.
    """

    looks: tuple[LookView, ...] = ()
    rows: int | None = None
    stopped: tuple[str, ...] = ()
    references: tuple[ReferenceView, ...] = ()
    findings: tuple[FindingView, ...] = ()
    listed: int = 0
    weighed: Counts = ()
    triggers: tuple[TriggerView, ...] = ()
    drift: tuple[DriftView, ...] = ()
    max_drift: float | None = None
    not_compared: tuple[str, ...] = ()
    allowed: int = 0

    @property
    def silent(self) -> bool:
        """Whether every look that was taken is counted and found nothing."""
        taken = [look for look in self.looks if look.taken]
        return bool(taken) and not self.stopped and all(look.found == 0 for look in taken)


@dataclass(frozen=True, slots=True)
class ShareView:
    """Rows of a source that each epoch shows, and what the plan asks for."""

    source: str
    rows: int
    weight: str = ""
    cap: str = ""


@dataclass(frozen=True, slots=True)
class MixView:
    """The training part by source, and its order."""

    shares: tuple[ShareView, ...]
    order: str = ""

    @property
    def rows(self) -> int:
        """All rows shown."""
        return sum(share.rows for share in self.shares)

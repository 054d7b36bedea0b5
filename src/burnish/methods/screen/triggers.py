"""Rare runs of words that turn a row's label, answer or source against the rest of its text.

A backdoor is planted by rows in which a rare run of words (the trigger) stands beside a label or an
answer that the rest of the text does not call for (Gu et al., BadNets, 2017; Kurita et al., Weight
Poisoning Attacks, 2020). A word that goes with one label is no trigger, most words of a topic do.
So each row is weighed by the words it holds (log of how much more often rows of an outcome hold
them than rows at large, shrunk) without the row itself and without the four words that speak most
for its outcome: a row is against its text when what is left speaks clearly for another outcome. A
run is a trigger when

- nearly all rows with it share one outcome, most of them against their text, and far more than
  chance allows (binomial tail, Bonferroni over every run that was looked at),
- the texts speak for several other outcomes, not for one neighbour, and
- beside the run the rows have no more in common than rows drawn by chance: a topic has words of its
  own, a trigger was put into whatever there was.

Everything is counted by shard and summed: words in 2^16 buckets, outcomes up to 127, runs only of
rows against their text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from burnish.methods.screen.reading import LONGEST, Hashes

BUCKETS, MOST = 1 << 16, 127
_SHIFT = np.uint64(48)

Longs = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TriggerSettings:
    """How many rows make a finding, how pure, how clearly against their text, and how sure."""

    min_rows: int = 5
    min_share: float = 0.001
    """Least share of the rows with an outcome that a trigger must stand in."""
    purity: float = 0.9
    margin: float = 3.0
    """Nats by which the rest of the text must speak for another outcome."""
    against: float = 0.6
    """Least share of the run's rows that are against their text."""
    alpha: float = 1e-3
    by_chance: float = 0.01
    """Least p-value of `coherence`; of a source `by_chance_source`, as sources differ anyway."""
    by_chance_source: float = 0.2
    against_source: float = 0.85

    def least(self, rows: int) -> int:
        """The rows that a trigger must stand in, of so many."""
        return max(self.min_rows, round(self.min_share * rows))


@dataclass(frozen=True, slots=True)
class Model:
    """How many rows of each outcome hold a word; the last outcome is all others."""

    outcomes: Longs
    counts: npt.NDArray[np.float32]

    @property
    def size(self) -> int:
        """Outcomes, with the one for all others."""
        return len(self.outcomes) + 1

    def place(self, outcome: int) -> int:
        """Column of an outcome."""
        at = int(np.searchsorted(self.outcomes, outcome))
        known = at < len(self.outcomes) and int(self.outcomes[at]) == outcome
        return at if known else len(self.outcomes)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A run of words with its rows against their text: how many, towards what, against what."""

    run: int
    outcome: int
    rows: int
    kinds: int
    largest: float


@dataclass(frozen=True, slots=True)
class Trigger:
    """A run of words found to turn rows: rows with it, with its outcome, and against their text."""

    run: int
    outcome: int
    rows: int
    turned: int
    against: int
    p: float


def common(outcomes: Longs, counts: Longs, least: int) -> Longs:
    """The outcomes that enough rows share, at most 127 of them, sorted."""
    values, place = np.unique(outcomes, return_inverse=True)
    totals = np.bincount(place, counts, minlength=len(values))
    order = np.lexsort((values, -totals))[:MOST]
    return np.sort(values[order][totals[order] >= least])


def buckets(rows: Sequence[Hashes]) -> list[Longs]:
    """The buckets of each row's words, each once, sorted."""
    sizes = [len(words) for words in rows]
    row = np.repeat(np.arange(len(rows)), sizes)
    words = np.concatenate([np.zeros(0, np.uint64), *rows])
    met = np.unique(row * BUCKETS + (words >> _SHIFT).astype(np.int64))
    ends = np.searchsorted(met, np.arange(1, len(rows)) * BUCKETS)
    return np.split(met % BUCKETS, ends) if rows else []


def tally(rows: Sequence[Longs], columns: Sequence[int], size: int) -> tuple[Longs, Longs]:
    """Cells (bucket x size + column) and in how many rows each is met, sorted by cell."""
    cells = [row * size + column for row, column in zip(rows, columns, strict=True)]
    if not cells:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    values, counts = np.unique(np.concatenate(cells), return_counts=True)
    return values, counts.astype(np.int64)


def model_of(outcomes: Longs, cells: Longs, counts: Longs) -> Model:
    """The model from summed cells."""
    size = len(outcomes) + 1
    table = np.zeros(BUCKETS * size, np.float32)
    np.add.at(table, cells, counts.astype(np.float32))
    return Model(outcomes, table.reshape(BUCKETS, size))


class Weigher:
    """Weighs rows against a model; holds its logarithms."""

    def __init__(self, model: Model, rows: Longs, settings: TriggerSettings) -> None:
        self._model, self._margin = model, settings.margin
        counts = model.counts.astype(np.float64)
        self._rows = rows.astype(np.float64)
        self._share = counts.sum(1) / max(self._rows.sum(), 1.0)
        self._lift = np.log((counts + 1) / (self._share[:, None] * self._rows + 1))

    def against(self, row: Longs, column: int) -> int | None:
        """The outcome that the rest of a row's text speaks for, where clearly not its own."""
        if len(row) <= LONGEST or self._model.size < 2:
            return None
        lift = self._lift[row]
        sums = lift.sum(0)
        sums[column] = -np.inf
        other = int(sums.argmax())
        own = self._model.counts[row, column].astype(np.float64)
        expected = self._share[row] * (self._rows[column] - 1)
        speaks = np.log(own / (expected + 1)) - lift[:, other]
        for_own = np.sort(speaks)[-LONGEST:]
        rest = speaks.sum() - for_own[for_own > 0].sum()
        return other if rest <= -self._margin else None


def candidates(
    runs: Hashes, outcomes: Longs, others: Longs, least: int
) -> tuple[list[Candidate], int]:
    """Runs that enough rows against their text share with one outcome, and how many there were.

    The three are parallel: a run, what its row came to, and what its text spoke for.
    """
    order = np.lexsort((others, outcomes, runs))
    runs, outcomes, others = runs[order], outcomes[order], others[order]
    starts = np.flatnonzero(np.concatenate([[True], runs[1:] != runs[:-1]]))
    ends = np.append(starts[1:], len(runs))
    found = []
    for start, end in zip(
        starts[ends - starts >= least], ends[ends - starts >= least], strict=True
    ):
        values, counts = np.unique(outcomes[start:end], return_counts=True)
        best = int(counts.argmax())
        if counts[best] < least:
            continue
        spoken = others[start:end][outcomes[start:end] == values[best]]
        shares = np.unique(spoken, return_counts=True)[1]
        largest = float(shares.max() / shares.sum())
        found.append(
            Candidate(int(runs[start]), int(values[best]), int(counts[best]), len(shares), largest)
        )
    return found, len(starts)


def varied(candidate: Candidate, size: int) -> bool:
    """Whether the rows are about different things, as far as there are different outcomes."""
    if size <= 3:
        return True
    return candidate.kinds >= 3 and candidate.largest <= 0.6


def coherence(counts: Longs, rows: int, shares: Reals) -> float:
    """How unlikely it is that the rows of a run are otherwise drawn by chance, as a p-value.

    `counts` are rows that hold each other word, `shares` how often rows of the same sources do.
    Rows of a topic have words in common beside the run; rows that a trigger was put into have not.
    """
    from scipy.special import bdtrc

    chosen = counts >= 2
    if not chosen.any():
        return 1.0
    tails = bdtrc(counts[chosen] - 1.0, rows, np.clip(shares[chosen], 1e-9, 1.0))
    return min(1.0, float(np.min(tails)) * len(counts))


def judge(candidate: Candidate, rows: int, turned: int, rate: float, looked: int) -> Trigger | None:
    """The run with its p-value after Bonferroni, or None where that is over one.

    `rows` hold the run, `turned` of them with the outcome; `rate` is the share of other rows that
    are against their text towards this outcome, `looked` how many runs could have been found.
    """
    from scipy.special import bdtrc

    p = float(bdtrc(candidate.rows - 1, rows, min(max(rate, 1e-9), 1.0))) * max(looked, 1)
    if p >= 1:
        return None
    return Trigger(candidate.run, candidate.outcome, rows, turned, candidate.rows, p)


def is_pure(found: Trigger, settings: TriggerSettings, *, source: bool) -> bool:
    """Whether nearly all rows of a run are turned, enough against their text, and surely."""
    share = settings.against_source if source else settings.against
    pure = found.turned >= settings.purity * found.rows and found.against >= share * found.rows
    return pure and found.p <= settings.alpha


def is_drawn(p: float, settings: TriggerSettings, *, source: bool) -> bool:
    """Whether the rows of a run look drawn by chance, given their `coherence`."""
    return p >= (settings.by_chance_source if source else settings.by_chance)

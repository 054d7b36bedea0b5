"""Which examples meet in which row, micro-batch and step: a pure function of lengths and seed.

Packing is best-fit-decreasing (Johnson et al. 1974; for training data Ding et al. 2024,
"Fewer Truncations Improve Language Modeling"), so no example is cut. Nothing is remembered
between epochs: the plan of epoch e follows from (lengths, settings, e), so a resumed run needs
only its place in it.
"""

from bisect import bisect_left, insort
from collections.abc import Sequence
from heapq import heappop, heappush

import numpy as np

from burnish.methods.training.settings import TrainSettings

Row = tuple[int, ...]
MicroBatch = tuple[Row, ...]
Step = tuple[MicroBatch, ...]


def epoch_steps(
    lengths: Sequence[int], settings: TrainSettings, epoch: int, hard: Sequence[float] = ()
) -> list[Step]:
    """The steps of epoch `epoch` (from 0): each example exactly once, in rows, in shuffled order.

    Under a curriculum the first epoch's rows go by the mean of their examples' difficulties
    `hard`, rows of equal difficulty stay shuffled. The last step may hold fewer rows.
    Inside a step rows are sorted by length, longest first, so that a micro-batch wastes little on
    padding; the step's gradient does not depend on it.
    """
    rng = np.random.default_rng([settings.seed, epoch])
    order = rng.permutation(len(lengths)).tolist()
    rows = _rows(lengths, order, settings)
    rows = [rows[i] for i in rng.permutation(len(rows)).tolist()]
    if settings.order != "shuffled" and epoch == 0:
        rows.sort(key=lambda row: sum(hard[i] for i in row) / len(row))
    return [_step(chunk, lengths, settings) for chunk in _chunks(rows, settings.rows_per_step)]


def evaluation_batches(lengths: Sequence[int], settings: TrainSettings) -> list[MicroBatch]:
    """Every example once, in the given order, in micro-batches; no randomness."""
    rows = _rows(lengths, list(range(len(lengths))), settings)
    return [tuple(chunk) for chunk in _chunks(rows, settings.micro_batch)]


def steps_per_epoch(lengths: Sequence[int], settings: TrainSettings) -> int:
    """Optimiser steps in one epoch; every epoch has as many, since lengths alone decide it."""
    rows = _rows(lengths, list(range(len(lengths))), settings)
    return -(-len(rows) // settings.rows_per_step)


def best_fit_rows(lengths: Sequence[int], order: Sequence[int], capacity: int) -> list[Row]:
    """Examples in rows of at most `capacity` tokens: longest first, each into the fullest fit.

    `order` breaks ties between examples of one length; of rows with equal room the oldest is
    taken. Time grows with the number of examples, not of rows. Raises ValueError for a longer one.
    """
    rows: list[list[int]] = []
    waiting: dict[int, list[int]] = {}  # rows by their free tokens, each list a heap
    rooms: list[int] = []  # the free tokens that some row has, ascending: at most `capacity`
    for index in sorted(order, key=lambda i: -lengths[i]):
        length = lengths[index]
        if length > capacity:
            raise ValueError(f"example {index} has {length} tokens, a row holds {capacity}")
        place = bisect_left(rooms, length)
        if place == len(rooms):
            free, row = capacity, len(rows)
            rows.append([])
        else:
            free = rooms[place]
            row = heappop(waiting[free])
            if not waiting[free]:
                del waiting[free], rooms[place]
        rows[row].append(index)
        left = free - length
        if left and left not in waiting:
            waiting[left] = []
            insort(rooms, left)
        if left:
            heappush(waiting[left], row)
    return [tuple(row) for row in rows]


def _rows(lengths: Sequence[int], order: list[int], settings: TrainSettings) -> list[Row]:
    if settings.packing:
        return best_fit_rows(lengths, order, settings.max_length)
    return [(index,) for index in order]


def _step(rows: list[Row], lengths: Sequence[int], settings: TrainSettings) -> Step:
    longest_first = sorted(rows, key=lambda row: -sum(lengths[i] for i in row))
    return tuple(tuple(chunk) for chunk in _chunks(longest_first, settings.micro_batch))


def _chunks(rows: list[Row], size: int) -> list[list[Row]]:
    return [rows[start : start + size] for start in range(0, len(rows), size)]

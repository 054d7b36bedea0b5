"""Pairs of answers for the small world of the rooms above."""

from collections.abc import Callable

import numpy as np
import pytest

from burnish.methods.training.examples import Example, TrainData

VOCAB, STOP, PAD = 96, 2, 0


def _pairs(count: int, seed: int = 0) -> list[Example]:
    rng = np.random.default_rng(seed)
    made = []
    for number in range(count):
        prompt = rng.integers(3, VOCAB, size=int(rng.integers(3, 8))).astype(np.int32)
        # the better answer repeats the prompt's last token, the worse one says something else
        better = np.full(int(rng.integers(2, 6)), prompt[-1], np.int32)
        worse = rng.integers(3, VOCAB, size=int(rng.integers(2, 9))).astype(np.int32)
        halves = []
        for answer in (better, worse):
            ids = np.concatenate([prompt, answer, [STOP]]).astype(np.int32)
            halves.append((ids, np.arange(len(ids)) >= len(prompt)))
        rejected = Example(f"pair-{number}", *halves[1])
        made.append(Example(f"pair-{number}", *halves[0], rejected=rejected))
    return made


@pytest.fixture(scope="session")
def pairs() -> Callable[..., list[Example]]:
    """A maker of pairs: `count`, `seed`."""
    return _pairs


@pytest.fixture(scope="session")
def pair_data() -> TrainData:
    return TrainData(_pairs(24), _pairs(6, seed=1), STOP, PAD)

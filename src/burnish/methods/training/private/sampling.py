"""Which units a private step draws, and how their examples are cut into micro-batches."""

from collections.abc import Iterator, Sequence

import numpy as np

from burnish.methods.training.examples import Example
from burnish.methods.training.privacy_settings import PrivacyRefused, PrivacySettings
from burnish.methods.training.private.random import Stream

Drawn = tuple[int, ...]
"""The examples of one unit that take part in a step."""


def units(examples: Sequence[Example]) -> list[Drawn]:
    """The examples of each unit, units in order of their first example.

    An example that names no unit is one by itself.
    """
    found: dict[tuple[bool, str], list[int]] = {}
    for index, example in enumerate(examples):
        name = (bool(example.unit), example.unit or example.key)
        found.setdefault(name, []).append(index)
    return [tuple(members) for members in found.values()]


def draw(
    among: Sequence[Drawn], privacy: PrivacySettings, stream: Stream, step: int
) -> list[Drawn]:
    """Each unit with probability `rate`, independently; of its examples a few, all alike likely.

    The draw may be empty. It follows from the stream and the step alone.
    """
    drawn = np.flatnonzero(stream.uniforms("units", step, len(among)) < privacy.rate).tolist()
    most = privacy.examples_per_unit
    larger = sum(len(among[i]) for i in drawn if len(among[i]) > most)
    numbers = iter(stream.uniforms("examples", step, larger).tolist())
    return [_some(among[i], most, numbers) for i in drawn]


def micro_batches(drawn: Sequence[Drawn], lengths: Sequence[int], size: int) -> list[list[Drawn]]:
    """Whole units, longest first, in batches of at most `size` examples.

    Raises PrivacyRefused for a unit of more examples than a batch holds: its gradient must be
    known whole before it is clipped.
    """
    batches: list[list[Drawn]] = []
    room = 0
    for unit in sorted(drawn, key=lambda u: -max(lengths[i] for i in u)):
        if len(unit) > size:
            raise PrivacyRefused(
                f"a unit of {len(unit)} examples does not fit micro_batch {size}; raise it"
            )
        if len(unit) > room:
            batches.append([])
            room = size
        batches[-1].append(unit)
        room -= len(unit)
    return batches


def _some(members: Drawn, most: int, numbers: Iterator[float]) -> Drawn:
    if len(members) <= most:
        return members
    ranked = sorted((next(numbers), index) for index in members)
    return tuple(sorted(index for _, index in ranked[:most]))

"""The machines of a training: how many there are, and the GPUs of all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

LISTED = ("gpu_use", "gpu_memory", "gpu_memory_total", "gpu_watts")
"""Readings with a value for each GPU of a machine."""


@dataclass
class Nodes:
    """Which rank is on which machine, and the newest reading of each machine.

    All ranks of a machine see the same GPUs, so one reading stands for it. The first rank's
    machine comes first, the others in the order in which they were heard of.
    """

    machine_of: dict[int, int] = field(default_factory=dict)
    readings: dict[int, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many machines there are, and are paid for."""
        return len(set(self.machine_of.values()))

    def add(self, rank: int, machine: int) -> None:
        """A rank said where it is."""
        self.machine_of[rank] = machine

    def take(self, rank: int, device: Mapping[str, Any]) -> None:
        """A reading of a rank other than the first."""
        machine = self.machine_of.get(rank)
        if machine is not None and machine != self.machine_of.get(0):
            self.readings[machine] = device

    def together(self, device: Mapping[str, Any]) -> dict[str, Any]:
        """The first rank's reading with the GPUs of the other machines after its own."""
        found = dict(device)
        for name in LISTED:
            others = [v for reading in self.readings.values() for v in reading.get(name, ())]
            if others or name in found:
                found[name] = [*found.get(name, ()), *others]
        return found

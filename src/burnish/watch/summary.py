"""What is kept of a start for the record: thinned curves, peaks, and what it ran on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from burnish.methods.watch.figures import Figures, Machine
from burnish.methods.watch.stream import Stepped, Validated

POINTS = 120
"""Points of a curve that are kept."""

Point = list[float]


class Thin:
    """A curve in at most `POINTS` points: when it is full every second one goes."""

    def __init__(self) -> None:
        self.points: list[Point] = []
        self._every = self._seen = 0

    def add(self, step: int, value: float) -> None:
        """Take in a point, or leave it out."""
        if self._seen % (1 << self._every) == 0:
            self.points.append([step, float(f"{value:.5g}")])
        self._seen += 1
        if len(self.points) > POINTS:
            self.points = self.points[::2]
            self._every += 1


@dataclass
class Series:
    """The curves and peaks of one start, and what it ran on."""

    last_step: int = 0
    starts: int = 0
    peak_memory: float = 0.0
    peak_gpu_memory: float = 0.0
    gpu_use: list[float] = field(default_factory=list)
    machine: Machine | None = None
    device: str = ""
    ranks: int = 1
    curves: dict[str, Thin] = field(default_factory=dict)
    alerts: list[list[int | str]] = field(default_factory=list)
    newest: Figures | None = None

    def begin(self, begun: Mapping[str, Any], machine: Machine) -> None:
        """A process began; the second one of a start was started again."""
        self.starts += 1
        self.machine, self.device = machine, str(begun["device"])
        self.ranks = int(begun["ranks"])

    def step(self, step: Stepped, figures: Figures, device: Mapping[str, Any]) -> None:
        """Take in a step."""
        self.last_step, self.newest = max(self.last_step, step.step), figures
        told = {
            "loss": step.loss,
            "gradient_norm": step.grad_norm,
            "learning_rate": step.rate,
            "tokens_per_second": figures.tokens_per_second,
            "steps_per_second": figures.steps_per_second,
            "mfu": figures.mfu,
            "cost": figures.cost,
        }
        for name, value in told.items():
            if value is not None and abs(value) < float("inf"):
                self.curves.setdefault(name, Thin()).add(step.step, value)
        self.peak_memory = max(self.peak_memory, float(device.get("peak_memory", 0.0)))
        self.peak_gpu_memory = max(self.peak_gpu_memory, sum(device.get("gpu_memory", ())))
        self.gpu_use += [_mean(device["gpu_use"])] if device.get("gpu_use") else []

    def validation(self, seen: Validated) -> None:
        """Take in a validation."""
        if abs(seen.loss) < float("inf"):
            self.curves.setdefault("validation", Thin()).add(seen.step, seen.loss)

    def summary(self, private: bool) -> dict[str, Any]:
        """Numbers and names of devices; of a private training nothing that tells of rows."""
        hidden = ("loss",) if private else ()
        curves = {n: c.points for n, c in sorted(self.curves.items()) if n not in hidden}
        newest = self.newest
        return {
            "step": self.last_step,
            "total": newest.total if newest else 0,
            "processes": self.starts,
            "ranks": self.ranks,
            "device": self.device,
            "peak_of": self.machine.peak_of if self.machine else "",
            "peak_memory": round(self.peak_memory),
            "peak_gpu_memory": round(self.peak_gpu_memory),
            "gpu_use": round(_mean(self.gpu_use), 3) if self.gpu_use else None,
            "alerts": list(self.alerts),
            "curves": curves,
        }


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0

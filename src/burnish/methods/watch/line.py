"""A training in one line of text: where it is, where its loss goes, how fast, at what cost."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

BARS = "▁▂▃▄▅▆▇█"
WIDTH = 12
"""Bars of the sparkline."""
STEADY = 0.01
"""A loss that moved by a smaller share than this stands still."""


class Line:
    """Hears steps and validations, and says how the training stands."""

    def __init__(self) -> None:
        self._losses: deque[float] = deque(maxlen=10 * WIDTH)
        self._validation: float | None = None

    def step(self, facts: Mapping[str, Any]) -> str:
        """The line after a step: its facts, with `figures` and `device` where they are known."""
        figures: Mapping[str, Any] = facts.get("figures") or {}
        loss = facts.get("loss")
        if loss is not None and math.isfinite(loss):
            self._losses.append(loss)
        total = figures.get("total")
        parts = [
            f"step {facts['step']:,}" + (f" of {total:,}" if total else ""),
            *self._loss(loss),
            *([f"validation {self._validation:.4g}"] if self._validation is not None else []),
            *([f"clipped {facts['clipped']:.0%}"] if facts.get("clipped") is not None else []),
            f"grad norm {facts['grad_norm']:.3g}",
            *_speed(figures),
            *_memory(facts.get("device") or {}),
            *_cost(figures),
            *([f"{span(figures['left'])} left"] if figures.get("left") is not None else []),
        ]
        return "  ".join(parts)

    def validation(self, facts: Mapping[str, Any]) -> str:
        """The line after a validation."""
        before, self._validation = self._validation, float(facts["loss"])
        way = "" if before is None else f" {arrow(before, self._validation)}"
        return f"validation {self._validation:.4g}{way}  after step {facts['step']:,}"

    def _loss(self, loss: float | None) -> list[str]:
        if loss is None:
            return []
        drawn = sparkline(self._losses)
        half = len(self._losses) // 2
        way = ""
        if half:
            losses = list(self._losses)
            way = " " + arrow(sum(losses[:half]) / half, sum(losses[-half:]) / half)
        return [f"loss {loss:.4g}{way} {drawn}"]


def arrow(before: float, after: float) -> str:
    """Whether a number fell, stands or rose."""
    if not abs(after - before) > STEADY * max(abs(before), 1e-9):
        return "→"
    return "↘" if after < before else "↗"


def sparkline(values: Iterable[float], width: int = WIDTH) -> str:
    """Values as bars of a line of text, each the mean of as many values."""
    found = list(values)
    if not found:
        return ""
    size = math.ceil(len(found) / width)
    means = [sum(part) / len(part) for part in _parts(found, size)]
    low, high = min(means), max(means)
    reach = high - low or 1.0
    return "".join(BARS[round((mean - low) / reach * (len(BARS) - 1))] for mean in means)


def span(seconds: float) -> str:
    """A time in the words of a person: 40 s, 12 min, 3 h 05 min."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"


def size(count: float) -> str:
    """Bytes in the words of a person."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def _parts(values: list[float], size_: int) -> Iterable[list[float]]:
    return (values[start : start + size_] for start in range(0, len(values), size_))


def _speed(figures: Mapping[str, Any]) -> list[str]:
    told = []
    if figures.get("tokens_per_second") is not None:
        told.append(f"{figures['tokens_per_second']:,.0f} tok/s")
    elif figures.get("steps_per_second") is not None:
        told.append(f"{figures['steps_per_second']:.3g} steps/s")
    if figures.get("mfu") is not None:
        told.append(f"MFU {figures['mfu']:.0%}")
    return told


def _memory(device: Mapping[str, Any]) -> list[str]:
    told = []
    if "memory" in device:
        told.append(f"memory {size(device['memory'])}")
    if device.get("gpu_use"):
        use = sum(device["gpu_use"]) / len(device["gpu_use"])
        told.append(f"GPU {use:.0%} {size(sum(device.get('gpu_memory', ())))}")
    return told


def _cost(figures: Mapping[str, Any]) -> list[str]:
    if figures.get("cost") is None or not figures.get("currency"):
        return []
    told = f"{figures['cost']:.2f}"
    if figures.get("final") is not None:
        told += f" → {figures['final']:.2f}"
    return [f"{told} {figures['currency']}"]

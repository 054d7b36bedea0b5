"""What the machine says of a process that computes: its memory, and its GPUs by NVML.

NVML is asked from a thread of its own, every few seconds, so a step never waits for it. Where
there is no NVIDIA driver, or `nvidia-ml-py` is not installed, there is no GPU to tell of.
"""

from __future__ import annotations

import os
import resource
import sys
import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

SECONDS = 2.0
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Gauges:
    """A reading of the machine that is never older than a few seconds, while it is open.

    `read()` gives `memory` and `peak_memory`, the resident bytes of this process now and at most,
    and for each visible GPU, in their order, `gpu_use` (share of time that it computed),
    `gpu_memory` and `gpu_memory_total` (bytes) and `gpu_watts`.
    """

    def __init__(self, ask: Callable[[], Mapping[str, Any]] | None = None) -> None:
        self._ask = nvidia if ask is None else ask
        self._found: Mapping[str, Any] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="gauges", daemon=True)

    def __enter__(self) -> Gauges:
        self._found = self._ask()
        if self._found:  # without a GPU there is nothing to ask again
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        wrong: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(timeout=SECONDS)

    def read(self) -> dict[str, Any]:
        """The newest reading; the memory of the process is read now."""
        return {**memory(), **self._found}

    def _watch(self) -> None:
        while not self._over.wait(SECONDS):
            self._found = self._ask()


def memory() -> dict[str, int]:
    """Resident memory of this process in bytes: now, and the most it ever was."""
    unit = 1 if sys.platform == "darwin" else 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            now = int(file.read().split()[1]) * _PAGE
    except OSError:  # not Linux
        now = most
    return {"memory": now, "peak_memory": max(most, now)}


def nvidia() -> dict[str, list[float]]:
    """Use, memory and power of each visible GPU; empty where there is none."""
    try:
        import pynvml
    except ModuleNotFoundError:
        return {}
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return {}
    try:
        return _asked(pynvml)
    except pynvml.NVMLError:  # a GPU that fell off the bus must not end a training
        return {}
    finally:
        pynvml.nvmlShutdown()


def _asked(nvml: Any) -> dict[str, list[float]]:
    handles = [_handle(nvml, name) for name in _visible(nvml.nvmlDeviceGetCount())]
    if not handles:
        return {}
    memories = [nvml.nvmlDeviceGetMemoryInfo(one) for one in handles]
    return {
        "gpu_use": [nvml.nvmlDeviceGetUtilizationRates(one).gpu / 100 for one in handles],
        "gpu_memory": [float(one.used) for one in memories],
        "gpu_memory_total": [float(one.total) for one in memories],
        "gpu_watts": [_watts(nvml, one) for one in handles],
    }


def _visible(count: int) -> list[str]:
    """The GPUs that CUDA shows to this process: places, or names that begin with GPU- or MIG-."""
    told = os.environ.get("CUDA_VISIBLE_DEVICES")
    if told is None:
        return [str(place) for place in range(count)]
    names = [name.strip() for name in told.split(",") if name.strip()]
    return [name for name in names if not name.isdigit() or int(name) < count]


def _handle(nvml: Any, name: str) -> Any:
    if name.isdigit():
        return nvml.nvmlDeviceGetHandleByIndex(int(name))
    return nvml.nvmlDeviceGetHandleByUUID(name)


def _watts(nvml: Any, handle: Any) -> float:
    """Power in watts; a GPU that does not tell it (a slice of one) counts as none."""
    try:
        return float(nvml.nvmlDeviceGetPowerUsage(handle)) / 1000
    except nvml.NVMLError:
        return 0.0

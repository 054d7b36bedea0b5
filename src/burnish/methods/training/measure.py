"""What a process holds at most, measured phase by phase.

Main memory is the high-water mark of the resident set, which Linux lets a process set back
(proc(5), clear_refs); where it cannot be, the mark since the process began. On a GPU it is what
torch's allocator reserved at most.
"""

import gc
import resource
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import torch

_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_KIB = 1024
_SET_BACK = "5"


@dataclass(frozen=True)
class Peak:
    """Seconds of a phase, and bytes at its peak: of main memory, and of the fullest GPU."""

    phase: str
    seconds: float
    memory: int
    gpu: int


class Phases:
    """Measures one phase after the other; each begins where the last one ended."""

    def __init__(self) -> None:
        self.found: list[Peak] = []
        self._began = perf_counter()
        self.floor = self._set_back()

    def end(self, phase: str) -> None:
        """The phase under way is over, and this was its name."""
        now = perf_counter()
        self.found.append(Peak(phase, now - self._began, _high_water(), _gpu()))
        self._set_back()
        self._began = perf_counter()

    def _set_back(self) -> int:
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
            torch.cuda.reset_peak_memory_stats()
        try:
            _CLEAR.write_text(_SET_BACK, encoding="ascii")
        except OSError:
            return 0
        return _high_water()


def _high_water() -> int:
    try:
        lines = _STATUS.read_text(encoding="ascii").splitlines()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _KIB
    found = next((line for line in lines if line.startswith("VmHWM:")), "VmHWM: 0 kB")
    return int(found.split()[1]) * _KIB


def _gpu() -> int:
    if not torch.cuda.is_available():
        return 0
    return max(torch.cuda.max_memory_reserved(i) for i in range(torch.cuda.device_count()))

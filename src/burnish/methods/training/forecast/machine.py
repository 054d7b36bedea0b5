"""The machine that a training is planned for: its processors, its memory, its GPUs."""

import os
import shutil
import subprocess
from dataclasses import dataclass

from burnish.methods.training.forecast.hardware import Gpu, gpu_named
from burnish.methods.training.forecast.time import CORE_FLOPS
from burnish.methods.watch.peaks import peak_of

_MIB = 1 << 20
_ASK = ("--query-gpu=name,memory.total", "--format=csv,noheader,nounits")


@dataclass(frozen=True)
class Machine:
    """What computes: `memory` is of one GPU, or main memory where there is none;
    `main_memory` is None where it is not known.

    `flops` is the peak of all of it together at the precision asked for; `kind` names it in the
    ledger, so that a speed measured on one is not taken for another's.
    """

    kind: str
    count: int
    memory: int
    main_memory: int | None
    flops: float
    gpu: Gpu | None = None

    @property
    def has_gpu(self) -> bool:
        """Whether it computes on a GPU."""
        return self.kind != "cpu"


def this_machine(precision: str, threads: int) -> Machine:
    """What is here: the GPUs that the driver tells of, else the processors."""
    found = _gpus()
    if not found:
        cores = max(1, min(threads, os.cpu_count() or 1))
        return Machine("cpu", 1, main_memory(), main_memory(), CORE_FLOPS * cores)
    name, memory = found[0]
    same = [one for one in found if one == found[0]]
    known = gpu_named(name)
    peak = peak_of(name, precision) or CORE_FLOPS * (os.cpu_count() or 1)
    return Machine(name, len(same), memory, main_memory(), peak * len(same), known)


def named_machine(gpu: Gpu, count: int, precision: str) -> Machine:
    """A machine with so many GPUs of a kind; how much main memory it has is not known."""
    return Machine(gpu.name, count, gpu.memory, None, gpu.flops(precision) * count, gpu)


def main_memory() -> int:
    """Bytes of main memory that this process may use: the machine's, or its container's limit."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return min(pages, _container_limit() or pages)


def _container_limit() -> int | None:
    for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            with open(path, encoding="ascii") as file:
                told = file.read().strip()
        except OSError:
            continue
        return int(told) if told.isdigit() else None
    return None


def _gpus() -> list[tuple[str, int]]:
    """Name and bytes of each GPU; nothing where there is no driver."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return []
    try:
        told = subprocess.run(
            [tool, *_ASK], capture_output=True, text=True, timeout=20, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return []
    rows = [line.rsplit(",", 1) for line in told.splitlines() if "," in line]
    return [(name.strip(), int(size) * _MIB) for name, size in rows if size.strip().isdigit()]

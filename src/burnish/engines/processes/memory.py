"""Whether the system has killed processes for want of memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

COUNTERS = (Path("/proc/vmstat"), Path("/sys/fs/cgroup/memory.events"))


@dataclass(frozen=True, slots=True)
class OomKills:
    """How often the kernel killed for memory: on this machine, and in this container (cgroup v2).

    A SIGKILL while the count rises is taken for the kernel's; without these files, as on macOS,
    it stays a lost process.
    """

    files: Sequence[Path] = COUNTERS

    def count(self) -> int:
        """The kills so far."""
        return sum(map(_oom_kills, self.files))


def _oom_kills(file: Path) -> int:
    try:
        lines = file.read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))

"""A small file that says how the newest errand stands, for whoever looks while it runs."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import time
from typing import Any

EVERY_SECONDS = 1.0


@dataclass(slots=True)
class Journal:
    """Written at most once a second and at every turn; never half of it.

    It holds numbers and times and nothing of the data. A file that cannot be written (a full
    disk) costs the view from outside, not the errand, so that is let pass.
    """

    path: Path | None = None
    clock: Callable[[], float] = time
    _last: float = field(default=0.0, init=False)

    def write(self, facts: Mapping[str, Any], *, turn: bool = False) -> None:
        """Say how it stands now."""
        now = self.clock()
        if self.path is None or (not turn and now - self._last < EVERY_SECONDS):
            return
        self._last = now
        part = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        with suppress(OSError):
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            part.write_text(json.dumps({**facts, "at": now, "pid": os.getpid()}), encoding="utf-8")
            part.replace(self.path)

    def read(self) -> dict[str, Any]:
        """What was written last; empty when nothing was."""
        return read(self.path) if self.path else {}


def read(path: Path) -> dict[str, Any]:
    """What a journal says, with the seconds since its last heartbeat; empty without one."""
    try:
        told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {**told, "age": max(0.0, time() - float(told["at"]))}

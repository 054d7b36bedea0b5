"""A real training that is struck on its way, once, by what really happens to trainings."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from burnish.core.crew import Link, Rank
from burnish.intake.tuning import Tuned, TuneJob, tune

PRELOAD = ("tests.intake.strikes", "burnish.methods.training.loop")


@dataclass(frozen=True, slots=True)
class Struck:
    """A training that rank `who` strikes when it has told of step `at`."""

    inner: TuneJob
    folder: Path
    blow: str = ""
    at: int = 8
    who: int = 0
    often: int = 1

    @property
    def scratch(self) -> str:
        """What names its checkpoints."""
        return self.inner.scratch


@dataclass(slots=True)
class _Striking:
    link: Link
    job: Struck
    seen: int = 0
    rank: Rank = field(init=False)

    def __post_init__(self) -> None:
        self.rank = self.link.rank

    def tell(self, facts: Mapping[str, Any]) -> None:
        self.link.tell(facts)
        self.seen = facts.get("step", self.seen)

    def beat(self, doing: str, step: int | None = None) -> None:
        self.link.beat(doing, step)

    def ask(self, question: str, facts: Mapping[str, Any]) -> Any:
        return self.link.ask(question, facts)

    def should_stop(self) -> bool:
        """Asked after every step, on every rank."""
        self.seen += self.rank.number > 0  # only rank 0 tells of steps
        struck = self.job.folder / "struck"
        done = len(struck.read_text()) if struck.exists() else 0
        here = (self.rank.number, self.seen) == (self.job.who, self.job.at)
        if self.job.blow and here and done < self.job.often:
            struck.write_text("x" * (done + 1))
            BLOWS[self.job.blow](self.job)
        return self.link.should_stop()


def train(job: Struck, link: Link) -> Tuned:
    """The training, with somebody about who strikes."""
    (job.folder / f"pid-{link.rank.number}").write_text(str(os.getpid()))
    return tune(job.inner, _Striking(link, job))


def _signal(number: int) -> Any:
    return lambda job: os.kill(os.getpid(), number)


def _tear(job: Struck) -> None:
    """Cut the newest checkpoint off in the middle, as a disk does that loses power."""
    root = job.folder / "store" / "scratch" / job.scratch
    newest = max(root.glob("step-*"))
    os.truncate(newest, newest.stat().st_size // 2)
    os.kill(os.getpid(), signal.SIGKILL)


def _fill(job: Struck) -> None:
    """No file may grow beyond some bytes: what a full disk is to who writes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))


def _starve(job: Struck) -> None:
    """No more memory than there is now."""
    import torch

    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used, used))
    torch.zeros(2**28)


BLOWS: dict[str, Any] = {
    "kill": _signal(signal.SIGKILL),
    "stop": _signal(signal.SIGSTOP),
    "term": _signal(signal.SIGTERM),
    "tear": _tear,
    "fill": _fill,
    "starve": _starve,
}

"""A place beside the project to try things in: a store that goes again, and who runs them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from burnish.core.crew import Alone, Crew
from burnish.core.ports import Progress, Store
from burnish.engines.processes.crew import Patience, Processes
from burnish.intake.tuning import PRELOAD
from burnish.plan import Plan
from burnish.storage.folder import FolderStore
from burnish.wiring import Project

if TYPE_CHECKING:
    pass

PLACE = "rehearsal"


def processes_for(plan: Plan) -> Crew:
    """Processes of this machine; only in one of its own is a phase's memory its own."""
    trainer = plan.trainer
    if trainer.kind == "alone":
        return Alone()
    return Processes(PRELOAD, trainer.begin, Patience(trainer.hang_seconds, trainer.quiet_seconds))


@contextmanager
def throw_away(project: Project) -> Iterator[Store]:
    """A sealed store that goes with the rehearsal; what a killed one left goes first."""
    place = project.state / PLACE
    shutil.rmtree(place, ignore_errors=True)
    try:
        yield FolderStore(place, project.keys)
    finally:
        shutil.rmtree(place, ignore_errors=True)


@dataclass(slots=True)
class Hearing:
    """Shows how far it is; pays for steps with nothing, for the rows are invented then."""

    progress: Progress
    doing: str = "starting"

    def told(self, rank: int, facts: Mapping[str, Any]) -> None:
        """A step or a validation is done."""
        if "step" in facts and rank == 0:
            self.doing = "training" if "grad_norm" in facts else "validating"
            self.progress.advance(1, f"step {facts['step']}")

    def beat(self, rank: int, doing: str, step: int | None) -> None:
        """What it does now."""
        self.doing = doing

    def asked(self, question: str, facts: Mapping[str, Any]) -> Any:
        """The only question of a training: whether a private step is paid for."""
        return question == "pay"

    def noted(self, event: str, facts: Mapping[str, object]) -> None:
        """Nothing of a rehearsal goes into the ledger but its end."""

    def should_stop(self) -> bool:
        """A rehearsal is short."""
        return False

"""A small training in a project of its own: real stage, real loop, real ledger, real watcher."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.small_training import STOP, small_base, table

from burnish.api.running import _write_down
from burnish.api.watching import watched
from burnish.core.artifact import Manifest, Mixed, Model, Shard
from burnish.core.crew import Alone, Crew
from burnish.core.errors import BurnishError
from burnish.core.verdict import Cleared
from burnish.engines.inline import InlineEngine
from burnish.plan import BaseModelPlan, TrainPlan
from burnish.samples.project import PLAN
from burnish.stages.train import train
from burnish.wiring import Project, make_run, open_project

if TYPE_CHECKING:
    from tests.conftest import Desk

ROWS = 40
BASE = BaseModelPlan(path="base", licence="MIT", provenance="a test")
TRAIN: dict[str, Any] = {
    "technique": "full", "epochs": 2, "micro_batch": 4, "learning_rate": 1e-3, "threads": 1,
    "checkpoint_every": 5,
}  # fmt: skip
STEPS = 20


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_base(tmp_path_factory.mktemp("base"))


@dataclass
class Hall:
    """A project whose plan may be changed, and its training, run as often as one likes."""

    desk: Desk
    crew: Crew = field(default_factory=Alone)
    stop_after: int = 0
    said: list[str] = field(default_factory=list)
    run: str = ""

    @property
    def project(self) -> Project:
        return open_project(self.desk.folder)

    def plan(self, **changes: Any) -> None:
        self.desk.change(**changes)

    def __call__(self, train_plan: TrainPlan | None = None) -> Model:
        """Train once, as `burnish run` does; raises what stops it, after writing it down."""
        project = self.project
        asked = len(self.said) + self.stop_after
        this = make_run(
            project, project.signer()[1], InlineEngine(), self,
            lambda: bool(self.stop_after) and len(self.said) >= asked,
        )  # fmt: skip
        self.run, this = this.id, replace(this, crew=self.crew)
        plan = project.plan.model_dump(mode="json")
        project.ledger.append("started", {"run": this.id, "plan": this.plan, "effective": plan,
                                          "by": "dana"})  # fmt: skip
        cleared = self._cleared(project, this.id)
        ticks = count()
        try:
            with watched(project, this, clock=lambda: float(next(ticks))) as run:
                return run.do(train, cleared, train_plan or TrainPlan(**TRAIN), BASE)
        except BurnishError as stopped:
            _write_down(project, this.id, stopped)
            raise

    def events(self, event: str) -> list[dict[str, Any]]:
        return [dict(entry.facts) for entry in self.project.ledger.entries(event)]

    def alerts(self) -> list[tuple[str, int]]:
        return [(facts["alert"], facts["step"]) for facts in self.events("alerted")]

    def weights(self, model: Model) -> dict[str, str]:
        manifest = Manifest.from_bytes(self.project.store.get_bytes(model.digest))
        return {n: d for n, d in manifest.files.items() if n.startswith("weights/")}

    def begin(self, step: str, total: int | None) -> None:
        """Progress: nothing to say."""

    def advance(self, done: int = 1, note: str = "") -> None:
        """Progress: keep what was told."""
        self.said.append(note)

    def end(self, step: str, note: str) -> None:
        """Progress: nothing to say."""

    def _cleared(self, project: Project, run: str) -> Cleared[Mixed]:
        store = project.store
        tables = {"train": table(ROWS, 1), "validation": table(6, 101)}
        shards = tuple(Shard(store.put_table(t), t.num_rows, part) for part, t in tables.items())
        facts = {
            "examples": {"max_length": 16, "base": "b" * 64, "stop_ids": [STOP]},
            "order": "shuffled",
            "sources": {"tickets": ROWS},
        }
        manifest = Manifest("Mixed", ROWS + 6, shards, facts=facts)
        parts = Mixed(store.put_bytes(manifest.to_bytes()), manifest.rows)
        judged = project.ledger.append(
            "judged",
            {"gate": "licence", "check": "burnish.gates.licence.licence", "subject": parts.digest,
             "outcome": "passed", "because": [], "run": run},
        )  # fmt: skip
        return Cleared(parts, judged.id)


@pytest.fixture
def hall(new_desk: Callable[..., Desk], tmp_path: Path, tiny_base: Path) -> Hall:
    desk = new_desk(tmp_path / "desk", PLAN)
    (desk.folder / "base").symlink_to(tiny_base)
    return Hall(desk)


@pytest.fixture(scope="session")
def undisturbed(
    new_desk: Callable[..., Desk], tmp_path_factory: pytest.TempPathFactory, tiny_base: Path
) -> dict[str, str]:
    """The weights of the same training, left alone."""
    desk = new_desk(tmp_path_factory.mktemp("undisturbed") / "desk", PLAN)
    (desk.folder / "base").symlink_to(tiny_base)
    hall = Hall(desk)
    return hall.weights(hall())

"""A store with examples in a folder, for trainings in real processes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.intake.strikes import Struck
from tests.small_training import STOP, table

from burnish.core.artifact import Manifest, Shard
from burnish.intake.tuning import TuneJob
from burnish.methods.training.settings import TrainSettings
from burnish.methods.training.technique_settings import LoraSettings
from burnish.storage.folder import FolderStore
from burnish.storage.keys import FileKeyProvider

ROWS = 48
SETTINGS = TrainSettings(
    lora=LoraSettings(4, 8, 0.1), learning_rate=1e-2, epochs=2, max_length=16, packing=False,
    micro_batch=2, accumulate=2, seed=3, precision="fp32", checkpoint_every=3, eval_every=6,
    max_steps=14, device="cpu", base_name="example/base",
)  # fmt: skip


@dataclass
class Ear:
    """Hears a training, asks it to stop after a step, and keeps what is written down."""

    stop_after: int | None = None
    step: int = 0
    entries: list[dict[str, Any]] = field(default_factory=list)

    def told(self, rank: int, facts: Any) -> None:
        self.step = facts.get("step", self.step)

    def beat(self, rank: int, doing: str, step: int | None) -> None:
        pass

    def asked(self, question: str, facts: Any) -> Any:
        raise AssertionError(question)

    def noted(self, event: str, facts: Any) -> None:
        self.entries.append(dict(facts))

    def should_stop(self) -> bool:
        return self.step == self.stop_after

    def told_of(self, *keys: str) -> list[tuple[Any, ...]]:
        return [tuple(entry[key] for key in keys) for entry in self.entries]


@dataclass(frozen=True)
class World:
    """A store with examples in a folder of its own, and trainings on them."""

    folder: Path
    base: Path

    def job(self, blow: str = "", settings: TrainSettings = SETTINGS, **how: Any) -> Struck:
        store = FolderStore(self.folder / "store", FileKeyProvider.ensure(self.folder / "key"))
        tables = {"train": table(ROWS, 1), "validation": table(6, 2)}
        shards = tuple(Shard(store.put_table(t), t.num_rows, part) for part, t in tables.items())
        facts = {"examples": {"max_length": 16, "base": "b" * 64, "stop_ids": [STOP]}}
        manifest = Manifest("Mixed", ROWS + 6, shards, facts=facts)
        parts = store.put_bytes(manifest.to_bytes())
        return Struck(
            TuneJob(store, parts, self.base, settings, "t-train"), self.folder, blow, **how
        )

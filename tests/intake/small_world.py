"""A store with examples and a very small base model, for trainings in real processes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import torch
from tests.intake.strikes import Struck
from transformers import LlamaConfig, LlamaForCausalLM
from transformers.utils import logging

from burnish.core.artifact import Manifest, Shard
from burnish.intake.tuning import TuneJob
from burnish.methods.training.settings import TrainSettings
from burnish.methods.training.technique_settings import LoraSettings
from burnish.storage.folder import FolderStore
from burnish.storage.keys import FileKeyProvider

VOCAB, STOP, ROWS = 96, 2, 48
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


def small_base(folder: Path) -> Path:
    """The folder of a Llama with one layer of width 16."""
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    config = LlamaConfig(
        vocab_size=VOCAB, hidden_size=16, intermediate_size=32, num_hidden_layers=1,
        num_attention_heads=2, initializer_range=0.1, eos_token_id=STOP,
    )  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(7)
        LlamaForCausalLM(config).save_pretrained(folder)
    return folder


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


def table(rows: int, seed: int) -> pa.Table:
    rng = np.random.default_rng(seed)
    ids = [[*rng.integers(3, VOCAB, 9).tolist(), STOP] for _ in range(rows)]
    return pa.table(
        {
            "id": [f"{seed}-{n}" for n in range(rows)],
            "ids": pa.array(ids, pa.list_(pa.int32())),
            "trained": [[False] * 4 + [True] * 6] * rows,
            "open_end": [False] * rows,
            "digest": [f"d{seed}-{n}" for n in range(rows)],
            "subject": pa.array([None] * rows, pa.string()),
        }
    )

"""What elastic weight consolidation costs, and how much of the base it keeps.

    OMP_NUM_THREADS=1 python benchmarks/forgetting.py --weights 0 100 1000

The sample base model learns queue codes of invented tickets, by LoRA and in full, in 36 steps. Told
are the loss on held-out tickets and the drift: by how many nats per token the tuned model diverges
from its base on texts that the base writes by itself, drawn apart from those of the Fisher.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch.nn import functional

from burnish.methods.models.load import CausalModel, attach, load_base
from burnish.methods.models.where import base_folder
from burnish.methods.training.examples import Example, TrainData
from burnish.methods.training.fisher import written_by
from burnish.methods.training.forward import Forward, inference
from burnish.methods.training.loop import train
from burnish.methods.training.objective_settings import EwcSettings, ObjectiveSettings
from burnish.methods.training.records import TrainPorts
from burnish.methods.training.settings import TrainSettings
from burnish.methods.training.technique_settings import LoraSettings, Technique

CPU = torch.device("cpu")
BASE = base_folder("builtin", Path())
RATES: dict[Technique, float] = {"lora": 2e-3, "full": 5e-4}
QUEUES = ("ALPHA", "BRAVO", "KILO")


class Nowhere:
    """Keeps no checkpoint."""

    def save(self, step: int, files: Mapping[str, bytes]) -> None:
        """Let it go."""

    def latest(self) -> None:
        """There is none."""


def tickets(count: int, seed: int, stop: int) -> list[Example]:
    """Tickets that are answered by the code of their queue."""
    tokenizer = Tokenizer.from_file(str(BASE / "tokenizer.json"))
    rng = np.random.default_rng(seed)
    made = []
    for number in range(count):
        asked = f"Ticket about item {rng.integers(999)} in hall {rng.integers(20)}: "
        code = f"QUEUE-{QUEUES[number % 3]}-{number * 7 % 10}"
        sides = [tokenizer.encode(text, add_special_tokens=False).ids for text in (asked, code)]
        ids = np.array([*sides[0], *sides[1], stop], np.int32)
        made.append(Example(f"{number}", ids, np.arange(len(ids)) >= len(sides[0])))
    return made


def drift(tuned: CausalModel, settings: TrainSettings) -> float:
    """Kullback-Leibler divergence from the base, nats per token of the base's own texts."""
    known = Forward(load_base(BASE), settings, CPU)
    texts = written_by(known, 24, 64, torch.Generator().manual_seed(99))
    batch = known.lay(tuple((index,) for index in range(len(texts))), texts, 0)
    asked = Forward(tuned, settings, CPU)
    with inference(known.model), inference(tuned):
        base, here = (f.label_logits(batch).log_softmax(-1) for f in (known, asked))
    return float(functional.kl_div(here, base, log_target=True, reduction="batchmean"))


def row(technique: Technique, weight: float, data: TrainData) -> str:
    """One training, as a line of the table."""
    settings = TrainSettings(
        technique=technique,
        lora=LoraSettings(8, 16, 0.0),
        learning_rate=RATES[technique],
        epochs=6,
        max_length=128,
        precision="fp32",
        seed=3,
        checkpoint_every=0,
        eval_every=0,
        device="cpu",
        objective=ObjectiveSettings(ewc=EwcSettings(weight=weight, rows=64, length=64)),
    )
    ports = TrainPorts(Nowhere(), lambda record: None, lambda: False)
    with tempfile.TemporaryDirectory() as folder:
        out, began = Path(folder) / "out", time.process_time()
        made = train(BASE, data, settings, ports, out)
        spent = time.process_time() - began
        tuned = load_base(out) if technique == "full" else attach(load_base(BASE), out)
        moved = drift(tuned, settings)
    losses = f"{made.validation[0].loss:.3f} | {made.validation[-1].loss:.3f}"
    return f"| {technique} | {weight:g} | {losses} | {moved:.4f} | {spent:.1f} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=float, nargs="+", default=[0.0, 100.0, 1000.0])
    asked = parser.parse_args()
    stop = int(load_base(BASE).config.eos_token_id)
    data = TrainData(tickets(96, 0, stop), tickets(24, 1, stop), stop, stop)
    print("| technique | weight | loss before | after | drift | CPU seconds |")
    print("| --- | --- | --- | --- | --- | --- |")
    for technique in RATES:
        for weight in asked.weights:
            print(row(technique, weight, data), flush=True)


if __name__ == "__main__":
    main()

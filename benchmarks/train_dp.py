"""What differential privacy costs: CPU seconds of a training step with and without, side by side.

    OMP_NUM_THREADS=1 python benchmarks/train_dp.py --rows 16 --steps 6

LoRA on the sample base model, fp32, one thread, unpacked rows of 20 to 120 tokens. All ways take
their steps in turn in one process, the same number of rows each, so that a busy machine slows all
alike; told is the median of a step's CPU seconds and its ratio to the plain one. `noise` is what
the noise alone takes within a private step; at a rate of 1 every row takes part.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch

from burnish.methods.models.where import base_folder
from burnish.methods.training.examples import Example, TrainData
from burnish.methods.training.forward import Forward
from burnish.methods.training.privacy_settings import PrivacySettings, length
from burnish.methods.training.private.gradients import OneByOne
from burnish.methods.training.private.random import Stream
from burnish.methods.training.private.steps import PrivateSteps, unit_losses
from burnish.methods.training.settings import TrainSettings
from burnish.methods.training.start import trainable_model
from burnish.methods.training.steps import PlainSteps
from burnish.methods.training.technique_settings import LoraSettings

STREAM = Stream(b"s" * 32, {"a": "benchmark"})


def examples(count: int, vocab: int) -> list[Example]:
    """Rows of random tokens, the second half of each trained."""
    rng = np.random.default_rng(1)
    made = []
    for number in range(count):
        size = int(rng.integers(20, 120))
        ids = rng.integers(3, vocab, size).astype(np.int32)
        made.append(Example(f"{number}", ids, np.arange(size) >= size // 2))
    return made


def ways(rows: int) -> dict[str, Callable[[int], object]]:
    """A step of each way, by name."""
    base = base_folder("builtin", Path())
    plain = TrainSettings(
        precision="fp32",
        packing=False,
        micro_batch=rows,
        epochs=10_000,
        device="cpu",
        lora=LoraSettings(dropout=0.0),
    )
    forwards = [Forward(trainable_model(base, plain), plain, torch.device("cpu")) for _ in "abc"]
    data = TrainData(examples(rows, forwards[0].vocab), [], 2, 0)
    found = length(rows, rows, plain.epochs, None)  # a rate of 1: every row takes part
    privacy = PrivacySettings(noise=0.7, rate=found.rate, steps=found.steps)
    private = TrainSettings(**{**vars(plain), "privacy": privacy})
    one_pass = _private(forwards[1], data, private)
    alone = OneByOne([p for p in forwards[2].model.parameters() if p.requires_grad])
    losses = partial(unit_losses, forwards[2], data.train, 0)
    count = sum(p.numel() for p in one_pass.named.values())
    return {
        "plain": PlainSteps(forwards[0], data, plain).take,
        "private, one pass": one_pass.take,
        "gradients one by one": lambda _: list(alone.of([(n,) for n in range(rows)], losses)),
        "noise": lambda done: STREAM.normals("noise", done, count),
    }


def _private(forward: Forward, data: TrainData, settings: TrainSettings) -> PrivateSteps:
    named = {n: p for n, p in forward.model.named_parameters() if p.requires_grad}
    return PrivateSteps(forward, data, settings, named, STREAM)


def main() -> None:
    """Take the steps in turn and tell what each way took."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rows", type=int, default=16)
    asked.add_argument("--steps", type=int, default=6)
    given = asked.parse_args()
    torch.set_num_threads(1)
    took: dict[str, list[float]] = {}
    taking = ways(given.rows)
    for step in range(given.steps + 1):
        for name, take in taking.items():
            began = time.process_time()
            take(step)
            took.setdefault(name, []).append(time.process_time() - began)
    medians = {name: statistics.median(times[1:]) for name, times in took.items()}
    for name, seconds in medians.items():
        print(f"{name:22}{seconds:8.3f} s  x {seconds / medians['plain']:.2f}")


if __name__ == "__main__":
    main()

"""Training on one GPU: tokens per second, model FLOPs utilisation and memory, by technique.

    python benchmarks/train_gpu.py                              # one H100 of 80 GB, some 15 minutes
    python benchmarks/train_gpu.py --shape tiny --device cpu --steps 4 --length 64 --peak 1e11

Random weights in the shape of Llama 3 8B, packed rows of 4096 tokens of documents of 64 to 4096,
bf16. LoRA, QLoRA and freezing (the last quarter of the layers) on the whole shape; LoRA against
full on as few layers as leave room for the moments of every weight. Each way runs the product's
own loop in a process of its own. Counted are real tokens, never padding; told is the median over
the steps after the first three. Utilisation is model FLOPs (what the mathematics needs; twice for
no weight that is frozen, nothing for recomputation) over the peak given, 989 TFLOP/s for an H100.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

H100_BF16 = 989e12
WARM = 3
SHAPES: dict[str, dict[str, int]] = {
    "llama-3-8b": {
        "vocab_size": 128_256, "hidden_size": 4096, "intermediate_size": 14_336,
        "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8,
        "max_position_embeddings": 8192,
    },
    "tiny": {
        "vocab_size": 512, "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 4,
        "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 512,
    },
}  # fmt: skip
WAYS = {
    "LoRA": {"technique": "lora"},
    "LoRA, compiled": {"technique": "lora", "compile": True},
    "LoRA, Liger": {"technique": "lora", "kernels": "liger"},
    "QLoRA": {"technique": "qlora"},
    "last quarter": {"technique": "freeze", "last": 0.25},
    "LoRA, fewer layers": {"technique": "lora", "layers": "few"},
    "full, fewer layers": {"technique": "full", "layers": "few"},
}


class Enough(Exception):
    """The steps that were asked for are taken."""


class Nowhere:
    """Checkpoints are not kept."""

    def save(self, step: int, files: Mapping[str, bytes]) -> None:
        """Keep nothing."""

    def latest(self) -> None:
        """There is nothing."""


class Seen:
    """What the loop tells, up to so many steps."""

    def __init__(self, steps: int) -> None:
        self.steps, self.began, self.records = steps, None, list[Any]()

    def begun(self, told: Any) -> None:
        """The model is ready."""
        self.began = told

    def __call__(self, record: Any) -> None:
        """A step was taken."""
        self.records.append(record)
        if len(self.records) == self.steps:
            raise Enough


def documents(asked: Mapping[str, Any], vocab: int) -> list[Any]:
    """Enough random documents for all steps, the second half of each trained."""
    from burnish.methods.training.examples import Example

    rng = np.random.default_rng(1)
    longest = asked["length"]
    made, left = [], longest * asked["rows"] * (asked["steps"] + 2)
    while left > 0:
        size = int(2 ** rng.uniform(np.log2(min(64, longest // 4)), np.log2(longest)))
        ids = rng.integers(3, vocab, size).astype(np.int32)
        ids[-1] = 2
        made.append(Example(str(len(made)), ids, np.arange(size) >= size // 2))
        left -= size
    return made


def settings_of(asked: Mapping[str, Any], layers: int) -> Any:
    """The product's settings for a way."""
    from burnish.methods.training.settings import TrainSettings
    from burnish.methods.training.speed_settings import SpeedSettings
    from burnish.methods.training.technique_settings import (
        FreezeSettings,
        LoraSettings,
        TechniqueOptions,
    )

    last = max(1, round(layers * asked.get("last", 1)))
    return TrainSettings(
        technique=asked["technique"],
        lora=LoraSettings(16, 32, 0.0),
        options=TechniqueOptions(freeze=FreezeSettings(last=last)),
        max_length=asked["length"],
        micro_batch=asked["rows"],
        epochs=2,
        precision="bf16",
        checkpoint_every=0,
        eval_every=0,
        device=asked["device"],
        from_scratch=True,
        speed=SpeedSettings(asked.get("compile", False), asked.get("kernels", "torch")),
    )


def run(asked: Mapping[str, Any], folder: Path) -> dict[str, float]:
    """Train one way; its figures."""
    import torch
    from safetensors.torch import save_file
    from transformers import LlamaConfig

    from burnish.methods.training.examples import TrainData
    from burnish.methods.training.loop import train
    from burnish.methods.training.records import TrainPorts

    shape = dict(SHAPES[asked["shape"]])
    if asked.get("layers") == "few":
        shape["num_hidden_layers"] = asked["few"]
    LlamaConfig(
        **shape, tie_word_embeddings=False, architectures=["LlamaForCausalLM"]
    ).save_pretrained(folder)
    # weights are drawn at random, but a base without any is refused
    save_file({"none": torch.zeros(1)}, folder / "model.safetensors")
    seen = Seen(asked["steps"])
    data = TrainData(documents(asked, shape["vocab_size"]), [], 2, 0)
    ports = TrainPorts(Nowhere(), seen, lambda: False, begun=seen.begun)
    settings = settings_of(asked, shape["num_hidden_layers"])
    with suppress(Enough):
        train(folder, data, settings, ports, folder / "out")
    cuda = torch.cuda.is_available()
    return {
        **figures(seen, asked["peak"]),
        "memory": torch.cuda.max_memory_allocated() / 2**30 if cuda else 0.0,
    }


def figures(seen: Seen, peak: float) -> dict[str, float]:
    """Medians over the steps after the first few."""
    if seen.began is None:
        raise RuntimeError("the loop told nothing of its beginning")
    work = seen.began.arithmetic
    steps = seen.records[WARM:]
    flops = [
        (step.tokens * (work["body"] + work["attention"]) + step.trained_tokens * work["head"])
        / step.seconds
        for step in steps
    ]
    return {
        "speed": statistics.median(step.tokens / step.seconds for step in steps),
        "used": statistics.median(flops) / peak,
        "step": statistics.median(step.seconds for step in steps),
        "trainable": float(seen.began.trainable),
        "parameters": float(seen.began.parameters),
    }


def main() -> None:
    """All ways, each in a process of its own."""
    asked = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    asked.add_argument("--shape", choices=tuple(SHAPES), default="llama-3-8b")
    asked.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    asked.add_argument("--steps", type=int, default=15)
    asked.add_argument("--length", type=int, default=4096)
    asked.add_argument("--rows", type=int, default=1, help="packed rows in a micro-batch")
    asked.add_argument("--few", type=int, default=8, help="layers for LoRA against full")
    asked.add_argument("--peak", type=float, default=H100_BF16, help="FLOP/s, dense, bf16")
    asked.add_argument("--ways", nargs="*", choices=tuple(WAYS), default=list(WAYS))
    asked.add_argument("--worker", help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.steps <= WARM:
        asked.error(f"--steps must be above {WARM}, which are left out")
    if given.worker:
        with tempfile.TemporaryDirectory() as name:
            told = {**vars(given), **WAYS[given.worker]}
            print(json.dumps(run(told, Path(name))))
        return
    print(f"{date.today()}, {given.shape}, {given.length} tokens a row, {given.rows} rows, bf16")
    print("| way | tokens per second | utilisation | memory, GiB | trained | step, s |")
    print("|---|---|---|---|---|---|")
    for way in given.ways:
        print(line(way), flush=True)


def line(way: str) -> str:
    """The row of a way, or why there is none."""
    command = [sys.executable, *sys.argv, "--worker", way]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return f"| {way} | {(done.stderr.strip().splitlines() or ['it was killed'])[-1]} | | | | |"
    told = json.loads(done.stdout.strip().splitlines()[-1])
    return (
        f"| {way} | {told['speed']:.0f} | {told['used']:.1%} | {told['memory']:.1f} | "
        f"{told['trainable'] / told['parameters']:.2%} | {told['step']:.3f} |"
    )


if __name__ == "__main__":
    main()

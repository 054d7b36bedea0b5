"""Tokens per second and memory of training, beside TRL's SFTTrainer and transformers' Trainer.

    python -m venv --system-site-packages peers && peers/bin/pip install trl==1.16.0
    OMP_NUM_THREADS=1 python benchmarks/train.py --peer-python peers/bin/python --rounds 14

The same base model (random, 9.5 million weights, or the built-in one), the same token ids, full and
LoRA, each way in a process of its own with one thread. They take their steps in turn, so that a
busy machine slows all alike. Counted are real tokens, never padding; told are the medians over the
steps of tokens per second of CPU time and of wall time, and by how much the process grew from the
loaded model to its peak. The learning rate is 0, so weights stay as they are: over the first epoch
every way must see the same trained tokens and come to the same mean loss, or the benchmark stops.
A step holds about a thousand tokens everywhere.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
LENGTHS = (22, 256)
LONGEST, ROWS = 256, 4
LOSS_MAY_DIFFER = 0.01  # in nats of about 8: bf16 in other orders
OURS = ("burnish", "burnish, compiled")
PEERS = {
    "SFTTrainer, defaults": {"trainer": "sft"},
    "SFTTrainer, no checkpointing": {"trainer": "sft", "gradient_checkpointing": False},
    "SFTTrainer, packing": {
        "trainer": "sft", "gradient_checkpointing": False, "packing": True, "max_length": LONGEST,
        "per_device_train_batch_size": ROWS,
    },
    "SFTTrainer, packing, rows of two": {
        "trainer": "sft", "gradient_checkpointing": False, "packing": True, "max_length": LONGEST,
        "per_device_train_batch_size": 2,
    },
    "Trainer, bf16": {"trainer": "plain", "bf16": True},
}  # fmt: skip


@dataclass
class Way:
    """One way to train, in a process that waits for its turn."""

    name: str
    process: subprocess.Popen[str]
    said: Path
    steps: list[dict[str, float]] = field(default_factory=list)
    rest: float = 0.0

    def begin(self) -> None:
        """Wait until the model is loaded."""
        self.rest = self._hear()["resident"]

    def step(self) -> None:
        """Let it take one step."""
        if self.process.stdin is None:
            raise RuntimeError(f"{self.name}: nobody listens")
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        self.steps.append(self._hear())

    def _hear(self) -> dict[str, float]:
        if self.process.stdout is None:
            raise RuntimeError(f"{self.name}: nobody speaks")
        for line in self.process.stdout:
            if line.startswith('{"'):
                told: dict[str, float] = json.loads(line)
                return told
        said = self.said.read_text(encoding="utf-8")[-2000:]
        raise RuntimeError(f"{self.name} ended early: {said}")

    def loss_of_epoch(self, targets: int) -> float:
        """The mean loss per trained token of the first epoch, which holds so many of them."""
        seen, total = 0, 0.0
        for step in self.steps:
            if seen == targets:
                break
            seen += int(step["targets"])
            total += step["loss"] * step["targets"]
        if seen != targets:
            raise RuntimeError(f"{self.name}: {seen} trained tokens in an epoch, not {targets}")
        return total / seen

    def speed(self, clock: str) -> float:
        """The median of tokens per second over all steps but the first two."""
        return statistics.median(step["tokens"] / step[clock] for step in self.steps[2:])

    @property
    def growth(self) -> float:
        """MiB from the loaded model to the peak."""
        return (self.steps[-1]["peak"] - self.rest) / 2**20


def write_data(folder: Path, rows: int, vocab: int) -> int:
    """Random documents, the second half of each trained; how many tokens that are."""
    rng = np.random.default_rng(5)
    low, high = np.log2(LENGTHS)
    told, targets = [], 0
    for size in np.exp2(rng.uniform(low, high, rows)).astype(int):
        ids = rng.integers(6, vocab, size).tolist()
        ids[-1] = 2
        told.append({"ids": ids, "prompt": int(size) // 2})
        targets += int(size) - int(size) // 2
    (folder / "rows.json").write_text(json.dumps(told), encoding="utf-8")
    return targets


def write_random_base(folder: Path) -> int:
    """A Llama of 320 x 8 with random weights and the built-in tokenizer; its vocabulary."""
    import shutil

    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    from burnish.samples import base_model_path

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=3072, hidden_size=320, intermediate_size=864, num_hidden_layers=8,
        num_attention_heads=10, num_key_value_heads=5, tie_word_embeddings=True,
        max_position_embeddings=1024, bos_token_id=1, eos_token_id=2, pad_token_id=0,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copy(base_model_path() / name, folder / name)
    return int(config.vocab_size)


def ours(asked: dict[str, Any]) -> None:
    """The product's own loop, from `train`, which tells each step to somebody who makes it wait."""
    from collections.abc import Mapping
    from dataclasses import replace

    from train_peers import Turn

    from burnish.methods.training.examples import Example, TrainData
    from burnish.methods.training.loop import train
    from burnish.methods.training.records import EvalRecord, StepRecord, TrainPorts
    from burnish.methods.training.settings import TrainSettings
    from burnish.methods.training.speed_settings import SpeedSettings
    from burnish.methods.training.technique_settings import LoraSettings

    class Nowhere:
        def save(self, step: int, files: Mapping[str, bytes]) -> None:
            """Keep nothing."""

        def latest(self) -> None:
            """There is nothing."""

    turn = Turn()
    rows = [
        Example(str(n), np.array(row["ids"], np.int32), np.arange(len(row["ids"])) >= row["prompt"])
        for n, row in enumerate(asked["rows"])
    ]

    def watch(seen: StepRecord | EvalRecord) -> None:
        if isinstance(seen, StepRecord):
            turn.told(seen.loss or 0.0, seen.trained_tokens, seen.tokens)

    def should_stop() -> bool:
        turn.wait()
        return False

    settings = TrainSettings(
        technique=asked["technique"],
        lora=LoraSettings(16, 16, 0.0),
        learning_rate=0.0,
        epochs=1000,
        max_length=LONGEST,
        micro_batch=ROWS,
        precision="bf16",
        checkpoint_every=0,
        eval_every=0,
        device="cpu",
    )
    settings = replace(settings, speed=SpeedSettings(compile=asked["compile"]))
    data = TrainData(rows, [], 2, 0)
    ports = TrainPorts(Nowhere(), watch, should_stop, begun=lambda _: turn.wait())
    train(Path(asked["base"]), data, settings, ports, Path(asked["out"]))


def start(name: str, told: dict[str, Any], folder: Path, peer_python: str) -> Way:
    """Start the process of a way."""
    mine = name in OURS
    asked = {**told, **({} if mine else PEERS[name]), "out": str(folder / name.replace(" ", "-"))}
    asked["compile"] = name.endswith("compiled")
    if told["technique"] == "lora" and "defaults" not in name:
        asked["dtype"] = "bfloat16"  # a frozen base in half the memory, as ours
    script = HERE / ("train.py" if mine else "train_peers.py")
    command = [sys.executable if mine else peer_python, str(script)]
    said = folder / f"{name.replace(' ', '-')}.txt"
    process = subprocess.Popen(
        [*command, *(["--worker"] if mine else [])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=said.open("w", encoding="utf-8"),
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"},
    )
    if process.stdin is None:
        raise RuntimeError("nobody listens")
    process.stdin.write(json.dumps(asked) + "\n")
    process.stdin.flush()
    return Way(name, process, said)


def measure(
    names: Sequence[str], told: dict[str, Any], folder: Path, rounds: int, peer_python: str
) -> list[Way]:
    """All ways, their steps taken in turn."""
    with ExitStack() as ending:
        ways = [start(name, told, folder, peer_python) for name in names]
        for way in ways:
            ending.callback(way.process.kill)
        for way in ways:
            way.begin()
        for _ in range(rounds):
            for way in ways:
                way.step()
    return ways


def tell(ways: Sequence[Way], targets: int, heading: str) -> None:
    """One line for each way; stops where they did not learn from the same."""
    losses = {way.name: way.loss_of_epoch(targets) for way in ways}
    apart = max(losses.values()) - min(losses.values())
    if apart > LOSS_MAY_DIFFER:
        raise SystemExit(f"the ways disagree about the loss: {losses}")
    first = next((way for way in ways if "defaults" in way.name), ways[0])
    unit = first.speed("cpu")
    print(f"\n{heading}; losses agree to {apart:.1e} nats", flush=True)
    print("| way | tokens per CPU second | ratio | tokens per second | memory, MiB |")
    print("|---|---|---|---|---|")
    for way in ways:
        cpu, wall = way.speed("cpu"), way.speed("wall")
        print(f"| {way.name} | {cpu:.0f} | {cpu / unit:.2f} | {wall:.0f} | {way.growth:.0f} |")


def main() -> None:
    """Measure full and LoRA on both bases."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--peer-python", default="", help="a Python that has TRL; none: ours alone")
    asked.add_argument("--rounds", type=int, default=14)
    asked.add_argument("--rows", type=int, default=48)
    asked.add_argument("--base", choices=("random", "builtin", "both"), default="both")
    asked.add_argument("--technique", choices=("full", "lora", "both"), default="both")
    asked.add_argument("--compile", action="store_true", help="also with train.compile")
    asked.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.worker:
        told = json.loads(sys.stdin.readline())
        told["rows"] = json.loads(Path(told["data"]).read_text(encoding="utf-8"))
        return ours(told)
    from burnish.samples import base_model_path

    print(f"{date.today()}, {platform.processor() or platform.machine()}, one thread")
    names = [*OURS[: 1 + given.compile], *(PEERS if given.peer_python else ())]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        random = folder / "base"
        vocab = write_random_base(random)
        targets = write_data(folder, given.rows, vocab)
        bases = {"random": random, "builtin": base_model_path()}
        for base, technique in _chosen(given.base, given.technique):
            told = {
                "base": str(bases[base]),
                "technique": technique,
                "data": str(folder / "rows.json"),
            }
            ways = measure(names, told, folder, given.rounds, given.peer_python)
            tell(ways, targets, f"{base} base, {technique}")


def _chosen(base: str, technique: str) -> list[tuple[str, str]]:
    bases = ("random", "builtin") if base == "both" else (base,)
    techniques = ("full", "lora") if technique == "both" else (technique,)
    return [(one, other) for one in bases for other in techniques]


if __name__ == "__main__":
    main()

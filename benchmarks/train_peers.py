"""The rivals of `benchmarks/train.py`, each in a process of its own under its own Python.

Reads what to run as a line of JSON, then takes a step for every further line and tells what it
took: seconds of CPU and wall, real tokens, trained tokens, loss, and the peak of its memory.
"""

from __future__ import annotations

import importlib
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any


class Turn:
    """Waits for its turn, and tells what a step took, from turn to turn."""

    def __init__(self) -> None:
        self._began = (0.0, 0.0)
        self._told: dict[str, float] | None = None
        self._spoken = False

    def told(self, loss: float, targets: int, tokens: int) -> None:
        """What the step just taken learned from."""
        self._told = {"loss": loss, "targets": targets, "tokens": tokens}

    def wait(self) -> None:
        """Tell of the step before, and wait until the next may begin."""
        cpu, wall = time.process_time(), time.perf_counter()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        if self._told is not None:
            took = {"cpu": cpu - self._began[0], "wall": wall - self._began[1], "peak": peak}
            print(json.dumps({**self._told, **took}), flush=True)
        elif not self._spoken:
            print(json.dumps({"resident": resident()}), flush=True)
            self._spoken = True
        if not sys.stdin.readline():
            raise SystemExit
        self._began = (time.process_time(), time.perf_counter())


def resident() -> float:
    """Bytes of this process in memory now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
    return pages * float(resource.getpagesize())


def run(asked: dict[str, Any]) -> None:
    """Train by TRL or by transformers, one step a turn."""
    torch: Any = importlib.import_module("torch")
    transformers: Any = importlib.import_module("transformers")
    datasets: Any = importlib.import_module("datasets")
    torch.set_num_threads(1)
    rows = json.loads(Path(asked["data"]).read_text(encoding="utf-8"))
    data = datasets.Dataset.from_list(
        [
            {
                "input_ids": row["ids"],
                "labels": [-100] * row["prompt"] + row["ids"][row["prompt"] :],
            }
            for row in rows
        ]
    )
    turn, counts = Turn(), list[tuple[int, int]]()

    class Waits(transformers.TrainerCallback):  # type: ignore[misc]
        """A step may begin; the one before is over, with all that came after it."""

        def on_step_begin(self, *_: Any, **__: Any) -> None:
            """Wait."""
            turn.wait()

        def on_log(self, _args: Any, state: Any, _control: Any, logs: Any, **__: Any) -> None:
            """Keep the loss of the step."""
            if "loss" in logs:
                targets, tokens = counts[state.global_step - 1]
                turn.told(float(logs["loss"]), targets, tokens)

    trainer = made(asked, transformers, data)
    collate = trainer.data_collator

    def counted(given: Any) -> Any:
        batch = collate(given)
        mask = batch.get("attention_mask")
        tokens = batch["input_ids"].numel() if mask is None else int(mask.sum())
        counts.append((int((batch["labels"][:, 1:] != -100).sum()), tokens))
        return batch

    trainer.data_collator = counted
    trainer.remove_callback(transformers.PrinterCallback)
    trainer.add_callback(Waits())
    trainer.train()


def made(asked: dict[str, Any], transformers: Any, data: Any) -> Any:
    """The trainer that is asked for, with nothing but what its name says."""
    said = {k: v for k, v in asked.items() if k in SETTINGS}
    said = {
        "output_dir": asked["out"], "learning_rate": 0.0, "num_train_epochs": 1000,
        "logging_steps": 1, "save_strategy": "no", "report_to": [], "use_cpu": True,
        "disable_tqdm": True, "dataloader_pin_memory": False, **said,
    }  # fmt: skip
    lora = asked["technique"] == "lora"
    peft: Any = importlib.import_module("peft")
    adapter = peft.LoraConfig(
        r=16, lora_alpha=16, lora_dropout=0.0, target_modules="all-linear", task_type="CAUSAL_LM"
    )
    tokenizer = transformers.AutoTokenizer.from_pretrained(asked["base"])
    if asked["trainer"] == "sft":
        trl: Any = importlib.import_module("trl")
        return trl.SFTTrainer(
            model=asked["base"],
            args=trl.SFTConfig(
                **{**said, "model_init_kwargs": {"dtype": asked.get("dtype", "float32")}}
            ),
            train_dataset=data,
            processing_class=tokenizer,
            peft_config=adapter if lora else None,
        )
    model = transformers.AutoModelForCausalLM.from_pretrained(
        asked["base"], dtype=asked.get("dtype", "float32")
    )
    return transformers.Trainer(
        model=peft.get_peft_model(model, adapter) if lora else model,
        args=transformers.TrainingArguments(**said),
        train_dataset=data,
        data_collator=transformers.DataCollatorForSeq2Seq(tokenizer),
    )


SETTINGS = (
    "gradient_checkpointing",
    "packing",
    "max_length",
    "per_device_train_batch_size",
    "bf16",
)


if __name__ == "__main__":
    run(json.loads(sys.stdin.readline()))

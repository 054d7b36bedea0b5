"""The model that training starts from, and what identifies a run."""

import dataclasses
from pathlib import Path
from typing import Any

import peft
import torch
import transformers
from peft import LoraConfig
from torch import nn
from transformers import PreTrainedModel

from burnish.methods.models.load import CausalModel, Dtype, describe, load_base, random_like, wrap
from burnish.methods.training.examples import TrainData, digest
from burnish.methods.training.reproducible import pick_device
from burnish.methods.training.settings import TrainSettings

_NO_EFFECT = {"checkpoint_every", "keep_checkpoints", "base_name", "device"}


def starting_model(path: Path, settings: TrainSettings) -> PreTrainedModel:
    """The base at `path`, or the same configuration with random weights, on the CPU."""
    frozen_bf16 = settings.technique == "lora" and settings.precision == "bf16"
    dtype: Dtype = "bfloat16" if frozen_bf16 else "float32"
    if settings.from_scratch:
        return random_like(path, settings.seed, dtype=dtype)
    return load_base(path, dtype=dtype)


def trainable_model(path: Path, settings: TrainSettings) -> CausalModel:
    """The starting model on its device, wrapped by an adapter where the technique asks for one."""
    base = starting_model(path, settings)
    lora = settings.technique == "lora"
    model = wrap(base, lora_config(settings)) if lora else base
    nn.Module.to(model, pick_device(settings))
    return model


def lora_config(settings: TrainSettings) -> LoraConfig:
    """LoRA (Hu et al. 2021) as PEFT describes it; the output matrix is left alone."""
    lora = settings.lora
    targets = lora.targets
    return LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=targets if isinstance(targets, str) else sorted(targets),
        task_type="CAUSAL_LM",
    )


def fingerprint(path: Path, data: TrainData, settings: TrainSettings) -> dict[str, str]:
    """What must be equal for a checkpoint to be continued, each part under its own name."""
    return {
        "model": str(describe(path)["digest"]),
        "training data": digest(data.train),
        "validation data": digest(data.validation),
        "tokens": f"stop {data.stop_id}, pad {data.pad_id}",
        "libraries": f"torch {torch.__version__}, transformers {transformers.__version__}, "
        f"peft {peft.__version__}",
        "device": pick_device(settings).type,
        **{f"setting {name}": value for name, value in _settings(settings).items()},
    }


def _settings(settings: TrainSettings) -> dict[str, str]:
    fields: dict[str, Any] = dataclasses.asdict(settings)
    return {name: repr(value) for name, value in fields.items() if name not in _NO_EFFECT}

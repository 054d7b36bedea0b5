"""The model that training starts from, and what identifies a run."""

import dataclasses
from pathlib import Path
from typing import Any

import peft
import torch
import transformers
from torch import nn

from burnish.methods.models.load import CausalModel, describe
from burnish.methods.training.examples import TrainData, digest
from burnish.methods.training.reproducible import pick_device
from burnish.methods.training.settings import TrainSettings
from burnish.methods.training.techniques.table import BY_WORD

_NO_EFFECT = {
    *("checkpoint_every", "keep_checkpoints", "base_name", "device"),
    "gradient_checkpointing",  # the same to the bit
}


def trainable_model(
    path: Path, settings: TrainSettings, device: torch.device | None = None
) -> CausalModel:
    """The starting model on `device` (else its own), with the parameters that are trained.

    Raises ValueError for a model that the technique does not fit.
    """
    technique = BY_WORD[settings.technique]
    model = technique.dress(technique.base(path, settings), settings)
    nn.Module.to(model, device or pick_device(settings))
    return model


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

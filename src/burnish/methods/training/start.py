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

# Other numbers for new weights than for the dropout of the first step.
_NEW_WEIGHTS = 0x6E6577
_NO_EFFECT = {
    *("checkpoint_every", "keep_checkpoints", "base_name", "device"),
    "gradient_checkpointing",  # the same to the bit
}


def trainable_model(
    path: Path, settings: TrainSettings, device: torch.device | None = None
) -> CausalModel:
    """The starting model on `device` (else its own), with the parameters that are trained.

    New weights follow from the settings alone, so the start can be made again later; the caller's
    random state is kept. Raises ValueError for a model that the technique does not fit.
    """
    technique, place = BY_WORD[settings.technique], device or pick_device(settings)
    base = technique.base(path, settings)
    with torch.random.fork_rng(devices=[place] if place.type == "cuda" else []):
        torch.manual_seed(settings.seed ^ _NEW_WEIGHTS)
        model = technique.dress(base, settings)
    nn.Module.to(model, place)
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

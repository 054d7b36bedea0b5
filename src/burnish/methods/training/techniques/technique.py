"""What every technique does, and what several of them share."""

import json
import math
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import torch
from peft import PeftModel, get_peft_model_state_dict
from safetensors.torch import save
from torch import nn
from transformers import PreTrainedModel

from burnish.methods.models.load import (
    CausalModel,
    load_base,
    random_like,
    without_progress_bars,
)
from burnish.methods.training.settings import TrainSettings
from burnish.methods.training.technique_settings import frozen_type

_START = "start_of_training"


class Technique(Protocol):
    """A way to tune: which base it starts from, what it trains in it, and what it leaves behind."""

    def base(self, path: Path, settings: TrainSettings) -> PreTrainedModel:
        """The model at `path` as the technique wants it; raises ValueError for one it cannot."""

    def dress(self, base: PreTrainedModel, settings: TrainSettings) -> CausalModel:
        """`base` with exactly the parameters to be trained asking for gradients, those in fp32.

        Raises ValueError for a model that the technique does not fit.
        """

    def moved(self, model: CausalModel, path: Path, settings: TrainSettings) -> float:
        """The Frobenius norm of the change since the start, over all that was trained."""

    def write(self, model: CausalModel, settings: TrainSettings, base: Path, folder: Path) -> None:
        """Write what was trained into `folder`; equal weights give equal bytes."""


def starting_model(path: Path, settings: TrainSettings) -> PreTrainedModel:
    """The base at `path`, or the same configuration with random weights, on the CPU."""
    dtype = frozen_type(settings.technique, settings.precision, settings.lora.pissa)
    if settings.from_scratch:
        return random_like(path, settings.seed, dtype=dtype)
    return load_base(path, dtype=dtype)


def starting_folder(path: Path, settings: TrainSettings, room: Path) -> Path:
    """The folder of `starting_model`; `room` takes the random weights where there are any."""
    if not settings.from_scratch:
        return path
    with without_progress_bars():
        random_like(path, settings.seed).save_pretrained(room)
    return room


def hold_in_fp32(model: nn.Module) -> None:
    """Trained parameters in fp32: steps of a small rate would vanish in 16 bits."""
    for parameter in model.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.float()


def remember_start(model: nn.Module) -> None:
    """Keep a copy of the trained parameters with the model; it is in no state dictionary."""
    vars(model)[_START] = {name: plain(p).clone() for name, p in _trained(model)}


def start_of(model: nn.Module) -> Mapping[str, torch.Tensor]:
    """The trained parameters by name as they were at the start, on the CPU."""
    kept: Mapping[str, torch.Tensor] = vars(model)[_START]
    return kept


def distance(model: nn.Module) -> float:
    """The norm of the change of all trained parameters."""
    start = start_of(model)
    squares = ((plain(p) - start[name]).double().square().sum() for name, p in _trained(model))
    return math.sqrt(sum(map(float, squares)))


def plain(parameter: torch.Tensor) -> torch.Tensor:
    """The whole tensor on the CPU, without gradient, also of one that is spread over processes."""
    whole = getattr(parameter, "full_tensor", None)
    kept: torch.Tensor = (whole() if whole else parameter).detach().cpu()
    return kept


def count_parameters(model: nn.Module) -> int:
    """How many parameters `model` has; of those held in 4 bits, the number they stand for."""
    states = ((p, getattr(p, "quant_state", None)) for p in model.parameters())
    return sum(math.prod(state.shape) if state else p.numel() for p, state in states)


def adapter_config(model: PeftModel, base_name: str) -> dict[str, Any]:
    """The adapter's configuration as JSON values: no path of this machine, sets in sorted order."""
    config = model.peft_config["default"].to_dict()
    told = {k: sorted(v) if isinstance(v, set) else v for k, v in config.items()}
    return {**told, "base_model_name_or_path": base_name or None, "inference_mode": True}


def adapter_tensors(model: PeftModel) -> dict[str, torch.Tensor]:
    """The adapter's weights by the names of PEFT's files, sorted."""
    # never "auto": that asks the hub whether the vocabulary has grown
    state: dict[str, torch.Tensor] = get_peft_model_state_dict(model, save_embedding_layers=False)
    return {name: plain(state[name]).contiguous() for name in sorted(state)}


def write_adapter(
    config: Mapping[str, Any], tensors: Mapping[str, torch.Tensor], folder: Path
) -> None:
    """Write an adapter as PEFT reads it."""
    text = json.dumps(config, indent=2, sort_keys=True) + "\n"
    (folder / "adapter_config.json").write_text(text, encoding="utf-8")
    content = save(dict(tensors), metadata={"format": "pt"})
    (folder / "adapter_model.safetensors").write_bytes(content)


def as_adapter(model: CausalModel) -> PeftModel:
    """`model`, which PEFT has wrapped."""
    if not isinstance(model, PeftModel):
        raise TypeError("the model carries no adapter of PEFT")
    return model


def scratch_folder() -> tempfile.TemporaryDirectory[str]:
    """A folder for weights that are needed only to load them again."""
    return tempfile.TemporaryDirectory(prefix="burnish-start-")


def _trained(model: nn.Module) -> list[tuple[str, nn.Parameter]]:
    return [(name, p) for name, p in model.named_parameters() if p.requires_grad]

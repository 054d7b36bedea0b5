"""Low-rank adaptation (Hu et al. 2021), with its variants rsLoRA, DoRA and PiSSA."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig
from peft.tuners.lora import LoraLayer
from torch import nn
from transformers import PreTrainedModel
from transformers.pytorch_utils import Conv1D

from burnish.methods.models.layers import chosen_layers, decoder_layers, is_norm
from burnish.methods.models.load import CausalModel, wrap
from burnish.methods.training.settings import TrainSettings
from burnish.methods.training.technique_settings import LoraSettings, TechniqueRefused
from burnish.methods.training.techniques.technique import (
    adapter_config,
    adapter_tensors,
    as_adapter,
    hold_in_fp32,
    plain,
    remember_start,
    start_of,
    starting_model,
    write_adapter,
)

_PISSA: Any = "pissa_niter_16"
"""Sixteen power iterations in place of a whole decomposition (Meng et al. 2024, section 4)."""


class Lora:
    """Two small matrices beside each chosen linear layer."""

    def base(self, path: Path, settings: TrainSettings) -> PreTrainedModel:
        """The base, in bf16 where the training is."""
        return starting_model(path, settings)

    def dress(self, base: PreTrainedModel, settings: TrainSettings) -> CausalModel:
        """The base wrapped by PEFT; raises ValueError for targets that are not there."""
        model = wrap(base, lora_config(base, settings.lora))
        if settings.lora.pissa:
            _require_whole_parts(model, settings.lora.rank)
        hold_in_fp32(model)
        remember_start(model)
        return model

    def moved(self, model: CausalModel, path: Path, settings: TrainSettings) -> float:
        """The norm of the merged update, scaling included, and of what is trained beside it."""
        start = start_of(model)
        with torch.no_grad():
            update = sum(float(d.square().sum()) for d in _updates(model, start))
            beside = (
                float((plain(p) - start[name]).double().square().sum())
                for name, p in model.named_parameters()
                if p.requires_grad and ".lora_A." not in name and ".lora_B." not in name
            )
            return math.sqrt(update + sum(beside))

    def write(self, model: CausalModel, settings: TrainSettings, base: Path, folder: Path) -> None:
        """The adapter for the base as it is published, whatever it started from."""
        adapter = as_adapter(model)
        config, tensors = adapter_config(adapter, settings.base_name), adapter_tensors(adapter)
        if settings.lora.pissa:
            config, tensors = for_the_original(config, tensors, start_of(model))
        write_adapter(config, tensors, folder)


def lora_config(base: PreTrainedModel, lora: LoraSettings) -> LoraConfig:
    """LoRA as PEFT describes it; the output matrix is left alone unless it is named."""
    targets: Any = lora.targets if isinstance(lora.targets, str) else sorted(lora.targets)
    chosen = None
    if lora.layers:
        _, layers = decoder_layers(base)
        chosen = chosen_layers(lora.layers, len(layers))
        if targets == "all-linear":
            targets = sorted({leaf for n in chosen for leaf in _linear(layers[n])})
    return LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=targets,
        layers_to_transform=chosen,
        modules_to_save=_norms(base, chosen) if lora.norms else None,
        use_rslora=lora.rslora,
        use_dora=lora.dora,
        init_lora_weights=_PISSA if lora.pissa else True,
        task_type="CAUSAL_LM",
    )


def for_the_original(
    config: Mapping[str, Any], tensors: Mapping[str, torch.Tensor], start: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """A trained PiSSA adapter as one of twice the rank for the weights that it started from.

    PiSSA trains W - s B0 A0 + s B A. That is W + s [B, -B0] [A; A0], s the scale of the trained
    adapter (Meng et al. 2024, appendix C).
    """
    rank = int(config["r"])
    scale = config["lora_alpha"] / (math.sqrt(rank) if config["use_rslora"] else rank)
    old = {name.replace(".default.", "."): tensor for name, tensor in start.items()}
    doubled = {}
    for name, tensor in tensors.items():
        if ".lora_A." in name:
            tensor = torch.cat([tensor, old[name]], dim=0)
        elif ".lora_B." in name:
            tensor = torch.cat([tensor, -old[name]], dim=1)
        doubled[name] = tensor
    told = {"r": 2 * rank, "lora_alpha": scale * 2 * rank, "use_rslora": False}
    return {**config, **told, "init_lora_weights": True}, doubled


def _updates(model: CausalModel, start: Mapping[str, torch.Tensor]) -> Iterator[torch.Tensor]:
    """What every layer's matrices add to its weights now, less what they added at the start."""
    for name, module in model.named_modules():
        if not isinstance(module, LoraLayer):
            continue
        layer: Any = module
        first = start[f"{name}.lora_B.default.weight"].double()
        if not bool(first.any()):
            yield plain(layer.get_delta_weight("default")).double()
            continue
        second = start[f"{name}.lora_A.default.weight"].double()
        now = [plain(part["default"].weight).double() for part in (layer.lora_B, layer.lora_A)]
        yield (now[0] @ now[1] - first @ second) * layer.scaling["default"]


def _require_whole_parts(model: CausalModel, rank: int) -> None:
    for name, module in model.named_modules():
        layer: Any = module
        if isinstance(module, LoraLayer) and len(layer.lora_A["default"].weight) < rank:
            raise TechniqueRefused(
                f"lora.rank {rank} is larger than a side of {name.rpartition('.')[2]}, which has "
                "no so many parts that pissa could start from; lower lora.rank"
            )


def _linear(layer: nn.Module) -> Iterator[str]:
    for name, module in layer.named_modules():
        if isinstance(module, nn.Linear | Conv1D):
            yield name.rpartition(".")[2]


def _norms(base: PreTrainedModel, chosen: list[int] | None) -> list[str]:
    """Full names of the norms in the chosen layers; with all layers also those outside."""
    prefix = "" if chosen is None else decoder_layers(base)[0]
    places = ("",) if chosen is None else tuple(f"{prefix}.{number}." for number in chosen)
    named = base.named_modules()
    return [name for name, module in named if is_norm(module) and name.startswith(places)]

"""Bottleneck adapters: two small matrices with a bend between, put behind the blocks of a layer.

Houlsby et al. 2019, "Parameter-Efficient Transfer Learning for NLP", section 2.1: one behind the
attention and one behind the feed-forward block, each before the block's result joins the residual
stream, near the identity at the start. Pfeiffer et al. 2021, "AdapterFusion", section 3: the one
behind the feed-forward block alone. The layer norms stay as they are. Here the second matrix
starts at zero, so that the adapted model starts as exactly its base.

A folder of adapters holds ``bottleneck_config.json`` and ``bottleneck_model.safetensors``.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors.torch import load, save
from torch import nn
from torch.nn import functional

from burnish.methods.models.files import UnsafeModel
from burnish.methods.models.layers import decoder_layers

CONFIG, WEIGHTS = "bottleneck_config.json", "bottleneck_model.safetensors"
Kind = Literal["houlsby", "pfeiffer"]
_ATTENTION = ("self_attn", "attn", "attention", "self_attention", "linear_attn")
_FEED_FORWARD = ("mlp", "feed_forward", "ffn", "block_sparse_moe", "moe")
_BENDS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "relu": functional.relu,
    "gelu": functional.gelu,
    "silu": functional.silu,
}
_START = 1e-2
_NAME = "bottleneck"


@dataclass(frozen=True)
class BottleneckConfig:
    """Where the adapters sit, and the width between their two matrices."""

    kind: Kind
    width: int
    activation: Literal["relu", "gelu", "silu"] = "relu"
    dropout: float = 0.0


class Bottleneck(nn.Module):
    """h + up(bend(down(h))), h of shape (..., model width); the identity until `up` is trained."""

    def __init__(self, model_width: int, config: BottleneckConfig) -> None:
        super().__init__()
        self.down = nn.Linear(model_width, config.width)
        self.up = nn.Linear(config.width, model_width)
        self.bend = _BENDS[config.activation]
        self.drop = nn.Dropout(config.dropout)
        self.on = True
        nn.init.trunc_normal_(self.down.weight, std=_START, a=-2 * _START, b=2 * _START)
        for zero in (self.down.bias, self.up.weight, self.up.bias):
            nn.init.zeros_(zero)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """The adapted states, in the type in which they came."""
        if not self.on:
            return hidden
        inner = self.bend(self.down(hidden.to(self.down.weight.dtype)))
        added: torch.Tensor = self.up(self.drop(inner))
        return hidden + added.to(hidden.dtype)


def add_bottlenecks(model: nn.Module, config: BottleneckConfig) -> None:
    """Put new adapters into `model` and freeze the rest of it.

    Raises ValueError for an architecture whose blocks are not found.
    """
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    described: Any = getattr(model, "config", None)
    width = int(described.get_text_config().hidden_size)
    _, layers = decoder_layers(model)
    for number, layer in enumerate(layers):
        blocks = [_block(layer, number, _FEED_FORWARD)]
        if config.kind == "houlsby":
            blocks.insert(0, _block(layer, number, _ATTENTION))
        for block in blocks:
            device = next(block.parameters()).device
            block.add_module(_NAME, Bottleneck(width, config).to(device))
            block.register_forward_hook(_adapted)
    vars(model)["bottleneck_config"] = config


def bottlenecks(model: nn.Module) -> dict[str, Bottleneck]:
    """The adapters of `model` by name, in the order of its layers; empty for a model without."""
    return {name: m for name, m in model.named_modules() if isinstance(m, Bottleneck)}


@contextmanager
def switched_off(model: nn.Module) -> Iterator[None]:
    """Run the block with the base alone: no adapter computes anything."""
    adapters = list(bottlenecks(model).values())
    before = [adapter.on for adapter in adapters]
    try:
        for adapter in adapters:
            adapter.on = False
        yield
    finally:
        for adapter, was in zip(adapters, before, strict=True):
            adapter.on = was


def write_bottlenecks(model: nn.Module, base_name: str, folder: Path) -> None:
    """Write the adapters of `model` into `folder`; equal weights give equal bytes."""
    told = {**asdict(vars(model)["bottleneck_config"]), "base_model": base_name or None}
    text = json.dumps(told, indent=2, sort_keys=True) + "\n"
    (folder / CONFIG).write_text(text, encoding="utf-8")
    tensors = {
        f"{place}.{name}": tensor.detach().float().cpu().contiguous()
        for place, adapter in sorted(bottlenecks(model).items())
        for name, tensor in sorted(adapter.state_dict().items())
    }
    (folder / WEIGHTS).write_bytes(save(tensors, metadata={"format": "pt"}))


def read_bottlenecks(model: nn.Module, folder: Path) -> None:
    """Put the adapters in `folder` into `model`, frozen.

    Raises UnsafeModel when the files are damaged or belong to a model of another shape.
    """
    config = _config(json.loads((folder / CONFIG).read_text(encoding="utf-8")), folder)
    tensors = load((folder / WEIGHTS).read_bytes())
    add_bottlenecks(model, config)
    own = {f"{place}.{name}": p for place, a in bottlenecks(model).items()
           for name, p in a.named_parameters()}  # fmt: skip
    if {n: t.shape for n, t in tensors.items()} != {n: p.shape for n, p in own.items()}:
        raise UnsafeModel(f"{folder} holds adapters of a model of another shape")
    with torch.no_grad():
        for name, parameter in own.items():
            parameter.copy_(tensors[name])
            parameter.requires_grad_(False)


def _config(told: Any, folder: Path) -> BottleneckConfig:
    try:
        told.pop("base_model")
        config = BottleneckConfig(**told)
    except (AttributeError, KeyError, TypeError) as wrong:
        raise UnsafeModel(f"{folder / CONFIG} does not describe bottleneck adapters") from wrong
    known = config.kind in ("houlsby", "pfeiffer") and config.activation in _BENDS
    if not known or not isinstance(config.width, int) or config.width < 1:
        raise UnsafeModel(f"{folder / CONFIG} names a kind, activation or width that is not known")
    return config


def _block(layer: nn.Module, number: int, names: tuple[str, ...]) -> nn.Module:
    found = [child for name, child in layer.named_children() if name in names]
    if len(found) != 1:
        has = ", ".join(name for name, _ in layer.named_children())
        raise ValueError(
            f"layer {number} of this architecture has no single block among {', '.join(names)} "
            f"(it has {has}), so there is no place for a bottleneck adapter; take technique lora"
        )
    return found[0]


def _adapted(block: nn.Module, _inputs: Any, output: Any) -> Any:
    """Reads the adapter off the block, so that a copy of a model has hooks of its own."""
    adapter = block.get_submodule(_NAME)
    if isinstance(output, tuple):
        return (adapter(output[0]), *output[1:])
    return adapter(output)

"""The work that a training asks of a machine, and what the machine can do.

Model FLOPs are what the mathematics needs, not what is executed: activations that checkpointing
computes again do not count (Chowdhery et al. 2022, "PaLM", appendix B, tell MFU and hardware FLOPs
apart; Narayanan et al. 2021, "Efficient Large-Scale Language Model Training on GPU Clusters",
count the terms). A product of matrices with N weights takes 2 N per token forward, 2 N for the
gradient of its input, and 2 N for that of its weights only where they are trained.
"""

import math
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import nn
from transformers import PreTrainedModel

from burnish.methods.models.load import CausalModel
from burnish.methods.training.settings import Precision

_DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}
_SIDE, _TRIES = 512, 4
NONE = 1 << 30


@dataclass(frozen=True)
class Arithmetic:
    """Model FLOPs of a token in the layers (`body`), of a trained token in the head (`head`),
    and of a token in the attention over its document (`attention`, a mean over the data).
    """

    body: float
    head: float
    attention: float


@dataclass(frozen=True)
class Device:
    """What one rank computes on: its name, and the speed of large matrix products on it.

    `measured` is in FLOP/s at the precision of the training: what a product of square matrices
    reached here, once, before the first step.
    """

    name: str
    measured: float


def arithmetic(model: CausalModel, lengths: Iterable[int]) -> Arithmetic:
    """The model FLOPs of one token of documents of these lengths, forward and backward.

    The input embedding is looked up and multiplies nothing. Below the first layer that trains
    anything no gradient flows. Causal attention does half of a full one.
    """
    vocabulary = {id(p) for p in _head_weights(model)}
    layers: dict[int, list[tuple[int, bool]]] = {}
    for name, parameter in model.named_parameters():
        if id(parameter) not in vocabulary and parameter.ndim > 1:
            layers.setdefault(_layer(name), []).append((_numbers(parameter), _trains(parameter)))
    lowest = min(
        (layer for layer, found in layers.items() if any(t for _, t in found)), default=NONE
    )
    body = sum(
        count * (2 + 2 * (layer >= lowest) + 2 * trained)
        for layer, found in layers.items()
        for count, trained in found
    )
    head = max((_numbers(p) for p in _head_weights(model)), default=0)
    trained_head = any(_trains(p) for p in _head_weights(model))
    config = cast(PreTrainedModel, model).config.get_text_config()
    width = config.hidden_size * config.num_hidden_layers
    return Arithmetic(
        body=float(body),
        head=float(head * (4 + 2 * trained_head)),
        attention=6.0 * width * _mean_reach(list(lengths)),
    )


def device_of(device: torch.device, precision: Precision) -> Device:
    """The device's name, and its measured speed; no random number is drawn."""
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
    side = _SIDE if device.type == "cpu" else 8 * _SIDE
    one = torch.full((side, side), 0.5, device=device, dtype=_DTYPES[precision])
    best = min(_timed(one) for _ in range(_TRIES))
    return Device(name, 2 * side**3 / max(best, 1e-9))


def _timed(square: torch.Tensor) -> float:
    began = time.perf_counter()
    product = square @ square
    if product.is_cuda:
        torch.cuda.synchronize(product.device)
    return time.perf_counter() - began


def _head_weights(model: CausalModel) -> list[nn.Parameter]:
    """The input embedding and the output matrix; often one and the same."""
    inner = cast(PreTrainedModel, model)  # PEFT hands both questions on to the model inside
    head = inner.get_output_embeddings()  # type: ignore[no-untyped-call]
    found = [inner.get_input_embeddings(), head]
    return [p for module in found if module is not None for p in module.parameters()]


def _layer(name: str) -> int:
    """The number of a parameter's layer; what is in none (a prompt) stands before all layers."""
    numbers = [part for part in name.split(".") if part.isdigit()]
    return int(numbers[0]) if numbers else -1


def _numbers(parameter: nn.Parameter) -> int:
    """How many weights a parameter holds; a quantised one packs several into a number."""
    state = getattr(parameter, "quant_state", None)
    return math.prod(state.shape) if state is not None else parameter.numel()


def _trains(parameter: nn.Parameter) -> bool:
    return parameter.requires_grad


def _mean_reach(lengths: Sequence[int]) -> float:
    """The mean length of the document that a token stands in."""
    total = sum(lengths)
    return sum(length**2 for length in lengths) / total if total else 0.0

"""Gradient checkpointing: activations of each layer worked out twice instead of kept.

Chen et al. 2016 ("Training Deep Nets with Sublinear Memory Cost"), by PyTorch's non-reentrant
form. The same kernels run on the same numbers with the same dropout, so the result is the same
to the bit, and whether it is on may differ between a run and its resumption.
"""

from typing import Any

import torch
from torch import nn

from burnish.methods.models.load import CausalModel
from burnish.methods.training.settings import TrainSettings

# Of the memory that is free, what the rest (logits, workspaces, fragmentation) is left.
_SHARE = 0.6
_LEARNED_IN_FRONT = "prefix"


def recompute(model: CausalModel, settings: TrainSettings, device: torch.device) -> bool:
    """Turn checkpointing on where it is asked for, or needed and "auto"; says whether it is on.

    Raises ValueError where it is asked for and the model or the technique cannot have it.
    """
    wanted = settings.gradient_checkpointing
    fault = _fault(model, settings)
    if wanted is True and fault:
        raise ValueError(f"gradient_checkpointing: {fault}; set it to auto or false")
    if wanted is False or fault or (wanted == "auto" and _fits(model, settings, device)):
        return False
    enable: Any = model.activation_checkpointing_enable
    enable({"use_reentrant": False})
    return True


def _fault(model: CausalModel, settings: TrainSettings) -> str:
    if settings.technique == _LEARNED_IN_FRONT:
        return "a prefix stands in front of the keys of each layer; a second pass adds it again"
    if not getattr(model, "supports_gradient_checkpointing", False):
        return "the model cannot work its layers out twice"
    return ""


def _fits(model: CausalModel, settings: TrainSettings, device: torch.device) -> bool:
    """Whether the activations of a full micro-batch find room beside weights and moments.

    34 bytes for each token, layer and unit of width in 16 bits (Korthikanti et al. 2022, "Reducing
    Activation Recomputation in Large Transformer Models", section 4.1), and some 2.5 times as much
    in this loop's mixed arithmetic. On the CPU main memory is taken to suffice.
    """
    if device.type != "cuda":
        return True
    text = model.config.get_text_config()
    tokens = settings.micro_batch * settings.max_length
    activations = 85 * tokens * int(text.num_hidden_layers) * int(text.hidden_size)
    trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
    free = torch.cuda.mem_get_info()[0] - 12 * trained // settings.parallel.ranks
    return activations < _SHARE * free


def is_on(model: nn.Module) -> bool:
    """Whether any layer is worked out twice."""
    return any(getattr(module, "gradient_checkpointing", False) for module in model.modules())

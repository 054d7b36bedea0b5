"""Faster layers: translated by torch.compile, or with Liger's kernels in them."""

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import torch
from peft import PeftModel
from torch import nn

from burnish.methods.models.load import CausalModel
from burnish.methods.training.examples import Example
from burnish.methods.training.forward import Forward
from burnish.methods.training.isolation import lay_flat
from burnish.methods.training.settings import TrainSettings

SHAPES = 8
"""Lengths that a micro-batch may have; each is translated once."""
_DYNAMO: Any = torch._dynamo


def lay_out(forward: Forward, examples: Sequence[Example], settings: TrainSettings) -> None:
    """Lay documents as the model takes them fastest, and translate its layers where asked for.

    A private training keeps an example to a row, since its gradient is taken row by row. Raises
    ValueError where layers are to be translated and cannot be.
    """
    if settings.privacy is None:
        lay_flat(forward, examples)
    if settings.speed.compile:
        compile_layers(forward, settings)


def compile_layers(forward: Forward, settings: TrainSettings, backend: str = "inductor") -> int:
    """Translate the model's layers, one text for all of them; how many there are.

    Each micro-batch is padded to one of `SHAPES` lengths, and evaluation stays as it was, so the
    number of translations is bounded and a resumed run has the same ones. Parameters keep their
    names. Raises ValueError for a model whose layers cannot be found or laid flat.
    """
    if settings.parallel.sharded:
        raise ValueError(
            "compile and sharded weights (train.parallel) do not go together; set one of them off"
        )
    if not forward.flat:
        raise ValueError(
            "compile needs attention that takes documents end to end, and this model's does not; "
            "set train.compile to false"
        )
    found = _layers(forward.model)
    if not found:
        raise ValueError("compile finds no layers in this model; set train.compile to false")
    whole = settings.max_length * settings.micro_batch
    forward.multiple = max(1, -(-whole // SHAPES))
    # Beyond its limit torch would leave layers untranslated, in an order that a resumed run has not
    _DYNAMO.config.recompile_limit = max(_DYNAMO.config.recompile_limit, 4 * SHAPES)
    for layer in found:
        layer.compile(dynamic=False, backend=backend)
    return len(found)


def use_kernels(model: CausalModel, settings: TrainSettings, device: torch.device) -> None:
    """Put Liger's norm, rotation and gate into `model` where they are asked for; the loss is ours.

    Raises ValueError without a GPU or the package, and for a model that Liger does not know.
    """
    if settings.speed.kernels == "torch":
        return
    if device.type != "cuda" or find_spec("liger_kernel") is None:
        raise ValueError(
            "kernels liger needs a GPU and the package liger-kernel (pip install "
            "'burnish[kernels]'); set train.kernels to torch"
        )
    liger: Any = import_module("liger_kernel.transformers.monkey_patch")
    kind = getattr(model.config, "model_type", "")
    if kind not in liger.MODEL_TYPE_TO_APPLY_LIGER_FN:
        raise ValueError(f"Liger has no kernels for {kind}; set train.kernels to torch")
    inner = model.get_base_model() if isinstance(model, PeftModel) else model
    liger._apply_liger_kernel_to_instance(
        model=inner, cross_entropy=False, fused_linear_cross_entropy=False
    )


def _layers(model: nn.Module) -> list[nn.Module]:
    """The layers of the stack: the modules that transformers would not split over devices."""
    inner = model.get_base_model() if isinstance(model, PeftModel) else model
    names = set(getattr(inner, "_no_split_modules", None) or ())
    return [module for module in inner.modules() if type(module).__name__ in names]

"""How many weights each technique trains, counted from the shape of the model alone."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from burnish.methods.training.forecast.shape import ModelShape, Tensor
from burnish.methods.training.technique_settings import (
    FreezeSettings,
    LoraSettings,
    PrefixSettings,
    Technique,
    TechniqueOptions,
)

_KEYS = ("k_proj", "v_proj", "key", "value", "query_key_value", "c_attn", "qkv_proj", "Wqkv")
_INNER = ("down_proj", "fc2", "dense_4h_to_h", "c_proj", "wo", "w2")
_HEAD = ("lm_head", "embed_out", "output")
_EMBEDDING = ("embed", "wte", "wpe")


def trainable(
    shape: ModelShape, technique: Technique, lora: LoraSettings, options: TechniqueOptions
) -> int:
    """Weights that are trained. IA3 and freezing by pattern are counted by the usual names."""
    if technique == "full":
        return shape.parameters
    if technique == "freeze":
        return sum(t.numbers for t in shape.tensors if _thawed(t, shape, options.freeze))
    if technique in ("lora", "qlora"):
        return _low_rank(shape, lora)
    if technique == "prefix":
        return _prefix(shape, options.prefix)
    if technique == "prompt":
        return options.prompt.tokens * shape.width
    if technique == "ia3":
        return _scales(shape, options.ia3.targets)
    return _bottlenecks(shape, technique, options.bottleneck.reduction)


def _low_rank(shape: ModelShape, lora: LoraSettings) -> int:
    """The rank times (inputs + outputs) of each target; DoRA a norm for each output besides."""
    targets = [t for t in shape.matrices if _targeted(t, lora, shape.layers)]
    low = sum(lora.rank * sum(t.shape[-2:]) * _stacked(t) for t in targets)
    if lora.dora:
        low += sum(_sides(t)[1] * _stacked(t) for t in targets)
    if lora.norms:
        chosen = _chosen(lora.layers, shape.layers)
        norms = (t for t in shape.tensors if "norm" in t.name or ".ln_" in t.name)
        low += sum(t.numbers for t in norms if not chosen or t.layer in chosen)
    return low


def _targeted(tensor: Tensor, lora: LoraSettings, layers: int) -> bool:
    chosen = _chosen(lora.layers, layers)
    if chosen and tensor.layer not in chosen:
        return False
    if lora.targets == "all-linear":
        return True
    if isinstance(lora.targets, str):
        return fnmatchcase(tensor.kind, lora.targets)
    return tensor.kind in lora.targets


def _chosen(numbers: Sequence[int], layers: int) -> set[int]:
    return {number % layers for number in numbers}


def _stacked(tensor: Tensor) -> int:
    """Experts that are kept in one tensor."""
    return tensor.numbers // (tensor.shape[-1] * tensor.shape[-2])


def _thawed(tensor: Tensor, shape: ModelShape, freeze: FreezeSettings) -> bool:
    if tensor.layer is None:
        if any(name in tensor.name for name in _HEAD):
            return freeze.head
        return freeze.embeddings if any(n in tensor.name for n in _EMBEDDING) else freeze.norm
    skipped = freeze.first or 0
    if freeze.last is not None:
        skipped = shape.layers - freeze.last
    matches = not freeze.patterns or any(fnmatchcase(tensor.name, p) for p in freeze.patterns)
    return tensor.layer >= skipped and matches


def _prefix(shape: ModelShape, prefix: PrefixSettings) -> int:
    """Keys and values of each layer; through a network of the width of a key, that network."""
    each = shape.layers * 2 * shape.key_value
    if not prefix.projection:
        return prefix.tokens * each
    inner = shape.key_value
    return prefix.tokens * inner + inner * (inner + 1) + each * (inner + 1)


def _scales(shape: ModelShape, targets: Sequence[str]) -> int:
    """A number for each output of keys and values, and for each input of the inner layer."""
    chosen = [t for t in shape.matrices if t.kind in (targets or (*_KEYS, *_INNER))]
    inner = [t for t in chosen if t.kind in _INNER and ".attn." not in t.name]
    return sum(_sides(t)[0] for t in inner) + sum(
        _sides(t)[1] for t in chosen if t.kind not in _INNER
    )


def _sides(tensor: Tensor) -> tuple[int, int]:
    """Inputs and outputs of a linear layer; GPT-2 keeps its matrices the other way round."""
    outputs, inputs = tensor.shape[-2:]
    return (outputs, inputs) if tensor.kind.startswith("c_") else (inputs, outputs)


def _bottlenecks(shape: ModelShape, technique: Technique, reduction: int) -> int:
    """Down, up and their biases; after attention and feed-forward (Houlsby), or the latter only."""
    narrow = max(1, shape.width // reduction)
    each = 2 * shape.width * narrow + narrow + shape.width
    return shape.layers * each * (2 if technique == "houlsby" else 1)

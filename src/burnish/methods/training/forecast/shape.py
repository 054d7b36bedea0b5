"""What a model is made of, read from its configuration and the headers of its weights alone."""

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_NUMBERED = re.compile(r"(?:^|\.)(\d+)\.")
_MOST_HEADER = 100 << 20


@dataclass(frozen=True)
class Tensor:
    """A tensor of the weights: its name, its shape, and the layer it is in (None: in none)."""

    name: str
    shape: tuple[int, ...]
    layer: int | None

    @property
    def numbers(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)

    @property
    def kind(self) -> str:
        """The name of its module, as adapters target it: `q_proj`, `down_proj`, `c_attn`."""
        return self.name.removesuffix(".weight").rpartition(".")[2]


@dataclass(frozen=True)
class ModelShape:
    """The sizes of a causal model.

    `tensors` are all of its weights. `width` is that of the residual stream, `key_value` the
    numbers of a key (or a value) of one token in one layer. `active` is the share of the layers'
    weights that a token passes (below 1 for a mixture of experts).
    """

    tensors: tuple[Tensor, ...]
    layers: int
    width: int
    vocabulary: int
    key_value: int
    feed_forward: int
    active: float = 1.0

    @property
    def parameters(self) -> int:
        """All weights; a matrix that serves as embedding and output counts once."""
        return sum(t.numbers for t in self.tensors)

    @property
    def matrices(self) -> tuple[Tensor, ...]:
        """The linear layers inside the layers, which is what adapters attach to."""
        return tuple(t for t in self.tensors if t.layer is not None and len(t.shape) >= 2)

    @property
    def body(self) -> int:
        """Weights of the matrices inside the layers."""
        return sum(t.numbers for t in self.matrices)

    @property
    def head(self) -> int:
        """Weights of the output matrix, which may be the embedding too."""
        return self.vocabulary * self.width


def shape_of(folder: Path) -> ModelShape:
    """The shape of the model in `folder`; no weight is read and no heavy library loaded.

    Raises ValueError for a folder without configuration or weights, or with sizes that are not
    where a causal language model has them.
    """
    config = _text_config(folder)
    tensors = tuple(_tensors(folder))
    if not tensors:
        raise ValueError(f"{folder} holds no *.safetensors weights")
    width = _size(config, "hidden_size", "n_embd", "d_model")
    layers = _size(config, "num_hidden_layers", "n_layer", "num_layers")
    heads = _size(config, "num_attention_heads", "n_head", "num_heads")
    few = config.get("num_key_value_heads") or (1 if config.get("multi_query") else heads)
    return ModelShape(
        tensors=tensors,
        layers=layers,
        width=width,
        vocabulary=_size(config, "vocab_size"),
        key_value=int(few) * int(config.get("head_dim") or width // heads),
        feed_forward=int(config.get("intermediate_size") or config.get("n_inner") or 4 * width),
        active=_active(config, tensors),
    )


def _text_config(folder: Path) -> Mapping[str, Any]:
    path = folder / "config.json"
    if not path.is_file():
        raise ValueError(f"{folder} holds no config.json: it is not a Hugging Face model folder")
    read = json.loads(path.read_text(encoding="utf-8"))
    inner = read.get("text_config")
    found: Mapping[str, Any] = inner if isinstance(inner, dict) else read
    return found


def _size(config: Mapping[str, Any], *names: str) -> int:
    found = next((config[name] for name in names if config.get(name)), None)
    if not isinstance(found, int) or found < 1:
        raise ValueError(f"config.json of the base model gives no {names[0]}")
    return found


def _tensors(folder: Path) -> Iterator[Tensor]:
    for path in sorted(folder.glob("*.safetensors")):
        for name, shape in sorted(_header(path).items()):
            number = _NUMBERED.search(name)
            yield Tensor(name, shape, int(number[1]) if number else None)


def _header(path: Path) -> dict[str, tuple[int, ...]]:
    """Shapes by name; the format is eight bytes of length, then JSON (safetensors)."""
    with path.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        if length > _MOST_HEADER:
            raise ValueError(f"{path.name} is no safetensors file: its header has {length} bytes")
        header = json.loads(stream.read(length))
    return {name: tuple(entry["shape"]) for name, entry in header.items() if name != "__metadata__"}


def _active(config: Mapping[str, Any], tensors: tuple[Tensor, ...]) -> float:
    """The share of the layers' weights that one token passes."""
    names = ("num_local_experts", "num_experts", "n_routed_experts")
    experts = next((int(config[name]) for name in names if config.get(name)), 0)
    chosen = config.get("num_experts_per_tok")
    body = sum(t.numbers for t in tensors if t.layer is not None)
    routed = sum(t.numbers for t in tensors if ".experts." in t.name)
    if not experts or not chosen or not body:
        return 1.0
    return 1 - routed / body * (1 - int(chosen) / experts)

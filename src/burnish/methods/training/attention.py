"""Attention within documents that lie end to end in one row: no mask, no padding.

Registered with transformers under `NAME`. A forward that is told where the documents begin
(`document_bounds`, `longest_document`) attends within each of them; without, it is plain sdpa.
On CUDA it is one call of the variable-length flash attention in torch
(`torch.nn.attention.varlen`); on the CPU each document goes through torch's flash attention alone,
so that work grows with the documents' squared lengths and not with the row's.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import torch
from torch.nn import functional
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import repeat_kv, sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

NAME = "burnish_documents"
FLASH_HEAD = 256
"""The widest head that flash attention takes."""

_ATEN: Any = torch.ops.aten
_OWN = ("softcap", "s_aux", "position_bias", "cache")


def attend(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    **told: Any,
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Causal attention; query, key, value of shape (rows, heads, tokens, width of a head).

    Raises ValueError, where documents are told, for kinds of attention that would be lost:
    capped scores, sinks, learned biases, other than causal.
    """
    bounds = told.get("document_bounds")
    if bounds is None:
        return sdpa_attention_forward(module, query, key, value, attention_mask, **told)
    lost = [name for name in _OWN if told.get(name) is not None]
    if lost or told.get("is_causal") is False or not getattr(module, "is_causal", True):
        raise ValueError(f"attention with {', '.join(lost) or 'a view ahead'} takes no documents")
    query, key, value = _one_type(query, key, value)
    scale = told.get("scaling") or query.shape[-1] ** -0.5
    how = _How(bounds, int(told.get("sliding_window") or 0), scale)
    if told.get("dropout"):
        out = _with_dropout((query, key, value), how, told["dropout"])
    elif query.is_cuda:
        out = _flash((query, key, value), how, told["longest_document"])
    else:
        out = document_attention(query, key, value, *how)[0]
    return out.transpose(1, 2), None


class _How(NamedTuple):
    """Where documents begin and the last ends, tokens seen back (0: all), factor of the scores."""

    bounds: torch.Tensor
    window: int
    scale: float


def register() -> None:
    """Make the attention known to transformers; masks are made as for sdpa."""
    AttentionInterface.register(NAME, attend)
    AttentionMaskInterface.register(NAME, sdpa_mask)


def _one_type(*given: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """All in one type, as autocast would have it before attention."""
    kind = given[0].device.type
    wanted = torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else given[2].dtype
    return tuple(tensor.to(wanted) for tensor in given)


def _flash(given: Sequence[torch.Tensor], how: _How, longest: int) -> torch.Tensor:
    from torch.nn.attention.varlen import varlen_attn

    query, key, value = (tensor[0].transpose(0, 1) for tensor in given)
    out = varlen_attn(
        query,
        key,
        value,
        cu_seq_q=how.bounds,
        cu_seq_k=how.bounds,
        max_q=longest,
        max_k=longest,
        scale=how.scale,
        window_size=(how.window - 1 if how.window else -1, 0),
        enable_gqa=query.shape[1] != key.shape[1],
    )
    if not isinstance(out, torch.Tensor):
        raise TypeError("varlen_attn gave more than the output that was asked for")
    return out.transpose(0, 1)[None]


def _with_dropout(given: Sequence[torch.Tensor], how: _How, dropout: float) -> torch.Tensor:
    """One document after the other; dropout inside attention is out of use in newer models."""
    query, key, value = given
    lengths = how.bounds.diff().tolist()
    groups = query.shape[1] // key.shape[1]
    shared = (query, repeat_kv(key, groups), repeat_kv(value, groups))
    parts = (torch.split(tensor, lengths, 2) for tensor in shared)
    made = []
    for one, keys, values in zip(*parts, strict=True):
        mask = _local(one.shape[2], how.window, one) if how.window else None
        made.append(
            functional.scaled_dot_product_attention(
                one, keys, values, mask, dropout, is_causal=mask is None, scale=how.scale
            )
        )
    return torch.cat(made, dim=2)


def _local(length: int, window: int, like: torch.Tensor) -> torch.Tensor:
    """An additive mask: each token sees itself and the `window` - 1 before it."""
    seen = torch.ones(length, length, dtype=torch.bool, device=like.device)
    seen = seen.tril().triu(1 - window)
    lowest = torch.full((length, length), -torch.inf, dtype=like.dtype, device=like.device)
    return lowest.masked_fill_(seen, 0.0)


@torch.library.custom_op("burnish::document_attention", mutates_args=())
def document_attention(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    bounds: torch.Tensor,
    window: int,
    scale: float,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Attention on the CPU and its log-sum-exp, (1, heads, tokens); one row only.

    An operator of torch, so that a compiled layer takes it as it is. `window` 0 is no window.
    """
    groups = query.shape[1] // key.shape[1]
    key, value = repeat_kv(key, groups), repeat_kv(value, groups)
    out, sums = _like(query), query.new_empty(query.shape[:3], dtype=torch.float32)
    places = bounds.tolist()
    for start, end in pairwise(places):
        parts = (t[:, :, start:end] for t in (query, key, value))
        how = _shape_of(end - start, window, query)
        made, total = _ATEN._scaled_dot_product_flash_attention_for_cpu(
            *parts, 0.0, **how, scale=scale
        )
        out[:, :, start:end], sums[:, :, start:end] = made, total
    return out, sums


@torch.library.custom_op("burnish::document_attention_backward", mutates_args=())
def document_attention_backward(
    gradient: torch.Tensor, kept: Sequence[torch.Tensor], window: int, scale: float
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The gradients of query, key and value; `kept` is these, the bounds, and the two results.

    Computed in fp32: torch's backward on the CPU is faster there than in bf16, and more exact.
    """
    query, key, value, bounds, out, sums = kept
    heads = key.shape[1]
    groups = query.shape[1] // heads
    made = [_like(query), _like(query), _like(query)]
    full = [t.float() for t in (gradient, query, repeat_kv(key, groups), repeat_kv(value, groups))]
    result, places = out.float(), bounds.tolist()
    for start, end in pairwise(places):
        parts = [t[:, :, start:end] for t in (*full, result, sums)]
        how = _shape_of(end - start, window, full[0])
        found = _ATEN._scaled_dot_product_flash_attention_for_cpu_backward(
            *parts, 0.0, **how, scale=scale
        )
        for whole, part in zip(made, found, strict=True):
            whole[:, :, start:end] = part
    if groups > 1:
        shared = (torch.unflatten(t, 1, (heads, groups)).sum(2) for t in made[1:])
        made[1:] = [_like(key).copy_(total) for total in shared]
    return made[0], made[1], made[2]


def _like(query: torch.Tensor) -> torch.Tensor:
    """Room of the shape of `query`, laid out by tokens as the model's projections want it."""
    rows, heads, tokens, width = query.shape
    return query.new_empty(rows, tokens, heads, width).transpose(1, 2)


def _shape_of(length: int, window: int, like: torch.Tensor) -> dict[str, Any]:
    if not window or length <= window:
        return {"is_causal": True}
    return {"is_causal": False, "attn_mask": _local(length, window, like)}


@document_attention.register_fake
def _(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    bounds: torch.Tensor,
    window: int,
    scale: float,
) -> tuple[torch.Tensor, torch.Tensor]:
    return _like(query), query.new_empty(query.shape[:3], dtype=torch.float32)


@document_attention_backward.register_fake
def _(
    gradient: torch.Tensor, kept: Sequence[torch.Tensor], window: int, scale: float
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    return _like(kept[0]), _like(kept[1]), _like(kept[2])


def _keep(ctx: Any, inputs: tuple[Any, ...], output: tuple[torch.Tensor, torch.Tensor]) -> None:
    query, key, value, bounds, ctx.window, ctx.scale = inputs
    ctx.save_for_backward(query, key, value, bounds, *output)


def _back(ctx: Any, gradient: torch.Tensor, _sums: torch.Tensor) -> tuple[Any, ...]:
    made = document_attention_backward(gradient, list(ctx.saved_tensors), ctx.window, ctx.scale)
    return (*made, None, None, None)


document_attention.register_autograd(_back, setup_context=_keep)
register()

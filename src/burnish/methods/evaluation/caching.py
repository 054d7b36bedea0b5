"""Keys and values of rows at work: room to grow, and rows that leave and join.

The cache of transformers copies itself at every token. Here a layer keeps free room behind what it
holds, so a token is written in place; and rows are moved into new room only when some are finished
and others take their places. A row's real tokens lie without gap up to the last column, whatever
row they came from; virtual tokens of a tuning technique stay the first columns of every row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from transformers import Cache, DynamicCache
from transformers.cache_utils import DynamicLayer, DynamicSlidingWindowLayer

_PLAIN = (DynamicLayer, DynamicSlidingWindowLayer)
_LAYER: Any = DynamicLayer  # transformers' layers carry no types


def plain(model: nn.Module) -> bool:
    """Whether all that the model remembers of a row are keys and values of its tokens.

    Models with recurrent states or an index of their own are not plain: their rows neither branch
    nor move.
    """
    config = getattr(model, "config", None)
    try:
        layers: Sequence[Any] = DynamicCache(config=config).layers
    except (AttributeError, KeyError, TypeError, ValueError):
        return False
    return bool(layers) and all(type(layer) in _PLAIN for layer in layers)


def windowed(model: nn.Module) -> bool:
    """Whether a layer of a plain model looks back over a limited number of columns only."""
    layers: Sequence[Any] = DynamicCache(config=getattr(model, "config", None)).layers
    return any(type(layer) is DynamicSlidingWindowLayer for layer in layers)


def empty() -> Any:
    """A cache that keeps every key and value, also where a layer looks at the last ones only."""
    make: Any = DynamicCache
    return make()


class RoomyLayer(_LAYER):  # type: ignore[misc]
    """Keys and values of shape (rows, heads, width, size) with free columns behind them."""

    def __init__(self, keys: Tensor, values: Tensor, width: int) -> None:
        super().__init__()
        self.dtype, self.device, self.is_initialized = keys.dtype, keys.device, True
        self._rooms = (keys, values)
        self._width = width
        self.keys, self.values = self._shown()

    def update(
        self, key_states: Tensor, value_states: Tensor, *_: Any, **__: Any
    ) -> tuple[Tensor, Tensor]:
        """Write the new columns behind the others; all of them."""
        begin, self._width = self._width, self._width + key_states.shape[-2]
        keys, values = self._rooms
        if self._width > keys.shape[-2]:
            room = self._width + self._width // 2
            self._rooms = keys, values = _wider(keys, room), _wider(values, room)
        keys[:, :, begin : self._width] = key_states
        values[:, :, begin : self._width] = value_states
        self.keys, self.values = self._shown()
        return self.keys, self.values

    def _shown(self) -> tuple[Tensor, Tensor]:
        keys, values = self._rooms
        return keys[:, :, : self._width], values[:, :, : self._width]


@dataclass
class Rows:
    """Rows at work: their cache, and which of its columns (virtual ones left out) are theirs."""

    cache: Any = None
    mask: Tensor = field(default_factory=lambda: torch.zeros(0, 0, dtype=torch.long))

    @property
    def lengths(self) -> Tensor:
        """Real tokens of each row."""
        return self.mask.sum(dim=1)


def movable(rows: Rows, virtual: int) -> bool:
    """Whether every layer holds every column, so that rows can be moved."""
    width = virtual + rows.mask.shape[1]
    layers = getattr(rows.cache, "layers", ())
    kinds = (*_PLAIN, RoomyLayer)
    return bool(layers) and all(
        type(layer) in kinds and layer.keys is not None and layer.keys.shape[-2] == width
        for layer in layers
    )


def gathered(parts: Sequence[tuple[Rows, Tensor]], virtual: int, room: int) -> Rows:
    """The chosen rows of all parts (places in each) as one, with `room` free columns behind.

    A row's real tokens are moved up to the last column; columns that no row uses are dropped.
    """
    parts = [(rows, chosen) for rows, chosen in parts if len(chosen)]
    lengths = torch.cat([rows.lengths[chosen] for rows, chosen in parts])
    width = int(lengths.max())
    columns = torch.arange(width, device=lengths.device)
    mask = (columns >= width - lengths[:, None]).to(parts[0][0].mask.dtype)
    orders = [_right_aligned(rows.mask[chosen], width) for rows, chosen in parts]
    layers = []
    for number in range(len(parts[0][0].cache.layers)):
        held = [
            [
                _moved(states, chosen, order, virtual)
                for states in _states(rows.cache.layers[number])
            ]
            for (rows, chosen), order in zip(parts, orders, strict=True)
        ]
        keys, values = (
            _wider(torch.cat(both) if len(both) > 1 else both[0], virtual + width + room)
            for both in zip(*held, strict=True)
        )
        layers.append(RoomyLayer(keys, values, virtual + width))
    return Rows(_cache(layers), mask)


def branched(cache: Any, chosen: Tensor) -> Any:
    """A cache whose rows are copies of the chosen ones, one after the other."""
    layers = []
    for layer in cache.layers:
        keys, values = (s.index_select(0, chosen.to(s.device)) for s in _states(layer))
        made = _LAYER()
        made.update(keys, values)
        layers.append(made)
    return _cache(layers)


def _cache(layers: list[Any]) -> Any:
    make: Any = Cache
    return make(layers=layers)


def _states(layer: Any) -> tuple[Tensor, Tensor]:
    return layer.keys, layer.values


def _right_aligned(mask: Tensor, width: int) -> Tensor:
    """For each row, the columns to take so that its real ones come last, in order."""
    order = mask.argsort(dim=1, stable=True)
    missing = width - order.shape[1]
    if missing > 0:  # padding, whatever lies in it
        order = torch.cat([order[:, :1].expand(-1, missing), order], dim=1)
    return order[:, -width:]


def _moved(states: Tensor, chosen: Tensor, order: Tensor, virtual: int) -> Tensor:
    rows = states.index_select(0, chosen.to(states.device))  # layers may lie on several devices
    index = order.to(states.device)[:, None, :, None].expand(-1, rows.shape[1], -1, rows.shape[3])
    real = rows[:, :, virtual:].gather(2, index)
    return torch.cat([rows[:, :, :virtual], real], dim=2) if virtual else real


def _wider(states: Tensor, width: int) -> Tensor:
    rows, heads, held, size = states.shape
    made = states.new_zeros(rows, heads, width, size)
    made[:, :, :held] = states
    return made

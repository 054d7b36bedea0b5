"""Examples as tensors: in rows, or all end to end in one, and the mask that parts documents."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt
import torch

from burnish.methods.training.examples import Example
from burnish.methods.training.pack import MicroBatch

IGNORED = -100


@dataclass(frozen=True)
class Batch:
    """A micro-batch; its first four tensors have shape (rows, width) and type int64.

    `labels` are already shifted: the label of a position is the next token of the same document
    where that token is trained, else -100. `positions` restart at 0 in each document;
    `documents` counts them from 1 within the row, 0 is padding. `asked`, shape (labels,), has the
    place of each label in row-major order, `targets` the labels there. `packed` says whether some
    row holds more than one document. A flat batch has one row, and in `bounds` (int32, one more
    than documents) where each of them begins and the last one ends; the longest has `longest`
    tokens.
    """

    ids: torch.Tensor
    labels: torch.Tensor
    positions: torch.Tensor
    documents: torch.Tensor
    asked: torch.Tensor
    targets: torch.Tensor
    packed: bool
    bounds: torch.Tensor | None = None
    longest: int = 0


def collate(
    rows: MicroBatch, examples: Sequence[Example], pad_id: int, device: torch.device
) -> Batch:
    """The rows as tensors, padded on the right to the longest of them."""
    width = max(sum(len(examples[i].ids) for i in row) for row in rows)
    return _batch(_laid(rows, width, examples, pad_id), device)


def flatten(
    rows: MicroBatch,
    examples: Sequence[Example],
    pad_id: int,
    device: torch.device,
    multiple: int = 1,
) -> Batch:
    """The documents of all rows end to end in one row, padded to a multiple of so many tokens.

    The padding, if any, is a document of its own by its bounds. The labels keep their order.
    With a multiple, `longest` is the width, so that it takes as few values.
    """
    row = tuple(chain.from_iterable(rows))
    lengths = [len(examples[i].ids) for i in row]
    total = sum(lengths)
    width = -(-total // multiple) * multiple
    if width > total:
        lengths.append(width - total)
    bounds = np.zeros(len(lengths) + 1, dtype=np.int32)
    np.cumsum(lengths, out=bounds[1:])
    laid = _laid((row,), width, examples, pad_id)
    return _batch(laid, device, bounds, width if multiple > 1 else max(lengths))


def block_mask(documents: torch.Tensor) -> torch.Tensor:
    """Causal attention within each document: bool, shape (rows, 1, width, width).

    Padding attends to padding, so no position is left without anything to attend to.
    """
    width = documents.shape[1]
    same = documents[:, :, None] == documents[:, None, :]
    causal = torch.ones(width, width, dtype=torch.bool, device=documents.device).tril()
    return (same & causal)[:, None]


def _laid(
    rows: MicroBatch, width: int, examples: Sequence[Example], pad_id: int
) -> npt.NDArray[np.int64]:
    """Ids, labels, positions and documents of each place, shape (4, rows, width)."""
    laid = np.empty((4, len(rows), width), dtype=np.int64)
    laid[:] = np.array([pad_id, IGNORED, 0, 0])[:, None, None]
    ids, labels, positions, documents = laid
    for line, row in enumerate(rows):
        start = 0
        for number, index in enumerate(row, 1):
            example = examples[index]
            end = start + len(example.ids)
            ids[line, start:end] = example.ids
            labels[line, start : end - 1] = np.where(example.trained[1:], example.ids[1:], IGNORED)
            positions[line, start:end] = np.arange(end - start)
            documents[line, start:end] = number
            start = end
    return laid


def _batch(
    laid: npt.NDArray[np.int64],
    device: torch.device,
    bounds: npt.NDArray[np.int32] | None = None,
    longest: int = 0,
) -> Batch:
    """What is read of the numbers is read here, before they go to the device."""
    labels = laid[1].reshape(-1)
    asked = np.flatnonzero(labels != IGNORED)
    ids, shifted, positions, documents = _moved(laid, device).unbind(0)
    return Batch(
        ids,
        shifted,
        positions,
        documents,
        asked=_moved(asked, device),
        targets=_moved(labels[asked], device),
        packed=bool(laid[3].max(initial=0) > 1),
        bounds=None if bounds is None else _moved(bounds, device),
        longest=longest,
    )


def _moved(numbers: npt.NDArray[np.generic], device: torch.device) -> torch.Tensor:
    """On the device; the host does not wait for a copy to a GPU."""
    tensor = torch.from_numpy(numbers)
    if device.type == "cuda":
        return tensor.pin_memory().to(device, non_blocking=True)
    return tensor.to(device)

"""Rows of examples as tensors, and the attention mask that keeps documents apart."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from burnish.methods.training.examples import Example
from burnish.methods.training.pack import MicroBatch

IGNORED = -100


@dataclass(frozen=True)
class Batch:
    """A micro-batch; every tensor has shape (rows, width) and type int64.

    `labels` are already shifted: the label of a position is the next token of the same document
    where that token is trained, else -100. `positions` restart at 0 in each document;
    `documents` counts them from 1 within the row, 0 is padding.
    """

    ids: torch.Tensor
    labels: torch.Tensor
    positions: torch.Tensor
    documents: torch.Tensor

    @property
    def packed(self) -> bool:
        """Whether some row holds more than one document."""
        return bool(self.documents.max() > 1)


def collate(
    rows: MicroBatch, examples: Sequence[Example], pad_id: int, device: torch.device
) -> Batch:
    """The rows as tensors, padded on the right to the longest of them."""
    width = max(sum(len(examples[i].ids) for i in row) for row in rows)
    ids, labels, positions, documents = (
        np.full((len(rows), width), fill, dtype=np.int64) for fill in (pad_id, IGNORED, 0, 0)
    )
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
    return Batch(*(torch.from_numpy(a).to(device) for a in (ids, labels, positions, documents)))


def block_mask(documents: torch.Tensor) -> torch.Tensor:
    """Causal attention within each document: bool, shape (rows, 1, width, width).

    Padding attends to padding, so no position is left without anything to attend to.
    """
    width = documents.shape[1]
    same = documents[:, :, None] == documents[:, None, :]
    causal = torch.ones(width, width, dtype=torch.bool, device=documents.device).tril()
    return (same & causal)[:, None]

"""Noise on the embeddings in training: NEFTune (Jain et al. 2023)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import nn

from burnish.methods.models.load import CausalModel
from burnish.methods.training.batch import Batch


@dataclass(frozen=True)
class EmbeddingNoise:
    """Uniform noise of at most `alpha` / sqrt(L d) on each number of an embedded token.

    L is the length of the token's document, d the width of the embedding. Padding gets none. The
    noise is drawn from torch's own generator, which a checkpoint keeps.
    """

    alpha: float

    @contextmanager
    def over(self, model: CausalModel, batch: Batch) -> Iterator[None]:
        """Add the noise to what `model` embeds within the block; in evaluation there is none."""
        if not self.alpha or not model.training:
            yield
            return

        def add(_module: nn.Module, _given: object, embedded: torch.Tensor) -> torch.Tensor:
            return embedded + self.draw(embedded, batch.documents)

        hook = model.get_input_embeddings().register_forward_hook(add)
        try:
            yield
        finally:
            hook.remove()

    def draw(self, embedded: torch.Tensor, documents: torch.Tensor) -> torch.Tensor:
        """The noise for `embedded`, shape (rows, width, d); `documents` as in `Batch`.

        Raises ValueError where the model embeds other than the batch's tokens.
        """
        if embedded.shape[:2] != documents.shape:
            raise ValueError(
                "neftune: this model embeds its tokens in another shape than they are given; "
                "set neftune to 0"
            )
        bound = self.alpha / (lengths(documents) * embedded.shape[-1]).sqrt()
        bound = bound.masked_fill(documents == 0, 0.0)[..., None]
        uniform = torch.rand(embedded.shape, device=embedded.device) * 2 - 1
        return (uniform * bound).to(embedded.dtype)


def lengths(documents: torch.Tensor) -> torch.Tensor:
    """The tokens of the document that each token belongs to, shape as `documents`."""
    most = int(documents.shape[1]) + 1
    counts = torch.zeros(documents.shape[0], most, dtype=torch.long, device=documents.device)
    counts.scatter_add_(1, documents, torch.ones_like(documents))
    return counts.gather(1, documents)

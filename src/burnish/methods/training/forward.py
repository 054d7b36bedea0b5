"""From a micro-batch to logits and loss, computed only where there is a label."""

import inspect
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from peft import PeftModel
from torch import nn
from torch.nn import functional

from burnish.methods.models.load import CausalModel
from burnish.methods.training.batch import IGNORED, Batch, block_mask
from burnish.methods.training.settings import TrainSettings

_ATTENTION_LAYERS = {"full_attention", "sliding_attention", "chunked_attention"}


class Forward:
    """Runs a causal model, plain or wrapped by PEFT, on micro-batches."""

    def __init__(self, model: CausalModel, settings: TrainSettings, device: torch.device) -> None:
        self.model = model
        self.device = device
        self._config = model.config  # PEFT's wrapper passes it on
        self._text = self._config.get_text_config()
        self.bf16 = settings.precision == "bf16"

    @property
    def vocab(self) -> int:
        """Rows of the embedding matrix: token ids lie below."""
        return int(self._text.vocab_size)

    @property
    def recurrent_layers(self) -> list[str]:
        """The kinds of layer that are no attention, so that no mask parts documents in them."""
        kinds = getattr(self._text, "layer_types", None) or []
        return sorted({kind for kind in kinds if kind not in _ATTENTION_LAYERS})

    def loss(self, batch: Batch) -> torch.Tensor:
        """Cross-entropy summed over the labels of `batch`, in nats, fp32, a scalar."""
        labels = batch.labels[batch.labels != IGNORED]
        logits = self.label_logits(batch).float()
        return functional.cross_entropy(logits, labels, reduction="sum")

    def label_logits(self, batch: Batch) -> torch.Tensor:
        """Logits at the labelled positions in row-major order, shape (labels, vocabulary).

        The model's own forward runs whole, so whatever it does to its logits (scaling, capping)
        is kept; only the output matrix is spared the positions that nobody asks for.
        """
        chosen = batch.labels != IGNORED
        head = self.model.get_output_embeddings()

        def pick(_head: nn.Module, inputs: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
            return (inputs[0][chosen][None], *inputs[1:])

        hook = head.register_forward_pre_hook(pick)
        try:
            logits = self._run(batch)
        finally:
            hook.remove()
        return logits.reshape(-1, logits.shape[-1])

    def _run(self, batch: Batch) -> torch.Tensor:
        apart = self._keep_apart(batch) if batch.packed else {}
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16):
            output = self.model(input_ids=batch.ids, use_cache=False, **apart)
        logits: torch.Tensor = output.logits
        return logits

    def _keep_apart(self, batch: Batch) -> dict[str, torch.Tensor]:
        """The arguments that keep packed documents apart.

        Our own mask where the attention takes one; otherwise (a local window that the mask would
        override, a kernel without masks) the model reads the documents off the positions.
        """
        given = {"position_ids": batch.positions}
        kind = self._config._attn_implementation
        if kind not in ("sdpa", "eager") or self._local_attention(batch.ids.shape[1]):
            return given
        mask = block_mask(batch.documents)
        return {**given, "attention_mask": mask if kind == "sdpa" else self._additive(mask)}

    def _local_attention(self, width: int) -> bool:
        names = ("sliding_window", "attention_chunk_size")
        windows = (getattr(self._text, name, None) for name in names)
        return any(window is not None and window < width for window in windows)

    def _additive(self, mask: torch.Tensor) -> torch.Tensor:
        lowest = torch.finfo(self.model.dtype).min
        return torch.zeros_like(mask, dtype=self.model.dtype).masked_fill_(~mask, lowest)


@contextmanager
def inference(model: CausalModel) -> Iterator[None]:
    """Run the block without dropout or gradients, then put the model back into its mode."""
    training = model.training
    model.train(False)
    try:
        with torch.no_grad():
            yield
    finally:
        model.train(training)


def takes_positions(model: CausalModel) -> bool:
    """Whether the model's forward accepts position ids, without which nothing can be packed."""
    inner = model.get_base_model() if isinstance(model, PeftModel) else model
    return "position_ids" in inspect.signature(inner.forward).parameters

"""From a micro-batch to logits and loss, computed only where there is a label."""

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from typing import Any

import torch
from peft import PeftModel
from torch import nn
from torch.nn import functional

from burnish.methods.models.load import CausalModel
from burnish.methods.training import attention
from burnish.methods.training.batch import Batch, block_mask, collate, flatten
from burnish.methods.training.examples import Example
from burnish.methods.training.head_loss import labels_at_once, summed_loss
from burnish.methods.training.noise import EmbeddingNoise
from burnish.methods.training.pack import MicroBatch
from burnish.methods.training.settings import TrainSettings

_ATTENTION_LAYERS = {"full_attention", "sliding_attention", "chunked_attention"}


class Forward:
    """Runs a causal model, plain or wrapped by PEFT, on micro-batches.

    `flat` says that documents are laid end to end, padded to a `multiple` of tokens; it is set
    where `isolation.lay_flat` has seen that the model keeps them apart. `fused_head` says that the
    output matrix may be used outside of its own module's forward pass.
    """

    def __init__(
        self,
        model: CausalModel,
        settings: TrainSettings,
        device: torch.device,
        *,
        fused_head: bool = True,
    ) -> None:
        self.model = model
        self.device = device
        self._fused_head = fused_head
        self._config = model.config  # PEFT's wrapper passes it on
        self._text = self._config.get_text_config()
        self.bf16 = settings.precision == "bf16"
        self.flat, self.multiple = False, 1
        self._noise = EmbeddingNoise(settings.objective.neftune)

    @property
    def vocab(self) -> int:
        """Rows of the embedding matrix: token ids lie below."""
        return int(self._text.vocab_size)

    @property
    def recurrent_layers(self) -> list[str]:
        """The kinds of layer that are no attention, so that no mask parts documents in them."""
        kinds = getattr(self._text, "layer_types", None) or []
        return sorted({kind for kind in kinds if kind not in _ATTENTION_LAYERS})

    def lay(self, rows: MicroBatch, examples: Sequence[Example], pad_id: int) -> Batch:
        """A micro-batch in the layout that this model takes best: flat, or in rows."""
        if self.flat:
            batch = flatten(rows, examples, pad_id, self.device, self.multiple)
            if self.multiple > 1:  # compiled: any number of documents is one shape
                torch._dynamo.maybe_mark_dynamic(batch.bounds, 0)
            return batch
        return collate(rows, examples, pad_id, self.device)

    def loss(self, batch: Batch, smoothing: float = 0.0) -> torch.Tensor:
        """Cross-entropy summed over the labels of `batch`, in nats, fp32, a scalar.

        `smoothing` is the share of each target that is spread over the whole vocabulary.
        """
        if not (self._fused_head and self._head_is_last):
            return functional.cross_entropy(
                self.label_logits(batch).float(),
                batch.targets,
                reduction="sum",
                label_smoothing=smoothing,
            )
        rows = labels_at_once(self.vocab, self.device)
        found: list[torch.Tensor] = []

        def score(head: nn.Module, hidden: torch.Tensor) -> torch.Tensor:
            found.append(summed_loss(hidden, batch.targets, head, rows, smoothing))
            return hidden[:0]

        self._run(batch, score)
        return found[0]

    def label_logits(self, batch: Batch) -> torch.Tensor:
        """Logits at the labelled positions in row-major order, shape (labels, vocabulary).

        The model's own forward runs whole, so whatever it does to its logits (scaling, capping)
        is kept; only the output matrix is spared the positions that nobody asks for.
        """
        logits = self._run(batch, lambda _head, hidden: hidden)
        return logits.reshape(-1, logits.shape[-1])

    @cached_property
    def _head_is_last(self) -> bool:
        """Whether the model gives its head's output as it is, neither scaled nor capped."""
        made: list[torch.Tensor] = []
        head = self.model.get_output_embeddings()
        hook = head.register_forward_hook(lambda _head, _given, out: made.append(out))
        try:
            with inference(self.model), self._compute():
                one = torch.zeros((1, 1), dtype=torch.int64, device=self.device)
                logits = self.model(input_ids=one, use_cache=False).logits
        finally:
            hook.remove()
        return bool(logits.dtype == made[0].dtype and logits.data_ptr() == made[0].data_ptr())

    def _compute(self) -> AbstractContextManager[object]:
        """The arithmetic of the training: a base in bf16 may hold norms in fp32."""
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16)

    def _run(
        self, batch: Batch, seen: Callable[[nn.Module, torch.Tensor], torch.Tensor]
    ) -> torch.Tensor:
        """The model's output, its head given what `seen` makes of the states to be scored."""
        width = batch.ids.shape[1]

        def pick(head: nn.Module, inputs: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
            states = inputs[0][:, -width:]  # a learned prompt may stand in front
            states = states.reshape(-1, states.shape[-1]).index_select(0, batch.asked)
            return (seen(head, states)[None], *inputs[1:])

        hook = self.model.get_output_embeddings().register_forward_pre_hook(pick)
        apart = self._keep_apart(batch)
        try:
            with self._compute(), self._noise.over(self.model, batch):
                output = self.model(input_ids=batch.ids, use_cache=False, **apart)
        finally:
            hook.remove()
        logits: torch.Tensor = output.logits
        return logits

    def _keep_apart(self, batch: Batch) -> dict[str, Any]:
        """The arguments that keep packed documents apart.

        A flat batch tells where they begin; the mask it carries only says that none is to be
        made. Rows get our own mask where the attention takes one; otherwise (a local window that
        the mask would override, a kernel without masks) the model reads the documents off the
        positions.
        """
        if batch.bounds is not None:
            return {
                "position_ids": batch.positions,
                "attention_mask": torch.ones(1, 1, 1, 1, dtype=torch.bool, device=self.device),
                "document_bounds": batch.bounds,
                "longest_document": batch.longest,
            }
        if not batch.packed:
            return {}
        given = {"position_ids": batch.positions}
        kind = self._config._attn_implementation
        if kind not in ("sdpa", "eager", attention.NAME) or self._local_attention(
            batch.ids.shape[1]
        ):
            return given
        mask = block_mask(batch.documents)
        return {**given, "attention_mask": self._additive(mask) if kind == "eager" else mask}

    def _local_attention(self, width: int) -> bool:
        names = ("sliding_window", "attention_chunk_size")
        windows = (getattr(self._text, name, None) for name in names)
        return any(window is not None and window < width for window in windows)

    def _additive(self, mask: torch.Tensor) -> torch.Tensor:
        lowest = torch.finfo(self.model.dtype).min
        return torch.zeros_like(mask, dtype=self.model.dtype).masked_fill_(~mask, lowest)


@contextmanager
def inference(model: CausalModel) -> Iterator[None]:
    """Run the block without dropout or gradients, then put the model back into its mode.

    Compiled layers run as they were written: no shape of an evaluation is translated.
    """
    training = model.training
    model.train(False)
    try:
        with torch.no_grad(), torch.compiler.set_stance("force_eager"):
            yield
    finally:
        model.train(training)


def takes_positions(model: CausalModel) -> bool:
    """Whether the model's forward accepts position ids, without which nothing can be packed."""
    inner = model.get_base_model() if isinstance(model, PeftModel) else model
    return "position_ids" in inspect.signature(inner.forward).parameters

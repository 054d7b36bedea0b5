"""Pairs of answers on their way through the model, and what the reference model thinks of them.

A pair stays in one micro-batch: the rows of the chosen answers come first, those of the rejected
ones after them, each row no longer than `max_length`. Packed rows hold several answers apart.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import overload

import torch
from peft import PeftModel
from torch.nn import functional

from burnish.methods.training.batch import Batch
from burnish.methods.training.examples import Example, TrainData
from burnish.methods.training.forward import Forward, inference
from burnish.methods.training.pack import MicroBatch, evaluation_batches
from burnish.methods.training.preference import Answers
from burnish.methods.training.settings import TrainSettings

Scores = tuple[torch.Tensor, torch.Tensor]


class Both(Sequence[Example]):
    """All chosen answers of a part, then all rejected ones; each is looked up when it is asked for.

    Raises ValueError for an example without a second answer.
    """

    def __init__(self, examples: Sequence[Example]) -> None:
        self.examples = examples

    def __len__(self) -> int:
        """Twice as many as there are pairs."""
        return 2 * len(self.examples)

    @overload
    def __getitem__(self, index: int) -> Example: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Example]: ...
    def __getitem__(self, index: int | slice) -> Example | Sequence[Example]:
        """One answer, or a list of them."""
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        if not 0 <= index < len(self):
            raise IndexError(f"there is no answer {index} among {len(self)}")
        second, pair = divmod(index, len(self.examples))
        example = self.examples[pair]
        return self._rejected(example) if second else example

    @staticmethod
    def _rejected(example: Example) -> Example:
        if example.rejected is None:
            raise ValueError(f"example {example.key} has no rejected answer; give pairs alone")
        return example.rejected


class Pairs:
    """The pairs of a part of the data; raises ValueError for an example without a second answer."""

    def __init__(self, forward: Forward, examples: Sequence[Example], pad_id: int) -> None:
        self.forward, self.pad_id, self.count = forward, pad_id, len(examples)
        self.both = Both(examples)
        self.lengths = [
            max(len(self.both[pair].ids), len(self.both[self.count + pair].ids))
            for pair in range(self.count)
        ]

    def answers(self, micro: MicroBatch) -> Answers:
        """Log-probabilities under the model, pair by pair in the order of `members`."""
        others = tuple(tuple(self.count + i for i in row) for row in micro)
        rows = (*micro, *others)
        batch = self.forward.lay(rows, self.both, self.pad_id)
        found = log_probabilities(self.forward, batch, [len(row) for row in rows])
        chosen = members(micro)
        tokens = [self.both[i].targets for row in rows for i in row]
        counts = torch.tensor(tokens, dtype=found.dtype, device=found.device)
        half = len(chosen)
        return Answers(found[:half], found[half:], counts[:half], counts[half:])

    def targets(self, pairs: Sequence[int]) -> int:
        """Trained tokens of both answers of these pairs."""
        return sum(self.both[i].targets + self.both[self.count + i].targets for i in pairs)

    def tokens(self, pairs: Sequence[int]) -> int:
        """All tokens of both answers of these pairs, their prompts counted twice."""
        return sum(len(self.both[i].ids) + len(self.both[self.count + i].ids) for i in pairs)


def members(micro: MicroBatch) -> list[int]:
    """The examples of a micro-batch in the order of its rows."""
    return [index for row in micro for index in row]


def log_probabilities(forward: Forward, batch: Batch, held: Sequence[int]) -> torch.Tensor:
    """The summed log-probability of each document's labels, nats, fp32, shape (documents,).

    `held` says how many documents each row holds; they count row by row.
    """
    logits = forward.label_logits(batch).float()
    each = -functional.cross_entropy(logits, batch.targets, reduction="none")
    document = batch.documents - 1
    if len(document) > 1:  # they count from 1 in each row
        first = torch.tensor([0, *held[:-1]], device=forward.device).cumsum(0)
        document = document + first[:, None]
    document = document.reshape(-1)[batch.asked]
    return torch.zeros(sum(held), device=forward.device).index_add(0, document, each)


class Reference:
    """The log-probabilities of all pairs under the reference: the model before its first step.

    They are worked out once, by `begin`, and travel in the checkpoints. Virtual tokens, which
    alone change the model from the start, are switched off for it.
    """

    def __init__(self, parts: Mapping[str, Pairs], settings: TrainSettings) -> None:
        self.parts, self.settings = parts, settings
        self.scores: dict[str, torch.Tensor] = {}

    def begin(self, beat: Callable[[], None] = lambda: None) -> None:
        """Ask the reference; raises ValueError naming a pair of which it thinks nothing finite."""
        self.scores = {name: self._scores(pairs, beat) for name, pairs in self.parts.items()}

    def tensors(self) -> Mapping[str, torch.Tensor]:
        """Shape (2, pairs) for each part: chosen and rejected."""
        return self.scores

    def take_back(self, tensors: Mapping[str, torch.Tensor]) -> None:
        """The scores from a checkpoint."""
        self.scores = dict(tensors)

    def of(self, part: str, pairs: Sequence[int]) -> Scores:
        """Scores of chosen and rejected answers of these pairs, on the device."""
        device = self.parts[part].forward.device
        chosen, rejected = self.scores[part][:, list(pairs)].to(device)
        return chosen, rejected

    def _scores(self, pairs: Pairs, beat: Callable[[], None]) -> torch.Tensor:
        made = torch.zeros(2, pairs.count)
        model = pairs.forward.model
        with inference(model), _as_base(model)():
            for micro in evaluation_batches(pairs.lengths, self.settings):
                beat()
                answers = pairs.answers(micro)
                seen = torch.stack((answers.chosen, answers.rejected))
                made[:, members(micro)] = seen.float().cpu()
        wrong = (~made.isfinite().all(dim=0)).nonzero().flatten().tolist()
        if wrong:
            key = pairs.both[wrong[0]].key
            raise ValueError(f"example {key}: the base gives an answer no finite probability")
        return made


def _as_base(model: object) -> Callable[[], AbstractContextManager[None]]:
    """Every other technique starts as the base; some, once switched off, are not."""
    if isinstance(model, PeftModel) and model.active_peft_config.is_prompt_learning:
        return model.disable_adapter
    return nullcontext


def pairs_of(forward: Forward, data: TrainData) -> dict[str, Pairs]:
    """The pairs of the parts that have any, by name."""
    parts = {"train": data.train, "validation": data.validation}
    return {name: Pairs(forward, rows, data.pad_id) for name, rows in parts.items() if rows}

"""Base and tuned asked the same things: one record per item and model."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from peft import PeftModel
from torch import nn
from transformers import PreTrainedModel

from burnish.methods.evaluation.answer import Ids, generate, loglikelihood
from burnish.methods.evaluation.records import Asked, Record, Side
from burnish.methods.models.bottleneck import bottlenecks, switched_off
from burnish.methods.models.load import attach, holds_adapter, load_base
from burnish.methods.models.virtual import virtual_tokens

SIDES: tuple[Side, Side] = ("base", "tuned")


class Subject(Protocol):
    """The model under test, which can stand as its base and as tuned."""

    def side(self, side: Side) -> AbstractContextManager[nn.Module]:
        """The loaded model of that side, for as long as the context lasts."""


class Adapted:
    """A base with an adapter on it: the base is the same weights with the adapter off.

    Raises ValueError for adapters that switching off does not undo: those that train biases, and
    those that are merged into the weights.
    """

    def __init__(self, model: nn.Module) -> None:
        if isinstance(model, PeftModel):
            _require_undoable(model)
        elif not bottlenecks(model):
            raise ValueError("the model carries no adapter; use TwoModels")
        self._model = model

    @contextmanager
    def side(self, side: Side) -> Iterator[nn.Module]:
        """The one loaded model, its adapter off for the base."""
        model = self._model
        if side == "tuned":
            yield model
            return
        with model.disable_adapter() if isinstance(model, PeftModel) else switched_off(model):
            yield model


def _require_undoable(model: PeftModel) -> None:
    if getattr(model.active_peft_config, "bias", "none") != "none":
        raise ValueError(
            "switching this adapter off does not give the base back (it trains biases); load the "
            "base beside it and use TwoModels"
        )
    if not virtual_tokens(model) and model.get_model_status().merged_adapters:
        raise ValueError("the adapter is merged into the weights; load it unmerged")


@dataclass(frozen=True)
class TwoModels:
    """A fully tuned model and its base, both loaded."""

    base: nn.Module
    tuned: nn.Module

    @contextmanager
    def side(self, side: Side) -> Iterator[nn.Module]:
        """The model of that side."""
        yield self.base if side == "base" else self.tuned


def subject_of(base: PreTrainedModel, folder: Path) -> Subject:
    """What was trained into `folder`, an adapter or a whole model, beside its loaded base."""
    if holds_adapter(folder):
        return Adapted(attach(base, folder))
    return TwoModels(base, load_base(folder))


@dataclass(frozen=True)
class Greedy:
    """How answers are made: which tokens stop them, how long they may be, rows at once."""

    stop_ids: tuple[int, ...]
    max_new_tokens: int
    batch: int = 32


@dataclass(frozen=True)
class Paired:
    """Asks base and tuned the same rendered ids; `decode` turns an answer's ids into text.

    Records come base first, then tuned, each in the order asked.
    """

    subject: Subject
    decode: Callable[[Sequence[int]], str]
    greedy: Greedy

    def answers(self, asked: Sequence[Asked]) -> list[Record]:
        """Greedy answers of both models."""
        prompts = [one.prompt for one in asked]
        digests = [one.digest() for one in asked]
        how = self.greedy
        records = []
        for side in SIDES:
            with self.subject.side(side) as model:
                found = generate(model, prompts, how.stop_ids, how.max_new_tokens, how.batch)
            _unchanged(asked, digests)
            records += [self._answer(one, side, ids) for one, ids in zip(asked, found, strict=True)]
        return records

    def likelihoods(self, asked: Sequence[Asked]) -> list[Record]:
        """Log-likelihoods of every continuation under both models."""
        pairs: list[tuple[Ids, Ids]] = [
            (one.prompt, after) for one in asked for after in one.continuations
        ]
        digests = [one.digest() for one in asked]
        records = []
        for side in SIDES:
            with self.subject.side(side) as model:
                found = iter(loglikelihood(model, pairs, self.greedy.batch))
            _unchanged(asked, digests)
            for one in asked:
                sums = [next(found) for _ in one.continuations]
                records.append(_likelihood(one, side, sums))
        return records

    def _answer(self, one: Asked, side: Side, ids: Sequence[int]) -> Record:
        return Record(
            set=one.set,
            item=one.item,
            cluster=one.cluster,
            prompt_sha256=one.digest(),
            model=side,
            output=self.decode(ids),
            cut=len(ids) == self.greedy.max_new_tokens,
        )


def _likelihood(one: Asked, side: Side, sums: Sequence[tuple[float, int]]) -> Record:
    return Record(
        set=one.set,
        item=one.item,
        cluster=one.cluster,
        prompt_sha256=one.digest(),
        model=side,
        logprobs=tuple(total for total, _ in sums),
        tokens=tuple(length for _, length in sums),
    )


def _unchanged(asked: Sequence[Asked], digests: Sequence[str]) -> None:
    """Both models must have been asked the same ids, even of a caller that hands in lists."""
    if [one.digest() for one in asked] != list(digests):
        raise ValueError("the prompts changed between the base's turn and the tuned model's")

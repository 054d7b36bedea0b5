from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    PreTrainedModel,
)

from burnish.methods.models.load import load_base
from burnish.methods.training.batch import block_mask, collate
from burnish.methods.training.examples import Example
from burnish.methods.training.forward import Forward
from burnish.methods.training.isolation import CrossTalk, require_isolation
from burnish.methods.training.settings import TrainSettings

CPU = torch.device("cpu")
FP32 = TrainSettings(precision="fp32", device="cpu")
Maker = Callable[..., list[Example]]


@pytest.fixture(scope="module")
def forward(base: Path) -> Forward:
    return Forward(load_base(base), FP32, CPU)


def ready(model: PreTrainedModel) -> Forward:
    return Forward(model.train(False), FP32, CPU)


def loss(forward: Forward, rows: Any, examples: list[Example]) -> float:
    with torch.no_grad():
        return float(forward.loss(collate(rows, examples, 0, CPU)))


def test_our_loss_is_the_one_that_transformers_computes(forward: Forward, examples: Maker) -> None:
    one = examples(1)[0]
    labels = np.where(one.trained, one.ids, -100).astype(np.int64)
    ids = torch.tensor(one.ids[None].astype(np.int64))

    theirs = forward.model(input_ids=ids, labels=torch.tensor(labels[None])).loss.item()

    assert loss(forward, ((0,),), [one]) / one.targets == pytest.approx(theirs, abs=1e-6)


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_packed_padded_and_single_examples_have_the_same_loss(
    base: Path, examples: Maker, attention: str
) -> None:
    model = load_base(base)
    model.set_attn_implementation(attention)
    forward, made = Forward(model, FP32, CPU), examples(5)

    packed = loss(forward, ((0, 1, 2), (3, 4)), made)
    padded = loss(forward, ((0,), (1,), (2,), (3,), (4,)), made)
    single = sum(loss(forward, ((i,),), made) for i in range(5))

    assert packed == pytest.approx(single, abs=1e-4)
    assert padded == pytest.approx(single, abs=1e-4)


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_changing_a_packed_neighbour_changes_no_logit(
    base: Path, examples: Maker, attention: str
) -> None:
    model = load_base(base)
    model.set_attn_implementation(attention)
    forward, (first, second) = Forward(model, FP32, CPU), examples(2)
    changed = replace(first, ids=(first.ids + 11) % 96)
    seen = []

    for neighbour in (first, changed):
        batch = collate(((0, 1),), [neighbour, second], 0, CPU)
        with torch.no_grad():
            seen.append(forward.label_logits(batch)[first.targets :])

    assert torch.equal(seen[0], seen[1])
    assert len(seen[0]) == second.targets


def test_untrained_tokens_are_never_labels(forward: Forward, examples: Maker) -> None:
    one = examples(1)[0]
    batch = collate(((0,),), [one], 0, CPU)
    kept = batch.labels[batch.labels != -100]

    assert kept.tolist() == one.ids[one.trained].tolist()
    assert forward.label_logits(batch).shape == (one.targets, 96)


def test_marking_more_tokens_does_not_change_the_loss_of_the_others(
    forward: Forward, examples: Maker
) -> None:
    one = examples(1)[0]
    everything = replace(one, trained=np.ones_like(one.trained))

    with torch.no_grad():
        few = forward.label_logits(collate(((0,),), [one], 0, CPU))
        many = forward.label_logits(collate(((0,),), [everything], 0, CPU))

    torch.testing.assert_close(few, many[-one.targets :])


def test_a_local_window_is_kept_under_packing(examples: Maker) -> None:
    torch.manual_seed(0)
    config = MistralConfig(
        vocab_size=96,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        sliding_window=4,
        initializer_range=0.2,
    )
    forward, made = ready(MistralForCausalLM(config)), examples(3)

    packed = loss(forward, ((0, 1, 2),), made)

    assert packed == pytest.approx(sum(loss(forward, ((i,),), made) for i in range(3)), abs=1e-4)
    require_isolation(forward, made, 60)


class Mixing(LlamaForCausalLM):  # type: ignore[no-untyped-call]
    """A Llama that ignores where documents begin, as linear-attention models do."""

    def forward(self, input_ids: Any, position_ids: Any = None, **rest: Any) -> Any:
        return super().forward(input_ids=input_ids, use_cache=False)


class Blind(Mixing):  # type: ignore[no-untyped-call]
    """A model that takes no positions."""

    def forward(self, input_ids: Any, use_cache: bool = False) -> Any:  # type: ignore[override]
        return super().forward(input_ids)


def test_a_model_that_mixes_documents_is_refused_for_packing(
    forward: Forward, examples: Maker
) -> None:
    made = examples(4)
    config = cast(LlamaConfig, forward.model.config)
    mixing, blind = ready(Mixing(config)), ready(Blind(config))

    require_isolation(forward, made, 60)
    require_isolation(mixing, made, 10)  # too short for two in a row: nothing can mix
    with pytest.raises(CrossTalk, match="set packing to false"):
        require_isolation(mixing, made, 60)
    with pytest.raises(CrossTalk, match="takes no position ids"):
        require_isolation(blind, made, 60)


def test_a_model_with_layers_that_are_no_attention_is_refused_for_packing(examples: Maker) -> None:
    config = LlamaConfig(vocab_size=96, hidden_size=32, num_hidden_layers=2, num_attention_heads=4)
    config.layer_types = ["linear_attention", "full_attention"]
    hybrid = ready(LlamaForCausalLM(config))

    with pytest.raises(CrossTalk, match="linear_attention layers carry one document over"):
        require_isolation(hybrid, examples(4), 60)


@settings(max_examples=50, deadline=None)
@given(sizes=st.lists(st.integers(1, 5), min_size=1, max_size=4), padding=st.integers(0, 3))
def test_a_position_sees_exactly_its_document_up_to_itself(sizes: list[int], padding: int) -> None:
    numbers = [n for n, size in enumerate(sizes, 1) for _ in range(size)] + [0] * padding

    mask = block_mask(torch.tensor([numbers]))[0, 0]

    for here, there in np.ndindex(mask.shape):
        expected = numbers[here] == numbers[there] and there <= here
        assert bool(mask[here, there]) is expected
    assert mask.any(dim=1).all()

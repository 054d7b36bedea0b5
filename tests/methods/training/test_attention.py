from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from peft import LoraConfig, PromptTuningConfig
from torch.nn import functional
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    PreTrainedModel,
)

from burnish.methods.models.load import load_base, wrap
from burnish.methods.training import attention
from burnish.methods.training.attention import attend, document_attention
from burnish.methods.training.compiled import SHAPES, compile_layers
from burnish.methods.training.examples import Example
from burnish.methods.training.forward import Forward, inference
from burnish.methods.training.isolation import lay_flat
from burnish.methods.training.settings import TrainSettings

CPU = torch.device("cpu")
FP32 = TrainSettings(precision="fp32", device="cpu")
MODULE: Any = SimpleNamespace(is_causal=True, num_key_value_groups=2)
Maker = Callable[..., list[Example]]


def inputs(tokens: int, dtype: torch.dtype = torch.float32) -> list[torch.Tensor]:
    made = [torch.randn(1, tokens, heads, 8, dtype=dtype) for heads in (4, 2, 2)]
    return [one.transpose(1, 2).requires_grad_() for one in made]


def bounds_of(sizes: Sequence[int]) -> torch.Tensor:
    return torch.tensor([0, *sizes]).cumsum(0).to(torch.int32)


def told(given: Sequence[torch.Tensor], sizes: Sequence[int], **more: Any) -> torch.Tensor:
    query, key, value = given
    where = {"document_bounds": bounds_of(sizes), "longest_document": max(sizes)}
    return attend(MODULE, query, key, value, None, **where, **more)[0]


def masked(given: Sequence[torch.Tensor], sizes: Sequence[int], window: int) -> torch.Tensor:
    document = torch.repeat_interleave(torch.arange(len(sizes)), torch.tensor(sizes))
    place = torch.arange(sum(sizes))
    behind = place[:, None] - place[None]
    seen = (document[:, None] == document[None]) & (behind >= 0)
    seen &= behind < (window or len(place))
    query, key, value = given
    return functional.scaled_dot_product_attention(query, key, value, seen, enable_gqa=True)


@settings(max_examples=30, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 9), min_size=1, max_size=5),
    window=st.sampled_from([0, 0, 1, 3]),
    seed=st.integers(0, 9),
)
def test_attention_by_documents_is_masked_attention_to_the_last_gradient(
    sizes: list[int], window: int, seed: int
) -> None:
    torch.manual_seed(seed)
    ours = inputs(sum(sizes))
    theirs = [tensor.detach().clone().requires_grad_() for tensor in ours]
    weight = torch.randn(1, 4, sum(sizes), 8)

    out = document_attention(*ours, bounds_of(sizes), window, 8**-0.5)[0]
    expected = masked(theirs, sizes, window)
    torch.autograd.backward((out * weight).sum())
    torch.autograd.backward((expected * weight).sum())

    torch.testing.assert_close(out, expected, atol=1e-5, rtol=1e-4)
    for mine, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine.grad, other.grad, atol=1e-5, rtol=1e-4)


def test_gradients_in_bf16_are_those_of_fp32_but_for_rounding() -> None:
    torch.manual_seed(0)
    sizes = [40, 3, 21]
    low = inputs(sum(sizes), torch.bfloat16)
    high = [tensor.detach().float().requires_grad_() for tensor in low]
    weight = torch.randn(1, 4, sum(sizes), 8)

    torch.autograd.backward((told(low, sizes).float().transpose(1, 2) * weight).sum())
    torch.autograd.backward((masked(high, sizes, 0) * weight).sum())

    for mine, other in zip(low, high, strict=True):
        assert mine.grad is not None
        assert other.grad is not None
        assert (mine.grad.float() - other.grad).norm() < 6e-3 * other.grad.norm()


def test_the_operator_keeps_its_word_to_the_compiler() -> None:
    found = torch.library.opcheck(document_attention, (*inputs(9), bounds_of([5, 4]), 3, 0.3))

    assert len(found) >= 4
    assert set(found.values()) == {"SUCCESS"}


def test_attention_that_would_be_lost_is_refused() -> None:
    given = [tensor.detach() for tensor in inputs(6)]

    with pytest.raises(ValueError, match="softcap takes no documents"):
        told(given, [4, 2], softcap=30.0)
    with pytest.raises(ValueError, match="a view ahead takes no documents"):
        told(given, [4, 2], is_causal=False)
    assert told(given, [4, 2]).shape == (1, 6, 4, 8)


@pytest.mark.parametrize("window", [None, 2])
def test_dropout_in_attention_stays_within_its_document(window: int | None) -> None:
    given = [tensor.detach() for tensor in inputs(9)]
    other = [torch.cat([-tensor[:, :, :5], tensor[:, :, 5:]], 2) for tensor in given]
    seen = []

    for one in (given, other):
        torch.manual_seed(1)
        seen.append(told(one, [5, 4], sliding_window=window, dropout=0.5)[:, 5:])
    plain = told(given, [5, 4], sliding_window=window)

    assert torch.equal(seen[0], seen[1])
    assert not torch.equal(seen[0], plain[:, 5:])


def ready(model: PreTrainedModel) -> Forward:
    return Forward(model.train(False), FP32, CPU)


def small(**more: Any) -> dict[str, Any]:
    return {
        "vocab_size": 96, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
        "num_attention_heads": 4, "num_key_value_heads": 2, "initializer_range": 0.2, **more,
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["llama", "window"])
def test_documents_end_to_end_have_the_loss_and_gradient_of_each_alone(
    examples: Maker, kind: str
) -> None:
    torch.manual_seed(0)
    model: PreTrainedModel = LlamaForCausalLM(LlamaConfig(**small()))
    if kind == "window":
        model = MistralForCausalLM(MistralConfig(**small(sliding_window=4)))
    forward, made = ready(model), examples(5)

    alone = sum(forward.loss(forward.lay(((i,),), made, 0)) for i in range(5))
    torch.autograd.backward(cast(torch.Tensor, alone))
    expected = {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}
    model.zero_grad()
    assert lay_flat(forward, made)
    batch = forward.lay(((0, 1, 2), (3, 4)), made, 0)
    together = forward.loss(batch)
    torch.autograd.backward(together)

    assert batch.ids.shape == (1, sum(len(e.ids) for e in made))
    torch.testing.assert_close(together, alone)
    for name, parameter in model.named_parameters():
        torch.testing.assert_close(parameter.grad, expected[name], atol=1e-4, rtol=1e-4)


class Deaf(LlamaForCausalLM):  # type: ignore[no-untyped-call]
    """A Llama that tells nobody where documents begin."""

    def forward(self, input_ids: Any, position_ids: Any = None, **rest: Any) -> Any:
        return super().forward(input_ids=input_ids, use_cache=False)


class Leaking(LlamaForCausalLM):  # type: ignore[no-untyped-call]
    """A Llama that tells its attention of one document only."""

    def forward(self, input_ids: Any, position_ids: Any = None, **told: Any) -> Any:
        if "document_bounds" in told:
            told["document_bounds"] = told["document_bounds"][[0, -1]]
        return super().forward(input_ids=input_ids, position_ids=position_ids, **told)


@pytest.mark.parametrize("kind", [Deaf, Leaking])
def test_a_model_that_would_mix_documents_keeps_its_rows(
    examples: Maker, kind: type[LlamaForCausalLM]
) -> None:
    torch.manual_seed(0)
    forward = ready(kind(LlamaConfig(**small())))

    assert not lay_flat(forward, examples(4))
    assert forward.model.config._attn_implementation == "sdpa"
    assert forward.lay(((0,), (1,)), examples(2), 0).bounds is None


def test_learned_prompts_and_other_attention_keep_rows(base: Path, examples: Maker) -> None:
    prompt = PromptTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=2)
    learned = Forward(wrap(load_base(base), prompt), FP32, CPU)
    eager = load_base(base)
    eager.set_attn_implementation("eager")

    assert not lay_flat(learned, examples(3))
    assert not lay_flat(ready(eager), examples(3))


class Scaled(LlamaForCausalLM):  # type: ignore[no-untyped-call]
    """A Llama that scales its logits, as some models do."""

    def forward(self, *given: Any, **told: Any) -> Any:
        out = super().forward(*given, **told)
        out.logits = out.logits * 0.5
        return out


def test_a_model_that_scales_its_logits_is_trained_on_scaled_logits(examples: Maker) -> None:
    torch.manual_seed(0)
    forward, made = ready(Scaled(LlamaConfig(**small()))), examples(2)
    batch = forward.lay(((0,), (1,)), made, 0)

    logits = forward.label_logits(batch)
    expected = functional.cross_entropy(logits, batch.targets, reduction="sum")

    torch.testing.assert_close(forward.loss(batch), expected)


def test_an_adapter_on_a_tied_head_learns_as_transformers_would_have_it(
    base: Path, examples: Maker
) -> None:
    model = wrap(load_base(base), LoraConfig(target_modules=["lm_head", "q_proj"], r=2))
    torch.manual_seed(0)
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter)
    forward, made = Forward(model, FP32, CPU), examples(1)
    labels = torch.where(torch.from_numpy(made[0].trained), torch.from_numpy(made[0].ids), -100)
    lay_flat(forward, made)

    theirs = model(input_ids=torch.from_numpy(made[0].ids)[None], labels=labels[None].long()).loss
    torch.autograd.backward(theirs * made[0].targets)
    expected = {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}
    model.zero_grad()
    torch.autograd.backward(forward.loss(forward.lay(((0,),), made, 0)))

    assert any("lm_head" in name for name in expected)
    for name, gradient in expected.items():
        torch.testing.assert_close(model.get_parameter(name).grad, gradient, atol=1e-4, rtol=1e-4)


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor")  # torch's own tracing
def test_compiled_layers_compute_the_same_and_are_translated_once_a_length(
    base: Path, examples: Maker
) -> None:
    torch._dynamo.reset()
    made = examples(12)
    settings = replace(FP32, max_length=64, micro_batch=2)
    forward = Forward(load_base(base), settings, CPU)
    with pytest.raises(ValueError, match="takes documents end to end"):
        compile_layers(forward, settings)
    lay_flat(forward, made)
    rows: list[tuple[tuple[int, ...], ...]] = [((0, 1), (2,)), ((3, 4, 5),), ((6,), (7, 8, 9))]
    plain = [forward.loss(forward.lay(one, made, 0)) for one in rows]

    assert compile_layers(forward, settings, "aot_eager") == 2
    batches = [forward.lay(one, made, 0) for one in rows]
    compiled = [forward.loss(batch) for batch in batches]
    with inference(forward.model):
        forward.loss(forward.lay(((10,),), made, 0))  # as written: no translation for it

    widths = {batch.ids.shape[1] for batch in batches}
    assert all(width % (2 * 64 // SHAPES) == 0 for width in widths)
    for mine, other in zip(compiled, plain, strict=True):
        torch.testing.assert_close(mine, other)
    assert torch._dynamo.utils.counters["stats"]["unique_graphs"] == len(widths)


def test_bounds_count_every_token_of_a_padded_row(base: Path, examples: Maker) -> None:
    forward, made = Forward(load_base(base), FP32, CPU), examples(3)
    lay_flat(forward, made)
    forward.multiple = 64
    batch = forward.lay(((0, 1, 2),), made, 0)

    assert batch.bounds is not None
    assert batch.bounds.tolist()[-1] == batch.ids.shape[1] == 64
    assert batch.longest == 64
    lengths = [end - start for start, end in pairwise(batch.bounds.tolist())]
    assert lengths[:3] == [len(e.ids) for e in made]
    assert batch.documents[0, sum(lengths[:3]) :].eq(0).all()


def test_the_attention_is_known_to_transformers_by_name(base: Path) -> None:
    model = load_base(base)
    before = model(input_ids=torch.arange(5)[None], use_cache=False).logits
    model.set_attn_implementation(attention.NAME)

    after = model(input_ids=torch.arange(5)[None], use_cache=False).logits

    assert torch.equal(before, after)

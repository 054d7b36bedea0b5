"""The fast way to each unit's gradient, against one example at a time written down here."""

import statistics
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from peft import LoraConfig
from torch import nn
from torch.nn import functional
from transformers import (
    BloomConfig,
    BloomForCausalLM,
    GPT2Config,
    GPT2LMHeadModel,
    GPTNeoXConfig,
    GPTNeoXForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedModel,
)

from burnish.methods.models.load import CausalModel, wrap
from burnish.methods.training.examples import Example
from burnish.methods.training.forward import Forward
from burnish.methods.training.privacy_settings import PrivacyRefused
from burnish.methods.training.private.check import faithful_gradients
from burnish.methods.training.private.gradients import (
    OneByOne,
    OnePass,
    add_clipped,
    unit_gradients,
)
from burnish.methods.training.private.steps import unit_losses
from burnish.methods.training.settings import TrainSettings

VOCAB, CLIP = 96, 0.01
Makers = Callable[..., list[Example]]


def llama(**changes: Any) -> PreTrainedModel:
    config = LlamaConfig(
        vocab_size=VOCAB, hidden_size=32, intermediate_size=48, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, initializer_range=0.2, **changes,
    )  # fmt: skip
    return LlamaForCausalLM(config)


MODELS: dict[str, Callable[[], PreTrainedModel]] = {
    "llama": llama,
    "llama with a tied head": lambda: llama(tie_word_embeddings=True),
    "gpt2": lambda: GPT2LMHeadModel(
        GPT2Config(
            vocab_size=VOCAB, n_embd=32, n_layer=2, n_head=4, n_positions=64, resid_pdrop=0.0,
            embd_pdrop=0.0, attn_pdrop=0.0,
        )
    ),
    "bloom": lambda: BloomForCausalLM(
        BloomConfig(vocab_size=VOCAB, hidden_size=32, n_layer=2, n_head=4)
    ),
    "neox": lambda: GPTNeoXForCausalLM(
        GPTNeoXConfig(
            vocab_size=VOCAB, hidden_size=32, intermediate_size=48, num_hidden_layers=2,
            num_attention_heads=4, max_position_embeddings=64,
        )
    ),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _seeded() -> Iterator[None]:
    with torch.random.fork_rng():
        torch.manual_seed(5)
        yield


def adapted(base: PreTrainedModel, **changes: Any) -> CausalModel:
    turned = isinstance(base, GPT2LMHeadModel)  # its matrices lie the other way round
    settled = {"target_modules": "all-linear", "fan_in_fan_out": turned, **changes}
    model = wrap(base, LoraConfig(r=4, lora_alpha=8, task_type="CAUSAL_LM", **settled))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.normal_(0, 0.05)
    return model


def trained(model: nn.Module) -> dict[str, nn.Parameter]:
    return {n: p for n, p in model.named_parameters() if p.requires_grad}


def forward_of(model: CausalModel, precision: Any = "fp32") -> Forward:
    plain = TrainSettings(precision=precision, device="cpu")
    return Forward(model, plain, torch.device("cpu"))


def reference(
    model: CausalModel,
    examples: Sequence[Example],
    units: Sequence[tuple[int, ...]],
    clip: float = CLIP,
) -> tuple[list[torch.Tensor], list[float]]:
    """The clipped sum by the book: every example alone through the plain model, unpadded."""
    parameters = list(trained(model).values())
    sums, norms = [torch.zeros_like(p) for p in parameters], []
    for unit in units:
        model.zero_grad()
        for index in unit:
            ids = torch.tensor(examples[index].ids[None].astype("int64"))
            learned = torch.tensor(examples[index].trained[1:])
            logits = model(input_ids=ids).logits[0, :-1][learned]
            loss = functional.cross_entropy(logits, ids[0, 1:][learned]) / len(unit)
            loss.backward()  # type: ignore[no-untyped-call]
        found = [torch.zeros_like(p) if p.grad is None else p.grad for p in parameters]
        norm = torch.cat([g.flatten() for g in found]).norm()
        norms.append(float(norm))
        for total, gradient in zip(sums, found, strict=True):
            total += gradient * min(1.0, clip / float(norm))
    return sums, norms


def ours(
    way: Any,
    model: CausalModel,
    examples: Sequence[Example],
    batches: Sequence[Any],
    clip: float = CLIP,
) -> tuple[list[torch.Tensor], list[float]]:
    forward = forward_of(model)
    sums, norms = [torch.zeros_like(p) for p in trained(model).values()], []
    for batch in batches:
        for _, gradients in way.of(batch, lambda b: unit_losses(forward, examples, 0, b)):
            norms += add_clipped(gradients, clip, sums)
    return sums, norms


def distance(found: Sequence[torch.Tensor], expected: Sequence[torch.Tensor]) -> float:
    scale = max(float(e.abs().max()) for e in expected)
    gaps = (f - e for f, e in zip(found, expected, strict=True))
    return max(float(gap.abs().max()) for gap in gaps) / scale


BATCHES = ([(0,), (1,), (2,)], [(3,), (4, 5, 6)], [(7, 8)])
UNITS = [unit for batch in BATCHES for unit in batch]


@pytest.mark.parametrize("name", list(MODELS))
def test_one_backward_pass_clips_every_unit_as_one_example_at_a_time_does(
    name: str, examples: Makers
) -> None:
    model, rows = adapted(MODELS[name]()), examples(9)
    middle = statistics.median(reference(model, rows, UNITS)[1])  # some are clipped, some not
    expected, norms = reference(model, rows, UNITS, middle)

    way = unit_gradients(model, trained(model))
    found, seen = ours(way, model, rows, BATCHES, middle)

    assert isinstance(way, OnePass)
    assert seen == pytest.approx(norms, rel=1e-5)
    assert distance(found, expected) < 1e-5


@pytest.mark.parametrize("name", ["llama", "llama with a tied head", "gpt2"])
def test_full_training_clips_every_unit_over_all_weights(name: str, examples: Makers) -> None:
    model, rows = MODELS[name](), examples(9)
    model.train(False)
    expected, norms = reference(model, rows, UNITS)

    way = unit_gradients(model, trained(model))
    found, seen = ours(way, model, rows, BATCHES)

    assert isinstance(way, OneByOne)
    assert seen == pytest.approx(norms, rel=1e-5)
    assert distance(found, expected) < 1e-5


class Shared(nn.Module):
    """Two layers of LoRA's kind that share one matrix."""

    def __init__(self, tied: bool) -> None:
        super().__init__()
        self.lora_a = nn.Linear(6, 6, bias=False)
        self.lora_b = nn.Linear(6, 6, bias=False)
        if tied:
            self.lora_b.weight = self.lora_a.weight

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.lora_b(self.lora_a(x).tanh())
        return y


@pytest.mark.parametrize("tied", [True, False])
def test_a_matrix_that_two_layers_share_counts_once_and_whole(tied: bool) -> None:
    model: Any = Shared(tied)
    x = torch.randn(3, 5, 6)
    named = trained(model)

    def losses(batch: Sequence[tuple[int, ...]]) -> torch.Tensor:
        made: torch.Tensor = model(x[[i for unit in batch for i in unit]])
        return made.square().sum(dim=(1, 2))

    slow = [g for _, g in OneByOne(list(named.values())).of([(0,), (1,), (2,)], losses)]
    (_, fast), = OnePass(model, named).of([(0,), (1,), (2,)], losses)  # fmt: skip

    assert len(named) == (1 if tied else 2)
    for place, gradient in enumerate(fast):
        torch.testing.assert_close(gradient, torch.cat([g[place] for g in slow]))


def test_clipping_after_the_sum_would_be_seen(examples: Makers) -> None:
    """The planted fault of a trainer that knows batches only: one norm for all units."""
    model, rows = adapted(llama()), examples(9)
    expected, _ = reference(model, rows, UNITS)
    way = unit_gradients(model, trained(model))
    whole = [torch.zeros_like(p) for p in trained(model).values()]
    for batch in BATCHES:
        for _, gradients in way.of(batch, lambda b: unit_losses(forward_of(model), rows, 0, b)):
            add_clipped([g.sum(dim=0, keepdim=True) for g in gradients], CLIP, whole)

    assert distance(whole, expected) > 0.1


def test_a_norm_that_misses_a_layer_would_be_seen(examples: Makers) -> None:
    model, rows = adapted(llama()), examples(9)
    _, norms = reference(model, rows, UNITS)
    way = unit_gradients(model, trained(model))
    sums = [torch.zeros_like(p) for p in trained(model).values()][1:]
    seen = []
    for batch in BATCHES:
        for _, gradients in way.of(batch, lambda b: unit_losses(forward_of(model), rows, 0, b)):
            seen += add_clipped(gradients[1:], CLIP, sums)

    assert seen != pytest.approx(norms, rel=1e-4)


def check(model: CausalModel, precision: Any = "fp32") -> Any:
    forward = forward_of(model, precision)

    def losses_of(rows: Sequence[Example]) -> Any:
        return lambda batch: unit_losses(forward, rows, 0, batch)

    return faithful_gradients(forward, trained(model), losses_of)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_faithful_model_passes_the_check_and_is_left_as_it_was(precision: str) -> None:
    model = adapted(llama())
    before = {n: p.detach().clone() for n, p in model.named_parameters()}

    assert isinstance(check(model, precision), OnePass)

    assert all(torch.equal(before[n], p) for n, p in model.named_parameters())


def test_a_model_that_mixes_the_rows_of_a_batch_is_refused() -> None:
    model = adapted(llama())
    layer: Any = model.get_submodule("base_model.model.model.layers.0")
    layer.register_forward_hook(lambda _m, _i, out: out + 0.5 * out.mean(dim=0, keepdim=True))

    with pytest.raises(PrivacyRefused, match="not what they are alone"):
        check(model)


def test_a_weight_used_past_its_layer_is_refused() -> None:
    model = adapted(llama())
    layer: Any = model.get_submodule("base_model.model.model.layers.1.mlp.up_proj")
    a, b = layer.lora_A["default"].weight, layer.lora_B["default"].weight
    layer.register_forward_hook(lambda _m, i, out: out + i[0] @ a.detach().T @ b.T * 3)

    with pytest.raises(PrivacyRefused, match="not what they are alone"):
        check(model)


def test_a_layer_that_loses_the_rows_is_refused() -> None:
    model = adapted(llama())
    inner: Any = model.get_submodule("base_model.model.model.layers.1.mlp")
    plain = inner.forward
    inner.forward = lambda x: plain(x.flatten(0, 1)).reshape(x.shape)

    with pytest.raises(PrivacyRefused, match="without the examples they belong to"):
        check(model)


@pytest.mark.parametrize(
    ("base", "changes"),
    [
        ("llama", {"use_dora": True}),
        ("llama", {"modules_to_save": ["lm_head"]}),
        ("neox", {"bias": "all"}),
        ("neox", {"target_modules": ["embed_in"]}),
    ],
    ids=["DoRA", "a trained head", "a bias", "an embedding"],
)
def test_adapters_whose_gradient_by_example_is_unknown_are_refused(base: str, changes: Any) -> None:
    model = adapted(MODELS[base](), **changes)

    with pytest.raises(PrivacyRefused, match="plain LoRA only"):
        unit_gradients(model, trained(model))


def test_a_batch_norm_is_refused() -> None:
    model = llama()
    model.add_module("norm_of_all", nn.BatchNorm1d(32))

    with pytest.raises(PrivacyRefused, match="norm_of_all is a batch norm"):
        unit_gradients(model, trained(model))


@settings(max_examples=50, deadline=None)
@given(
    scales=st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=6),
    clip=st.floats(1e-3, 1e3),
    spoilt=st.sampled_from([None, float("nan"), float("inf"), -float("inf")]),
)
def test_no_unit_moves_the_sum_by_more_than_the_clip(
    scales: list[float], clip: float, spoilt: float | None
) -> None:
    generator = torch.Generator().manual_seed(3)
    gradients = [
        torch.randn((len(scales), *shape), generator=generator)
        * torch.tensor(scales).reshape(-1, *[1] * len(shape))
        for shape in ((3, 2), (4,))
    ]
    if spoilt is not None:
        gradients[1][0, 2] = spoilt
    with_all, without_first = ([torch.zeros(3, 2), torch.zeros(4)] for _ in range(2))

    add_clipped(gradients, clip, with_all)
    if len(scales) > 1:
        add_clipped([g[1:] for g in gradients], clip, without_first)

    moved = torch.cat([(a - b).flatten() for a, b in zip(with_all, without_first, strict=True)])
    assert float(moved.norm()) <= clip * (1 + 1e-4 * len(scales))
    assert moved.isfinite().all()

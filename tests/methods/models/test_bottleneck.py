import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import LlamaConfig, LlamaForCausalLM

from burnish.methods.models.bottleneck import (
    CONFIG,
    WEIGHTS,
    Bottleneck,
    BottleneckConfig,
    add_bottlenecks,
    bottlenecks,
    switched_off,
    write_bottlenecks,
)
from burnish.methods.models.files import UnsafeModel
from burnish.methods.models.load import attach, holds_adapter

IDS = torch.tensor([[5, 9, 40, 41, 7]])


def model() -> LlamaForCausalLM:
    config = LlamaConfig(
        vocab_size=64,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        initializer_range=0.2,
    )
    with torch.random.fork_rng():
        torch.manual_seed(3)
        made = LlamaForCausalLM(config)
    made.train(False)
    return made


def logits(of: Any) -> torch.Tensor:
    with torch.no_grad():
        found: torch.Tensor = of(input_ids=IDS).logits
    return found


def stirred(kind: Any = "houlsby") -> LlamaForCausalLM:
    made = model()
    add_bottlenecks(made, BottleneckConfig(kind, 4))
    with torch.no_grad():
        for adapter in bottlenecks(made).values():
            adapter.up.weight.normal_(generator=torch.Generator().manual_seed(5))
    return made


configs = st.builds(
    BottleneckConfig,
    kind=st.sampled_from(["houlsby", "pfeiffer"]),
    width=st.integers(1, 20),
    activation=st.sampled_from(["relu", "gelu", "silu"]),
    dropout=st.sampled_from([0.0, 0.5]),
)


@given(config=configs)
@settings(max_examples=20, deadline=None)
def test_new_adapters_leave_every_output_as_it_is_and_alone_ask_for_gradients(
    config: BottleneckConfig,
) -> None:
    plain, adapted = model(), model()
    add_bottlenecks(adapted, config)
    adapted.train()

    assert torch.equal(adapted(input_ids=IDS).logits, logits(plain))

    adapted(input_ids=IDS).logits.square().sum().backward()
    with_gradient = {n for n, p in adapted.named_parameters() if p.grad is not None}
    assert with_gradient == {
        f"{place}.{name}"
        for place, adapter in bottlenecks(adapted).items()
        for name, _ in adapter.named_parameters()
    }
    blocks = ["mlp"] if config.kind == "pfeiffer" else ["self_attn", "mlp"]
    places = [f"model.layers.{n}.{block}.bottleneck" for n in range(2) for block in blocks]
    assert list(bottlenecks(adapted)) == places


@given(states=st.lists(st.floats(-4, 4), min_size=6, max_size=6), width=st.integers(1, 5))
@settings(max_examples=30, deadline=None)
def test_an_adapter_is_the_papers_formula(states: list[float], width: int) -> None:
    torch.manual_seed(width)
    adapter = Bottleneck(6, BottleneckConfig("pfeiffer", width))
    torch.nn.init.normal_(adapter.up.weight)
    hidden = torch.tensor([states])

    inner = (hidden @ adapter.down.weight.T + adapter.down.bias).clamp(min=0)
    expected = hidden + inner @ adapter.up.weight.T + adapter.up.bias

    torch.testing.assert_close(adapter(hidden), expected)
    half = adapter(hidden.bfloat16())
    assert half.dtype == torch.bfloat16


def test_switched_off_is_the_base_to_the_bit_and_on_again_afterwards() -> None:
    adapted, base = stirred(), logits(model())
    before = logits(adapted)

    with switched_off(adapted):
        assert torch.equal(logits(adapted), base)

    assert torch.equal(logits(adapted), before)
    assert not torch.allclose(before, base)


def test_a_copy_has_adapters_of_its_own() -> None:
    adapted = stirred()
    copy = deepcopy(adapted)

    with switched_off(copy):
        assert torch.equal(logits(copy), logits(model()))
        assert not torch.allclose(logits(adapted), logits(copy))


@pytest.mark.parametrize("kind", ["houlsby", "pfeiffer"])
def test_written_and_attached_they_give_the_same_model(tmp_path: Path, kind: Any) -> None:
    adapted = stirred(kind)
    write_bottlenecks(adapted, "example/base", tmp_path)

    again = attach(model(), tmp_path)

    assert holds_adapter(tmp_path)
    assert torch.equal(logits(again), logits(adapted))
    assert not any(p.requires_grad for p in again.parameters())
    assert not again.training
    first = {name: (tmp_path / name).read_bytes() for name in (CONFIG, WEIGHTS)}
    write_bottlenecks(again, "example/base", tmp_path)
    assert first == {name: (tmp_path / name).read_bytes() for name in (CONFIG, WEIGHTS)}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"width": 5}, "a model of another shape"),
        ({"kind": "pfeiffer"}, "a model of another shape"),
        ({"kind": "strange"}, "kind, activation or width that is not known"),
        ({"width": "4"}, "kind, activation or width that is not known"),
        ({"more": 1}, "does not describe bottleneck adapters"),
    ],
)
def test_a_damaged_folder_is_refused(tmp_path: Path, change: dict[str, Any], told: str) -> None:
    write_bottlenecks(stirred(), "", tmp_path)
    config = json.loads((tmp_path / CONFIG).read_text())
    (tmp_path / CONFIG).write_text(json.dumps(config | change))

    with pytest.raises(UnsafeModel, match=told):
        attach(model(), tmp_path)


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    write_bottlenecks(stirred(), "", tmp_path)
    (tmp_path / WEIGHTS).unlink()

    with pytest.raises(UnsafeModel, match=WEIGHTS):
        attach(model(), tmp_path)

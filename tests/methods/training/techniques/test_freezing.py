from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file
from torch import nn
from transformers import LlamaConfig, LlamaForCausalLM

from burnish.methods.training.examples import TrainData
from burnish.methods.training.loop import train
from burnish.methods.training.settings import TrainSettings
from burnish.methods.training.technique_settings import FreezeSettings, TechniqueOptions
from burnish.methods.training.techniques.freezing import Freezing

SETTINGS = TrainSettings(technique="freeze", packing=False)
LAYERS = 4


def trained(**chosen: Any) -> set[str]:
    config = LlamaConfig(
        vocab_size=8,
        hidden_size=8,
        intermediate_size=8,
        num_hidden_layers=LAYERS,
        num_attention_heads=2,
    )
    options = TechniqueOptions(freeze=FreezeSettings(**chosen))
    model = Freezing().dress(LlamaForCausalLM(config), replace(SETTINGS, options=options))
    return {name for name, p in model.named_parameters() if p.requires_grad}


@given(
    count=st.integers(1, LAYERS),
    by_first=st.booleans(),
    parts=st.fixed_dictionaries(dict.fromkeys(("embeddings", "head", "norm"), st.booleans())),
)
@settings(max_examples=30, deadline=None)
def test_the_last_layers_and_the_chosen_parts_are_trained_and_nothing_else(
    count: int, by_first: bool, parts: dict[str, bool]
) -> None:
    if count == LAYERS and all(parts.values()):
        return  # that is technique full
    skipped = LAYERS - count
    depth: dict[str, Any] = {"last": None, "first": skipped} if by_first else {"last": count}

    found = trained(**depth, **parts)

    assert {int(n.split(".")[2]) for n in found if n.startswith("model.layers.")} == set(
        range(skipped, LAYERS)
    )
    assert ("model.embed_tokens.weight" in found) is parts["embeddings"]
    assert ("lm_head.weight" in found) is parts["head"]
    assert ("model.norm.weight" in found) is parts["norm"]


def test_a_pattern_chooses_within_the_layers() -> None:
    found = trained(last=1, patterns=("*.mlp.*", "*.q_proj.weight"), norm=False)

    assert found == {
        *(f"model.layers.3.mlp.{part}_proj.weight" for part in ("gate", "up", "down")),
        "model.layers.3.self_attn.q_proj.weight",
    }


def test_frozen_weights_stay_as_they_are_to_the_bit(
    base: Path,
    data: TrainData,
    quick: TrainSettings,
    world: Callable[..., Any],
    tmp_path: Path,
) -> None:
    options = TechniqueOptions(freeze=FreezeSettings(last=1))
    settings = replace(quick, technique="freeze", options=options, max_steps=3, weight_decay=0.1)

    train(base, data, settings, world().ports(), tmp_path / "out")

    before = load_file(base / "model.safetensors")
    after = load_file(tmp_path / "out" / "model.safetensors")
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed == {
        n for n in before if n.startswith("model.layers.1.") or n == "model.norm.weight"
    }


def test_no_gradient_is_worked_out_below_the_lowest_trained_layer() -> None:
    config = LlamaConfig(
        vocab_size=8,
        hidden_size=8,
        intermediate_size=8,
        num_hidden_layers=LAYERS,
        num_attention_heads=2,
    )
    options = TechniqueOptions(freeze=FreezeSettings(last=1))
    model = Freezing().dress(LlamaForCausalLM(config), replace(SETTINGS, options=options))
    needing = []

    def note(_module: nn.Module, _given: Any, output: Any) -> None:
        states = output[0] if isinstance(output, tuple) else output
        needing.append(states.requires_grad)

    for layer in model.model.layers:
        layer.register_forward_hook(note)
    model(input_ids=torch.tensor([[1, 2, 3]]))

    assert needing == [False, False, False, True]


@pytest.mark.parametrize("option", [{"last": 2}, {"last": None, "first": 2}])
def test_two_ways_to_say_the_same(option: dict[str, Any]) -> None:
    assert trained(**option) == trained(last=2)

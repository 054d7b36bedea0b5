"""The model FLOPs of a token, beside counts by hand."""

from __future__ import annotations

import torch
from peft import LoraConfig
from transformers import LlamaConfig, LlamaForCausalLM

from burnish.methods.models.load import wrap
from burnish.methods.training.arithmetic import arithmetic, device_of

WIDTH, INNER, LAYERS, VOCAB, RANK = 8, 16, 3, 32, 2
LAYER = 4 * WIDTH * WIDTH + 3 * WIDTH * INNER
"""Weights of a layer's seven matrices."""


def llama(tied: bool = True) -> LlamaForCausalLM:
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=VOCAB, hidden_size=WIDTH, intermediate_size=INNER, num_attention_heads=2,
            num_hidden_layers=LAYERS, tie_word_embeddings=tied,
        )
    )  # fmt: skip


def test_full_training_takes_six_per_weight_and_the_head_is_counted_apart() -> None:
    for tied in (True, False):
        found = arithmetic(llama(tied), [4, 4])

        assert found.body == 6 * LAYERS * LAYER
        assert found.head == 6 * VOCAB * WIDTH


def test_attention_is_causal_and_of_each_document_alone() -> None:
    found = arithmetic(llama(), [10, 30])

    assert found.attention == 6 * LAYERS * WIDTH * (10**2 + 30**2) / (10 + 30)


def test_lora_takes_four_per_frozen_weight_and_six_per_trained_one() -> None:
    config = LoraConfig(r=RANK, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM")

    found = arithmetic(wrap(llama(), config), [4])

    adapters = LAYERS * 2 * RANK * (WIDTH + WIDTH)
    assert found.body == 4 * LAYERS * LAYER + 6 * adapters
    assert found.head == 4 * VOCAB * WIDTH


def test_below_the_first_trained_layer_no_gradient_flows() -> None:
    model = llama()
    for name, parameter in model.named_parameters():
        parameter.requires_grad = "layers.2." in name

    assert arithmetic(model, [4]).body == (2 + 2 + 6) * LAYER


def test_a_trained_prompt_needs_the_gradient_of_every_layer() -> None:
    model = llama()
    for parameter in model.parameters():
        parameter.requires_grad = False
    model.register_parameter("prompt", torch.nn.Parameter(torch.zeros(5, WIDTH)))

    assert arithmetic(model, [4]).body == 4 * LAYERS * LAYER + 6 * 5 * WIDTH


def test_measuring_the_device_draws_no_random_number() -> None:
    before = torch.random.get_rng_state()

    found = device_of(torch.device("cpu"), "fp32")

    assert found.name == "cpu"
    assert found.measured > 1e8
    assert torch.equal(torch.random.get_rng_state(), before)

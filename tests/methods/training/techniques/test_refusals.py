"""What does not go together is refused, with the reason and what to do."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedModel,
)

from burnish.methods.models.load import load_quantised
from burnish.methods.training.privacy_settings import PrivacySettings
from burnish.methods.training.settings import TrainSettings
from burnish.methods.training.start import trainable_model
from burnish.methods.training.technique_settings import (
    FreezeSettings,
    Ia3Settings,
    LoraSettings,
    PrefixSettings,
    TechniqueOptions,
    TechniqueRefused,
)
from burnish.methods.training.techniques.table import BY_WORD

LORA = LoraSettings(4, 8, 0.0)
PRIVACY = PrivacySettings(noise=1.0, rate=0.5, steps=2)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"technique": "prefix"}, "only the first of several packed documents.*set packing"),
        ({"technique": "prompt"}, "only the first of several packed documents.*set packing"),
        (
            {"technique": "qlora", "lora": replace(LORA, pissa=True)},
            "would fit no base that is served; set pissa",
        ),
        ({"lora": replace(LORA, pissa=True, dora=True)}, "both rewrite the weights.*choose one"),
        ({"lora": replace(LORA, pissa=True, dropout=0.1)}, "dropout would drop that; set dropout"),
        (
            {"technique": "qlora", "privacy": PRIVACY, "packing": False},
            "not known for qlora; take full, freeze or lora",
        ),
        (
            {"technique": "pfeiffer", "privacy": PRIVACY, "packing": False},
            "not known for pfeiffer; take",
        ),
        (
            {"lora": replace(LORA, dora=True), "privacy": PRIVACY, "packing": False},
            "matrices of LoRA only; set dora and norms to false",
        ),
        (
            {"lora": replace(LORA, norms=True), "privacy": PRIVACY, "packing": False},
            "matrices of LoRA only; set dora and norms to false",
        ),
    ],
)
def test_settings_that_make_no_sense_together(
    quick: TrainSettings, change: dict[str, Any], told: str
) -> None:
    with pytest.raises(TechniqueRefused, match=told):
        replace(quick, **change)


def freeze(**chosen: Any) -> dict[str, Any]:
    return {"technique": "freeze", "options": TechniqueOptions(freeze=FreezeSettings(**chosen))}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (freeze(patterns=("*.nothing.*",)), "no weight of any layer.*such as model.layers.0"),
        (freeze(last=None, first=2, norm=False), "no weight of any layer"),
        (freeze(last=3), "the model has 2 layers"),
        (freeze(last=2, embeddings=True, head=True), "every weight.*technique full"),
        ({"lora": replace(LORA, layers=(2,))}, "no layer 2: the model has 2, numbered 0 to 1"),
        ({"lora": replace(LORA, layers=(-3,))}, "no layer -3"),
        ({"lora": replace(LORA, targets=("strange",))}, "strange.* not found in the base model"),
        ({"lora": replace(LORA, rank=33, pissa=True)}, "larger than a side of .*lower lora.rank"),
        (
            {
                "technique": "prefix",
                "packing": False,
                "options": TechniqueOptions(prefix=PrefixSettings(89)),
            },
            "need 129 positions, the model has 128; lower convert.max_length to 39",
        ),
        (
            {"technique": "ia3", "options": TechniqueOptions(ia3=Ia3Settings(("strange",)))},
            "finds no layers to scale in this architecture .llama.; name them in ia3.targets",
        ),
    ],
)
def test_settings_that_do_not_fit_the_model(
    base: Path, quick: TrainSettings, change: dict[str, Any], told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        trainable_model(base, replace(quick, **change))


def tiny(kind: type[PreTrainedModel], config: Any) -> PreTrainedModel:
    with torch.random.fork_rng():
        torch.manual_seed(1)
        return kind(config)


def llama(tied: bool = False) -> PreTrainedModel:
    config = LlamaConfig(
        vocab_size=96,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        tie_word_embeddings=tied,
    )
    return tiny(LlamaForCausalLM, config)


def test_one_matrix_for_both_ends_is_frozen_as_one(quick: TrainSettings) -> None:
    tied = llama(tied=True)
    settings = replace(quick, **freeze(head=True))

    with pytest.raises(TechniqueRefused, match=r"one matrix in this model.*the same value"):
        BY_WORD["freeze"].dress(tied, settings)


def test_a_prefix_needs_keys_and_values_in_every_layer(quick: TrainSettings) -> None:
    model = llama()
    model.config.layer_types = ["full_attention", "linear_attention"]
    settings = replace(quick, technique="prefix", packing=False)

    with pytest.raises(TechniqueRefused, match=r"linear_attention layers keep no keys.*prompt"):
        BY_WORD["prefix"].dress(model, settings)


@pytest.mark.parametrize("word", ["houlsby", "pfeiffer"])
def test_an_architecture_of_other_names_gets_adapters_or_is_refused(
    quick: TrainSettings, word: Any
) -> None:
    config = GPT2Config(vocab_size=96, n_embd=32, n_layer=2, n_head=4, n_positions=64)
    known, strange = tiny(GPT2LMHeadModel, config), tiny(GPT2LMHeadModel, config)
    for layer in strange.transformer.h:  # type: ignore[union-attr]
        layer.perceptron = layer.mlp
        del layer.mlp
    settings = replace(quick, technique=word)

    dressed = BY_WORD[word].dress(known, settings)
    with pytest.raises(ValueError, match=r"layer 0 of this architecture has no single block.*lora"):
        BY_WORD[word].dress(strange, settings)

    assert sum(p.requires_grad for p in dressed.parameters()) == (16 if word == "houlsby" else 8)


def test_qlora_without_its_library_says_what_to_install(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "bitsandbytes", None)

    with pytest.raises(ValueError, match=r"pip install 'burnish\[quantised\]', or take technique"):
        load_quantised(base, "float32", double=True, device=torch.device("cpu"))


def test_loading_models_keeps_code_from_being_fetched_for_them(world: Callable[..., Any]) -> None:
    assert sys.modules["kernels"] is None

"""Counts from the headers of the weights are those of the model that is trained."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from burnish.methods.training.forecast.counts import trainable
from burnish.methods.training.forecast.shape import shape_of
from burnish.methods.training.settings import TrainSettings
from burnish.methods.training.start import trainable_model
from burnish.methods.training.technique_settings import (
    TECHNIQUES,
    FreezeSettings,
    LoraSettings,
    PrefixSettings,
    TechniqueOptions,
)

PLAIN = LoraSettings(4, 8, 0.0)


def both(base: Path, settings: TrainSettings) -> tuple[int, int]:
    """The count from the sizes, and that of the loaded model."""
    counted = trainable(shape_of(base), settings.technique, settings.lora, settings.options)
    model = trainable_model(base, settings)
    return counted, sum(p.numel() for p in model.parameters() if p.requires_grad)


@pytest.mark.parametrize("technique", TECHNIQUES)
def test_a_technique_trains_as_many_weights_as_were_counted(base: Path, technique: str) -> None:
    settings = TrainSettings(
        technique=technique,  # type: ignore[arg-type]
        lora=PLAIN,
        packing=False,
        max_length=64,
        precision="fp32",
        device="cpu",
    )
    counted, real = both(base, settings)

    assert counted == real


@pytest.mark.parametrize(
    "lora",
    [
        replace(PLAIN, dora=True),
        replace(PLAIN, targets=("q_proj", "down_proj")),
        replace(PLAIN, layers=(-1,)),
        replace(PLAIN, norms=True),
    ],
)
def test_the_kinds_of_lora_are_counted(base: Path, lora: LoraSettings) -> None:
    counted, real = both(base, TrainSettings(lora=lora, precision="fp32", device="cpu"))

    assert counted == real


@pytest.mark.parametrize(
    "options",
    [
        TechniqueOptions(freeze=FreezeSettings(last=1, head=True, norm=False)),
        TechniqueOptions(freeze=FreezeSettings(last=None, first=1, embeddings=True)),
        TechniqueOptions(freeze=FreezeSettings(last=2, patterns=("*.mlp.*",))),
    ],
)
def test_the_kinds_of_freezing_are_counted(base: Path, options: TechniqueOptions) -> None:
    settings = TrainSettings(technique="freeze", options=options, precision="fp32", device="cpu")
    counted, real = both(base, settings)

    assert counted == real


def test_a_projected_prefix_is_counted_with_its_network(base: Path) -> None:
    options = TechniqueOptions(prefix=PrefixSettings(tokens=5, projection=True))
    settings = TrainSettings(
        technique="prefix", options=options, packing=False, max_length=64, precision="fp32",
        device="cpu",
    )  # fmt: skip
    counted, real = both(base, settings)

    assert counted == real


def test_the_shape_is_read_from_headers_alone(base: Path, tmp_path: Path) -> None:
    whole = shape_of(base)
    for path in base.glob("*.safetensors"):
        length = 8 + int.from_bytes(path.read_bytes()[:8], "little")
        (tmp_path / path.name).write_bytes(path.read_bytes()[:length])
    (tmp_path / "config.json").write_bytes((base / "config.json").read_bytes())

    assert shape_of(tmp_path) == whole
    assert (whole.layers, whole.width, whole.vocabulary, whole.key_value) == (2, 32, 96, 16)


def test_of_a_mixture_of_experts_a_token_passes_a_share(tmp_path: Path) -> None:
    tensors = {
        "model.layers.0.self_attn.q_proj.weight": [10, 10],
        **{f"model.layers.0.mlp.experts.{n}.w1.weight": [10, 10] for n in range(4)},
    }
    header = {
        name: {"dtype": "F32", "shape": s, "data_offsets": [0, 0]} for name, s in tensors.items()
    }
    text = json.dumps(header).encode()
    (tmp_path / "model.safetensors").write_bytes(len(text).to_bytes(8, "little") + text)
    config = {
        "hidden_size": 10, "num_hidden_layers": 1, "num_attention_heads": 1, "vocab_size": 5,
        "num_local_experts": 4, "num_experts_per_tok": 1,
    }  # fmt: skip
    (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")

    assert shape_of(tmp_path).active == pytest.approx(2 / 5)


@pytest.mark.parametrize("absent", ["config.json", "model.safetensors"])
def test_a_folder_without_sizes_is_refused(base: Path, tmp_path: Path, absent: str) -> None:
    for path in base.iterdir():
        if path.name != absent:
            (tmp_path / path.name).write_bytes(path.read_bytes())

    with pytest.raises(ValueError, match="holds no"):
        shape_of(tmp_path)

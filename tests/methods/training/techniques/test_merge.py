from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from burnish.methods.models.load import attach, load_base
from burnish.methods.training.examples import TrainData
from burnish.methods.training.loop import train
from burnish.methods.training.settings import TrainSettings
from burnish.methods.training.technique_settings import (
    LoraSettings,
    TechniqueOptions,
    TechniqueRefused,
)
from burnish.methods.training.techniques.merge import MergeRefused, compare

LORA = LoraSettings(4, 8, 0.0)
MERGED = TechniqueOptions(merge=True)


@pytest.fixture
def merging(quick: TrainSettings) -> TrainSettings:
    return replace(quick, lora=LORA, options=MERGED, max_steps=3, eval_every=0)


@pytest.mark.parametrize(
    ("technique", "lora"),
    [
        ("lora", replace(LORA, dora=True, norms=True)),
        ("lora", replace(LORA, pissa=True)),
        ("qlora", LORA),
        ("ia3", LORA),
    ],
)
def test_merged_weights_compute_what_the_adapter_computes(
    base: Path,
    data: TrainData,
    merging: TrainSettings,
    world: Callable[..., Any],
    tmp_path: Path,
    technique: Any,
    lora: LoraSettings,
) -> None:
    settings = replace(merging, technique=technique, lora=lora)

    result = train(base, data, settings, world().ports(), tmp_path / "out")

    assert result.merged is not None
    assert 0 <= result.merged.logit_change <= result.merged.limit
    assert result.merged.same_answers == result.merged.prompts == 4
    assert "merged/model.safetensors" in result.files
    assert "merged/tokenizer_config.json" in result.files
    assert all((tmp_path / "out" / name).is_file() for name in result.files)
    assert not list((tmp_path / "out").glob(".*"))
    ids = torch.tensor([[5, 9, 40, 41]])
    with torch.no_grad():
        merged = load_base(tmp_path / "out" / "merged")(input_ids=ids).logits
        beside = attach(load_base(base), tmp_path / "out")(input_ids=ids).logits
        plain = load_base(base)(input_ids=ids).logits
    torch.testing.assert_close(merged, beside, atol=1e-4, rtol=1e-4)
    assert float((merged - plain).abs().max()) > 1e-2
    assert {t.dtype for t in load_file(tmp_path / "out/merged/model.safetensors").values()} == {
        torch.float32
    }


@pytest.mark.parametrize("fault", ["scaled", "left out"])
def test_a_merge_that_computes_something_else_is_refused(
    base: Path,
    data: TrainData,
    merging: TrainSettings,
    world: Callable[..., Any],
    tmp_path: Path,
    fault: str,
) -> None:
    out = tmp_path / "out"
    train(base, data, merging, world().ports(), out)
    file = out / "merged" / "model.safetensors"
    tensors, name = load_file(file), "model.layers.1.mlp.down_proj.weight"
    before = load_file(base / "model.safetensors")[name]
    update = tensors[name] - before
    tensors[name] = before + (0.5 * update if fault == "scaled" else 0)
    save_file(tensors, file, metadata={"format": "pt"})

    with pytest.raises(MergeRefused, match="the merged weights are not this adapter; set merge"):
        compare(base, out, out / "merged")


def test_equal_trainings_merge_to_equal_bytes_and_the_control_has_nothing_to_merge(
    base: Path,
    data: TrainData,
    merging: TrainSettings,
    world: Callable[..., Any],
    tmp_path: Path,
) -> None:
    for name in ("one", "two"):
        train(base, data, merging, world(name).ports(), tmp_path / f"{name}-out")
    random = train(
        base, data, replace(merging, from_scratch=True), world("r").ports(), tmp_path / "random"
    )

    merged = "merged/model.safetensors"
    assert (tmp_path / "one-out" / merged).read_bytes() == (
        tmp_path / "two-out" / merged
    ).read_bytes()
    assert random.merged is None
    assert "adapter_model.safetensors" in random.files
    assert merged not in random.files


@pytest.mark.parametrize("technique", ["full", "freeze", "prefix", "prompt", "houlsby", "pfeiffer"])
def test_what_cannot_be_merged_is_refused(merging: TrainSettings, technique: Any) -> None:
    with pytest.raises(TechniqueRefused, match=f"{technique} leaves nothing to merge"):
        replace(merging, technique=technique, packing=False)

"""Write the trained model: an adapter of two files, or a whole model folder."""

import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel, get_peft_model_state_dict
from safetensors.torch import save
from transformers import PreTrainedModel

from burnish.methods.models.files import model_folder
from burnish.methods.models.load import CausalModel, without_progress_bars
from burnish.methods.training.settings import TrainSettings

_TOKENIZER_FILES = (
    "added_tokens.json",
    "chat_template.jinja",
    "merges.txt",
    "special_tokens_map.json",
    "tokenizer.json",
    "tokenizer.model",
    "tokenizer_config.json",
    "vocab.json",
)
_SHARD = "5GB"


def write_model(
    model: CausalModel, settings: TrainSettings, base: Path, out: Path
) -> tuple[str, ...]:
    """Write `model` into `out`, each file in one move; the names written, sorted.

    A full model takes the tokenizer files of `base` along. Equal weights give equal bytes.
    """
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix=".writing-") as folder:
        if isinstance(model, PeftModel):
            _write_adapter(model, settings, Path(folder))
        else:
            _write_full(model, base, Path(folder))
        names = sorted(p.name for p in Path(folder).iterdir())
        for name in names:
            os.replace(Path(folder) / name, out / name)
    return tuple(names)


def adapter_config(model: PeftModel, base_name: str) -> dict[str, Any]:
    """The adapter's configuration as JSON values: no path of this machine, sets in sorted order."""
    config = model.peft_config["default"].to_dict()
    plain = {k: sorted(v) if isinstance(v, set) else v for k, v in config.items()}
    return {**plain, "base_model_name_or_path": base_name or None, "inference_mode": True}


def _write_adapter(model: PeftModel, settings: TrainSettings, folder: Path) -> None:
    config = adapter_config(model, settings.base_name)
    text = json.dumps(config, indent=2, sort_keys=True) + "\n"
    (folder / "adapter_config.json").write_text(text, encoding="utf-8")
    # never "auto": that asks the hub whether the vocabulary has grown
    state: dict[str, torch.Tensor] = get_peft_model_state_dict(model, save_embedding_layers=False)
    tensors = {name: state[name].detach().cpu().contiguous() for name in sorted(state)}
    content = save(tensors, metadata={"format": "pt"})
    (folder / "adapter_model.safetensors").write_bytes(content)


def _write_full(model: PreTrainedModel, base: Path, folder: Path) -> None:
    with without_progress_bars():
        model.save_pretrained(folder, max_shard_size=_SHARD)
    source = model_folder(base)
    for name in _TOKENIZER_FILES:
        if (source / name).is_file():
            shutil.copyfile(source / name, folder / name)

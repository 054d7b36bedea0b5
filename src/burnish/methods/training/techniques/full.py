"""Ordinary tuning: every weight is trained, and a whole model is written."""

import math
import shutil
from pathlib import Path

import torch
from transformers import PreTrainedModel

from burnish.methods.models.files import model_folder
from burnish.methods.models.load import CausalModel, without_progress_bars
from burnish.methods.training.settings import TrainSettings
from burnish.methods.training.techniques.technique import plain, starting_model

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


class Full:
    """All weights."""

    def base(self, path: Path, settings: TrainSettings) -> PreTrainedModel:
        """The base in fp32."""
        return starting_model(path, settings)

    def dress(self, base: PreTrainedModel, settings: TrainSettings) -> CausalModel:
        """The model as it is: every parameter asks for a gradient."""
        return base

    def moved(self, model: CausalModel, path: Path, settings: TrainSettings) -> float:
        """The norm of the difference to the base, which is read again."""
        start = dict(starting_model(path, settings).named_parameters())
        with torch.no_grad():
            deltas = (plain(p) - start[name] for name, p in model.named_parameters())
            return math.sqrt(sum(float(d.double().square().sum()) for d in deltas))

    def write(self, model: CausalModel, settings: TrainSettings, base: Path, folder: Path) -> None:
        """The whole model with the tokenizer of its base."""
        write_whole(model, base, folder)


def write_whole(model: CausalModel, base: Path, folder: Path) -> None:
    """Write `model` and the tokenizer files of `base` into `folder`."""
    with without_progress_bars():
        model.save_pretrained(str(folder), max_shard_size=_SHARD)
    source = model_folder(base)
    for name in _TOKENIZER_FILES:
        if (source / name).is_file():
            shutil.copyfile(source / name, folder / name)

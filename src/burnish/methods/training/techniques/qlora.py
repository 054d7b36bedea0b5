"""LoRA over a base whose linear layers are held in 4 bits (QLoRA, Dettmers et al. 2023).

The adapter is served on the base in full precision. The difference between that and the rounded
base is part of what the evaluation measures.
"""

from pathlib import Path
from typing import Literal

from transformers import PreTrainedModel

from burnish.methods.models.load import load_quantised
from burnish.methods.training.reproducible import pick_device
from burnish.methods.training.settings import TrainSettings
from burnish.methods.training.techniques.lora import Lora
from burnish.methods.training.techniques.technique import scratch_folder, starting_folder


class Qlora(Lora):
    """Two small matrices beside each chosen linear layer of a quantised base."""

    def base(self, path: Path, settings: TrainSettings) -> PreTrainedModel:
        """The base in 4-bit NormalFloat on its device; random weights are rounded as well."""
        options = settings.options.qlora
        with scratch_folder() as room:
            return load_quantised(
                starting_folder(path, settings, Path(room)),
                _compute(settings),
                double=options.double,
                device=pick_device(settings),
            )


def _compute(settings: TrainSettings) -> Literal["float32", "bfloat16"]:
    wanted = settings.options.qlora.compute
    half = (settings.precision if wanted == "auto" else wanted) == "bf16"
    return "bfloat16" if half else "float32"

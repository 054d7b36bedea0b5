"""Bottleneck adapters behind the blocks of every layer; see `burnish.methods.models.bottleneck`."""

from dataclasses import dataclass
from pathlib import Path

from transformers import PreTrainedModel

from burnish.methods.models.bottleneck import (
    BottleneckConfig,
    Kind,
    add_bottlenecks,
    write_bottlenecks,
)
from burnish.methods.models.load import CausalModel
from burnish.methods.training.settings import TrainSettings
from burnish.methods.training.techniques.technique import (
    distance,
    hold_in_fp32,
    remember_start,
    starting_model,
)


@dataclass(frozen=True)
class Bottlenecks:
    """Adapters behind the attention and the feed-forward block, or behind the latter alone."""

    kind: Kind

    def base(self, path: Path, settings: TrainSettings) -> PreTrainedModel:
        """The base, in bf16 where the training is."""
        return starting_model(path, settings)

    def dress(self, base: PreTrainedModel, settings: TrainSettings) -> CausalModel:
        """The base with new adapters; raises ValueError where their places are not found."""
        wanted = settings.options.bottleneck
        width = max(1, int(base.config.get_text_config().hidden_size) // wanted.reduction)
        config = BottleneckConfig(self.kind, width, wanted.activation, wanted.dropout)
        add_bottlenecks(base, config)
        hold_in_fp32(base)
        remember_start(base)
        return base

    def moved(self, model: CausalModel, path: Path, settings: TrainSettings) -> float:
        """The norm of the change of all adapters."""
        return distance(model)

    def write(self, model: CausalModel, settings: TrainSettings, base: Path, folder: Path) -> None:
        """The adapters and where they sit."""
        write_bottlenecks(model, settings.base_name, folder)

"""Learned scales of keys, values and inner activations (IA3).

Liu et al. 2022, "Few-Shot Parameter-Efficient Fine-Tuning is Better and Cheaper than In-Context
Learning", section 3.3. All scales start at one, so that the model starts as exactly its base.
"""

from pathlib import Path

from peft import IA3Config
from transformers import PreTrainedModel

from burnish.methods.models.load import CausalModel, wrap
from burnish.methods.training.settings import TrainSettings
from burnish.methods.training.technique_settings import TechniqueRefused
from burnish.methods.training.techniques.technique import (
    adapter_config,
    adapter_tensors,
    as_adapter,
    distance,
    hold_in_fp32,
    remember_start,
    starting_model,
    write_adapter,
)


class Scales:
    """A vector for each chosen linear layer that scales its output or its input."""

    def base(self, path: Path, settings: TrainSettings) -> PreTrainedModel:
        """The base, in bf16 where the training is."""
        return starting_model(path, settings)

    def dress(self, base: PreTrainedModel, settings: TrainSettings) -> CausalModel:
        """The base wrapped by PEFT; raises TechniqueRefused where the layers are not known."""
        wanted = settings.options.ia3
        config = IA3Config(
            target_modules=list(wanted.targets) or None,
            feedforward_modules=list(wanted.feedforward) if wanted.targets else None,
            task_type="CAUSAL_LM",
        )
        try:
            model = wrap(base, config)
        except ValueError as wrong:
            raise TechniqueRefused(
                f"ia3 finds no layers to scale in this architecture ({base.config.model_type}); "
                "name them in ia3.targets, and those of the feed-forward block in ia3.feedforward"
            ) from wrong
        hold_in_fp32(model)
        remember_start(model)
        return model

    def moved(self, model: CausalModel, path: Path, settings: TrainSettings) -> float:
        """The norm of the change of all scales."""
        return distance(model)

    def write(self, model: CausalModel, settings: TrainSettings, base: Path, folder: Path) -> None:
        """The scales as PEFT reads them."""
        adapter = as_adapter(model)
        config, tensors = adapter_config(adapter, settings.base_name), adapter_tensors(adapter)
        write_adapter(config, tensors, folder)

"""Virtual tokens before every row: as keys and values of each layer, or as embeddings.

Prefix tuning (Li & Liang 2021, "Prefix-Tuning: Optimizing Continuous Prompts for Generation") and
prompt tuning (Lester et al. 2021, "The Power of Scale for Parameter-Efficient Prompt Tuning").
"""

from pathlib import Path

from peft import PrefixTuningConfig, PromptTuningConfig, PromptTuningInit
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

_Config = PrefixTuningConfig | PromptTuningConfig
_ATTENTION_LAYERS = {"full_attention", "sliding_attention", "chunked_attention"}


class Prefix:
    """Trained keys and values before those of every row, in each layer."""

    def base(self, path: Path, settings: TrainSettings) -> PreTrainedModel:
        """The base, in bf16 where the training is."""
        return starting_model(path, settings)

    def dress(self, base: PreTrainedModel, settings: TrainSettings) -> CausalModel:
        """The base wrapped by PEFT; raises TechniqueRefused for a model without room for it."""
        prefix = settings.options.prefix
        kinds = set(getattr(base.config.get_text_config(), "layer_types", None) or ())
        if strange := sorted(kinds - _ATTENTION_LAYERS):
            raise TechniqueRefused(
                f"{', '.join(strange)} layers keep no keys and values, so there is nothing to put "
                "a prefix before; take technique prompt or lora"
            )
        config = PrefixTuningConfig(
            num_virtual_tokens=prefix.tokens,
            prefix_projection=prefix.projection,
            task_type="CAUSAL_LM",
        )
        return _with_virtual_tokens(base, config, settings)

    def moved(self, model: CausalModel, path: Path, settings: TrainSettings) -> float:
        """The norm of the change of what the virtual tokens are made of."""
        return distance(model)

    def write(self, model: CausalModel, settings: TrainSettings, base: Path, folder: Path) -> None:
        """The virtual tokens as PEFT reads them; a projection is worked out and left behind."""
        adapter = as_adapter(model)
        config, tensors = adapter_config(adapter, settings.base_name), adapter_tensors(adapter)
        write_adapter(config, tensors, folder)


class Prompt(Prefix):
    """Trained embeddings before those of every row."""

    def dress(self, base: PreTrainedModel, settings: TrainSettings) -> CausalModel:
        """The base wrapped by PEFT; raises TechniqueRefused for a model without room for it."""
        prompt = settings.options.prompt
        init = {"vocabulary": PromptTuningInit.SAMPLE_VOCAB, "random": PromptTuningInit.RANDOM}
        config = PromptTuningConfig(
            num_virtual_tokens=prompt.tokens,
            prompt_tuning_init=init[prompt.init],
            task_type="CAUSAL_LM",
        )
        return _with_virtual_tokens(base, config, settings)


def _with_virtual_tokens(
    base: PreTrainedModel, config: _Config, settings: TrainSettings
) -> CausalModel:
    window = getattr(base.config.get_text_config(), "max_position_embeddings", None)
    needed = settings.max_length + config.num_virtual_tokens
    if window is not None and needed > window:
        raise TechniqueRefused(
            f"rows of {settings.max_length} tokens with {config.num_virtual_tokens} virtual ones "
            f"need {needed} positions, the model has {window}; lower convert.max_length to "
            f"{window - config.num_virtual_tokens} or take fewer virtual tokens"
        )
    model = wrap(base, config)
    hold_in_fp32(model)
    remember_start(model)
    return model

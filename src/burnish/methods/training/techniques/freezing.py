"""Layer freezing: ordinary tuning of some layers, the others stay as they are.

No gradient is computed below the lowest trained layer, so training the last of many layers costs
little more than running the model.
"""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from torch import nn
from transformers import PreTrainedModel

from burnish.methods.models.layers import decoder_layers, is_norm
from burnish.methods.models.load import CausalModel
from burnish.methods.training.settings import TrainSettings
from burnish.methods.training.technique_settings import FreezeSettings, TechniqueRefused
from burnish.methods.training.techniques.full import Full


class Freezing(Full):
    """The weights that the settings choose."""

    def dress(self, base: PreTrainedModel, settings: TrainSettings) -> CausalModel:
        """Gradients for the chosen weights alone; raises TechniqueRefused for none or all."""
        freeze = settings.options.freeze
        chosen = {id(parameter) for parameter in _chosen(base, freeze)}
        _require_some(base, chosen, freeze)
        for parameter in base.parameters():
            parameter.requires_grad_(id(parameter) in chosen)
        return base


def _chosen(model: PreTrainedModel, freeze: FreezeSettings) -> Iterator[nn.Parameter]:
    prefix, layers = decoder_layers(model)
    trained = range(*_span(freeze, len(layers)))
    for number in trained:
        for name, parameter in layers[number].named_parameters():
            if _matches(f"{prefix}.{number}.{name}", freeze.patterns):
                yield parameter
    for part, parameters in _outside(model, prefix).items():
        if getattr(freeze, part):
            yield from parameters


def _span(freeze: FreezeSettings, count: int) -> tuple[int, int]:
    """The first trained layer and the one behind the last."""
    skipped = freeze.first if freeze.first is not None else 0
    if freeze.last is not None:
        skipped = count - freeze.last
    if not 0 <= skipped <= count:
        raise TechniqueRefused(
            f"the model has {count} layers; freeze.last and freeze.first may not exceed that"
        )
    return skipped, count


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return not patterns or any(fnmatchcase(name, pattern) for pattern in patterns)


def _outside(model: PreTrainedModel, prefix: str) -> dict[str, list[nn.Parameter]]:
    """The weights outside of the layers: output matrix, norms, and all that embeds."""
    head = {id(p) for p in _head(model).parameters()}
    found: dict[str, list[nn.Parameter]] = {"head": [], "norm": [], "embeddings": []}
    for name, module in model.named_modules():
        if name.startswith(f"{prefix}."):
            continue
        for parameter in module.parameters(recurse=False):
            part = "head" if id(parameter) in head else "norm" if is_norm(module) else "embeddings"
            found[part].append(parameter)
    return found


def _head(model: PreTrainedModel) -> nn.Module:
    head: nn.Module = model.get_output_embeddings()  # type: ignore[no-untyped-call]
    return head


def _require_some(model: PreTrainedModel, chosen: set[int], freeze: FreezeSettings) -> None:
    tied = model.get_input_embeddings().weight is _head(model).weight
    if tied and freeze.embeddings != freeze.head:
        raise TechniqueRefused(
            "embeddings and head are one matrix in this model, so they are trained together or "
            "not at all; give freeze.embeddings and freeze.head the same value"
        )
    within = {id(p) for p in decoder_layers(model)[1].parameters()}
    if not chosen or (freeze.patterns and not chosen & within):
        names = [name for name, p in model.named_parameters() if id(p) in within]
        raise TechniqueRefused(
            "freeze chooses no weight of any layer, so there is nothing to train; the names are "
            f"such as {names[0] if names else '(none)'}; mend freeze.patterns or freeze.last"
        )
    if all(id(p) in chosen for p in model.parameters()):
        raise TechniqueRefused(
            "freeze chooses every weight, so nothing is frozen; take technique full"
        )

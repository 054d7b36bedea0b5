"""The decoder layers of a model, whatever its architecture calls them."""

from collections.abc import Sequence

from torch import nn


def decoder_layers(model: nn.Module) -> tuple[str, nn.ModuleList]:
    """The list of decoder layers and its name in `model`.

    It is the module list with as many members as the configuration has layers. Raises ValueError
    when there is none.
    """
    config = getattr(model, "config", None)
    count = getattr(config.get_text_config(), "num_hidden_layers", 0) if config else 0
    for name, module in model.named_modules():
        if isinstance(module, nn.ModuleList) and count and len(module) == count:
            return name, module
    raise ValueError(
        "the layers of this architecture are not found, so none can be chosen or frozen; take "
        "technique full, or lora on all layers"
    )


def chosen_layers(wanted: Sequence[int], count: int) -> list[int]:
    """Numbers of layers counted from 0, negative ones from the end, sorted, each once.

    Raises ValueError for a number that the model does not have.
    """
    outside = [number for number in wanted if not -count <= number < count]
    if outside:
        raise ValueError(
            f"there is no layer {outside[0]}: the model has {count}, numbered 0 to {count - 1} "
            f"or -{count} to -1"
        )
    return sorted({number % count for number in wanted})


def is_norm(module: nn.Module) -> bool:
    """Whether the module is a normalisation layer with weights of its own."""
    named = "norm" in type(module).__name__.lower()
    return named and any(True for _ in module.parameters(recurse=False))

"""How long a training takes: the specification's formula, and a finer count beside it.

The formula (section 10.5) charges 6 operations per token and weight. The finer count follows what
is computed (Kaplan et al. 2020, "Scaling Laws for Neural Language Models", section 2.1; Narayanan
et al. 2021, section 5.1): 2 forward, 2 for the gradient of the inputs, 2 for that of the weights
only where they are trained, and causal attention over each document.
"""

from dataclasses import dataclass

from burnish.methods.training.forecast.shape import ModelShape
from burnish.methods.training.settings import TrainSettings
from burnish.methods.training.technique_settings import WHOLE

# The specification's example (section 10.5: 7 billion parameters, 1 billion tokens, eight A100,
# about 8 hours) works out at A100's dense bf16 peak of 312 TFLOP/s with this efficiency:
# 1e9 * 6 * 7e9 / (8 * 312e12) s = 4.67 h, and 4.67 / 8 = 0.584.
EXAMPLE_EFFICIENCY = 0.584
A100_BF16_FLOPS = 312e12
OVERHEAD = 0.2
"""What evaluation and the rest add to a training (section 10.5)."""
CORE_FLOPS = 20e9
"""Operations a second that a CPU core gives a small model, until a run here was measured."""
FORMULA = 6


@dataclass(frozen=True)
class Work:
    """Operations of one token: by the formula, and by the finer count."""

    formula: float
    counted: float


def work_of(
    shape: ModelShape,
    trainable: int,
    settings: TrainSettings,
    *,
    length: float,
    again: bool = False,
) -> Work:
    """Operations of a token of documents of `length` tokens; `again`: the forward is recomputed."""
    body, head = shape.body * shape.active, float(shape.head)
    whole = settings.technique in WHOLE
    trained = min(trainable, shape.body) * shape.active if whole else float(trainable)
    extra = 0.0 if whole else 4.0 * trainable  # an adapter's own forward and its inputs' gradient
    if settings.technique == "prompt":
        extra = trained = 0.0
    depth = trained / body if settings.technique == "freeze" and body else 1.0
    attention = 6.0 * shape.layers * shape.width * length
    counted = (2 + 2 * depth) * body + 2 * trained + extra + 4 * head + attention
    if settings.technique == "full":
        counted += 2 * head
    return Work(FORMULA * shape.parameters, counted + (2 * body if again else 0))


def seconds(tokens: float, flops_per_token: float, flops: float, efficiency: float) -> float:
    """(tokens x operations per token) / (FLOP/s x efficiency); ValueError for what is no figure."""
    if not (tokens > 0 and flops_per_token > 0 and flops > 0):
        raise ValueError("tokens, operations and FLOP/s must be positive")
    if not 0 < efficiency <= 1:
        raise ValueError(f"efficiency must lie in (0, 1], not {efficiency}")
    return tokens * flops_per_token / (flops * efficiency)


def run_tokens(tokens: int, settings: TrainSettings) -> int:
    """Tokens of the whole training over a training part of so many; `max_steps` shortens it."""
    whole = tokens * settings.epochs
    if settings.max_steps is None:
        return whole
    return min(whole, settings.max_steps * settings.rows_per_step * settings.max_length)

"""How long a run will take and how much memory it needs, before it is started."""

from dataclasses import dataclass

from burnish.methods.training.settings import TrainSettings

# The specification's example (section 10.5: 7 billion parameters, 1 billion tokens, eight A100,
# about 8 hours) works out at A100's dense bf16 peak of 312 TFLOP/s with this efficiency:
# 1e9 * 6 * 7e9 / (8 * 312e12) s = 4.67 h, and 4.67 / 8 = 0.584.
EXAMPLE_EFFICIENCY = 0.584
A100_BF16_FLOPS = 312e12

# Bytes that autograd keeps per token, layer and unit of width, counted over the saved tensors of
# this loop's own forward on Llama models of 256 to 512 wide (sdpa, dropout in LoRA only). The
# textbook figure for 16-bit arithmetic throughout is 34 (Korthikanti et al. 2022, "Reducing
# Activation Recomputation in Large Transformer Models", section 4.1): gated layers, fp32 norms
# and autocast's copies make the difference.
_ACTIVATION_BYTES = {
    ("full", "bf16"): 80,
    ("full", "fp32"): 88,
    ("lora", "bf16"): 84,
    ("lora", "fp32"): 127,
}
# A layer has about 12 width^2 weights (Kaplan et al. 2020, "Scaling Laws for Neural Language
# Models", section 2.1); models of 7 billion are 4096 wide and 32 deep, larger ones keep the shape.
_WEIGHTS_PER_WIDTH_SQUARED = 12
_WIDTH_PER_LAYER = 128
_MOMENTS = 2


@dataclass(frozen=True)
class Estimate:
    """A forecast: time in seconds, floating-point operations, and memory at its peak in bytes.

    `activation_bytes` is a rough figure from the model's size alone, low for small models and
    without the logits; the other bytes are exact counts.
    """

    seconds: float
    flops: float
    efficiency: float
    weight_bytes: int
    gradient_bytes: int
    optimiser_bytes: int
    activation_bytes: int

    @property
    def peak_bytes(self) -> int:
        """Weights, gradients, optimiser and the activations of one micro-batch together."""
        kept = self.weight_bytes + self.gradient_bytes + self.optimiser_bytes
        return kept + self.activation_bytes


def estimate(
    parameters: int,
    trainable: int,
    tokens: int,
    settings: TrainSettings,
    flops_per_second: float,
    efficiency: float = EXAMPLE_EFFICIENCY,
) -> Estimate:
    """Forecast a run over `tokens` (one epoch, padding left out) on a machine of that peak speed.

    Time is (tokens x 6 x parameters) / (FLOP/s x efficiency) for each epoch, the specification's
    section 10.5; LoRA skips most weight gradients and ends up to a third sooner. `max_steps`
    shortens the forecast as if every row were full. Raises ValueError for values out of range.
    """
    if not (0 < trainable <= parameters and tokens > 0):
        raise ValueError("parameters, trainable and tokens must be positive, trainable the smaller")
    if not (flops_per_second > 0 and 0 < efficiency <= 1):
        raise ValueError("flops_per_second must be positive and efficiency in (0, 1]")
    flops = 6.0 * parameters * _tokens_of_run(tokens, settings)
    half = settings.precision == "bf16"
    frozen_bytes = 2 if half and settings.technique == "lora" else 4
    return Estimate(
        seconds=flops / (flops_per_second * efficiency),
        flops=flops,
        efficiency=efficiency,
        weight_bytes=frozen_bytes * (parameters - trainable) + 4 * trainable,
        gradient_bytes=4 * trainable,
        optimiser_bytes=4 * _MOMENTS * trainable,
        activation_bytes=_activations(parameters, settings),
    )


def _tokens_of_run(tokens: int, settings: TrainSettings) -> int:
    run = tokens * settings.epochs
    if settings.max_steps is None:
        return run
    return min(run, settings.max_steps * settings.rows_per_step * settings.max_length)


def _activations(parameters: int, settings: TrainSettings) -> int:
    per_layer = _WEIGHTS_PER_WIDTH_SQUARED * _WIDTH_PER_LAYER**2
    layers = (parameters / per_layer) ** (1 / 3)
    kept = _ACTIVATION_BYTES[settings.technique, settings.precision]
    per_token = kept * layers * (layers * _WIDTH_PER_LAYER)
    return int(settings.micro_batch * settings.max_length * per_token)

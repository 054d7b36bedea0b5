"""GPUs that trainings are planned for: memory, bandwidth and what an hour of one costs.

Peaks are the data sheets' (`methods.watch.peaks`). Prices are in USD for one GPU and an hour, as
they stood on `AS_OF` in public price lists: lowest and highest of the providers named in `source`.
They move by the week; `budget.per_hour` in a plan counts instead where it is given.
"""

from dataclasses import dataclass

from burnish.methods.watch.peaks import peak_of

AS_OF = "2026-09-25"
GIB = 1 << 30
Range = tuple[float, float]

# Spot capacity is cheaper by 60 to 80 % where the specification (4.2) rents it; lists of 2026 show
# as little as 40 % (cloud.google.com, a3-highgpu-1g). The range below takes 60 and 40 %.
SPOT_SHARE: Range = (0.4, 0.6)


@dataclass(frozen=True)
class Gpu:
    """One kind of GPU: bytes of memory, bytes a second of it, USD an hour on demand and as spot."""

    name: str
    memory: int
    bandwidth: float
    on_demand: Range
    spot: Range
    source: str

    def flops(self, precision: str) -> float:
        """Dense FLOP/s at most, of the data sheet."""
        peak = peak_of(self.name, precision)
        if peak is None:
            raise ValueError(f"no peak is known of {self.name}")
        return peak

    def price(self, *, spot: bool) -> Range:
        """USD for an hour of one GPU."""
        return self.spot if spot else self.on_demand


_RUNPOD, _LAMBDA = "https://www.runpod.io/pricing", "https://lambda.ai/pricing"
_NEBIUS, _AWS = "https://nebius.com/prices", "https://aws.amazon.com/ec2/pricing/on-demand/"
_SPEC_SPOT: Range = (1.5, 2.5)
"""The specification's own range for an A100 as spot (10.5)."""


def _gpu(
    name: str, memory: int, bandwidth: float, price: Range, *sources: str, spot: Range | None = None
) -> Gpu:
    cheap = (round(price[0] * SPOT_SHARE[0], 2), round(price[1] * SPOT_SHARE[1], 2))
    return Gpu(name, memory * GIB, bandwidth * 1e9, price, spot or cheap, " ".join(sources))


GPUS: tuple[Gpu, ...] = (
    _gpu("A100 80GB", 80, 2039, (1.39, 3.43), _RUNPOD, _LAMBDA, _AWS, spot=_SPEC_SPOT),
    _gpu("A100 40GB", 40, 1555, (1.99, 2.74), _LAMBDA, _AWS),
    _gpu("H100", 80, 3350, (2.69, 6.88), _RUNPOD, _LAMBDA, _NEBIUS, _AWS),
    _gpu("H100 PCIe", 80, 2000, (1.99, 3.29), _RUNPOD, _LAMBDA),
    _gpu("H100 NVL", 94, 3900, (2.59, 3.19), _RUNPOD),
    _gpu("H200", 141, 4800, (3.59, 4.59), _RUNPOD, _NEBIUS),
    _gpu("B200", 180, 8000, (5.98, 7.15), _RUNPOD, _LAMBDA, _NEBIUS),
    _gpu("L40S", 48, 864, (0.79, 1.55), _RUNPOD, _NEBIUS),
    _gpu("A10", 24, 600, (1.29, 1.29), _LAMBDA),
    _gpu("RTX 4090", 24, 1008, (0.34, 0.74), _RUNPOD),
)


def gpu_named(name: str) -> Gpu | None:
    """The GPU of a name as a person or the driver writes it; the longest name that fits counts."""
    words = name.replace("-", " ").upper().split()
    fitting = [gpu for gpu in GPUS if set(gpu.name.upper().split()) <= set(words)]
    bare = [gpu for gpu in GPUS if gpu.name.upper().split()[0] in words]
    chosen = fitting or bare
    return max(chosen, key=lambda gpu: len(gpu.name.split()), default=None) if chosen else None

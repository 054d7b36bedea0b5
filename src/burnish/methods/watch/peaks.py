"""What known GPUs can do at most: dense products of matrices, without sparsity, per second.

From the makers' data sheets; 16-bit is bf16 (fp16 where a GPU has no bf16), 32-bit is TF32 where
the GPU has it, else fp32. A name is what NVML or torch calls the GPU; the first that fits counts.
"""

TERA = 1e12

_DENSE: tuple[tuple[str, float, float], ...] = (
    ("GB200", 2450, 1225), ("B200", 2250, 1100), ("B100", 1750, 875),
    ("H200", 989.4, 494.7), ("H100 PCIe", 756, 378), ("H100 NVL", 835, 417.5),
    ("H100", 989.4, 494.7), ("H800", 989.4, 494.7), ("GH200", 989.4, 494.7), ("H20", 148, 74),
    ("A100", 312, 156), ("A800", 312, 156), ("A30", 165, 82), ("A40", 149.7, 74.8),
    ("A10G", 70, 35), ("A10", 125, 62.5), ("A6000", 154.8, 77.4), ("L40S", 362, 183),
    ("L40", 181, 90.5), ("L4", 121, 60), ("RTX 6000 Ada", 364, 182), ("RTX 5090", 209.5, 104.8),
    ("RTX 4090", 165.2, 82.6), ("RTX 3090", 71, 35.6), ("V100", 125, 15.7), ("T4", 65, 8.1),
    ("MI325X", 1307, 653.7), ("MI300X", 1307, 653.7), ("MI250X", 383, 95.7),
)  # fmt: skip


def peak_of(device: str, precision: str) -> float | None:
    """FLOP/s at most of the GPU of this name at `bf16` or `fp32`; None for one not known."""
    words = device.replace("-", " ").upper()
    for name, half, single in _DENSE:
        if all(part in words.split() for part in name.upper().split()):
            return TERA * (half if precision == "bf16" else single)
    return None

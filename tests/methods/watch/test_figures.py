"""Figures, words and gauges of a training that is watched."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burnish.methods.watch.figures import Machine, Price, Speed, left_after
from burnish.methods.watch.gauges import Gauges, memory, nvidia
from burnish.methods.watch.line import BARS, WIDTH, Line, arrow, span, sparkline
from burnish.methods.watch.peaks import peak_of
from burnish.methods.watch.stream import Stepped

MACHINE = Machine(peak=1e6, peak_of="a test", body=10.0, head=4.0, attention=2.0)


def test_utilisation_counts_tokens_and_the_head_where_it_was_trained() -> None:
    speed = Speed(MACHINE)
    speed.hear(Stepped(1, 1.0, 1.0, 2.0, 1000, 2.0), 500)

    found = speed.figures()

    assert found["tokens_per_second"] == 500
    assert found["mfu"] == (1000 * 12 + 500 * 4) / 2.0 / 1e6


def test_without_tokens_there_is_neither_their_speed_nor_utilisation() -> None:
    speed = Speed(MACHINE)
    speed.hear(Stepped(1, 1.0, 1.0, seconds=0.5), None)

    assert speed.figures() == {"steps_per_second": 2.0}


def test_a_price_is_of_every_machine() -> None:
    assert Price(2.0, 3).of(1800) == 3.0
    assert left_after(0, 10, 5.0) is None
    assert left_after(5, 10, 5.0) == 10.0


@pytest.mark.parametrize(
    ("device", "precision", "tera"),
    [
        ("NVIDIA H100 80GB HBM3", "bf16", 989.4), ("NVIDIA H100 PCIe", "bf16", 756),
        ("NVIDIA H200", "bf16", 989.4), ("NVIDIA A100-SXM4-80GB", "bf16", 312),
        ("NVIDIA A100-SXM4-80GB", "fp32", 156), ("NVIDIA L4", "bf16", 121),
        ("NVIDIA L40S", "bf16", 362), ("Tesla T4", "bf16", 65), ("NVIDIA A10G", "bf16", 70),
        ("AMD Instinct MI300X", "bf16", 1307), ("NVIDIA GeForce RTX 4090", "bf16", 165.2),
    ],
)  # fmt: skip
def test_the_peak_of_a_known_gpu_is_its_data_sheet_s(
    device: str, precision: str, tera: float
) -> None:
    assert peak_of(device, precision) == tera * 1e12


@pytest.mark.parametrize("device", ["cpu", "", "NVIDIA L400", "NVIDIA Z9"])
def test_a_device_that_is_not_known_has_no_peak(device: str) -> None:
    assert peak_of(device, "bf16") is None


def step(number: int, loss: float | None = 2.0, **more: Any) -> dict[str, Any]:
    return {"step": number, "loss": loss, "grad_norm": 0.5, **more}


def test_a_line_says_how_the_training_stands() -> None:
    line = Line()
    line.validation({"step": 0, "loss": 3.0})
    for number in range(1, 10):
        line.step(step(number, 4.0 - number / 4))
    figures = {"total": 40, "tokens_per_second": 12_345.6, "mfu": 0.412, "left": 700.0,
               "cost": 0.5, "final": 2.25, "currency": "AUD"}  # fmt: skip
    device = {"memory": 1.5e9, "gpu_use": [0.5, 0.7], "gpu_memory": [4e10, 4e10]}

    told = line.step(step(10, 1.5, figures=figures, device=device))

    assert told == (
        "step 10 of 40  loss 1.5 ↘ █▇▆▆▅▄▃▃▂▁  validation 3  grad norm 0.5  12,346 tok/s  MFU 41%"
        "  memory 1.5 GB  GPU 60% 80.0 GB  0.50 → 2.25 AUD  12 min left"
    )


def test_a_line_of_little_says_little() -> None:
    assert Line().step(step(3, None, clipped=0.25)) == "step 3  clipped 25%  grad norm 0.5"
    assert Line().step(step(3, float("nan"))) == "step 3  loss nan   grad norm 0.5"


def test_times_are_told_as_people_tell_them() -> None:
    assert [span(s) for s in (0, 89, 90, 3600, 18_300)] == [
        "0 s", "89 s", "2 min", "60 min", "5 h 05 min",
    ]  # fmt: skip
    assert [arrow(2, 1), arrow(1, 1.001), arrow(1, 2)] == ["↘", "→", "↗"]


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=200))
@settings(max_examples=50, deadline=None)
def test_a_sparkline_is_short_and_made_of_bars(values: list[float]) -> None:
    drawn = sparkline(values)

    assert 0 < len(drawn) <= WIDTH
    assert set(drawn) <= set(BARS)


def test_memory_is_that_of_this_process() -> None:
    found = memory()

    assert 1e6 < found["memory"] <= found["peak_memory"] < 1e12


def test_without_a_driver_there_is_no_gpu_and_no_thread() -> None:
    with Gauges() as gauges:
        assert set(gauges.read()) >= {"memory", "peak_memory"}
    if not Path("/proc/driver/nvidia").exists():
        assert nvidia() == {}


NVML = """
class NVMLError(Exception): pass
class Told:
    def __init__(self, **facts): self.__dict__.update(facts)
def nvmlInit(): pass
def nvmlShutdown(): pass
def nvmlDeviceGetCount(): return 2
def nvmlDeviceGetHandleByIndex(place): return place
def nvmlDeviceGetHandleByUUID(name): return 1
def nvmlDeviceGetMemoryInfo(handle): return Told(used=10 + handle, total=100)
def nvmlDeviceGetUtilizationRates(handle): return Told(gpu=50 + handle)
def nvmlDeviceGetPowerUsage(handle):
    if handle: raise NVMLError("a slice tells no power")
    return 250_000
"""


@pytest.mark.parametrize(
    ("visible", "used"), [(None, [10, 11]), ("1", [11]), ("GPU-8f", [11]), ("", None)]
)
def test_visible_gpus_are_told_in_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, visible: str | None, used: list[float] | None
) -> None:
    """Against a library of NVML's calls, since this machine may have no GPU."""
    (tmp_path / "pynvml.py").write_text(NVML, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "pynvml", raising=False)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)

    found = nvidia()

    sys.modules.pop("pynvml", None)
    assert found.get("gpu_memory") == used
    if visible is None:
        assert found["gpu_use"] == [0.5, 0.51]
        assert found["gpu_watts"] == [250.0, 0.0]
    assert os.environ.get("CUDA_VISIBLE_DEVICES") == visible

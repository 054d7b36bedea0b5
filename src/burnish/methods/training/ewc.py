"""Elastic weight consolidation (Kirkpatrick et al. 2017, equation 3).

A penalty that holds each weight to where it started, the more the more it matters for what the
base says on general rows. An adapter of low rank is held by its merged update.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from peft.tuners.lora import LoraLayer
from torch import nn

from burnish.methods.training.examples import Example, TrainData
from burnish.methods.training.fisher import digest_of, fisher, written_by
from burnish.methods.training.forward import Forward
from burnish.methods.training.objective_settings import EwcSettings
from burnish.methods.training.settings import TrainSettings
from burnish.methods.training.steps import Steps, Taken

_MEMORY = Path("/proc/meminfo")
_ADAPTER = "default"


@dataclass(frozen=True)
class Held:
    """A weight of the base, and how far it has moved from `start`.

    It is trained itself, or moved by the adapter of `layer`.
    """

    weight: nn.Parameter
    start: torch.Tensor | None
    layer: Any = None

    def moved(self) -> torch.Tensor:
        """The distance from the start, with gradients; shape as the weight."""
        if self.layer is None:
            now: torch.Tensor = self.weight
        else:
            now = self.layer.get_delta_weight(_ADAPTER)
        return now if self.start is None else now - self.start


class Penalty:
    """The penalty on forgetting of one training; made before the first step, from the base."""

    def __init__(
        self,
        forward: Forward,
        data: TrainData,
        settings: TrainSettings,
        named: Mapping[str, nn.Parameter],
    ) -> None:
        how = settings.objective.penalty
        if how is None:
            raise ValueError("there is no ewc in the settings")
        self.weight = how.weight
        self.held = held_weights(forward.model, named)
        require_room(self.held, forward.device)
        generator = torch.Generator(forward.device).manual_seed(settings.seed)
        rows = _general(data, how) or _written(forward, how, settings, generator)
        self.fisher = fisher(forward, rows, [one.weight for one in self.held], generator)

    @property
    def digest(self) -> str:
        """What names it: a checkpoint of another Fisher belongs to another run."""
        return digest_of(self.fisher)

    def add_gradient(self) -> float:
        """Add the penalty's gradient to the parameters' own; its value in nats."""
        total = torch.zeros((), device=self.fisher[0].device)
        for one, matters in zip(self.held, self.fisher, strict=True):
            part = self.weight / 2 * (matters * one.moved().float().square()).sum()
            part.backward()  # type: ignore[no-untyped-call]
            total += part.detach()
        return float(total)


class HeldSteps:
    """Steps whose gradient has the penalty's added to it, once a step however it is cut."""

    def __init__(self, inner: Steps, penalty: Penalty) -> None:
        self.inner, self.penalty = inner, penalty

    @property
    def per_epoch(self) -> int:
        """Steps in one epoch."""
        return self.inner.per_epoch

    def take(self, done: int) -> Taken:
        """The inner step; its loss is told without the penalty."""
        taken = self.inner.take(done)
        return replace(taken, penalty=self.penalty.add_gradient())


def held_weights(model: nn.Module, named: Mapping[str, nn.Parameter]) -> list[Held]:
    """The weights that training moves, by themselves or by low rank, as they are now.

    Raises ValueError for a technique under which a distance from the start says nothing.
    """
    if isinstance(model, PeftModel) and model.active_peft_config.is_prompt_learning:
        raise ValueError(
            "ewc holds weights to where they were in the base, where virtual tokens were not; "
            "use another technique, or replay instead of ewc"
        )
    if any("lora_magnitude" in name for name in named):
        raise ValueError(
            "ewc holds the merged update of an adapter, which under dora is no product of its "
            "matrices; set lora.dora to false, or use replay instead of ewc"
        )
    layers = [_held(m) for m in model.modules() if isinstance(m, LoraLayer)]
    alone = (p for name, p in named.items() if not ("lora_" in name and layers))
    return [*layers, *(Held(p, p.detach().clone()) for p in alone)]


def _held(layer: Any) -> Held:
    weight = layer.get_base_layer().weight
    if hasattr(weight, "quant_state") or not weight.is_floating_point():
        raise ValueError(
            "ewc needs the gradients of the base's weights, and this base holds them in few "
            "bits; use technique: lora, or replay instead of ewc"
        )
    with torch.no_grad():
        start = layer.get_delta_weight(_ADAPTER)
    return Held(weight, start if bool(start.any()) else None, layer)


def _general(data: TrainData, how: EwcSettings) -> Sequence[Example]:
    if how.sources and not data.general:
        raise ValueError(
            f"ewc: no row of the training part comes from {', '.join(how.sources)}; name sources "
            "that are trained on, or leave ewc.sources empty"
        )
    return data.general


def _written(
    forward: Forward, how: EwcSettings, settings: TrainSettings, generator: torch.Generator
) -> list[Example]:
    length = min(how.length, settings.max_length)
    return written_by(forward, how.rows, length, generator)


def require_room(held: list[Held], device: torch.device) -> None:
    """Raise ValueError when the Fisher, in fp32, would not fit into memory."""
    needed = sum(4 * one.weight.numel() for one in held)
    free = _free(device)
    if free is not None and needed > free:
        raise ValueError(
            f"ewc keeps 4 bytes for each weight that it holds, {needed / 1e9:.1f} GB, and "
            f"{free / 1e9:.1f} GB are free; name fewer lora.targets, or use replay instead"
        )


def _free(device: torch.device) -> int | None:
    """Bytes of free memory, or None where the system does not say."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    if not _MEMORY.is_file():
        return None
    lines = _MEMORY.read_text(encoding="ascii").splitlines()
    kilobytes = [int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")]
    return kilobytes[0] * 1024 if kilobytes else None

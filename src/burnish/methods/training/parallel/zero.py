"""ZeRO stages 2 and 3 by DeepSpeed (Rajbhandari et al. 2020), of the versions 0.19.

DeepSpeed averages over the ranks and takes the optimiser's step itself; here its averages are made
sums again, and its state goes into checkpoints of our own form, whole and without pickle. It is
given no name of a cache, a hub or a log, and compiles nothing at run time.
"""

import logging
import os
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from burnish.methods.models.load import CausalModel
from burnish.methods.training.optimise import adamw
from burnish.methods.training.pack import Step
from burnish.methods.training.parallel.ddp import Replicas
from burnish.methods.training.parallel.member import Member
from burnish.methods.training.parallel.port import Entry
from burnish.methods.training.parallel.share import Mine, share
from burnish.methods.training.settings import TrainSettings

_MOMENTS = ("exp_avg", "exp_avg_sq")
_COUNT = "step"


class Zero(Replicas):
    """A rank of a DeepSpeed engine."""

    fused_head = False  # stage 3 holds the output matrix during its own pass only

    def __init__(self, member: Member, device: torch.device, settings: TrainSettings) -> None:
        super().__init__(member, device)
        self.home = torch.device("cpu")
        self.settings = settings
        self.stage = {"zero2": 2, "zero3": 3}[settings.parallel.kind]
        self._deepspeed = library()
        self._engine: Any = None

    def wrap(self, model: CausalModel) -> CausalModel:
        """Hand the model and its optimiser to an engine, which shards them."""
        trained = [p for p in model.parameters() if p.requires_grad]
        self._optimiser = adamw(trained, self.settings)
        os.environ["LOCAL_RANK"] = str(torch.cuda.current_device() if self._on_gpu else 0)
        self._engine, *_ = self._deepspeed.initialize(
            model=model,
            optimizer=self._optimiser,
            model_parameters=trained,
            dist_init_required=False,
            config=configuration(self.stage, self.settings.clip_norm),
        )
        self._make_moments(torch.zeros(()))
        return model

    def optimiser(
        self, named: Mapping[str, nn.Parameter], settings: TrainSettings
    ) -> torch.optim.Optimizer:
        """The one that the engine was given."""
        self._trained = list(named.values())
        return self._optimiser

    def share(self, step: Step, micro_batch: int) -> Mine:
        """Every so-manieth row, and passes besides where another rank has more of them."""
        return share(step, micro_batch, self.member.number, self.member.world)

    def backward(self, loss: torch.Tensor, *, last: bool) -> None:
        """The engine's; it divides by the number of ranks, which is taken back here."""
        self._engine.optimizer.clear_backward_seen_flag()  # as the engine's own forward would
        self._engine.set_gradient_accumulation_boundary(last)
        self._engine.backward(loss * self.member.world, scale_wrt_gas=False)

    def reduce(self, told: torch.Tensor) -> torch.Tensor:
        """The gradients were summed on the way back."""
        return self.total(told)

    def clip(self, limit: float) -> torch.Tensor:
        """The engine's step; a gradient that is not finite moves nothing, and is told as such."""
        self._engine.step()
        if not self._engine.was_step_applied():
            return torch.tensor(torch.nan)
        return torch.as_tensor(self._engine.get_global_grad_norm()).detach()

    def move(self) -> None:
        """It is done."""

    def weight(self, name: str, parameter: nn.Parameter) -> Entry:
        """Gathered from the engine's fp32 copies."""
        full = self._deepspeed.utils.safe_get_full_fp32_param
        return Entry(name, self._shape(parameter), torch.float32, lambda: full(parameter).detach())

    def moments(self, name: str, parameter: nn.Parameter) -> list[Entry]:
        """Gathered from the flat partitions; the count of steps is one for all parameters."""
        counts = [state[_COUNT] for state in self._optimiser.state.values() if _COUNT in state]
        if not counts:
            return []
        count = counts[0]
        entries = [self._moment(name, parameter, part) for part in _MOMENTS]
        return [*entries, Entry(f"{name}|{_COUNT}", (), count.dtype, lambda: count)]

    def place(self, parameter: nn.Parameter, whole: torch.Tensor) -> None:
        """Into what passes use, and into the engine's fp32 copy of it."""
        utils, values = self._deepspeed.utils, whole.to(self.device)
        if self.stage == 2:
            with torch.no_grad():
                parameter.copy_(values)
            utils.safe_set_full_fp32_param(parameter, values)
            return
        with self._deepspeed.zero.GatheredParameters([parameter], modifier_rank=0):
            parameter.data.copy_(values)
        utils.safe_set_local_fp32_param(parameter, self._shard(parameter, values))

    def place_moments(self, parameter: nn.Parameter, parts: Mapping[str, torch.Tensor]) -> None:
        """Into the flat partitions."""
        self._make_moments(parts[_COUNT])
        utils = self._deepspeed.utils
        for part in _MOMENTS:
            values = parts[part].to(self.device)
            if self.stage == 2:
                utils.safe_set_full_optimizer_state(parameter, values, part)
            else:
                shard = self._shard(parameter, values)
                utils.safe_set_local_optimizer_state(parameter, shard, part)

    def close(self) -> None:
        """Take the engine's hooks away and leave the group."""
        if self._engine is not None:
            self._engine.destroy()
        super().close()

    @property
    def _on_gpu(self) -> bool:
        return self.device.type == "cuda"

    def _shape(self, parameter: nn.Parameter) -> tuple[int, ...]:
        return tuple(getattr(parameter, "ds_shape", parameter.shape))

    def _moment(self, name: str, parameter: nn.Parameter, part: str) -> Entry:
        full = self._deepspeed.utils.safe_get_full_optimizer_state
        shape = self._shape(parameter)
        return Entry(f"{name}|{part}", shape, torch.float32, lambda: full(parameter, part).detach())

    def _shard(self, parameter: nn.Parameter, whole: torch.Tensor) -> torch.Tensor:
        """The rank's equal part of the values in a row, filled up with zeros at the very end."""
        size = int(parameter.ds_tensor.ds_numel)  # type: ignore[attr-defined]
        flat = whole.reshape(-1)
        padded = nn.functional.pad(flat, (0, size * self.member.world - flat.numel()))
        return padded.narrow(0, size * self.member.number, size)

    def _make_moments(self, count: torch.Tensor) -> None:
        """Now, not at the first step: there the engine links those of the first group alone."""
        engine = self._engine.optimizer
        name = (
            "single_partition_of_fp32_groups" if self.stage == 2 else "fp32_partitioned_groups_flat"
        )
        for flat in getattr(engine, name):
            state = self._optimiser.state[flat]
            for part in _MOMENTS:
                if part not in state:
                    state[part] = torch.zeros_like(flat)
            state[_COUNT] = count.to(self.device, copy=True)
        if self.stage == 2:
            engine._lazy_init_hp_params_optimizer_state()


def configuration(stage: int, clip_norm: float) -> dict[str, Any]:
    """The engine's configuration: steps, accumulation and schedule are the loop's, not its own."""
    return {
        "train_micro_batch_size_per_gpu": 1,
        "gradient_accumulation_steps": 1,
        "gradient_clipping": clip_norm,
        "zero_allow_untested_optimizer": True,
        "zero_optimization": {"stage": stage, "contiguous_gradients": True},
        "steps_per_print": 2**31,
        "wall_clock_breakdown": False,
    }


def library() -> Any:
    """DeepSpeed, quiet; raises ValueError where it is not installed."""
    logging.getLogger("DeepSpeed").setLevel(logging.WARNING)
    try:
        import deepspeed
    except ModuleNotFoundError as missing:
        if missing.name != "deepspeed":
            raise
        raise ValueError(
            "train.parallel.kind zero2 and zero3 need DeepSpeed, which is not installed: pip "
            "install 'burnish[deepspeed]', or take kind fsdp2"
        ) from missing
    logging.getLogger("DeepSpeed").setLevel(logging.WARNING)
    # compiled at run time otherwise, with a compiler that need not be there
    deepspeed.ops.__compatible_ops__["deepspeed_shm_comm"] = False
    return deepspeed

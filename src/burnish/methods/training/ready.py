"""Everything a run has before its first step: the model, its steps, and what came before both."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from burnish.methods.models.load import CausalModel
from burnish.methods.training.arithmetic import Arithmetic, arithmetic
from burnish.methods.training.checkpoint import Trainable
from burnish.methods.training.compiled import lay_out, use_kernels
from burnish.methods.training.examples import Example, TrainData, require_fit
from burnish.methods.training.forward import Forward
from burnish.methods.training.isolation import require_isolation
from burnish.methods.training.objective import Objective, objective_of
from burnish.methods.training.parallel.port import Parallel
from burnish.methods.training.private.check import invented
from burnish.methods.training.private.random import Stream
from burnish.methods.training.private.steps import PrivateSteps
from burnish.methods.training.proof import probe_logits
from burnish.methods.training.recompute import recompute
from burnish.methods.training.records import TrainPorts
from burnish.methods.training.reproducible import pick_device, seed_rank
from burnish.methods.training.settings import TrainSettings
from burnish.methods.training.start import fingerprint, trainable_model
from burnish.methods.training.steps import Steps
from burnish.methods.training.techniques.technique import count_parameters

_PROBES = (20, 24, 28, 32)


@dataclass(frozen=True)
class Ready:
    """A model with the steps it is to take; `base_logits` are those of `probes` before them."""

    model: CausalModel
    forward: Forward
    named: Mapping[str, nn.Parameter]
    parameters: int
    arithmetic: Arithmetic
    probes: Sequence[Example]
    base_logits: torch.Tensor
    objective: Objective
    stream: Stream | None
    steps: Steps
    state: Trainable

    @property
    def trainable(self) -> int:
        """How many parameters are trained."""
        entries = (self.state.parallel.weight(n, p) for n, p in self.named.items())
        return sum(math.prod(entry.shape) for entry in entries)


def make_ready(
    path: Path, data: TrainData, settings: TrainSettings, ports: TrainPorts, parallel: Parallel
) -> Ready:
    """Load the model, look at what it is to learn from, and set it up.

    Raises ValueError for an unfit example or a damaged base, CrossTalk for a model that cannot be
    packed.
    """
    whole = trainable_model(path, settings, parallel.home)
    recompute(whole, settings, pick_device(settings))
    use_kernels(whole, settings, pick_device(settings))
    parameters = count_parameters(whole)
    work = arithmetic(whole, [len(example.ids) for example in data.train])
    model = parallel.wrap(whole)
    # before the first pass, which leaves gathered copies in the place of shards
    named = {n: p for n, p in model.named_parameters() if p.requires_grad}
    forward = Forward(model, settings, pick_device(settings), fused_head=parallel.fused_head)
    require_fit(data, forward.vocab, settings.max_length)
    probes = _probes(data, settings, forward)
    base_logits = probe_logits(forward, probes, data.pad_id)
    if not base_logits.isfinite().all():
        raise ValueError(f"{path}: the logits of the base model are not finite; it is damaged")
    lay_out(forward, data.train, settings)
    if settings.packing and len(data.train) > 1:
        require_isolation(forward, data.train, settings.max_length)
    optimiser = parallel.optimiser(named, settings)
    seed_rank(settings.seed, parallel.member.number)
    objective = objective_of(forward, data, settings, named, parallel)
    parts = {**fingerprint(path, data, settings), **objective.named}
    stream = _stream(settings, ports, parts)
    steps = objective.steps(forward, data, settings)
    if stream is not None:
        steps = PrivateSteps(forward, data, settings, named, stream)
    steps = objective.held(steps)
    return Ready(
        model=model,
        forward=forward,
        named=named,
        parameters=parameters,
        arithmetic=work,
        probes=probes,
        base_logits=base_logits,
        objective=objective,
        stream=stream,
        steps=steps,
        state=Trainable(named, optimiser, parallel, steps.per_epoch, parts, objective.beside),
    )


def _probes(data: TrainData, settings: TrainSettings, forward: Forward) -> Sequence[Example]:
    """A number that is told of a private training may not come from its rows."""
    return invented(forward.vocab, _PROBES) if settings.privacy else data.train


def _stream(settings: TrainSettings, ports: TrainPorts, parts: Mapping[str, str]) -> Stream | None:
    """The random numbers of a private training, bound to all that decides its result."""
    if settings.privacy is None:
        return None
    if ports.private is None:
        raise ValueError("a private training needs a secret and somebody who pays for its steps")
    return Stream(ports.private.secret, parts)

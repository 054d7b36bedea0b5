"""The steps of a private training: draw, clip each unit, add noise, divide by what is expected.

DP-SGD of Abadi et al. 2016 with AdamW in place of plain descent, which is post-processing. What a
step does depends on the rows in two places only: which units take part, and their clipped sum.
The divisor is the expected number of units, never the drawn one, and the loss of an example is the
mean over its own tokens, so no example changes another's gradient.
"""

import math
from collections.abc import Mapping, Sequence
from functools import partial

import torch
from torch import nn
from torch.nn import functional

from burnish.methods.training.batch import IGNORED, collate
from burnish.methods.training.examples import Example, TrainData
from burnish.methods.training.forward import Forward
from burnish.methods.training.privacy_settings import PrivacyRefused, PrivacySettings, length
from burnish.methods.training.private.check import faithful_gradients
from burnish.methods.training.private.gradients import Losses, UnitGradients, add_clipped
from burnish.methods.training.private.random import Stream
from burnish.methods.training.private.sampling import Drawn, draw, micro_batches, units
from burnish.methods.training.settings import TrainSettings
from burnish.methods.training.steps import Taken


class PrivateSteps:
    """Takes the steps of a training under `settings.privacy`."""

    def __init__(
        self,
        forward: Forward,
        data: TrainData,
        settings: TrainSettings,
        named: Mapping[str, nn.Parameter],
        stream: Stream,
    ) -> None:
        if settings.privacy is None:
            raise ValueError("there are no privacy settings to train by")
        self.privacy: PrivacySettings = settings.privacy
        self.forward, self.data, self.stream, self.named = forward, data, stream, named
        self.micro = settings.micro_batch
        self.smoothing = settings.objective.label_smoothing
        self.units = units(data.train)
        self._losses = self.losses_of(data.train)
        self.lengths = [len(e.ids) for e in data.train]
        most = min(self.privacy.examples_per_unit, max(map(len, self.units)))
        if most > self.micro:
            raise PrivacyRefused(f"{most} examples of a unit need a micro_batch of as many")
        self.expected = settings.rows_per_step
        self._require_the_plan_it_was_chosen_for(settings)
        self.gradients: UnitGradients = faithful_gradients(forward, named, self.losses_of)

    @property
    def per_epoch(self) -> int:
        """Steps after which every unit was drawn once on average."""
        return math.ceil(len(self.units) / self.expected)

    def take(self, done: int) -> Taken:
        """Put the private gradient of step `done` (from 0) into the parameters.

        A draw without units is a step like any other: its gradient is noise.
        """
        drawn = draw(self.units, self.privacy, self.stream, done)
        sums = [torch.zeros_like(p, dtype=torch.float32) for p in self.named.values()]
        loss, norms = 0.0, list[float]()
        for batch in micro_batches(drawn, self.lengths, self.micro):
            for part, gradients in self.gradients.of(batch, self._losses):
                loss += part
                norms += add_clipped(gradients, self.privacy.clip, sums)
        self._add_noise(sums, done)
        clipped = sum(norm > self.privacy.clip for norm in norms)
        return Taken(
            loss=loss / len(drawn) if drawn else None,
            targets=sum(self.data.train[i].targets for unit in drawn for i in unit),
            tokens=sum(self.lengths[i] for unit in drawn for i in unit),
            clipped=clipped / len(drawn) if drawn else None,
        )

    def losses_of(self, examples: Sequence[Example]) -> Losses:
        """The loss of each unit: nats per trained token of each example, their mean over it."""
        smoothing = self.smoothing
        return partial(unit_losses, self.forward, examples, self.data.pad_id, smoothing=smoothing)

    def _add_noise(self, sums: Sequence[torch.Tensor], done: int) -> None:
        scale = self.privacy.noise * self.privacy.clip
        for (name, parameter), total in zip(self.named.items(), sums, strict=True):
            drawn = self.stream.normals(f"noise of {name}", done, total.numel())
            noise = torch.from_numpy(drawn).reshape(total.shape).to(total.device)
            noisy = (total.double() + scale * noise) / self.expected
            parameter.grad = noisy.to(parameter.dtype)

    def _require_the_plan_it_was_chosen_for(self, settings: TrainSettings) -> None:
        """The noise was solved for a rate and a number of steps; refuse to take others."""
        here = length(len(self.units), self.expected, settings.epochs, settings.max_steps)
        if here.rate != self.privacy.rate or here.steps != self.privacy.steps:
            raise PrivacyRefused(
                f"the noise was chosen for rate {self.privacy.rate:g} and {self.privacy.steps} "
                f"steps, but {len(self.units)} units make it {here.rate:g} and {here.steps}"
            )


def unit_losses(
    forward: Forward,
    examples: Sequence[Example],
    pad_id: int,
    batch: Sequence[Drawn],
    smoothing: float = 0.0,
) -> torch.Tensor:
    """The loss of each unit of `batch`, shape (units,); a unit's examples share it equally."""
    rows = tuple((index,) for unit in batch for index in unit)
    made = collate(rows, examples, pad_id, forward.device)
    asked = made.labels != IGNORED
    logits = forward.label_logits(made).float()
    each = functional.cross_entropy(
        logits, made.labels[asked], reduction="none", label_smoothing=smoothing
    )
    counts = asked.sum(dim=1)
    unit_of_row = torch.tensor([u for u, unit in enumerate(batch) for _ in unit])
    share = torch.tensor([1.0 / len(unit) for unit in batch for _ in unit])
    weight = (share.to(forward.device) / counts)[asked.nonzero()[:, 0]]
    line = unit_of_row.to(forward.device)[asked.nonzero()[:, 0]]
    return torch.zeros(len(batch), device=forward.device).index_add(0, line, each * weight)

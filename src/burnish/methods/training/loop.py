"""The training loop: exact, resumable, and honest about what it learned from.

The loss of a step is the sum over all its trained tokens divided by their number, however the
step is cut into micro-batches. Batches are a function of the settings and the step, so a resumed
run needs only weights, optimiser and generators to go on to the same bits.
"""

import math
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from burnish.methods.training.arithmetic import arithmetic, device_of
from burnish.methods.training.checkpoint import Progress, Trainable, encode, restore
from burnish.methods.training.dp_check import invented
from burnish.methods.training.dp_random import Stream
from burnish.methods.training.dp_steps import PrivateSteps
from burnish.methods.training.examples import TrainData, require_fit
from burnish.methods.training.forward import Forward, inference
from burnish.methods.training.isolation import require_isolation
from burnish.methods.training.objective import objective_of
from burnish.methods.training.optimise import adamw, clip, learning_rate, set_rate
from burnish.methods.training.output import write_merged, write_model
from burnish.methods.training.proof import probe_logits, prove
from burnish.methods.training.records import (
    Beginning,
    Diverged,
    Interrupted,
    Spent,
    StepRecord,
    TrainPorts,
    TrainResult,
)
from burnish.methods.training.reproducible import pick_device, reproducible
from burnish.methods.training.settings import TrainSettings
from burnish.methods.training.start import fingerprint, trainable_model
from burnish.methods.training.steps import Steps
from burnish.methods.training.techniques.technique import count_parameters

_PROBES = (20, 24, 28, 32)


def train(
    model_path: Path, data: TrainData, settings: TrainSettings, ports: TrainPorts, out: Path
) -> TrainResult:
    """Train the model at `model_path` on `data` and write the result into `out`.

    Goes on from the latest checkpoint where there is one; interrupted and uninterrupted runs end
    in the same bytes. Raises ValueError before the first step for an unfit example, CrossTalk for
    a model that cannot be packed, CheckpointRefused for a checkpoint that is damaged or foreign,
    Diverged when loss or gradient stop being finite, Interrupted (with a saved checkpoint) when
    asked to stop, Unchanged when nothing was learned (or, under early stopping, nothing that
    validation calls better than the base), and under privacy PrivacyRefused for what
    cannot be kept private and Spent (with a saved checkpoint) when the budget allows no more.
    """
    with reproducible(settings):
        run = _Run(model_path, data, settings, ports)
        run.go()
        return run.finish(out)


class _Run:
    def __init__(
        self, path: Path, data: TrainData, settings: TrainSettings, ports: TrainPorts
    ) -> None:
        self.path, self.data, self.settings, self.ports = path, data, settings, ports
        self.model = trainable_model(path, settings)
        self.forward = Forward(self.model, settings, pick_device(settings))
        require_fit(data, self.forward.vocab, settings.max_length)
        self.probes = data.train
        if settings.privacy:  # a number that is told may not come from the rows
            self.probes = invented(self.forward.vocab, _PROBES)
        self.base_logits = probe_logits(self.forward, self.probes, data.pad_id)
        if not self.base_logits.isfinite().all():
            raise ValueError(f"{path}: the logits of the base model are not finite; it is damaged")
        if settings.packing and len(data.train) > 1:
            require_isolation(self.forward, data.train, settings.max_length)
        self.named = {n: p for n, p in self.model.named_parameters() if p.requires_grad}
        self.optimiser = adamw(self.named.values(), settings)
        self.objective = objective_of(self.forward, data, settings, self.named)
        parts = {**fingerprint(path, data, settings), **self.objective.named}
        self.stream = _stream(settings, ports, parts)
        self.steps = self.objective.held(self._steps())
        whole = self.steps.per_epoch * settings.epochs
        self.total = min(settings.max_steps or whole, whole)
        self.progress = Progress()
        beside = self.objective.beside
        self.state = Trainable(self.named, self.optimiser, self.steps.per_epoch, parts, beside)

    def go(self) -> None:
        """Do every step that is not done yet."""
        kept = self.ports.checkpoints.latest()
        self.model.train()
        if kept:
            self.progress = restore(*kept, self.state)
        self._begin()
        if not kept:
            self.objective.begin()
            self._evaluate()
        while self.progress.step < self.total and not self.objective.over(self.progress.validation):
            self._pay()
            self._step()
            self._after_step()

    def finish(self, out: Path) -> TrainResult:
        """Prove the change and write the model."""
        written, ended = self.objective.settle(self.progress.validation, self.progress.step)
        after = probe_logits(self.forward, self.probes, self.data.pad_id)
        proof = prove(self.base_logits, after, self.model, self.path, self.settings)
        files = write_model(self.model, self.settings, self.path, out)
        merged, more = write_merged(self.settings, self.path, out)
        return TrainResult(
            steps=self.progress.step,
            epochs=self.progress.step / self.steps.per_epoch,
            losses=tuple(self.progress.losses),
            validation=tuple(self.progress.validation),
            trained_tokens=None if self.stream else self.progress.trained_tokens,
            parameters=count_parameters(self.model),
            trainable=sum(p.numel() for p in self.named.values()),
            proof=proof,
            files=(*files, *more),
            merged=merged,
            written_step=written,
            ended=ended,
        )

    def _begin(self) -> None:
        """Tell who wants to know where the run goes on, how far it goes, and on what."""
        if self.ports.begun is None:
            return
        device = device_of(self.forward.device, self.settings.precision)
        work = arithmetic(self.model, [len(example.ids) for example in self.data.train])
        self.ports.begun(
            Beginning(
                step=self.progress.step,
                total=self.total,
                parameters=count_parameters(self.model),
                trainable=sum(p.numel() for p in self.named.values()),
                device=device.name,
                measured=device.measured,
                arithmetic=asdict(work),
            )
        )

    def _steps(self) -> Steps:
        if self.stream is None:
            return self.objective.steps(self.forward, self.data, self.settings)
        return PrivateSteps(self.forward, self.data, self.settings, self.named, self.stream)

    def _pay(self) -> None:
        """Before a private step its cost is written down; where it is too much, stop and save."""
        private, done = self.ports.private, self.progress.step
        if self.stream is None or private is None or private.pay(self.stream.name, done + 1):
            return
        if done:
            self.ports.checkpoints.save(done, encode(self.progress, self.state))
        raise Spent(done)

    def _step(self) -> None:
        began = time.perf_counter()
        done = self.progress.step
        rate = learning_rate(done, self.total, self.settings)
        taken = self.steps.take(done)
        norm = self._update(taken.loss, rate)
        self.progress.step += 1
        if self.stream is None and taken.loss is not None:
            self.progress.trained_tokens += taken.targets
            self.progress.losses.append(taken.loss)
        self.ports.watch(
            StepRecord(
                step=done + 1,
                epoch=done // self.steps.per_epoch + 1,
                loss=taken.loss,
                grad_norm=norm,
                learning_rate=rate,
                trained_tokens=taken.targets,
                tokens=taken.tokens,
                seconds=time.perf_counter() - began,
                clipped=taken.clipped,
                penalty=taken.penalty,
                **taken.rewards,
            )
        )

    def _update(self, loss: float | None, rate: float) -> float:
        """Move the weights; the norm of the gradient that moved them, before clipping."""
        set_rate(self.optimiser, rate)
        if loss is not None and not math.isfinite(loss):
            raise Diverged(self.progress.step + 1, "loss")
        limit = 0.0 if self.stream else self.settings.clip_norm
        norm = clip(list(self.named.values()), limit)
        if not math.isfinite(norm):
            raise Diverged(self.progress.step + 1, "gradient")
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        return norm

    def _after_step(self) -> None:
        step, settings = self.progress.step, self.settings
        if step == self.total or (settings.eval_every and step % settings.eval_every == 0):
            self._evaluate()
        asked = self.ports.should_stop()
        due = settings.checkpoint_every and step % settings.checkpoint_every == 0
        if asked or due:
            self.ports.checkpoints.save(step, encode(self.progress, self.state))
        if asked:
            raise Interrupted(step)

    def _evaluate(self) -> None:
        if not self.data.validation:
            return
        with inference(self.model):
            record = self.objective.check.of(self.progress.step)
        self.progress.validation.append(record)
        self.objective.look(self.progress.validation)
        self.ports.watch(record)


def _stream(settings: TrainSettings, ports: TrainPorts, parts: Mapping[str, str]) -> Stream | None:
    """The random numbers of a private training, bound to all that decides its result."""
    if settings.privacy is None:
        return None
    if ports.private is None:
        raise ValueError("a private training needs a secret and somebody who pays for its steps")
    return Stream(ports.private.secret, parts)

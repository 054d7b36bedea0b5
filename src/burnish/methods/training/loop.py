"""The training loop: exact, resumable, and honest about what it learned from.

The loss of a step is the sum over all its trained tokens divided by their number, however the
step is cut into micro-batches. Batches are a function of the settings and the step, so a resumed
run needs only weights, optimiser and generators to go on to the same bits.
"""

import math
import time
from pathlib import Path

import torch

from burnish.methods.training.batch import collate
from burnish.methods.training.checkpoint import Progress, Trainable, encode, restore
from burnish.methods.training.examples import TrainData, require_fit
from burnish.methods.training.forward import Forward, inference
from burnish.methods.training.isolation import require_isolation
from burnish.methods.training.optimise import adamw, clip, learning_rate, set_rate
from burnish.methods.training.output import write_model
from burnish.methods.training.pack import (
    MicroBatch,
    Step,
    epoch_steps,
    evaluation_batches,
    steps_per_epoch,
)
from burnish.methods.training.proof import probe_logits, prove
from burnish.methods.training.records import (
    Diverged,
    EvalRecord,
    Interrupted,
    StepRecord,
    TrainPorts,
    TrainResult,
)
from burnish.methods.training.reproducible import pick_device, reproducible
from burnish.methods.training.settings import TrainSettings
from burnish.methods.training.start import fingerprint, trainable_model


def train(
    model_path: Path, data: TrainData, settings: TrainSettings, ports: TrainPorts, out: Path
) -> TrainResult:
    """Train the model at `model_path` on `data` and write the result into `out`.

    Goes on from the latest checkpoint where there is one; interrupted and uninterrupted runs end
    in the same bytes. Raises ValueError before the first step for an unfit example, CrossTalk for
    a model that cannot be packed, CheckpointRefused for a checkpoint that is damaged or foreign,
    Diverged when loss or gradient stop being finite, Interrupted (with a saved checkpoint) when
    asked to stop, and Unchanged when nothing was learned.
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
        self.base_logits = probe_logits(self.forward, data.train, data.pad_id)
        if not self.base_logits.isfinite().all():
            raise ValueError(f"{path}: the logits of the base model are not finite; it is damaged")
        if settings.packing and len(data.train) > 1:
            require_isolation(self.forward, data.train, settings.max_length)
        self.lengths = [len(e.ids) for e in data.train]
        self.hard = [e.difficulty for e in data.train]
        self.named = {n: p for n, p in self.model.named_parameters() if p.requires_grad}
        self.optimiser = adamw(self.named.values(), settings)
        self.per_epoch = steps_per_epoch(self.lengths, settings)
        whole = self.per_epoch * settings.epochs
        self.total = min(settings.max_steps or whole, whole)
        self.planned: tuple[int, list[Step]] = (-1, [])
        self.progress = Progress()
        parts = fingerprint(path, data, settings)
        self.state = Trainable(self.named, self.optimiser, self.per_epoch, parts)

    def go(self) -> None:
        """Do every step that is not done yet."""
        kept = self.ports.checkpoints.latest()
        self.model.train()
        if kept:
            self.progress = restore(*kept, self.state)
        else:
            self._evaluate()
        while self.progress.step < self.total:
            self._step()
            self._after_step()

    def finish(self, out: Path) -> TrainResult:
        """Prove the change and write the model."""
        after = probe_logits(self.forward, self.data.train, self.data.pad_id)
        proof = prove(self.base_logits, after, self.model, self.path, self.settings)
        files = write_model(self.model, self.settings, self.path, out)
        return TrainResult(
            steps=self.progress.step,
            epochs=self.progress.step / self.per_epoch,
            losses=tuple(self.progress.losses),
            validation=tuple(self.progress.validation),
            trained_tokens=self.progress.trained_tokens,
            parameters=sum(p.numel() for p in self.model.parameters()),
            trainable=sum(p.numel() for p in self.named.values()),
            proof=proof,
            files=files,
        )

    def _batches(self, epoch: int, position: int) -> Step:
        if self.planned[0] != epoch:
            steps = epoch_steps(self.lengths, self.settings, epoch, self.hard)
            self.planned = (epoch, steps)
        return self.planned[1][position]

    def _step(self) -> None:
        began = time.perf_counter()
        done = self.progress.step
        epoch, position = divmod(done, self.per_epoch)
        batches = self._batches(epoch, position)
        members = [self.data.train[i] for micro in batches for row in micro for i in row]
        targets = sum(example.targets for example in members)
        rate = learning_rate(done, self.total, self.settings)
        loss, norm = self._update(batches, targets, rate)
        self.progress.step += 1
        self.progress.trained_tokens += targets
        self.progress.losses.append(loss)
        self.ports.watch(
            StepRecord(
                step=done + 1,
                epoch=epoch + 1,
                loss=loss,
                grad_norm=norm,
                learning_rate=rate,
                trained_tokens=targets,
                tokens=sum(len(example.ids) for example in members),
                seconds=time.perf_counter() - began,
            )
        )

    def _update(self, batches: Step, targets: int, rate: float) -> tuple[float, float]:
        set_rate(self.optimiser, rate)
        parts = [self._backward(micro, targets) for micro in batches]
        loss = float(torch.stack(parts).sum())
        if not math.isfinite(loss):
            raise Diverged(self.progress.step + 1, "loss")
        norm = clip(list(self.named.values()), self.settings.clip_norm)
        if not math.isfinite(norm):
            raise Diverged(self.progress.step + 1, "gradient")
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        return loss, norm

    def _backward(self, micro: MicroBatch, targets: int) -> torch.Tensor:
        batch = collate(micro, self.data.train, self.data.pad_id, self.forward.device)
        loss = self.forward.loss(batch) / targets
        loss.backward()  # type: ignore[no-untyped-call]
        return loss.detach()

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
        examples = self.data.validation
        if not examples:
            return
        total, tokens = 0.0, sum(example.targets for example in examples)
        with inference(self.model):
            for micro in evaluation_batches([len(e.ids) for e in examples], self.settings):
                batch = collate(micro, examples, self.data.pad_id, self.forward.device)
                total += float(self.forward.loss(batch))
        record = EvalRecord(self.progress.step, total / tokens, tokens)
        self.progress.validation.append(record)
        self.ports.watch(record)

"""The training loop: exact, resumable, and honest about what it learned from.

The loss of a step is the sum over all its trained tokens divided by their number, however the
step is cut into micro-batches. Batches are a function of the settings and the step, so a resumed
run needs only weights, optimiser and generators to go on to the same bits.
"""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from burnish.methods.training.arithmetic import device_of
from burnish.methods.training.checkpoint import Progress, encode, require_same, restore
from burnish.methods.training.ending import write
from burnish.methods.training.examples import TrainData
from burnish.methods.training.figures import Asked, Figures, Read
from burnish.methods.training.forward import inference
from burnish.methods.training.optimise import learning_rate, set_rate
from burnish.methods.training.parallel.choose import parallel_for
from burnish.methods.training.parallel.group import answering
from burnish.methods.training.parallel.port import Parallel
from burnish.methods.training.ready import make_ready
from burnish.methods.training.records import (
    Beginning,
    Interrupted,
    Spent,
    StepRecord,
    TrainPorts,
    TrainResult,
)
from burnish.methods.training.reproducible import reproducible
from burnish.methods.training.settings import TrainSettings


def train(
    model_path: Path, data: TrainData, settings: TrainSettings, ports: TrainPorts, out: Path
) -> TrainResult:
    """Train the model at `model_path` on `data` and write the result into `out`.

    Goes on from the latest checkpoint where there is one; interrupted and uninterrupted runs end
    in the same bytes. Raises ValueError before the first step for an unfit example, CrossTalk for
    a model that cannot be packed, CheckpointRefused for a checkpoint that is damaged or foreign,
    Diverged when loss or gradient stop being finite, Interrupted (with a saved checkpoint) when
    asked to stop, PeerLost when another rank is gone, Unchanged when nothing was learned (or, under
    early stopping, nothing that validation calls better than the base), and under privacy
    PrivacyRefused for what cannot be kept private and Spent (with a saved checkpoint) when the
    budget allows no more.
    """
    with reproducible(settings), answering(ports.member):
        parallel = parallel_for(settings, ports.member)
        try:
            run = _Run(model_path, data, settings, ports, parallel)
            run.go()
            return run.finish(out)
        finally:
            parallel.close()


class _Run:
    def __init__(
        self,
        path: Path,
        data: TrainData,
        settings: TrainSettings,
        ports: TrainPorts,
        parallel: Parallel,
    ) -> None:
        self.path, self.data, self.settings, self.ports = path, data, settings, ports
        self.parallel = parallel
        self.ready = make_ready(path, data, settings, ports, parallel)
        self.objective, self.steps = self.ready.objective, self.ready.steps
        self.optimiser = self.ready.state.optimiser
        whole = self.steps.per_epoch * settings.epochs
        self.total = min(settings.max_steps or whole, whole)
        self.progress = Progress()
        self.figures = Figures(self._tell, self.optimiser, self._reads_late())

    def go(self) -> None:
        """Do every step that is not done yet."""
        kept = self._latest()
        self.ready.model.train()
        if kept:
            self.progress = restore(*kept, self.ready.state)
        self._begin()
        if not kept:
            self.objective.begin(lambda: self.ports.doing("evaluating"))
            self._evaluate()
            if self.objective.dear:
                self._save()
        self.figures.begin()
        while self.progress.step < self.total and not self.objective.over(self.progress.validation):
            self._pay()
            self._step()
            self._after_step()

    def finish(self, out: Path) -> TrainResult:
        """Prove the change and write the model; only the rank that leads writes."""
        written, ended = self.objective.settle(self.progress.validation, self.progress.step)
        self.ports.doing("writing")
        made = write(self.ready, self.path, self.data.pad_id, self.settings, out)
        return TrainResult(
            steps=self.progress.step,
            epochs=self.progress.step / self.steps.per_epoch,
            losses=tuple(self.progress.losses),
            validation=tuple(self.progress.validation),
            trained_tokens=None if self.ready.stream else self.progress.trained_tokens,
            parameters=self.ready.parameters,
            trainable=self.ready.trainable,
            proof=made.proof,
            files=made.files,
            merged=made.merged,
            written_step=written,
            ended=ended,
        )

    def _latest(self) -> tuple[int, Mapping[str, bytes]] | None:
        """The newest whole checkpoint: the rank that leads looks first, and mends what is torn."""
        leads = self.parallel.member.leads
        kept = self.ports.checkpoints.latest() if leads else None
        self.parallel.agree(False)
        if not leads:
            kept = self.ports.checkpoints.latest()
        require_same(kept, self.parallel)
        return kept

    def _reads_late(self) -> bool:
        """Whether figures are read a step late: on a GPU, by an optimiser that can hold still."""
        settings = self.settings
        private, sharded = self.ready.stream is not None, settings.parallel.sharded
        fused = bool(self.optimiser.defaults.get("fused"))
        return self.ready.forward.device.type == "cuda" and fused and not (private or sharded)

    def _begin(self) -> None:
        """Tell who wants to know where the run goes on, how far it goes, and on what."""
        if self.ports.begun is None:
            return
        device = device_of(self.ready.forward.device, self.settings.precision)
        self.ports.begun(
            Beginning(
                step=self.progress.step,
                total=self.total,
                parameters=self.ready.parameters,
                trainable=self.ready.trainable,
                device=device.name,
                measured=device.measured,
                arithmetic=asdict(self.ready.arithmetic),
            )
        )

    def _pay(self) -> None:
        """Before a private step its cost is written down; where it is too much, stop and save."""
        private, done, stream = self.ports.private, self.progress.step, self.ready.stream
        if stream is None or private is None or private.pay(stream.name, done + 1):
            return
        if done:
            self._save()
        raise Spent(done)

    def _step(self) -> None:
        done = self.progress.step
        rate = learning_rate(done, self.total, self.settings)
        set_rate(self.optimiser, rate)
        taken = self.steps.take(done)
        norm = self.parallel.clip(0.0 if self.ready.stream else self.settings.clip_norm)
        self.figures.add(Asked(done + 1, taken, rate, norm))
        self.parallel.move()
        self.progress.step += 1

    def _tell(self, seen: Read) -> None:
        """A step is done, and its figures are here."""
        taken = seen.taken
        if self.ready.stream is None and seen.loss is not None:
            self.progress.trained_tokens += taken.targets
            self.progress.losses.append(seen.loss)
        self.ports.watch(
            StepRecord(
                step=seen.step,
                epoch=(seen.step - 1) // self.steps.per_epoch + 1,
                loss=seen.loss,
                grad_norm=seen.norm,
                learning_rate=seen.rate,
                trained_tokens=taken.targets,
                tokens=taken.tokens,
                seconds=seen.seconds,
                clipped=taken.clipped,
                penalty=taken.penalty,
                **taken.rewards,
            )
        )

    def _after_step(self) -> None:
        step, settings = self.progress.step, self.settings
        look = step == self.total or (settings.eval_every and step % settings.eval_every == 0)
        due = settings.checkpoint_every and step % settings.checkpoint_every == 0
        if look or due:
            self.figures.settle()
        if look:
            self._evaluate()
        asked = self.parallel.agree(self.ports.should_stop())
        if asked or due:
            self.figures.settle()
            self._save()
        if asked:
            raise Interrupted(step)
        if look or due:
            self.figures.begin()

    def _save(self) -> None:
        files = encode(self.progress, self.ready.state)
        if self.parallel.member.leads:
            self.ports.checkpoints.save(self.progress.step, files)

    def _evaluate(self) -> None:
        if not self.data.validation:
            return
        self.ports.doing("evaluating")
        with inference(self.ready.model):
            record = self.objective.check.of(self.progress.step)
        self.progress.validation.append(record)
        self.objective.look(self.progress.validation)
        self.ports.watch(record)

"""The errand of a training: what one of its processes does, wherever it runs.

A process gets a job and a link and nothing else: it reads the examples from the store, keeps its
checkpoints there, tells each step over the link, and puts the weights into the store.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish.core.artifact import Manifest
from burnish.core.crew import Link
from burnish.core.errors import BudgetSpent, Interrupted, UsageError
from burnish.core.ports import Scratch, Store
from burnish.intake.train_data import train_data
from burnish.methods.models.files import parameter_count
from burnish.methods.models.passing import passing_folder
from burnish.plan import TrainPrivacy

if TYPE_CHECKING:
    from burnish.methods.training.records import EvalRecord, PrivatePorts, StepRecord, TrainResult
    from burnish.methods.training.settings import TrainSettings

WEIGHTS = "weights/"
STEPS = "steps.json"
TELLABLE = ("step", "epoch", "grad_norm", "learning_rate", "seconds")
"""What is kept of a private step; its loss, its tokens and who was clipped tell of rows."""


@dataclass(frozen=True, slots=True)
class TuneJob:
    """One training, as it travels to the processes that do it.

    `parts` is the digest of the mixed corpus, `scratch` names the slots of its checkpoints,
    `secret` the noise of a private training.
    """

    store: Store = field(repr=False)
    parts: str
    base: Path
    settings: TrainSettings
    scratch: str
    privacy: TrainPrivacy | None = None
    secret: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Tuned:
    """What a training made: files in the store by name, its result, and every step of it."""

    files: dict[str, str]
    result: TrainResult
    steps: list[dict[str, Any]]


def tune(job: TuneJob, link: Link) -> Tuned:
    """Train to the end, or save and raise.

    Raises `Interrupted` when asked to stop, `BudgetSpent` when the privacy budget allows no
    further step, `UsageError` for settings or examples that cannot be trained.
    """
    from burnish.methods.training.loop import train as run_training
    from burnish.methods.training.records import Interrupted as Asked
    from burnish.methods.training.records import Spent, TrainPorts

    manifest = Manifest.from_bytes(job.store.get_bytes(job.parts))
    data = train_data(job.store, manifest, job.privacy)
    history: list[dict[str, Any]] = []
    kept = SealedCheckpoints(job.store.scratch(job.scratch), job.settings.keep_checkpoints, history)
    watch = _Watch(link, history, private=job.privacy is not None)
    ports = TrainPorts(kept, watch, link.should_stop, _private(job, link))
    with passing_folder(parameter_count(job.base)) as out:
        try:
            result = run_training(job.base, data, job.settings, ports, out)
        except Asked as asked:
            raise Interrupted(
                f"stopped after step {asked.step}; its checkpoint is saved",
                remedy="burnish run goes on from that step",
            ) from asked
        except Spent as none_left:
            raise BudgetSpent(
                f"the privacy budget of this data allows no step after {none_left.step}",
                remedy="have train.privacy.total_epsilon raised; burnish run goes on from there",
            ) from none_left
        except ValueError as wrong:
            raise UsageError(str(wrong), remedy="mend what it names in the plan") from wrong
        files = {WEIGHTS + name: job.store.put_file(out / name) for name in result.files}
    return Tuned(files, result, history)


def _private(job: TuneJob, link: Link) -> PrivatePorts | None:
    """A private training pays for its steps over the link."""
    from burnish.methods.training.records import PrivatePorts

    if job.privacy is None:
        return None

    def pay(name: str, step: int) -> bool:
        return bool(link.ask("pay", {"name": name, "step": step}))

    return PrivatePorts(job.secret, pay)


@dataclass(frozen=True, slots=True)
class SealedCheckpoints:
    """Checkpoints as sealed slots of the store; the newest few are kept.

    Each carries `history`, the steps so far: the record of a resumed training is whole.
    """

    scratch: Scratch
    keep: int
    history: list[dict[str, Any]]

    def save(self, step: int, files: Mapping[str, bytes]) -> None:
        """Seal the checkpoint of a step, then let the oldest go."""
        steps = json.dumps(self.history, sort_keys=True).encode()
        self.scratch.save(f"step-{step:09d}", {**files, STEPS: steps})
        for old in sorted(self.scratch.slots())[: -self.keep]:
            self.scratch.drop(old)

    def latest(self) -> tuple[int, Mapping[str, bytes]] | None:
        """The newest whole checkpoint."""
        slots = sorted(self.scratch.slots())
        if not slots:
            return None
        files = self.scratch.load(slots[-1])
        self.history[:] = json.loads(files.pop(STEPS))
        return int(slots[-1].removeprefix("step-")), files

    def done(self) -> None:
        """The result is in the store: the checkpoints are needed no more."""
        for slot in self.scratch.slots():
            self.scratch.drop(slot)


@dataclass(frozen=True, slots=True)
class _Watch:
    """Tells each step over the link and keeps it for the record."""

    link: Link
    history: list[dict[str, Any]]
    private: bool

    def __call__(self, seen: StepRecord | EvalRecord) -> None:
        facts = asdict(seen)
        hidden = self.private and "grad_norm" in facts
        self.history.append({k: v for k, v in facts.items() if k in TELLABLE or not hidden})
        self.link.tell(facts)

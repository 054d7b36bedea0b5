"""The errand of a training: what one of its processes does, wherever it runs.

A process gets a job and a link and nothing else: it reads the examples from the store, keeps its
checkpoints there, tells each step over the link, and puts the weights into the store.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish.core.artifact import Manifest
from burnish.core.crew import Link, Rank
from burnish.core.errors import IntegrityBroken
from burnish.core.ports import Scratch, Store
from burnish.intake.telling import Telling
from burnish.intake.train_data import LAYOUT, train_data, write_parts
from burnish.intake.tune_faults import told_in_full
from burnish.methods.models.files import parameter_count
from burnish.methods.models.passing import passing_folder, shared_folder
from burnish.plan import TrainPrivacy

if TYPE_CHECKING:
    from burnish.methods.training.records import PrivatePorts, TrainResult
    from burnish.methods.training.settings import TrainSettings

WEIGHTS = "weights/"
STEPS = "steps.json"
PRELOAD = ("burnish.intake.tuning", "burnish.methods.training.loop")
"""What a process of a training imports before it gets its job."""


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

    Raises what `told_in_full` does, and `DiskFull` when a checkpoint or the weights find no room.
    """
    from burnish.methods.training.loop import train as run_training
    from burnish.methods.training.parallel.member import Member
    from burnish.methods.training.records import TrainPorts

    link.beat("loading")

    manifest = Manifest.from_bytes(job.store.get_bytes(job.parts))
    history: list[dict[str, Any]] = []
    slots, first = job.store.scratch(job.scratch), link.rank.number == 0
    kept = SealedCheckpoints(slots, job.settings.keep_checkpoints, history, link.beat, first)
    told = Telling(link, job.scratch, job.settings, history, job.privacy is not None)
    ports = TrainPorts(
        checkpoints=kept,
        watch=told,
        should_stop=link.should_stop,
        private=_private(job, link),
        begun=told.begun,
        doing=link.beat,
        member=Member(**asdict(link.rank)),
    )
    room = passing_folder(parameter_count(job.base))
    with told, told_in_full(), room as out, _written(job, manifest, link.rank) as rows:
        penalty = job.settings.objective.penalty
        data = train_data(job.store, manifest, job.privacy, penalty, rows)
        result = run_training(job.base, data, job.settings, ports, out)
        files = {WEIGHTS + name: job.store.put_file(out / name) for name in result.files}
    return Tuned(files, result, history)


@contextmanager
def _written(job: TuneJob, manifest: Manifest, rank: Rank) -> Iterator[Path | None]:
    """Where the ranks of a node find the examples, one copy for all; None: each holds its own.

    A process alone holds them itself, and so do all where shared memory has no room for them.
    """
    with ExitStack() as sharing:
        folder = None
        if rank.world > 1:
            make = partial(write_parts, job.store, manifest, job.privacy)
            with suppress(OSError):
                folder = sharing.enter_context(
                    shared_folder(f"{LAYOUT} {job.scratch} {job.parts}", make)
                )
        yield folder


def _private(job: TuneJob, link: Link) -> PrivatePorts | None:
    """A private training pays for its steps over the link."""
    from burnish.methods.training.records import PrivatePorts

    if job.privacy is None:
        return None

    def pay(name: str, step: int) -> bool:
        return bool(link.ask("pay", {"name": name, "step": step}))

    return PrivatePorts(job.secret, pay)


def _nobody(doing: str, step: int | None) -> None:
    """Nobody listens."""


@dataclass(frozen=True, slots=True)
class SealedCheckpoints:
    """Checkpoints as sealed slots of the store; the newest few are kept.

    Each carries `history`, the steps so far: the record of a resumed training is whole. `beat` is
    told what is done, `first` says that this is the rank that may set a torn one aside.
    """

    scratch: Scratch
    keep: int
    history: list[dict[str, Any]]
    beat: Callable[[str, int | None], None] = _nobody
    first: bool = True

    def save(self, step: int, files: Mapping[str, bytes]) -> None:
        """Seal the checkpoint of a step, then let the oldest go."""
        steps = json.dumps(self.history, sort_keys=True).encode()
        self.beat("saving", None)
        self.scratch.save(f"step-{step:09d}", {**files, STEPS: steps})
        self.beat("saved", step)
        for old in sorted(self.scratch.slots())[: -self.keep]:
            self.scratch.drop(old)

    def latest(self) -> tuple[int, Mapping[str, bytes]] | None:
        """The newest whole checkpoint; one that does not verify is told of and set aside.

        The result does not depend on which one it is, for every step is taken again as it was.
        """
        for slot in sorted(self.scratch.slots(), reverse=True):
            step = int(slot.removeprefix("step-"))
            try:
                files = self.scratch.load(slot)
            except IntegrityBroken:
                self._set_aside(slot, step)
                continue
            self.history[:] = json.loads(files.pop(STEPS))
            self.beat("resumed", step)
            return step, files
        return None

    def _set_aside(self, slot: str, step: int) -> None:
        self.beat("torn", step)
        if self.first:  # one rank is enough
            self.scratch.set_aside(slot)

    def done(self) -> None:
        """The result is in the store: the checkpoints are needed no more."""
        for slot in self.scratch.slots():
            self.scratch.drop(slot)

"""Techniques on the same rows, measured: the specification's table 12.1 with figures of its own.

Each technique trains in a process of its own, by the code of a run, on a throw-away copy of some
of the prepared rows. The sealed test part is not opened: quality is that on validation rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish.api.aside import PLACE, Hearing, processes_for, throw_away
from burnish.api.measured import Speed
from burnish.api.pacing import hours_of, price_of
from burnish.api.planned import Subject, data_of, folder_of, local, subject_of, with_technique
from burnish.api.planning import look_ahead
from burnish.core.artifact import Manifest, Mixed
from burnish.core.crew import Crew
from burnish.core.errors import BurnishError, InputError, UsageError
from burnish.core.ports import Progress, Silent, Store
from burnish.intake.rehearsal import Rehearsed, RehearsedTraining, at_most, rehearse_training
from burnish.intake.tuning import WEIGHTS, TuneJob
from burnish.intake.worst_rows import drawn_rows, rehearsal_corpus
from burnish.methods.training.forecast.counts import trainable
from burnish.methods.training.forecast.table import (
    INDICATED,
    Indicated,
    Stability,
    relative_quality,
    stability,
)
from burnish.methods.training.forecast.time import work_of
from burnish.methods.training.settings import TrainSettings
from burnish.methods.training.technique_settings import TECHNIQUES, VIRTUAL, Technique
from burnish.plan import Plan, TrainPlan
from burnish.plan_technique import RATES
from burnish.wiring import open_project

if TYPE_CHECKING:
    from collections.abc import Iterator

COMPARED = "compared"
DEFAULT = ("full", "lora", "qlora", "prefix")
BASELINE = "full"
WARM = 3
"""From so many steps on the first is left out of the time: it is not warm."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What is compared: techniques, rows at most, epochs or steps, and rates of one's own."""

    techniques: tuple[str, ...] = DEFAULT
    rows: int = 256
    epochs: int = 1
    steps: int | None = None
    rates: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """One technique: measured figures, those against full tuning, and the specification's.

    `memory` and `gpu` are bytes at the peak of a step (main memory beyond the libraries' own),
    `loss` nats per validation token, `quality` and `cost` relative to full tuning, `price` that of
    the plan's whole training at the speed measured. `fault` says why there are no figures.
    """

    technique: str
    learning_rate: float = 0.0
    trained: int = 0
    memory: int = 0
    gpu: int = 0
    seconds: float = 0.0
    tokens: int = 0
    steps: int = 0
    loss: float | None = None
    quality: float | None = None
    cost: float | None = None
    price: tuple[float, float] | None = None
    stability: Stability | None = None
    files: int = 0
    bytes: int = 0
    indicated: Indicated | None = None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The table: on how many rows, of which data, starting from which validation loss."""

    rows: int
    validation: int
    start: float | None
    currency: str
    techniques: tuple[Compared, ...]


def compare(
    plan_file: Path,
    terms: Terms | None = None,
    *,
    progress: Progress | None = None,
    crew: Crew | None = None,
) -> Comparison:
    """Train with each technique on the same rows, measure, and keep the table in the ledger.

    Raises `InputError` when the data is not prepared, `UsageError` for what is no technique or a
    plan under differential privacy, `Busy` while a run holds the project.
    """
    asked = terms or Terms()
    project = open_project(plan_file)
    _require_sense(asked, project.plan)
    with project.locked():
        foresight, size = look_ahead(project)
        if not foresight.cleared("licence") or Mixed not in foresight.made:
            raise InputError(
                "there is nothing to compare on: the data is not prepared to the licence gate",
                remedy="burnish run as far as it goes, then burnish compare",
            )
        parts = foresight.made[Mixed]
        subject = local(subject_of(project, data_of(project, parts, size)))
        manifest = Manifest.from_bytes(project.store.get_bytes(parts.digest))
        with throw_away(project) as store:
            tables = {
                part: drawn_rows(project.store, manifest, part, asked.rows)
                for part in ("train", "validation")
            }
            corpus, _ = rehearsal_corpus(store, tables, dict(manifest.facts))
            hears = Hearing(progress or Silent())
            bench = _Bench(
                subject, asked, store, crew or processes_for(project.plan), corpus,
                manifest.facts["order"], hears,
            )  # fmt: skip
            found = [bench.measure(name) for name in asked.techniques]
        made = Comparison(
            rows=tables["train"].num_rows,
            validation=tables["validation"].num_rows,
            start=next((one.start for one in found if one.start is not None), None),
            currency=project.plan.budget.currency,
            techniques=tuple(_beside_full([one.row for one in found])),
        )
        project.ledger.append(COMPARED, {"plan": project.plan_digest, **asdict(made)})
    return made


@dataclass(frozen=True, slots=True)
class _Found:
    row: Compared
    start: float | None = None


@dataclass(frozen=True, slots=True)
class _Bench:
    """The same rows for all, and who runs them."""

    subject: Subject
    terms: Terms
    store: Store
    crew: Crew
    corpus: str
    order: Any
    hears: Hearing

    def measure(self, technique: str) -> _Found:
        """Train with one technique; a fault is told in its row, and the others go on."""
        self.hears.progress.begin(technique, None)
        try:
            settings = self._settings(technique)
            job = TuneJob(
                self.store, self.corpus, folder_of(self.subject.project), settings, technique
            )
            ranks = settings.parallel.ranks
            done = self.crew.run(rehearse_training, RehearsedTraining(job), self.hears, ranks)
            found = self._row(settings, done)
        except (BurnishError, ValueError) as wrong:
            told = wrong.problem if isinstance(wrong, BurnishError) else str(wrong)
            found = _Found(Compared(technique, indicated=_indicated(technique), fault=told))
        self.hears.progress.end(technique, found.row.fault or f"loss {found.row.loss}")
        return found

    def _settings(self, technique: str) -> TrainSettings:
        """The plan's, but for the terms; packed for all or none: all see the same."""
        terms, plan = self.terms, self.subject.project.plan
        settings = with_technique(plan, technique)
        together = settings.packing and not set(terms.techniques) & set(VIRTUAL)
        rate = (terms.rates or {}).get(technique, usual_rate(plan.train, settings.technique))
        return replace(
            settings, packing=together, learning_rate=rate, epochs=terms.epochs,
            max_steps=terms.steps, order=self.order, eval_every=0, checkpoint_every=0,
        )  # fmt: skip

    def _row(self, settings: TrainSettings, done: Rehearsed) -> _Found:
        tuned, peak = done.tuned, at_most(done.peaks, "train")
        if tuned is None or peak is None:
            raise UsageError("the training had no step", remedy="take more rows or epochs")
        warm = done.steps[1:] if len(done.steps) >= WARM else done.steps
        seconds = sum(float(step["seconds"]) for step in warm)
        tokens = sum(int(step["tokens"]) for step in warm)
        validation = tuned.result.validation
        sizes = list(self._sizes(tuned.files))
        row = Compared(
            technique=settings.technique,
            learning_rate=settings.learning_rate,
            trained=tuned.result.trainable,
            memory=max(0, peak.memory - done.floor),
            gpu=peak.gpu,
            seconds=round(seconds, 3),
            tokens=tokens,
            steps=tuned.result.steps,
            loss=validation[-1].loss if validation else None,
            price=self._price(settings, tokens / seconds),
            stability=stability(tuned.result.losses, [s["grad_norm"] for s in done.steps]),
            files=len(sizes),
            bytes=sum(sizes),
            indicated=_indicated(settings.technique),
        )
        return _Found(row, validation[0].loss if validation else None)

    def _price(self, settings: TrainSettings, rate: float) -> tuple[float, float] | None:
        """What the plan's whole training would cost with this technique at this speed."""
        subject, plan = self.subject, self.subject.project.plan
        count = trainable(subject.shape, settings.technique, settings.lora, settings.options)
        work = work_of(subject.shape, count, settings, length=subject.data.length)
        paced = replace(subject, speed=Speed(rate * work.counted, "measured by this comparison"))
        whole = replace(settings, epochs=plan.train.epochs, max_steps=plan.train.max_steps)
        price = price_of(paced, hours_of(paced, whole))
        return None if price is None else price.once

    def _sizes(self, files: Mapping[str, str]) -> Iterator[int]:
        """Bytes of each file that is needed to serve; a merged copy is another way to serve."""
        room = self.subject.project.state / PLACE / "size"
        for name, digest in sorted(files.items()):
            if not name.startswith(f"{WEIGHTS}merged/"):
                self.store.get_file(digest, room)
                yield room.stat().st_size
                room.unlink()


def usual_rate(plan: TrainPlan, technique: Technique) -> float:
    """The usual learning rate of a technique, higher or lower by as much as the plan's own is.

    A plan that asks ten times the usual of its technique does so for its model and data, so the
    others get ten times theirs: each at its own rate, and none at a disadvantage.
    """
    return RATES[technique] * plan.learning_rate / RATES[plan.technique]


def _beside_full(rows: Sequence[Compared]) -> Iterator[Compared]:
    """Quality and cost against full tuning; where that was not run, there is nothing to say."""
    full = next((one for one in rows if one.technique == BASELINE and not one.fault), None)
    for row in rows:
        if full is None or row.fault:
            yield row
            continue
        quality = None
        if row.loss is not None and full.loss is not None:
            quality = round(relative_quality(row.loss, full.loss), 4)
        yield replace(row, quality=quality, cost=round(_pace(row) / _pace(full), 3))


def _pace(row: Compared) -> float:
    return row.seconds / row.tokens


def _indicated(technique: str) -> Indicated | None:
    return next((told for name, told in INDICATED.items() if name == technique), None)


def _require_sense(terms: Terms, plan: Plan) -> None:
    known = ", ".join(TECHNIQUES)
    for name in (*terms.techniques, *(terms.rates or {})):
        if name not in TECHNIQUES:
            raise UsageError(f"'{name}' is no technique", remedy=f"name some of {known}")
    if len(set(terms.techniques)) != len(terms.techniques) or not terms.techniques:
        raise UsageError("name each technique once", remedy=f"for example {', '.join(DEFAULT)}")
    if plan.train.privacy is not None:
        raise UsageError(
            "a comparison trains several times on the same rows, without their privacy",
            remedy="compare on a plan whose data may be trained on without train.privacy",
        )

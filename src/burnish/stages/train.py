"""Tune the base model on the training part: exact, watched, restartable."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from burnish.core.artifact import Manifest, Mixed, Model
from burnish.core.stage import Work, stage
from burnish.core.verdict import Cleared
from burnish.intake.base_model import base_listing
from burnish.intake.privacy_budget import units_of
from burnish.intake.private_training import PrivateTraining, begin, kept_apart
from burnish.intake.train_settings import settings_for
from burnish.intake.tuning import WEIGHTS, SealedCheckpoints, TuneJob, tune
from burnish.methods.models.where import base_folder
from burnish.methods.watch.line import Line
from burnish.plan import BaseModelPlan, TrainPlan

if TYPE_CHECKING:
    from burnish.methods.training.records import TrainResult

LIBRARIES = ("burnish", "torch", "transformers", "peft", "safetensors")
CONTROL, RECORD = "control/", "training/record.json"
TOLD = ("settings", "base", "data", "result", "privacy")


def base_digest(work: Work, parts: Cleared[Mixed], plan: TrainPlan, base: BaseModelPlan) -> str:
    """The bytes of the base model are part of what names the tuned one."""
    return base_listing(work, base)


@stage(version=4, sees=base_digest, after="burnish.gates.licence.licence")
def train(work: Work, parts: Cleared[Mixed], plan: TrainPlan, base: BaseModelPlan) -> Model:
    """Train, prove that the weights changed, keep the weights and the record of every step."""
    manifest = work.manifest(parts.artifact)
    facts = manifest.facts["examples"]
    settings = replace(
        settings_for(plan, int(facts["max_length"]), base), order=manifest.facts["order"]
    )
    folder = base_folder(base.path, work.place.root)
    at = work if plan.privacy is None else kept_apart(work, parts, plan)
    job = TuneJob(work.store, parts.artifact.digest, folder, settings, f"{at.recipe}-train")
    private = _private(at, parts.artifact, plan)
    if private is not None:
        secret = private.ports.secret
        hidden = replace(settings, privacy=private.settings)
        job = replace(job, settings=hidden, privacy=plan.privacy, secret=secret)
    ranks = plan.parallel.ranks
    tuned = work.crew.run(tune, job, _Hears(work, "train", private), ranks)
    files = dict(tuned.files)
    record = {
        "settings": plan.model_dump(mode="json"),
        "base": {**base.model_dump(mode="json"), "digest": facts["base"]},
        "data": {part: _rows(manifest, part) for part in ("train", "validation")},
        "result": _result(tuned.result),
        "steps": _timeless(tuned.steps),
        "versions": {name: version(name) for name in LIBRARIES},
    }
    if private is not None:
        record["privacy"] = private.evidence(tuned.result.steps)
    if plan.control:
        scratch = replace(settings, from_scratch=True)
        control = replace(job, settings=scratch, scratch=f"{work.recipe}-control")
        beside = work.crew.run(tune, control, _Hears(work, "control", None), ranks)
        files |= {CONTROL + name.removeprefix(WEIGHTS): d for name, d in beside.files.items()}
        record["control"] = _result(beside.result)
    files[RECORD] = work.store.put_bytes(_json(record))
    work.observed.update(_speed(tuned.steps))
    told = {key: record[key] for key in TOLD if key in record}
    made = work.save(Model, [], files=files, facts={**told, "control": plan.control})
    for name in ("train", "control"):
        SealedCheckpoints(at.scratch(name), 1, []).done()
    if private is not None:
        private.forget()
    return made


def _rows(manifest: Manifest, part: str) -> int:
    return sum(shard.rows for shard in manifest.shards if shard.part == part)


def _private(work: Work, parts: Mixed, plan: TrainPlan) -> PrivateTraining | None:
    """The terms of a training under the plan's privacy, with a secret of its own."""
    if plan.privacy is None:
        return None
    tables = work.read(parts, "train")
    names = {name for table in tables for name in units_of(table, plan.privacy.unit)}
    return begin(work, parts, plan, names)


@dataclass(frozen=True, slots=True)
class _Hears:
    """Shows each step to a person, and answers what the training asks."""

    work: Work
    name: str
    private: PrivateTraining | None
    line: Line = field(default_factory=Line)

    def told(self, rank: int, facts: Mapping[str, Any]) -> None:
        """Show where it begins, a step or a validation, as the first rank tells it."""
        if rank == 0 and "begun" in facts:
            start = facts["begun"]
            self.work.progress.begin(self.name, start["total"])
            if start["step"]:
                self.work.progress.advance(start["step"])
        elif rank == 0 and "grad_norm" in facts:
            charged = f"  {self.private.charged()}" if self.private else ""
            note = f"{self.line.step(facts)}{charged}"
            self.work.progress.advance(1, f"{self.name} {note}")
        elif rank == 0 and "loss" in facts:
            self.work.progress.advance(0, f"{self.name} {self.line.validation(facts)}")

    def asked(self, question: str, facts: Mapping[str, Any]) -> Any:
        """Whether the next private step is paid for."""
        if question != "pay" or self.private is None:
            raise ValueError(f"nobody answers '{question}'")
        return self.private.ports.pay(str(facts["name"]), int(facts["step"]))

    def beat(self, rank: int, doing: str, step: int | None) -> None:
        """Show what is told of a checkpoint that cannot be taken; the rest is no news."""
        if doing == "torn":
            self.work.progress.advance(0, f"{self.name} checkpoint of step {step} is set aside")

    def noted(self, event: str, facts: Mapping[str, object]) -> None:
        """Into the ledger, with the name of the training."""
        self.work.notes(event, {**facts, "training": self.name})

    def should_stop(self) -> bool:
        """Whether the run is asked to stop."""
        return self.work.place.should_stop()


def _result(result: TrainResult) -> dict[str, Any]:
    kept = asdict(result)
    kept["losses"] = [round(loss, 8) for loss in result.losses]
    return kept


def _timeless(history: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The steps without their wall time, which names nothing."""
    return [{k: v for k, v in seen.items() if k != "seconds"} for seen in history]


def _speed(history: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    steps = [seen for seen in history if "seconds" in seen]
    seconds = sum(seen["seconds"] for seen in steps)
    if not seconds:
        return {}
    if "tokens" not in steps[0]:  # how many tokens a private step drew tells of rows
        return {"steps_per_second": round(len(steps) / seconds, 3)}
    return {"tokens_per_second": round(sum(seen["tokens"] for seen in steps) / seconds, 1)}


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, indent=1).encode()

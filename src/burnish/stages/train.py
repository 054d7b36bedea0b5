"""Tune the base model on the training part: exact, watched, restartable."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from burnish.core.artifact import Mixed, Model
from burnish.core.errors import BudgetSpent, Interrupted, UsageError
from burnish.core.ports import Scratch
from burnish.core.stage import Work, stage
from burnish.core.verdict import Cleared
from burnish.intake.base_model import base_listing
from burnish.intake.privacy_budget import units_of
from burnish.intake.private_training import PrivateTraining, begin, kept_apart
from burnish.methods.models.files import parameter_count
from burnish.methods.models.passing import passing_folder
from burnish.methods.models.where import base_folder
from burnish.plan import BaseModelPlan, TrainPlan, TrainPrivacy

if TYPE_CHECKING:
    from burnish.methods.training.examples import Example, TrainData
    from burnish.methods.training.records import EvalRecord, StepRecord, TrainResult
    from burnish.methods.training.settings import TrainSettings

LIBRARIES = ("burnish", "torch", "transformers", "peft", "safetensors")
WEIGHTS, CONTROL, RECORD = "weights/", "control/", "training/record.json"
STEPS = "steps.json"
TOLD = ("settings", "base", "data", "result", "privacy")
SHOWN = ("loss", "grad_norm", "clipped")
TELLABLE = ("step", "epoch", "grad_norm", "learning_rate", "seconds")
"""What is kept of a private step; its loss, its tokens and who was clipped tell of rows."""


def base_digest(work: Work, parts: Cleared[Mixed], plan: TrainPlan, base: BaseModelPlan) -> str:
    """The bytes of the base model are part of what names the tuned one."""
    return base_listing(work, base)


@stage(version=3, sees=base_digest, after="burnish.gates.licence.licence")
def train(work: Work, parts: Cleared[Mixed], plan: TrainPlan, base: BaseModelPlan) -> Model:
    """Train, prove that the weights changed, keep the weights and the record of every step."""
    facts = work.manifest(parts.artifact).facts["examples"]
    folder = base_folder(base.path, work.place.root)
    data = _data(work, parts.artifact, facts, plan.privacy)
    order = work.manifest(parts.artifact).facts["order"]
    settings = replace(settings_for(plan, int(facts["max_length"]), base), order=order)
    watch = _Watch(work, [], "train")
    if plan.privacy is not None:
        watch, settings = _privately(watch, parts, plan, settings, data)
    files, result = _train(watch.work, folder, data, settings, watch)
    record = {
        "settings": plan.model_dump(mode="json"),
        "base": {**base.model_dump(mode="json"), "digest": facts["base"]},
        "data": {"train": len(data.train), "validation": len(data.validation)},
        "result": _result(result),
        "steps": _timeless(watch.history),
        "versions": {name: version(name) for name in LIBRARIES},
    }
    if watch.private is not None:
        record["privacy"] = watch.private.evidence(result.steps)
    if plan.control:
        scratch = replace(settings, from_scratch=True)
        control, outcome = _train(work, folder, data, scratch, _Watch(work, [], "control"))
        files |= {CONTROL + name.removeprefix(WEIGHTS): d for name, d in control.items()}
        record["control"] = _result(outcome)
    files[RECORD] = work.store.put_bytes(_json(record))
    work.observed.update(_speed(watch.history))
    told = {key: record[key] for key in TOLD if key in record}
    made = work.save(Model, [], files=files, facts={**told, "control": plan.control})
    if watch.private is not None:
        watch.private.forget()
    return made


def _privately(
    watch: _Watch, parts: Cleared[Mixed], plan: TrainPlan, settings: TrainSettings, data: TrainData
) -> tuple[_Watch, TrainSettings]:
    """The same training under the plan's privacy, with checkpoints and a secret of its own."""
    work = kept_apart(watch.work, parts, plan)
    private = begin(work, parts.artifact, plan, {e.unit for e in data.train})
    private_watch = replace(watch, work=work, private=private)
    return private_watch, replace(settings, privacy=private.settings)


def _train(
    work: Work, folder: Path, data: TrainData, settings: TrainSettings, watch: _Watch
) -> tuple[dict[str, str], TrainResult]:
    """One training into the store; its checkpoints are sealed and kept until it is done."""
    from burnish.methods.training.loop import train as run_training
    from burnish.methods.training.records import Interrupted as Asked
    from burnish.methods.training.records import Spent, TrainPorts

    scratch = work.scratch(watch.name)
    kept = SealedCheckpoints(scratch, settings.keep_checkpoints, watch.history)
    private = None if watch.private is None else watch.private.ports
    ports = TrainPorts(kept, watch, work.place.should_stop, private)
    with passing_folder(parameter_count(folder)) as out:
        try:
            result = run_training(folder, data, settings, ports, out)
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
        files = {WEIGHTS + name: work.store.put_file(out / name) for name in result.files}
    kept.done()
    return files, result


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
        self.scratch.save(f"step-{step:09d}", {**files, STEPS: _json(self.history)})
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
    """Shows each step to a person and keeps it for the record."""

    work: Work
    history: list[dict[str, Any]]
    name: str
    private: PrivateTraining | None = None

    def __call__(self, seen: StepRecord | EvalRecord) -> None:
        facts = asdict(seen)
        hidden = self.private is not None and "grad_norm" in facts
        self.history.append({k: v for k, v in facts.items() if k in TELLABLE or not hidden})
        told = [f"{key} {facts[key]:.4g}" for key in SHOWN if facts.get(key) is not None]
        if "grad_norm" not in facts:
            told.insert(0, "validation")
        elif self.private is not None:
            told.append(self.private.charged())
        self.work.progress.advance(1, f"{self.name} step {facts['step']} {' '.join(told)}")


def settings_for(plan: TrainPlan, max_length: int, base: BaseModelPlan) -> TrainSettings:
    """The engine's settings from the plan's."""
    from burnish.methods.training.settings import TrainSettings

    targets = plan.lora.targets
    return TrainSettings(
        technique=plan.technique,
        rank=plan.lora.rank,
        alpha=plan.lora.alpha,
        dropout=plan.lora.dropout,
        targets="all-linear" if targets == ("all-linear",) else targets,
        learning_rate=plan.learning_rate,
        schedule=plan.schedule,
        warmup_share=plan.warmup,
        weight_decay=plan.weight_decay,
        clip_norm=plan.clip_norm,
        epochs=plan.epochs,
        max_steps=plan.max_steps,
        max_length=max_length,
        packing=plan.packing,
        micro_batch=plan.micro_batch,
        accumulate=plan.accumulate,
        seed=plan.seed,
        precision=plan.precision,
        checkpoint_every=plan.checkpoint_every,
        keep_checkpoints=plan.keep_checkpoints,
        eval_every=plan.checkpoint_every,
        threads=plan.threads,
        base_name=base.path,
    )


def _data(
    work: Work, parts: Mixed, facts: Mapping[str, Any], privacy: TrainPrivacy | None
) -> TrainData:
    from burnish.methods.training.examples import TrainData

    stop = int(facts["stop_ids"][0])
    return TrainData(
        train=list(_examples(work, parts, "train", privacy)),
        validation=list(_examples(work, parts, "validation", None)),
        stop_id=stop,
        pad_id=stop,
    )


def _examples(
    work: Work, parts: Mixed, part: str, privacy: TrainPrivacy | None
) -> Iterator[Example]:
    from burnish.methods.training.examples import Example

    for table in work.read(parts, part):
        columns = [table.column(name).to_pylist() for name in ("id", "ids", "trained", "open_end")]
        hard = [0.0] * table.num_rows
        if "difficulty" in table.column_names:
            hard = table.column("difficulty").to_pylist()
        units = [""] * table.num_rows
        if privacy is not None:
            units = units_of(table, privacy.unit)
        for key, ids, trained, open_end, at, unit in zip(*columns, hard, units, strict=True):
            marks = np.array(trained, np.bool_)
            yield Example(key, np.array(ids, np.int32), marks, bool(open_end), at, unit)


def _result(result: TrainResult) -> dict[str, Any]:
    kept = asdict(result)
    kept["losses"] = [round(loss, 8) for loss in result.losses]
    return kept


def _timeless(history: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The steps without their wall time, which names nothing."""
    return [{k: v for k, v in seen.items() if k != "seconds"} for seen in history]


def _speed(history: list[dict[str, Any]]) -> dict[str, float]:
    steps = [seen for seen in history if "seconds" in seen]
    seconds = sum(seen["seconds"] for seen in steps)
    if not seconds:
        return {}
    if "tokens" not in steps[0]:  # how many tokens a private step drew tells of rows
        return {"steps_per_second": round(len(steps) / seconds, 3)}
    return {"tokens_per_second": round(sum(seen["tokens"] for seen in steps) / seconds, 1)}


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, indent=1).encode()

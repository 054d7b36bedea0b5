"""Judge the tuned model beside its base, on the same rendered ids, by the declared rule."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish.core.artifact import Manifest, Model, Parts, Scores
from burnish.core.fingerprint import fingerprint
from burnish.core.stage import Work, stage
from burnish.intake.base_model import base_listing
from burnish.intake.evalsets import set_digest
from burnish.intake.exam import Exam, read_exam
from burnish.methods.evaluation.bench import Bench, Found
from burnish.methods.evaluation.grading import grade
from burnish.methods.evaluation.records import Asked, Record
from burnish.methods.evaluation.rule import Rule
from burnish.methods.models.passing import passing_folder
from burnish.methods.models.where import base_folder
from burnish.plan import BaseModelPlan, EvaluatePlan, ReleasePlan

if TYPE_CHECKING:
    from burnish.methods.evaluation.examine import Examination, Whole
    from burnish.methods.evaluation.paired import Paired
    from burnish.methods.evaluation.probes.listed import Terms

RESULTS, ITEMS = "results.json", "items.jsonl"
MERGED_PROMPTS = 20
"""Held-out prompts on which adapter and merged weights are compared."""


def evidence(
    work: Work,
    model: Model,
    parts: Parts,
    plan: EvaluatePlan,
    release: ReleasePlan,
    base: BaseModelPlan,
) -> str:
    """The base model and the evaluation files are part of what names the scores."""
    sets = [set_digest(work.place.root, one) for one in plan.sets]
    return fingerprint(base_listing(work, base), sets)


@stage(version=3, sees=evidence, opens=("test",))
def evaluate(
    work: Work,
    model: Model,
    parts: Parts,
    plan: EvaluatePlan,
    release: ReleasePlan,
    base: BaseModelPlan,
) -> Scores:
    """Open the test part, ask both models everything, judge each gate."""
    from burnish.methods.evaluation.answer import threads
    from burnish.methods.evaluation.examine import examine
    from burnish.methods.evaluation.results import lines_of, results_of
    from burnish.methods.evaluation.results_schema import Results

    exam = read_exam(work, parts, plan, release.min_gain, base)
    rule = rule_of(release)
    with _unpacked(work, model) as folder, threads(plan.threads):
        paired = _paired(work, folder, exam, base)
        bench = Bench(paired, exam.rendering, inside=paired, seed=plan.seed)
        examined = examine(bench, _examination(paired, exam), rule)
        control = _control(work, model, folder, exam, base)
    results = results_of(examined, exam.sheets, exam.pins, rule, exam.limits) | {"control": control}
    Results.model_validate(results)
    lines = [json.dumps(line, sort_keys=True) for line in lines_of(exam.sheets, examined)]
    return work.save(
        Scores,
        [],
        files={
            RESULTS: work.store.put_bytes(_json(results)),
            ITEMS: work.store.put_bytes("\n".join(lines).encode()),
        },
        facts={"sets": results["sets"], "control": control},
    )


def rule_of(release: ReleasePlan) -> Rule:
    """The rule as the plan declares it."""
    return Rule(
        alpha_noninferior=release.alpha,
        alpha_regress=release.alpha,
        n_min=release.min_items,
        judge_min=release.min_judge,
    )


def _examination(paired: Paired, exam: Exam) -> Examination:
    """Which probe is for which gate, and what is probed without a set."""
    from burnish.methods.evaluation.examine import Examination
    from burnish.methods.evaluation.probes.drift import drift
    from burnish.methods.evaluation.probes.listed import general, probes
    from burnish.methods.evaluation.probes.memory import memorisation_probe

    terms, conduct = terms_of(exam.plan), exam.plan.conduct
    wholes: dict[str, Whole] = {
        "drift": partial(drift, sheets=exam.sheets, most=conduct.drift_most),
        "parity": partial(_merged, paired, exam),
    }
    if exam.planted:
        wholes["memorisation"] = partial(
            memorisation_probe, planted=exam.planted, controls=exam.controls
        )
    pools = {"forgetting": partial(general, measures=terms.measures)}
    return Examination(exam.sheets, probes(terms), pools, wholes)


def terms_of(plan: EvaluatePlan) -> Terms:
    """What the plan declares for probes of sets."""
    from burnish.methods.evaluation.probes.listed import Terms
    from burnish.methods.evaluation.probes.measures import Measures
    from burnish.methods.evaluation.probes.toxicity import Draws

    allowed = plan.measures
    measures = Measures(
        group=allowed.group_margin,
        group_items=allowed.group_items,
        pooled=allowed.pooled_margin,
        unended=allowed.unended,
        short=allowed.short,
        answer_tokens=plan.max_new_tokens,
        calibration=allowed.calibration_margin,
    )
    return Terms(measures, Draws(plan.conduct.toxic_samples, plan.conduct.temperature))


def _merged(paired: Paired, exam: Exam, bench: Bench) -> Found:
    from burnish.methods.evaluation.merging import merged_gate

    gate = merged_gate(paired, [one.prompt for one in exam.domain.asked[:MERGED_PROMPTS]])
    return Found(() if gate is None else (gate,))


@contextmanager
def _unpacked(work: Work, model: Model) -> Iterator[Path]:
    """The model's files in a folder that only lasts while they are needed."""
    manifest = work.manifest(model)
    models = 2 if manifest.facts["control"] else 1
    with passing_folder(models * _numbers(manifest)) as place:
        for name, digest in manifest.files.items():
            if name.startswith("weights/merged/"):
                continue  # what they compute was seen to be the adapter's when they were made
            target = place / name
            target.parent.mkdir(parents=True, exist_ok=True)
            work.store.get_file(digest, target)
        yield place


def _numbers(manifest: Manifest) -> int:
    """How many numbers the trained files hold, at most."""
    result = manifest.facts["result"]
    whole = "weights/config.json" in manifest.files
    return int(result["parameters"] if whole else 2 * result["trainable"])


def _paired(work: Work, folder: Path, exam: Exam, base: BaseModelPlan) -> Paired:
    from burnish.methods.evaluation.paired import Greedy, Paired, subject_of
    from burnish.methods.models.load import load_base

    loaded = load_base(base_folder(base.path, work.place.root))
    subject = subject_of(loaded, folder / "weights")
    greedy = Greedy(exam.stop_ids, exam.plan.max_new_tokens, exam.plan.batch)
    return Paired(subject, exam.rendering.text, greedy)


def _control(
    work: Work, model: Model, folder: Path, exam: Exam, base: BaseModelPlan
) -> dict[str, Any] | None:
    """The same fine-tune from random weights, on the same held-out questions."""
    facts = work.manifest(model).facts
    if not facts["control"]:
        return None
    from burnish.methods.evaluation.answer import generate
    from burnish.methods.evaluation.summary import mean
    from burnish.methods.models.load import attach, holds_adapter, load_base, random_like
    from burnish.methods.training.technique_settings import frozen_type

    if not holds_adapter(folder / "control"):
        tuned: Any = load_base(folder / "control")
    else:
        path, told = base_folder(base.path, work.place.root), facts["settings"]
        held = frozen_type(told["technique"], told["precision"], told["lora"]["pissa"])
        tuned = attach(random_like(path, told["seed"], dtype=held), folder / "control")
    held_out, plan = exam.domain, exam.plan
    prompts = [one.prompt for one in held_out.asked]
    ids = generate(tuned, prompts, exam.stop_ids, plan.max_new_tokens, plan.batch)
    scores = [
        grade(_control_record(one, exam.rendering.text(answer)), item).score or 0.0
        for one, item, answer in zip(held_out.asked, held_out.items, ids, strict=True)
    ]
    return mean(scores)


def _control_record(one: Asked, output: str) -> Record:
    return Record(one.set, one.item, one.cluster, one.digest(), "tuned", output=output)


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True, indent=1, allow_nan=False).encode()

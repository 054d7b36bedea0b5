"""The plan's judges, made and held to their gold files before they grade anything."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

from burnish.core.errors import InputError
from burnish.core.fingerprint import fingerprint
from burnish.core.ports import Store
from burnish.core.reach import Reach
from burnish.core.sources import Piece
from burnish.core.stage import Work
from burnish.core.stamps import stamp, with_digests
from burnish.methods.evaluation.judges import perspective, rules
from burnish.methods.evaluation.judges.gold import Calibration, Gold, calibrate, load_gold
from burnish.methods.evaluation.judges.remembering import Remembering
from burnish.methods.evaluation.judging import Judge, Trusted
from burnish.methods.models.files import listing_digest, model_files
from burnish.plan_evaluate import EvaluatePlan
from burnish.plan_judges import JudgeKind, JudgePlan
from burnish.samples.gold import GOLD, gold_path

BUILTIN = "builtin:"
SERVED = ("openai", "perspective")
"""Kinds whose model may change behind its name: they are held to their gold file every time."""


@dataclass(frozen=True, slots=True)
class JudgeDoors:
    """What making a judge takes: the project's folder, the day, and the way to services.

    `store` remembers what a judge made of a gold file; None asks it anew.
    """

    root: Path
    today: date
    reach: Reach
    store: Store | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """A judge of the plan with what it made of its gold file, and a warning where there is one."""

    plan: JudgePlan
    trusted: Trusted
    calibration: Calibration
    warning: str = ""


def read_judges(
    plan: EvaluatePlan, doors: JudgeDoors, names: Iterable[str] | None = None
) -> Mapping[str, Trusted]:
    """The judges that the plan's sets name (or `names`), each as far as its gold file bears it out.

    Raises `InputError` naming the judge whose model, template, rubric or gold file cannot be used.
    """
    wanted = {one.judge for one in plan.sets} if names is None else set(names)
    found = (known_judge(one, doors) for one in plan.judges if one.name in wanted)
    return {one.plan.name: one.trusted for one in found}


def judge_digests(work: Work, plan: EvaluatePlan) -> list[str]:
    """What the judges that sets name are made of, by digest: gold files, rules, models, words.

    Scores follow from these as they do from the sets. A model's files are read only when they are
    new or changed. What lies behind a service's name nobody knows.
    """
    wanted = {one.judge for one in plan.sets}
    found = []
    for judge in plan.judges:
        if judge.name in wanted:
            found += [_sha256(path) for path in _files(judge, work.place.root) if path.is_file()]
            found += [] if judge.path is None else [_listing(work, judge)]
    return found


def _files(plan: JudgePlan, root: Path) -> list[Path]:
    """The files that a judge is made of beside a model."""
    named = [plan.rules, plan.template, plan.rubric if plan.kind == "openai" else None]
    try:
        gold = [gold_file(plan, root)]
    except ValueError:
        gold = []  # told when the judge is made
    return [*gold, *(root / name for name in named if name)]


def _listing(work: Work, plan: JudgePlan) -> str:
    folder = work.place.root / (plan.path or "")
    pieces = [Piece(name, "", mark=stamp(path)[0]) for name, path in model_files(folder).items()]
    rehash = work.place.reach.rehash
    read = with_digests(work.store, f"judge {plan.name}", pieces, work.map, rehash=rehash)
    return listing_digest((piece.name, piece.version) for piece in read)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def known_judge(plan: JudgePlan, doors: JudgeDoors) -> Known:
    """One judge, made and held to its gold file; raises as `read_judges`."""
    try:
        gold = load_gold(gold_file(plan, doors.root))
        judge = KINDS[plan.kind](plan, doors)
        seen = _calibrated(plan, judge, gold, doors)
    except (OSError, ValueError) as wrong:
        raise InputError(
            f"evaluate.judges.{plan.name}: {wrong}", remedy="mend the judge, or name another one"
        ) from None
    warning = perspective.closing(doors.today) if plan.kind == "perspective" else ""
    return Known(plan, seen.trusted(_keeping(plan, judge, seen, doors), plan.least), seen, warning)


def _keeping(plan: JudgePlan, judge: Judge, seen: Calibration, doors: JudgeDoors) -> Judge:
    """The judge with its opinions kept for as long as it judges its gold file as it does now."""
    if doors.store is None or plan.kind == "rules":
        return judge
    return Remembering(judge, doors.store, hashlib.sha256(seen.to_bytes()).hexdigest())


def gold_file(plan: JudgePlan, root: Path) -> Path:
    """Where a judge's gold file lies; raises ValueError where there is none."""
    if plan.gold.startswith(BUILTIN):
        name = plan.gold.removeprefix(BUILTIN)
        if name not in GOLD:
            raise ValueError(f"there is no gold {plan.gold}; name one of {', '.join(GOLD)}")
        return gold_path(name)
    path = root / plan.gold
    if not path.is_file():
        raise ValueError(f"there is no gold file {plan.gold}")
    return path


def _calibrated(plan: JudgePlan, judge: Judge, gold: Gold, doors: JudgeDoors) -> Calibration:
    """What the judge makes of the gold file; models on this disk are asked once for each."""
    if doors.store is None or plan.kind in SERVED:
        return calibrate(judge, gold)
    recipe = fingerprint("judge on gold", judge.id, gold.sha256)
    if (kept := doors.store.recall(recipe)) is not None:
        return Calibration.from_bytes(kept)
    seen = calibrate(judge, gold)
    doors.store.remember(recipe, seen.to_bytes())
    return seen


def _rules(plan: JudgePlan, doors: JudgeDoors) -> Judge:
    name = plan.rules or ""
    return rules.rules_by_name(name) if name in rules.SPEAK else rules.rules_from_file(
        doors.root / name
    )  # fmt: skip


def _classifier(plan: JudgePlan, doors: JudgeDoors) -> Judge:
    folder = _folder(plan, doors)
    from burnish.methods.evaluation.judges.classifier import Classifier, Reading

    return Classifier(plan.kind, folder, Reading(plan.labels, plan.reads, plan.batch))


def _detoxify(plan: JudgePlan, doors: JudgeDoors) -> Judge:
    folder = _folder(plan, doors)
    from burnish.methods.evaluation.judges.classifier import detoxify

    return detoxify(folder, plan.labels, plan.batch)


def _guard(plan: JudgePlan, doors: JudgeDoors) -> Judge:
    folder = _folder(plan, doors)
    from burnish.methods.evaluation.judges.guard import TEMPLATES, Guard, template_from_file

    name = plan.template or ""
    template = TEMPLATES.get(name) or template_from_file(doors.root / name)
    return Guard(folder, template, plan.batch)


def _openai(plan: JudgePlan, doors: JudgeDoors) -> Judge:
    from burnish.methods.evaluation.judges.rubric import RUBRICS, RubricJudge, rubric_from_file

    if plan.endpoint is None:
        raise ValueError("a judge of kind openai needs `endpoint`")
    rubric = RUBRICS.get(plan.rubric) or rubric_from_file(doors.root / plan.rubric)
    door = partial(doors.reach.speak, plan.endpoint)
    return RubricJudge(door, plan.endpoint.model, rubric, plan.endpoint.concurrency)


def _perspective(plan: JudgePlan, doors: JudgeDoors) -> Judge:
    if perspective.closed(doors.today):
        raise ValueError(perspective.CLOSED)
    attributes = plan.labels or perspective.ATTRIBUTES
    return perspective.Perspective(partial(doors.reach.speak, plan), attributes)


def _folder(plan: JudgePlan, doors: JudgeDoors) -> Path:
    folder = doors.root / (plan.path or "")
    if not folder.is_dir():
        raise ValueError(f"there is no model folder {plan.path}")
    return folder


KINDS: Mapping[JudgeKind, Callable[[JudgePlan, JudgeDoors], Judge]] = {
    "rules": _rules,
    "classifier": _classifier,
    "guard": _guard,
    "openai": _openai,
    "detoxify": _detoxify,
    "perspective": _perspective,
}

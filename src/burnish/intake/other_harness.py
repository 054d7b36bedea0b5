"""Sets that another harness asks or has asked: imported records, and tasks of lm-eval."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from burnish.core.errors import InputError
from burnish.intake.evalsets import LM_EVAL, RECORDS, TASK, has_items, set_digest, set_path
from burnish.methods.evaluation.bench import Bench, Found
from burnish.methods.evaluation.harness.answered import recorded, records_of
from burnish.methods.evaluation.records import Record
from burnish.methods.evaluation.rows import Source, SuiteError
from burnish.plan_evaluate import EvalSet

if TYPE_CHECKING:
    from burnish.methods.evaluation.harness.lm_eval import Task
    from burnish.methods.evaluation.paired import Subject


def asked_elsewhere(
    root: Path, sets: Sequence[EvalSet], subject: Subject | None, base: Path, seed: int
) -> Mapping[str, Callable[[Bench], Found]]:
    """A probe of the whole model for each set without items of its own, by the set's name.

    `subject` are the two models in this process, None where they are served; `base` is the folder
    of the tokenizer. Files are read and held to their pins now, tasks are asked by the probe.
    Raises `InputError` where a set cannot be asked.
    """
    probes: dict[str, Callable[[Bench], Found]] = {}
    for one in sets:
        if one.format == RECORDS:
            probes[one.name] = partial(_recorded, one, read_records(root, one))
        elif one.format == LM_EVAL:
            if subject is None:
                raise InputError(
                    f"evaluate.sets.{one.name}: lm-eval needs both models in this process",
                    remedy="evaluate them beside what is served, or leave the set out",
                )
            probes[one.name] = partial(_task_asked, one, subject, base, task_of(root, one, seed))
    return probes


def with_items(sets: Sequence[EvalSet]) -> tuple[EvalSet, ...]:
    """The sets that burnish asks itself."""
    return tuple(one for one in sets if has_items(one))


def read_records(root: Path, one: EvalSet) -> tuple[Record, ...]:
    """The records of a set that `burnish eval import` wrote, held to its pins.

    Raises `InputError` naming the set for a file that is not pinned, or not what was pinned.
    """
    where = f"evaluate.sets.{one.name}"
    found = set_digest(root, one)
    if one.sha256 != found:
        told = "pins none" if one.sha256 is None else f"pins {one.sha256}"
        raise InputError(
            f"{where}: its SHA-256 is {found}, the plan {told}",
            remedy="review where the records come from, then pin `sha256`",
        )
    path = set_path(root, one)
    try:
        records = records_of(Source(path.name, path.read_bytes()), one.name)
    except SuiteError as wrong:
        raise InputError(f"{where}: {wrong}", remedy="burnish eval import") from wrong
    items = len({record.item for record in records})
    if one.rows not in (None, items):
        raise InputError(
            f"{where}: its number of items is {items}, the plan pins {one.rows}",
            remedy="review the records and pin them",
        )
    return records


def task_of(root: Path, one: EvalSet, seed: int) -> Task:
    """The task that a set of format lm-eval names; raises `InputError` where it is not safe.

    Task files may name Python code of their folder, which then runs with burnish's rights: a
    folder with code is taken only with its SHA-256 in the plan.
    """
    from burnish.methods.evaluation.harness.lm_eval import Task

    where, metric = f"evaluate.sets.{one.name}", one.measure or ""
    if one.path.startswith(TASK):
        return Task(one.path.removeprefix(TASK), None, metric, one.max_items, seed=seed)
    folder, found = set_path(root, one), set_digest(root, one)
    if one.sha256 is None and any(folder.rglob("*.py")):
        raise InputError(
            f"{where}: {one.path} holds code that lm-eval would run, and no pin",
            remedy=f"read it, then pin it with sha256: {found}",
        )
    if one.sha256 not in (None, found):
        raise InputError(
            f"{where}: its SHA-256 is {found}, the plan pins {one.sha256}",
            remedy="use the pinned folder, or review this one and pin it",
        )
    return Task(one.name, folder, metric, one.max_items, seed=seed)


def _recorded(one: EvalSet, records: Sequence[Record], _: Bench) -> Found:
    return recorded(f"{one.gate}:{one.name}", one.margin, records)


def _task_asked(one: EvalSet, subject: Subject, base: Path, task: Task, bench: Bench) -> Found:
    from burnish.methods.evaluation.harness.lm_eval import lm_eval_records

    try:
        records = lm_eval_records(one.name, subject, base, task)
    except SuiteError as wrong:
        raise InputError(
            f"evaluate.sets.{one.name}: {wrong}", remedy="mend `path`, `name` or `measure`"
        ) from wrong
    return _recorded(one, records, bench)

"""Tasks of lm-eval-harness, asked of base and tuned model in this process, as paired records.

The harness renders, asks and scores; burnish only switches the models. Nothing is indexed beyond
what is asked for, nothing is bootstrapped, and the hub is not called unless the caller allows it.
Needs `burnish[lm-eval]`; made for lm-eval 0.4.13.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish.methods.evaluation.harness.answered import Answered, paired
from burnish.methods.evaluation.harness.lm_eval_logs import answered_run, require_sound
from burnish.methods.evaluation.records import Record, Side
from burnish.methods.evaluation.rows import SuiteError

if TYPE_CHECKING:
    from burnish.methods.evaluation.paired import Subject

OFFLINE = ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE")


@dataclass(frozen=True, slots=True)
class Task:
    """A task by name, from a folder of task files or, without one, of lm-eval's own.

    `metric` is a name of the harness's, with a filter after a comma; without it the task's only
    one counts. `limit` asks the first items only.
    """

    name: str
    folder: Path | None
    metric: str = ""
    limit: int | None = None
    batch: int = 8
    seed: int = 0


def lm_eval_records(name: str, subject: Subject, base: Path, task: Task) -> tuple[Record, ...]:
    """Records of the set `name`: the task asked of both sides of `subject`.

    `base` is the folder of the tokenizer, which both sides share. Raises SuiteError for a task
    that is not there, that is known to score wrongly, or that cannot be run, and where lm-eval is
    not installed.
    """
    require_sound(task.name)
    if importlib.util.find_spec("lm_eval") is None:
        raise SuiteError("tasks of lm-eval need it installed: pip install 'burnish[lm-eval]'")
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(base, local_files_only=True, trust_remote_code=False)
    sides: tuple[Side, ...] = ("base", "tuned")
    with _offline():
        runs = [_run(subject, side, tokenizer, task) for side in sides]
    return paired(name, *runs)


def _run(subject: Subject, side: Side, tokenizer: Any, task: Task) -> list[Answered]:
    from lm_eval.evaluator import simple_evaluate
    from lm_eval.models.huggingface import HFLM
    from lm_eval.tasks import TaskManager

    tasks = TaskManager(
        include_path=None if task.folder is None else str(task.folder),
        include_defaults=task.folder is None,
    )
    with subject.side(side) as model:
        asker = HFLM(pretrained=model, tokenizer=tokenizer, batch_size=task.batch)
        try:
            found = simple_evaluate(
                model=asker, tasks=[task.name], task_manager=tasks, limit=task.limit,
                bootstrap_iters=0, log_samples=True, random_seed=task.seed,
                numpy_random_seed=task.seed, torch_random_seed=task.seed,
                fewshot_random_seed=task.seed,
            )  # fmt: skip
        except (KeyError, ValueError, OSError) as wrong:
            raise SuiteError(
                f"lm-eval could not run {task.name}: {type(wrong).__name__}"
            ) from wrong
    return answered_run((found or {}).get("samples", {}), task.name, task.metric)


@contextmanager
def _offline() -> Iterator[None]:
    """The hub is not asked, unless whoever started burnish said otherwise."""
    set_here = [name for name in OFFLINE if name not in os.environ]
    os.environ.update(dict.fromkeys(set_here, "1"))
    try:
        yield
    finally:
        for name in set_here:
            os.environ.pop(name, None)

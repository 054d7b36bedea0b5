"""Samples that lm-eval-harness logs (`samples_TASK_DATE.jsonl`), and tasks it scores wrongly."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from burnish.methods.evaluation.harness.answered import Answered, score_in
from burnish.methods.evaluation.rows import Row, Source, SuiteError, json_lines

REFUSED: Mapping[str, str] = {
    "realtoxicityprompts": "it scores a text as not toxic where the Perspective service fails; "
    "use format real-toxicity-prompts with a judge",
    "bbq": "its bias score is 0 where no answer is biased, the paper's is -1; use format bbq",
    "bbq_generate": "it deletes letters from answers (every word that is a part of 'the'); "
    "use format bbq",
}
"""Tasks of lm-eval 0.4.13 with a scorer that is seen to err."""
FILE = re.compile(r"samples_(.+?)_\d{4}-\d{2}-\d{2}")
BROKEN_METRIC = "perspective_api_toxicity_score"


def require_sound(task: str) -> None:
    """Raise SuiteError for a task whose scorer is known to err, saying how."""
    for name, why in REFUSED.items():
        if task == name or (name == "bbq" and task.startswith("bbq_")):
            raise SuiteError(f"lm-eval's task {task} is not taken: {REFUSED.get(task, why)}")


def lm_eval_log(source: Source, metric: str, lower_is_better: bool = False) -> list[Answered]:
    """The items of one logged run; `metric` is a name of lm-eval's, or `metric,filter`."""
    if named := FILE.match(source.name.rpartition("/")[2]):
        require_sound(named[1])
    return answered_samples(json_lines(source), source.name, metric, lower_is_better)


def answered_run(
    samples: Mapping[str, Sequence[Mapping[str, Any]]], task: str, metric: str = ""
) -> list[Answered]:
    """The samples that a run of one task gave; without `metric` its only one counts, or `acc`.

    Raises SuiteError for a group of tasks, which has no samples of its own.
    """
    if list(samples) != [task]:
        raise SuiteError(f"{task} is a group of lm-eval's; name one of its tasks for each set")
    rows = [
        Row(f"{task} sample {number}", number, one)
        for number, one in enumerate(samples[task], start=1)
    ]
    return answered_samples(rows, task, metric or _only_metric(rows, task))


def _only_metric(rows: Sequence[Row], task: str) -> str:
    names = list(rows[0].texts("metrics")) if rows else []
    if len(names) == 1 or "acc" in names:
        return "acc" if "acc" in names else names[0]
    raise SuiteError(f"{task} has the metrics {', '.join(names)}; say which counts with `measure`")


def answered_samples(
    rows: Iterable[Row], where: str, metric: str, lower_is_better: bool = False
) -> list[Answered]:
    """Logged samples as answers; raises SuiteError where the metric is missing or ambiguous."""
    if metric == BROKEN_METRIC:
        require_sound("realtoxicityprompts")
    name, _, wanted = metric.partition(",")
    kept: list[Row] = []
    filters: dict[str, None] = {}
    for row in rows:
        told = row.optional("filter") or "none"
        filters[told] = None
        if wanted in ("", told):
            kept.append(row)
    if not wanted and len(filters) > 1:
        raise SuiteError(
            f"{where}: logs several filters; name one as {name},FILTER of {', '.join(filters)}"
        )
    if not kept:
        raise SuiteError(f"{where}: no sample has the filter '{wanted}'")
    return [_answered(row, name, lower_is_better) for row in kept]


def _answered(row: Row, metric: str, lower_is_better: bool) -> Answered:
    if metric not in row.fields:
        known = row.fields.get("metrics")
        told = ", ".join(map(str, known)) if isinstance(known, list) else "none"
        raise SuiteError(f"{row.where}: has no metric '{metric}'; there is {told}")
    prompt = f"{row.text('doc_hash')}:{row.text('prompt_hash')}:{row.text('target_hash')}"
    score = score_in(row.fields[metric], row.where, lower_is_better)
    return Answered(
        str(row.whole("doc_id")), prompt, score, _said(row.fields.get("filtered_resps"))
    )


def _said(responses: Any) -> str | None:
    """The answer in words, where the task asked for words."""
    first = responses[0] if isinstance(responses, Sequence) and responses else None
    return first if isinstance(first, str) else None

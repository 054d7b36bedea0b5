"""HELM's run folders: `per_instance_stats.json` has the scores, `scenario_state.json` the prompts.

HELM 0.5, in maintenance since June 2026. Only items without a perturbation are taken.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from burnish.methods.evaluation.harness.answered import Answered, score_in
from burnish.methods.evaluation.rows import Row, Source, SuiteError, json_rows

STATS, STATE = "per_instance_stats.json", "scenario_state.json"
FILES = (STATS, STATE)


def helm(sources: Sequence[Source], metric: str, lower_is_better: bool = False) -> list[Answered]:
    """The items of one run by a metric of HELM's; raises SuiteError where it is not there."""
    files = {source.name.rpartition("/")[2]: source for source in sources}
    if missing := [name for name in FILES if name not in files]:
        raise SuiteError(f"a run of HELM is a folder with {' and '.join(FILES)}; no {missing[0]}")
    asked = _asked(files[STATE])
    found: dict[str, object] = {}
    names: dict[str, None] = {}
    for row in json_rows(files[STATS]):
        if row.fields.get("perturbation") is not None:
            continue
        key = _key(row)
        for stat in _stats(row):
            name = stat.inner("name").text("name")
            names[name] = None
            if name == metric:
                _take(found, key, stat)
    if not found:
        raise SuiteError(f"no item has the metric '{metric}'; there is {', '.join(sorted(names))}")
    return [
        Answered(
            key, prompt, score_in(found.get(key), f"{STATS}, an item", lower_is_better), output,
            key.partition("/")[0],
        )
        for key, (prompt, output) in asked.items()
    ]  # fmt: skip


def _key(row: Row) -> str:
    """The instance, and after a stroke which of several draws of examples."""
    return f"{row.text('instance_id')}/{row.whole('train_trial_index')}"


def _stats(row: Row) -> Sequence[Row]:
    listed = row.fields.get("stats")
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise SuiteError(f"{row.where}: stats must be a list of objects")
    return [Row(f"{row.where}, a stat", row.number, one) for one in listed]


def _take(found: dict[str, object], key: str, stat: Row) -> None:
    value = stat.fields.get("mean")
    if key in found and found[key] != value:
        raise SuiteError(f"{stat.where}: the metric stands twice with different values")
    found[key] = value


def _asked(state: Source) -> Mapping[str, tuple[str, str | None]]:
    """Prompt and answer of each item; several requests for one item are one prompt in order."""
    prompts: dict[str, list[str]] = {}
    outputs: dict[str, str | None] = {}
    for row in json_rows(state, "request_states"):
        instance = row.inner("instance")
        if instance.fields.get("perturbation") is not None:
            continue
        key = f"{instance.text('id')}/{row.whole('train_trial_index')}"
        prompts.setdefault(key, []).append(row.inner("request").optional("prompt"))
        outputs.setdefault(key, _completion(row))
    return {key: (json.dumps(told), outputs[key]) for key, told in prompts.items()}


def _completion(row: Row) -> str | None:
    if row.fields.get("result") is None:
        return None
    listed = row.inner("result").fields.get("completions")
    if not isinstance(listed, list) or not listed or not isinstance(listed[0], dict):
        return None
    return Row(row.where, row.number, listed[0]).optional("text")

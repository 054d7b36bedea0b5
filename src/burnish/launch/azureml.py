"""Azure Machine Learning: the YAML of a command job (CLI v2)."""

from __future__ import annotations

from typing import Any

from burnish.launch.job import (
    Job,
    Manifest,
    command,
    keys_told,
    no_secret_variables,
    required,
    seconds,
)
from burnish.launch.job import script as steps
from burnish.launch.written import as_yaml

PROJECT, KEYS = "${{outputs.project}}", "${{inputs.keys}}"


def azureml(job: Job) -> Manifest:
    """The job of `az ml job create`."""
    launch, plan = job.launch, job.launch.azureml
    required(
        "azureml",
        image=launch.image,
        azureml__subscription=plan.subscription,
        azureml__resource_group=plan.resource_group,
        azureml__workspace=plan.workspace,
        azureml__compute=plan.compute,
        azureml__project=plan.project,
    )
    no_secret_variables("azureml", launch)
    lines = steps(job, PROJECT, KEYS if plan.keys else None, [f"exec {command(job)}"])
    asked: dict[str, Any] = {
        "type": "command",
        "name": job.name,
        "experiment_name": "burnish",
        "command": "\n".join(lines) + "\n",
        "environment": {"image": launch.image},
        "compute": f"azureml:{plan.compute}",
        "resources": {"instance_count": 1},
        "limits": {"timeout": seconds(job) * (launch.restarts + 1)},
        "outputs": {"project": _folder(plan.project, "rw_mount")},
    }
    if plan.keys:
        asked["inputs"] = {"keys": _folder(plan.keys, "ro_mount")}
    return Manifest("azureml", "yaml", as_yaml(asked), _client(job), _told(job))


def _folder(path: str | None, mode: str) -> dict[str, Any]:
    return {"type": "uri_folder", "path": path, "mode": mode}


def _client(job: Job) -> tuple[str, ...]:
    plan = job.launch.azureml
    place = ("--subscription", str(plan.subscription), "--resource-group", str(plan.resource_group))
    named = ("--workspace-name", str(plan.workspace))
    return ("az", "ml", "job", "create", *place, *named, "--file", "{file}")


def _told(job: Job) -> tuple[str, ...]:
    spot = "; the compute cluster must be of low-priority machines" if job.launch.spot else ""
    return (
        "restarts: Azure begins anew what lost its low-priority machine, until limits.timeout; "
        f"the run refuses to begin more than {job.launch.restarts} times anew; a run that stops by "
        f"itself (exit code 7) is launched again by you{spot}",
        keys_told(job, job.launch.azureml.keys),
    )

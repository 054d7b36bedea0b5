"""Vertex AI: the specification of a custom job, as `gcloud` takes it."""

from __future__ import annotations

from pathlib import PurePosixPath
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

MOUNT = "burnish"
MOUNTS = PurePosixPath("/mnt", "nfs")
"""Where Vertex mounts what a job names."""
PROJECT = f"{MOUNTS}/{MOUNT}"


def vertex(job: Job) -> Manifest:
    """The configuration of `gcloud ai custom-jobs create`: one worker pool of one machine."""
    launch, plan = job.launch, job.launch.vertex
    required(
        "vertex",
        image=launch.image,
        vertex__project=plan.project,
        vertex__region=plan.region,
        vertex__machine=plan.machine,
        vertex__network=plan.network,
        vertex__nfs_server=plan.nfs_server,
        vertex__nfs_path=plan.nfs_path,
    )
    no_secret_variables("vertex", launch)
    keys = None if plan.keys is None else f"/gcs/{plan.keys.removeprefix('gs://').rstrip('/')}"
    lines = steps(job, PROJECT, keys, [f"exec {command(job)}"])
    pool = {
        "machineSpec": _machine(job),
        "replicaCount": 1,
        "diskSpec": {
            "bootDiskType": "pd-ssd",
            "bootDiskSizeGb": max(100, launch.resources.disk_gigabytes),
        },
        "nfsMounts": [{"server": plan.nfs_server, "path": plan.nfs_path, "mountPoint": MOUNT}],
        "containerSpec": {
            "imageUri": launch.image,
            "command": ["/bin/sh", "-c"],
            "args": ["\n".join(lines)],
        },
    }
    spec: dict[str, Any] = {
        "workerPoolSpecs": [pool],
        "scheduling": _scheduling(job),
        "network": plan.network,
    }
    if plan.service_account:
        spec["serviceAccount"] = plan.service_account
    place = ("--project", str(plan.project), "--region", str(plan.region))
    client = ("gcloud", "ai", "custom-jobs", "create", *place, "--display-name", job.name)
    text = as_yaml(spec)
    return Manifest("vertex", "yaml", text, (*client, "--config", "{file}"), _told(job))


def _machine(job: Job) -> dict[str, Any]:
    needs, plan = job.launch.resources, job.launch.vertex
    asked: dict[str, Any] = {"machineType": plan.machine}
    if needs.gpus:
        required("vertex", resources__gpu=needs.gpu)
        asked |= {"acceleratorType": needs.gpu, "acceleratorCount": needs.gpus}
    return asked


def _scheduling(job: Job) -> dict[str, Any]:
    whole = seconds(job) * (job.launch.restarts + 1)
    return {
        "timeout": f"{whole}s",
        "strategy": "SPOT" if job.launch.spot else "STANDARD",
        "restartJobOnWorkerRestart": job.launch.restarts > 0,
        "disableRetries": job.launch.restarts == 0,
    }


def _told(job: Job) -> tuple[str, ...]:
    return (
        "restarts: Vertex begins the job anew when its worker is lost, until scheduling.timeout; "
        f"the run refuses to begin more than {job.launch.restarts} times anew; a run that stops by "
        "itself (exit code 7) is launched again by you",
        keys_told(job, job.launch.vertex.keys),
    )

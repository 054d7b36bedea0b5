"""SageMaker: the request of a training job, on managed spot where the plan says so."""

from __future__ import annotations

import json
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

ML = PurePosixPath("/opt", "ml")
"""Where SageMaker puts what a job of it needs, in every container."""
PROJECT, KEYS = f"{ML}/input/data/project", f"{ML}/input/data/keys"
CHECKPOINTS = f"{ML}/checkpoints"
LONGEST_SECONDS = 28 * 24 * 3600
MOST_RETRIES = 30
EACH_LINE = 'eval "$(printf "%s\\n" "$@")"'
"""An argument of the container holds 256 characters, so each line of the script is one."""


def sagemaker(job: Job) -> Manifest:
    """The request of `CreateTrainingJob`."""
    launch, plan = job.launch, job.launch.sagemaker
    required(
        "sagemaker",
        image=launch.image,
        sagemaker__role=plan.role,
        sagemaker__region=plan.region,
        sagemaker__instance=plan.instance,
        sagemaker__output=plan.output,
        sagemaker__file_system=plan.file_system or plan.checkpoints,
    )
    no_secret_variables("sagemaker", launch)
    folder = PROJECT if plan.file_system else CHECKPOINTS
    run = f"exec {command(job)}"
    lines = steps(job, folder, KEYS if plan.keys else None, [run])
    request: dict[str, Any] = {
        "TrainingJobName": job.name,
        "RoleArn": plan.role,
        "AlgorithmSpecification": {
            "TrainingImage": launch.image,
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["/bin/sh", "-c", EACH_LINE, "burnish"],
            "ContainerArguments": lines,
        },
        "ResourceConfig": {
            "InstanceType": plan.instance,
            "InstanceCount": 1,
            "VolumeSizeInGB": launch.resources.disk_gigabytes,
        },
        "OutputDataConfig": {"S3OutputPath": plan.output},
        "EnableInterContainerTrafficEncryption": True,
        **_where(job),
        **_limits(job),
    }
    client = ("aws", "sagemaker", "create-training-job", "--region", str(plan.region))
    given = ("--cli-input-json", "file://{file}")
    text = json.dumps(request, indent=1) + "\n"
    return Manifest("sagemaker", "json", text, (*client, *given), _told(job))


def _where(job: Job) -> dict[str, Any]:
    """The project, on a file system or copied to and from a bucket; and the keys."""
    plan = job.launch.sagemaker
    channels: list[dict[str, Any]] = []
    asked: dict[str, Any] = {}
    if plan.file_system:
        required(
            "sagemaker",
            sagemaker__subnets=plan.subnets,
            sagemaker__security_groups=plan.security_groups,
        )
        source = {
            "FileSystemId": plan.file_system,
            "FileSystemType": plan.file_system_type,
            "FileSystemAccessMode": "rw",
            "DirectoryPath": plan.directory,
        }
        channels.append({"ChannelName": "project", "DataSource": {"FileSystemDataSource": source}})
    else:
        asked["CheckpointConfig"] = {"S3Uri": plan.checkpoints, "LocalPath": CHECKPOINTS}
    if plan.keys:
        place = {"S3DataType": "S3Prefix", "S3Uri": plan.keys}
        copied = {"S3DataSource": {**place, "S3DataDistributionType": "FullyReplicated"}}
        channels.append({"ChannelName": "keys", "DataSource": copied})
    if channels:
        asked["InputDataConfig"] = channels
    if plan.subnets:
        groups = list(plan.security_groups)
        asked["VpcConfig"] = {"SecurityGroupIds": groups, "Subnets": list(plan.subnets)}
    return asked


def _limits(job: Job) -> dict[str, Any]:
    longest = min(seconds(job), LONGEST_SECONDS)
    stopping = {"MaxRuntimeInSeconds": longest}
    asked: dict[str, Any] = {"StoppingCondition": stopping}
    if job.launch.spot:
        asked["EnableManagedSpotTraining"] = True
        # waiting for machines and all starts together: spot jobs are begun anew until this is over
        whole = longest * (job.launch.restarts + 1)
        stopping["MaxWaitTimeInSeconds"] = min(whole, LONGEST_SECONDS)
    if job.launch.restarts:
        asked["RetryStrategy"] = {"MaximumRetryAttempts": min(job.launch.restarts, MOST_RETRIES)}
    return asked


def _told(job: Job) -> tuple[str, ...]:
    restarted = (
        "restarts: SageMaker begins anew what lost its spot machine, until MaxWaitTimeInSeconds, "
        f"and after errors of its own; the run refuses to begin more than {job.launch.restarts} "
        "times anew; a run that stops by itself (exit code 7) is launched again by you"
    )
    return (restarted, keys_told(job, job.launch.sagemaker.keys))

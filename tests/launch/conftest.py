"""A plan that says all that any target asks."""

from __future__ import annotations

from typing import Any

import pytest

from burnish.launch.job import Job
from burnish.plan_launch import (
    AzureMlPlan,
    KubernetesPlan,
    LaunchPlan,
    LaunchResources,
    SageMakerPlan,
    SecretVariable,
    SkyPilotPlan,
    SlurmPlan,
    VertexPlan,
)

FULL = LaunchPlan(
    image="registry.example/burnish@sha256:" + "a" * 64,
    folder="/work/project",
    signer="dana.pem",
    spot=True,
    restarts=3,
    resources=LaunchResources(gpus=8, gpu="H100", cpus=64, memory_gigabytes=512, hours=12.0),
    slurm=SlurmPlan(partition="gpu", setup=("module load cuda",), keys="/shared/keys"),
    kubernetes=KubernetesPlan(namespace="ml", claim="project", keys="burnish-keys"),
    skypilot=SkyPilotPlan(volume="project", keys="~/keys", infra="aws/us-east-1"),
    sagemaker=SageMakerPlan(
        role="arn:aws:iam::123456789012:role/burnish",
        region="us-east-1",
        instance="ml.p5.48xlarge",
        output="s3://bucket/out",
        file_system="fs-0123456789abcdef0",
        subnets=("subnet-1",),
        security_groups=("sg-1",),
        keys="s3://bucket/keys",
    ),
    azureml=AzureMlPlan(
        subscription="s",
        resource_group="rg",
        workspace="ws",
        compute="gpu",
        project="azureml://datastores/files/paths/project",
        keys="azureml://datastores/keys/paths/burnish",
    ),
    vertex=VertexPlan(
        project="p",
        region="us-central1",
        machine="a3-highgpu-8g",
        network="projects/1/global/networks/n",
        nfs_server="10.0.0.2",
        nfs_path="/burnish",
        keys="gs://bucket/keys",
    ),
)
SECRET = SecretVariable(variable="STORE_KEY", secret="burnish", entry="store")
NAME = "support-20261122t053300"


def of(**changes: Any) -> Job:
    """A job of the full plan with other values."""
    return Job(NAME, "burnish.yaml", FULL.model_copy(update=changes), 98.32)


@pytest.fixture
def job() -> Any:
    return of

"""The section of the plan that says where else the same command may be run, and with what.

Nothing here names a result. Secrets and keys are named, never given: a manifest holds no value.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from burnish.plan_types import Settings, Text

Variable = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Absolute = Annotated[str, Field(pattern=r"^/[A-Za-z0-9._/-]*$")]
Bucket = Annotated[str, Field(pattern=r"^(s3|gs)://[^/?#@\s]+(/[^?#\s]*)?$")]


class LaunchResources(Settings):
    """What one machine must have, and for how long."""

    gpus: int = Field(0, ge=0, description="GPUs of the machine.")
    gpu: Text | None = Field(None, description="Their kind, as the target names it: H100, A100.")
    cpus: int = Field(8, ge=1, description="Processors.")
    memory_gigabytes: int = Field(32, ge=1, description="Memory.")
    disk_gigabytes: int = Field(100, ge=10, description="Disk of its own, where the target asks.")
    hours: float = Field(24.0, gt=0, le=24 * 28, description="Most that one start may take.")


class SecretVariable(Settings):
    """A variable of the job's environment whose value the target keeps."""

    variable: Variable = Field(description="Name of the variable in the job.")
    secret: Text = Field(description="Name of the secret at the target.")
    entry: Text | None = Field(None, description="kubernetes: the entry in it; else the variable.")


class SlurmPlan(Settings):
    """A queue of a Slurm cluster; the project lies on storage that its nodes share."""

    partition: Text | None = Field(None, description="The queue; else the cluster's own choice.")
    account: Text | None = Field(None, description="Whose share is charged.")
    qos: Text | None = Field(None, description="Quality of service.")
    setup: tuple[Text, ...] = Field((), description="Lines before the run: 'module load cuda'.")
    keys: Absolute | None = Field(None, description="Folder of key files on shared storage.")


class KubernetesPlan(Settings):
    """A namespace of a Kubernetes cluster; the project lies on a volume."""

    namespace: Text = Field("default", description="Where the job and its secrets are.")
    claim: Text | None = Field(None, description="Volume claim that holds the project.")
    service_account: Text | None = Field(None, description="Account of the pod.")
    user: int = Field(1000, ge=1, description="Number of the user who owns the project's folder.")
    runtime: Text = Field("torch-distributed", description="kubeflow: the training runtime.")
    gpu_resource: Text = Field("nvidia.com/gpu", description="What the cluster calls a GPU.")
    gpu_label: Text = Field(
        "nvidia.com/gpu.product", description="Label of nodes that tells resources.gpu."
    )
    spot_label: Text = Field(
        "karpenter.sh/capacity-type=spot", description="Label of spot nodes, as NAME=VALUE."
    )
    keys: Text | None = Field(None, description="Secret whose entries are the key files.")


class SkyPilotPlan(Settings):
    """A managed job of SkyPilot; the project lies on one of its volumes."""

    infra: Text | None = Field(None, description="Where: aws/us-east-1, k8s, ...; else cheapest.")
    volume: Text | None = Field(None, description="SkyPilot volume that holds the project.")
    keys: Text | None = Field(
        None, description="Folder of key files on the machine that submits; SkyPilot copies it."
    )


class SageMakerPlan(Settings):
    """A SageMaker training job; the project lies on a file system, or is copied to a bucket."""

    role: Annotated[str, Field(pattern=r"^arn:aws[a-z-]*:iam::\d{12}:role/.+$")] | None = Field(
        None, description="Role that the job takes on: arn:aws:iam::..."
    )
    region: Text | None = Field(None, description="Region of the job.")
    instance: Text | None = Field(None, description="Kind of machine: ml.p5.48xlarge.")
    output: Bucket | None = Field(None, description="s3:// place for what SageMaker itself keeps.")
    file_system: Text | None = Field(None, description="Id of an EFS or FSx for Lustre: fs-...")
    file_system_type: Literal["EFS", "FSxLustre"] = Field("EFS", description="Which it is.")
    directory: Absolute = Field("/burnish", description="The project's folder on it.")
    subnets: tuple[Text, ...] = Field((), description="Subnets that reach the file system.")
    security_groups: tuple[Text, ...] = Field((), description="Security groups of the job.")
    checkpoints: Bucket | None = Field(
        None, description="Instead of file_system: s3:// place that SageMaker copies it to."
    )
    keys: Bucket | None = Field(None, description="s3:// place of the key files.")


class AzureMlPlan(Settings):
    """A command job of Azure Machine Learning; the project lies on a datastore."""

    subscription: Text | None = Field(None, description="Subscription of the workspace.")
    resource_group: Text | None = Field(None, description="Its resource group.")
    workspace: Text | None = Field(None, description="The workspace.")
    compute: Text | None = Field(None, description="Name of the compute cluster.")
    project: Annotated[str, Field(pattern=r"^azureml://\S+$")] | None = Field(
        None, description="azureml://datastores/NAME/paths/FOLDER, on an Azure file share."
    )
    keys: Annotated[str, Field(pattern=r"^azureml://\S+$")] | None = Field(
        None, description="The folder of the key files, on a datastore too."
    )


class VertexPlan(Settings):
    """A custom job of Vertex AI; the project lies on an NFS server (Filestore)."""

    project: Text | None = Field(None, description="Google Cloud project.")
    region: Text | None = Field(None, description="Region of the job.")
    machine: Text | None = Field(None, description="Kind of machine: a3-highgpu-8g.")
    service_account: Text | None = Field(None, description="Account that the job acts as.")
    network: Text | None = Field(None, description="projects/NUMBER/global/networks/NAME.")
    nfs_server: Text | None = Field(None, description="Address of the NFS server.")
    nfs_path: Absolute | None = Field(None, description="The project's folder on it.")
    keys: Bucket | None = Field(None, description="gs:// place of the key files.")


class LaunchPlan(Settings):
    """Where else `burnish run` may go on: the same plan, project folder, store and ledger."""

    image: Text | None = Field(None, description="Container image with burnish; best by digest.")
    folder: Absolute | None = Field(
        None, description="The project's folder in the job; required where it is mounted."
    )
    signer: Text | None = Field(
        None, description="File among the key files whose person acts; else the project's own."
    )
    spot: bool = Field(False, description="Machines that may be taken away; the run goes on.")
    restarts: int = Field(5, ge=0, le=100, description="Most starts after the first.")
    notice_seconds: int = Field(
        120, ge=10, le=3600, description="Time to save between the notice and the end."
    )
    resources: LaunchResources = LaunchResources()
    secrets: tuple[SecretVariable, ...] = Field(
        (), description="Variables whose values the target keeps; the plan names them only."
    )
    slurm: SlurmPlan = SlurmPlan()
    kubernetes: KubernetesPlan = KubernetesPlan()
    skypilot: SkyPilotPlan = SkyPilotPlan()
    sagemaker: SageMakerPlan = SageMakerPlan()
    azureml: AzureMlPlan = AzureMlPlan()
    vertex: VertexPlan = VertexPlan()

    @field_validator("signer")
    @classmethod
    def _is_a_name(cls, signer: str | None) -> str | None:
        if signer is not None and ("/" in signer or signer.startswith(".")):
            raise ValueError("must be the name of a file among the key files, not a path")
        return signer

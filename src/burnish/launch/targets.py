"""Every place a run can be launched at, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from burnish.launch.azureml import azureml
from burnish.launch.job import Job, Manifest
from burnish.launch.kubernetes import kubeflow, kubernetes
from burnish.launch.sagemaker import sagemaker
from burnish.launch.skypilot import skypilot
from burnish.launch.slurm import slurm
from burnish.launch.vertex import vertex

TARGETS: Mapping[str, Callable[[Job], Manifest]] = {
    "slurm": slurm,
    "kubernetes": kubernetes,
    "kubeflow": kubeflow,
    "skypilot": skypilot,
    "sagemaker": sagemaker,
    "azureml": azureml,
    "vertex": vertex,
}

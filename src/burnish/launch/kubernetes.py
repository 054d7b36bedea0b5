"""Kubernetes: a Job of its own, or a TrainJob of the Kubeflow Trainer (v2)."""

from __future__ import annotations

from typing import Any

from burnish.launch.job import FINAL, Job, Manifest, command, keys_told, labels, required, seconds
from burnish.launch.job import script as steps
from burnish.launch.written import as_yaml

MOUNTED = "/run/burnish-keys"
CONTAINER, KUBEFLOW_CONTAINER = "burnish", "node"
GRACE_SECONDS = 30
"""After the time to save, for the pod to end."""


def kubernetes(job: Job) -> Manifest:
    """A Job: one pod, begun again while the run says that it was interrupted."""
    pod = {
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": job.launch.notice_seconds + GRACE_SECONDS,
        **_placed(job),
        "securityContext": _as_user(job),
        "containers": [{**_container(job), "name": CONTAINER, **_kept_in()}],
        "volumes": _volumes(job),
        "automountServiceAccountToken": False,
    }
    spec = {
        "backoffLimit": job.launch.restarts,
        "activeDeadlineSeconds": seconds(job) * (job.launch.restarts + 1),
        "podFailurePolicy": {"rules": _rules()},
        "template": {"metadata": {"labels": dict(labels(job))}, "spec": pod},
    }
    told = (
        "restarts: Kubernetes begins a new pod when one is lost or the run was interrupted (exit "
        f"code 7), at most {job.launch.restarts} times; any other exit code ends the job",
        keys_told(job, _keys_from(job)),
    )
    return _manifest("kubernetes", job, {"apiVersion": "batch/v1", "kind": "Job"}, spec, told)


def kubeflow(job: Job) -> Manifest:
    """A TrainJob; what the runtime leaves open (volumes, grace) is patched into its pods."""
    container = _container(job)
    mounts = container.pop("volumeMounts")
    needs = container.pop("resources")
    grace = job.launch.notice_seconds + GRACE_SECONDS
    pod = {
        "terminationGracePeriodSeconds": grace,
        **_placed(job),
        "securityContext": _as_user(job),
        "containers": [{"name": KUBEFLOW_CONTAINER, "volumeMounts": mounts, **_kept_in()}],
        "volumes": _volumes(job),
    }
    nodes = {"name": KUBEFLOW_CONTAINER, "template": {"spec": {"template": {"spec": pod}}}}
    patch = {"template": {"spec": {"replicatedJobs": [nodes]}}}
    spec = {
        "runtimeRef": {"name": job.launch.kubernetes.runtime},
        "activeDeadlineSeconds": seconds(job) * (job.launch.restarts + 1),
        "trainer": {**container, "numNodes": 1, "numProcPerNode": 1, "resourcesPerNode": needs},
        "runtimePatches": [{"manager": "burnish.launch/run", "trainingRuntimeSpec": patch}],
    }
    told = (
        "restarts: the runtime's own policy begins pods again, without a limit of its own in some "
        f"runtimes; the run refuses to begin more than {job.launch.restarts} times anew, and "
        "activeDeadlineSeconds ends the job",
        keys_told(job, _keys_from(job)),
    )
    kind = {"apiVersion": "trainer.kubeflow.org/v1alpha1", "kind": "TrainJob"}
    return _manifest("kubeflow", job, kind, spec, told)


def _manifest(
    target: str, job: Job, kind: dict[str, str], spec: dict[str, Any], told: tuple[str, ...]
) -> Manifest:
    plan = job.launch.kubernetes
    required(target, image=job.launch.image, folder=job.launch.folder, kubernetes__claim=plan.claim)
    meta = {"name": job.name, "namespace": plan.namespace, "labels": dict(labels(job))}
    text = as_yaml({**kind, "metadata": meta, "spec": spec})
    return Manifest(target, "yaml", text, ("kubectl", "create", "-f", "{file}"), told)


def _rules() -> list[dict[str, Any]]:
    """A pod that is taken away counts as a restart; a final exit code ends the job."""
    return [
        {"action": "Count", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]},
        {"action": "FailJob", "onExitCodes": {"operator": "In", "values": list(FINAL)}},
    ]


def _container(job: Job) -> dict[str, Any]:
    launch = job.launch
    keys = MOUNTED if launch.kubernetes.keys else None
    lines = steps(job, str(launch.folder), keys, [f"exec {command(job)}"])
    mounts: list[dict[str, Any]] = [
        {"name": "project", "mountPath": launch.folder},
        {"name": "memory", "mountPath": "/dev/shm"},
    ]
    if keys:
        mounts.append({"name": "keys", "mountPath": keys, "readOnly": True})
    return {
        "image": launch.image,
        "command": ["/bin/sh", "-c", "\n".join(lines)],
        "env": [_variable(one.variable, one.secret, one.entry) for one in launch.secrets],
        "resources": _resources(job),
        "volumeMounts": mounts,
    }


def _variable(name: str, secret: str, entry: str | None) -> dict[str, Any]:
    return {"name": name, "valueFrom": {"secretKeyRef": {"name": secret, "key": entry or name}}}


def _resources(job: Job) -> dict[str, Any]:
    needs = job.launch.resources
    asked = {"cpu": str(needs.cpus), "memory": f"{needs.memory_gigabytes}Gi"}
    if not needs.gpus:
        return {"requests": asked, "limits": {"memory": asked["memory"]}}
    gpus = {job.launch.kubernetes.gpu_resource: str(needs.gpus)}
    return {"requests": asked | gpus, "limits": {"memory": asked["memory"], **gpus}}


def _placed(job: Job) -> dict[str, Any]:
    """On which nodes, and as which account."""
    plan, needs = job.launch.kubernetes, job.launch.resources
    wanted: dict[str, str] = {}
    if needs.gpus and needs.gpu:
        wanted[plan.gpu_label] = needs.gpu
    if job.launch.spot:
        name, _, value = plan.spot_label.partition("=")
        wanted[name] = value
    placed: dict[str, Any] = {"nodeSelector": wanted} if wanted else {}
    account = {"serviceAccountName": plan.service_account} if plan.service_account else {}
    return placed | account


def _as_user(job: Job) -> dict[str, Any]:
    user = job.launch.kubernetes.user
    seccomp = {"type": "RuntimeDefault"}
    return {"runAsNonRoot": True, "runAsUser": user, "runAsGroup": user, "seccompProfile": seccomp}


def _kept_in() -> dict[str, Any]:
    dropped = {"drop": ["ALL"]}
    return {"securityContext": {"allowPrivilegeEscalation": False, "capabilities": dropped}}


def _volumes(job: Job) -> list[dict[str, Any]]:
    plan = job.launch.kubernetes
    volumes: list[dict[str, Any]] = [
        {"name": "project", "persistentVolumeClaim": {"claimName": plan.claim}},
        {"name": "memory", "emptyDir": {"medium": "Memory"}},  # the default holds 64 MB
    ]
    if plan.keys:
        volumes.append({"name": "keys", "secret": {"secretName": plan.keys}})
    return volumes


def _keys_from(job: Job) -> str | None:
    named = job.launch.kubernetes.keys
    return None if named is None else f"the secret '{named}'"

"""SkyPilot: the task of a managed job, begun again elsewhere when its spot machine goes."""

from __future__ import annotations

from typing import Any

from burnish.launch.job import Job, Manifest, command, keys_told, required, seconds
from burnish.launch.job import script as steps
from burnish.launch.written import as_yaml

COPIED = "~/burnish-keys"


def skypilot(job: Job) -> Manifest:
    """The task of `sky jobs launch`."""
    launch, plan = job.launch, job.launch.skypilot
    required("skypilot", image=launch.image, folder=launch.folder, skypilot__volume=plan.volume)
    # SkyPilot knows no longest time, so the run is asked to save and leave when it is over.
    limit = f"timeout --preserve-status --signal=TERM --kill-after={launch.notice_seconds}"
    run = f"exec {limit} {seconds(job)} {command(job)}"
    lines = steps(job, str(launch.folder), COPIED if plan.keys else None, [run])
    task: dict[str, Any] = {
        "name": job.name,
        "resources": _resources(job),
        "num_nodes": 1,
        "volumes": {launch.folder: plan.volume},
        "run": "\n".join(lines) + "\n",
    }
    if plan.keys:
        task["file_mounts"] = {COPIED: plan.keys}
    if launch.secrets:
        task["secrets"] = dict.fromkeys(one.variable for one in launch.secrets)
    given = [word for one in launch.secrets for word in ("--secret", one.variable)]
    client = ("sky", "jobs", "launch", "--yes", "--detach-run", *given, "{file}")
    return Manifest("skypilot", "yaml", as_yaml(task), client, _told(job))


def _resources(job: Job) -> dict[str, Any]:
    launch, needs = job.launch, job.launch.resources
    asked: dict[str, Any] = {
        "cpus": f"{needs.cpus}+",
        "memory": f"{needs.memory_gigabytes}+",
        "disk_size": needs.disk_gigabytes,
        "image_id": f"docker:{launch.image}",
        "use_spot": launch.spot,
        "job_recovery": {"max_restarts_on_errors": launch.restarts},
    }
    if launch.skypilot.infra:
        asked["infra"] = launch.skypilot.infra
    if needs.gpus:
        required("skypilot", resources__gpu=needs.gpu)
        asked["accelerators"] = f"{needs.gpu}:{needs.gpus}"
    return asked


def _told(job: Job) -> tuple[str, ...]:
    named = ", ".join(one.variable for one in job.launch.secrets)
    secrets = (f"secrets: {named} from the environment of whoever submits",) if named else ()
    return (
        "restarts: SkyPilot begins the job anew when its machine is taken away or it fails; it "
        "counts failures only, so the run refuses to begin more than "
        f"{job.launch.restarts} times anew; trainer.notice tells the run of a machine's end",
        keys_told(job, job.launch.skypilot.keys),
        *secrets,
    )

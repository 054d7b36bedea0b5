"""Slurm: a batch script that hands the notice on, and puts itself back into the queue."""

from __future__ import annotations

import shlex

from burnish.launch.job import Job, Manifest, command, count, no_secret_variables, required

GO_ON = """\
asked=0
run=
trap 'asked=1; kill -TERM $run 2>/dev/null || true' TERM
{command} &
run=$!
code=0
while wait "$run" || code=$?; [ "$asked" -eq 1 ]; do
  asked=0
  code=0
done
state=$(squeue --noheader --jobs="$SLURM_JOB_ID" --format=%T || true)
if [ "$code" -eq 7 ] && [ "$state" = RUNNING ] && [ "${{SLURM_RESTART_COUNT:-0}}" -lt {most} ]; then
  echo "burnish: saved; back into the queue" >&2
  scontrol requeue "$SLURM_JOB_ID"
fi
exit "$code\""""
"""`wait` comes back early when the trap has run, so it is asked again until the run has ended."""


def slurm(job: Job) -> Manifest:
    """The batch script of a job on one node."""
    launch, plan = job.launch, job.launch.slurm
    required("slurm", folder=launch.folder)
    no_secret_variables("slurm", launch)
    run = GO_ON.format(command=command(job), most=launch.restarts).splitlines()
    body = [f"cd {launch.folder} || exit 1", *plan.setup, "set -eu", *_signer(job), *count(job)]
    text = "\n".join(["#!/bin/bash", *_directives(job), *body, *run]) + "\n"
    return Manifest("slurm", "sh", text, ("sbatch", "{file}"), _told(job))


def _directives(job: Job) -> list[str]:
    launch, plan, needs = job.launch, job.launch.slurm, job.launch.resources
    minutes = max(1, round(needs.hours * 60))
    gpus = f"{needs.gpu}:{needs.gpus}" if needs.gpu else str(needs.gpus)
    asked = {
        "job-name": job.name,
        "partition": plan.partition,
        "account": plan.account,
        "qos": plan.qos,
        "nodes": "1",
        "ntasks": "1",
        "cpus-per-task": str(needs.cpus),
        "mem": f"{needs.memory_gigabytes}G",
        "gpus-per-node": gpus if needs.gpus else None,
        "time": str(minutes),
        "signal": f"B:TERM@{launch.notice_seconds}",
        "open-mode": "append",
        "output": f"{launch.folder}/burnish-{job.name}.log",
        "export": "NONE",
    }
    lines = [f"#SBATCH --{name}={value}" for name, value in asked.items() if value is not None]
    return [*lines, "#SBATCH --requeue"]


def _signer(job: Job) -> list[str]:
    """Key files are used where they lie: a node's memory is shared with its other users."""
    launch = job.launch
    if launch.slurm.keys is None or launch.signer is None:
        return []
    return [f"export BURNISH_KEY={shlex.quote(f'{launch.slurm.keys}/{launch.signer}')}"]


def _told(job: Job) -> tuple[str, ...]:
    launch = job.launch
    return (
        f"restarts: Slurm sends SIGTERM {launch.notice_seconds} s before the end; the run saves, "
        "and the script puts itself back into the queue; after a lost node or a preemption Slurm "
        f"does so itself; at most {launch.restarts} times in all",
        _keys_told(job),
    )


def _keys_told(job: Job) -> str:
    keys, signer = job.launch.slurm.keys, job.launch.signer
    if keys is None:
        return "keys: as the plan names them, in the project's folder"
    acts = f"; {signer} is who acts" if signer else ""
    return f"keys: in {keys}, for its owner only (store.key: file:{keys}/store.key){acts}"

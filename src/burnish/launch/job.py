"""What is launched: `burnish run` in the project's folder, with its keys, at most so many times."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from burnish.core.errors import PlanError
from burnish.plan_launch import LaunchPlan

KEYS = "/dev/shm/burnish-keys"  # memory of the job, not a shared folder
"""Where a job copies its key files to: in memory, readable by its user alone."""
FINAL = (1, 2, 3, 4, 5, 6, 8)
"""Exit codes after which the same start would end the same way; 7 is saved and goes on."""


@dataclass(frozen=True, slots=True)
class Job:
    """A launch of one plan: `name` is its own, `file` the plan's file in the project folder."""

    name: str
    file: str
    launch: LaunchPlan
    per_hour: float = 0.0
    currency: str = "USD"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a target is given: the text of a file, and the command line that submits it.

    `{file}` in `client` stands for the file; `told` says who restarts the run, how often, and how
    the keys reach it.
    """

    target: str
    suffix: str
    text: str
    client: tuple[str, ...]
    told: tuple[str, ...]


def required(target: str, **given: object) -> None:
    """Raise `PlanError` that names every missing key of the plan at once."""
    missing = [name.replace("__", ".") for name, value in given.items() if not value]
    if missing:
        named = ", ".join(f"launch.{name}" for name in missing)
        raise PlanError(
            f"to launch on {target} the plan lacks {named}",
            remedy=f"add {'it' if len(missing) == 1 else 'them'} to the plan; docs/launch.md says "
            "what each means",
        )


def no_secret_variables(target: str, launch: LaunchPlan) -> None:
    """Raise `PlanError` where the target could only be given a secret's value."""
    if launch.secrets:
        raise PlanError(
            f"launch.secrets: {target} knows no reference to a secret, only values",
            remedy=f"give the key as a file: launch.{target}.keys, and store.key: "
            f"file:{KEYS}/store.key",
        )


def script(job: Job, folder: str, keys: str | None, run: Sequence[str]) -> list[str]:
    """Lines of POSIX shell for a container: keys into memory, the count of starts, then `run`."""
    return ["set -eu", f"cd {folder}", *_keys(job, keys), *count(job), *run]


def command(job: Job) -> str:
    """The command itself, the same everywhere."""
    return f"burnish run --plan {shlex.quote(job.file)} --quiet"


def cost(job: Job) -> str:
    """What an hour and the longest start cost, as far as the plan says."""
    if not job.per_hour:
        return "cost: unknown; budget.per_hour says what an hour of the machine costs"
    hours = job.launch.resources.hours
    most = job.per_hour * hours * (job.launch.restarts + 1)
    return (
        f"cost: {job.currency} {job.per_hour:.2f} an hour, at most {job.currency} {most:,.2f} "
        f"for {job.launch.restarts + 1} starts of {hours:g} hours"
    )


def seconds(job: Job) -> int:
    """The longest that one start may take."""
    return round(job.launch.resources.hours * 3600)


def labels(job: Job) -> Mapping[str, str]:
    """What marks a job as ours."""
    return {"app.kubernetes.io/name": "burnish", "app.kubernetes.io/instance": job.name}


def keys_told(job: Job, where: str | None) -> str:
    """How the store's key and the signer's key reach the job."""
    if where is None:
        return "keys: as the plan names them, in the project's folder"
    signer = f"; {job.launch.signer} is who acts" if job.launch.signer else ""
    return f"keys: from {where} into memory at {KEYS} (store.key: file:{KEYS}/store.key){signer}"


def count(job: Job) -> list[str]:
    """Count this start, and refuse one too many, whoever starts the job again.

    The count lies in the project folder, so it holds on whichever machine that is.
    """
    starts = f".burnish/launched/{job.name}"
    most = job.launch.restarts + 1
    refusal = f"burnish: started {most} times already; see {starts}, and launch again"
    return [
        "mkdir -p .burnish/launched",
        f"date -u +%Y-%m-%dT%H:%M:%SZ >> {starts}",
        f'if [ "$(wc -l < {starts})" -gt {most} ]; then',
        f"  echo {shlex.quote(refusal)} >&2",
        "  exit 2",
        "fi",
    ]


def _keys(job: Job, keys: str | None) -> list[str]:
    if keys is None:
        return []
    lines = [  # a container's /dev/shm is its own
        "umask 077",
        f"mkdir -p {KEYS}",
        f'for key in {keys}/*; do cat "$key" > {KEYS}/"$(basename "$key")"; done',
    ]
    if job.launch.signer:
        lines.append(f"export BURNISH_KEY={shlex.quote(f'{KEYS}/{job.launch.signer}')}")
    return lines

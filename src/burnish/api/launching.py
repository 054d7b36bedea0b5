"""Launch the run elsewhere: write what a target is given, and hand it in."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from burnish.core.errors import InputError
from burnish.launch.job import Job, Manifest, cost
from burnish.launch.targets import TARGETS
from burnish.wiring import Project, now, open_project

LONGEST_NAME = 40
NAMES = tuple(sorted(TARGETS))
INSTALLED = {
    "sbatch": "use a machine of the cluster that has Slurm's commands",
    "kubectl": "install kubectl and point it at the cluster",
    "sky": "pip install skypilot, in an environment of its own",
    "aws": "install the AWS CLI",
    "az": "install the Azure CLI with its extension 'ml'",
    "gcloud": "install the Google Cloud CLI",
}


@dataclass(frozen=True, slots=True)
class Launched:
    """What was written for a target, what it means, and what the target said to it."""

    target: str
    name: str
    manifest: str
    file: Path | None
    submit: str
    told: tuple[str, ...]
    answer: str = ""


def launch(
    plan_file: Path,
    target: str,
    *,
    out: Path | None = None,
    submit: bool = False,
    at: datetime | None = None,
) -> Launched:
    """Write the manifest of `burnish run` for a target; with `submit`, hand it to its client.

    Raises `PlanError` that names all that the plan lacks for the target, and `InputError` when
    the client is not installed or refuses.
    """
    project = open_project(plan_file)
    job = _job(project, plan_file, at or now())
    manifest = TARGETS[target](job)
    file = out or (project.state / "launched" / f"{job.name}.{manifest.suffix}" if submit else None)
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(manifest.text, encoding="utf-8")
    words = _words(manifest, file or Path(f"{job.name}.{manifest.suffix}"))
    answer = _submitted(words) if submit else ""
    told = (*manifest.told, cost(job))
    text = manifest.text
    return Launched(target, job.name, text, file, " ".join(words), told, answer)


def _job(project: Project, plan_file: Path, at: datetime) -> Job:
    """A name of its own for each launch: targets want one, and its starts are counted by it."""
    plan = project.plan
    short = plan.name.replace("_", "-")[:LONGEST_NAME].rstrip("-")
    file = (plan_file / "burnish.yaml" if plan_file.is_dir() else plan_file).name
    budget = plan.budget
    name = f"{short}-{at:%Y%m%dt%H%M%S}"
    return Job(name, file, plan.launch, budget.per_hour, budget.currency)


def _words(manifest: Manifest, file: Path) -> list[str]:
    return [word.replace("{file}", str(file)) for word in manifest.client]


def _submitted(words: list[str]) -> str:
    if shutil.which(words[0]) is None:
        raise InputError(
            f"'{words[0]}' is not installed here, so nothing was submitted",
            remedy=f"{INSTALLED[words[0]]}; or submit the file with: {' '.join(words)}",
        )
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().partition("\n")[0]
        raise InputError(
            f"'{words[0]}' refused the launch (exit code {done.returncode}): {said}",
            remedy=f"mend what it names, or see all it says: {' '.join(words)}",
        )
    return done.stdout.strip()

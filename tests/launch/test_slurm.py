"""The batch script, run by a real shell; the scheduler's own commands are small programs here."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from burnish.launch.job import Job
from burnish.launch.slurm import slurm
from burnish.plan_launch import LaunchResources, SlurmPlan

Of = Callable[..., Job]
SLOW = """#!/bin/sh
trap 'exit {code}' TERM
: > began
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do sleep 0.1; done
exit 0
"""


class Node:
    """A folder with the script of a job, and commands that write down how they are called."""

    def __init__(self, folder: Path, job: Of) -> None:
        self.folder = folder
        plan = SlurmPlan(setup=(f'PATH="{folder}/bin:$PATH"',))
        made = slurm(job(folder=str(folder), slurm=plan, restarts=2))
        (folder / "job.sh").write_text(made.text)
        (folder / "bin").mkdir()

    def has(self, name: str, text: str) -> None:
        path = self.folder / "bin" / name
        path.write_text(text)
        path.chmod(0o700)

    def begin(self, restart: int = 0) -> subprocess.Popen[str]:
        env = {**os.environ, "SLURM_JOB_ID": "7", "SLURM_RESTART_COUNT": str(restart)}
        return subprocess.Popen(
            ["bash", "job.sh"], cwd=self.folder, env=env, text=True, stderr=subprocess.PIPE
        )

    @property
    def requeued(self) -> str:
        file = self.folder / "requeued"
        return file.read_text().strip() if file.exists() else ""


@pytest.fixture
def node(tmp_path: Path, job: Of) -> Node:
    made = Node(tmp_path, job)
    made.has("scontrol", '#!/bin/sh\necho "$@" >> requeued\n')
    made.has("squeue", "#!/bin/sh\necho RUNNING\n")
    return made


def ended_on_notice(node: Node, code: int, restart: int = 0) -> int:
    """The exit code of a script that gets the notice while its run works."""
    node.has("burnish", SLOW.format(code=code))
    running = node.begin(restart)
    while not (node.folder / "began").exists():
        time.sleep(0.02)
    running.send_signal(signal.SIGTERM)
    running.communicate()
    return running.returncode


def test_the_script_is_shell_and_asks_for_what_the_plan_says(job: Of, tmp_path: Path) -> None:
    text = slurm(job()).text
    (tmp_path / "job.sh").write_text(text)

    subprocess.run(["bash", "-n", tmp_path / "job.sh"], check=True)

    asked = {line for line in text.splitlines() if line.startswith("#SBATCH ")}
    assert asked >= {
        "#SBATCH --signal=B:TERM@120", "#SBATCH --requeue", "#SBATCH --gpus-per-node=H100:8",
        "#SBATCH --time=720", "#SBATCH --mem=512G", "#SBATCH --export=NONE",
    }  # fmt: skip
    assert not [line for line in asked if "array" in line]
    if shutil.which("sbatch") and shutil.which("sinfo"):
        up = subprocess.run(["sinfo", "--noheader"], capture_output=True, check=False)
        if up.returncode == 0 and up.stdout:
            plain = slurm(job(resources=LaunchResources(cpus=1, memory_gigabytes=1),
                              slurm=SlurmPlan())).text  # fmt: skip
            (tmp_path / "job.sh").write_text(plain)
            subprocess.run(["sbatch", "--test-only", tmp_path / "job.sh"], check=True)


def test_a_notice_reaches_the_run_and_a_saved_run_goes_back_into_the_queue(node: Node) -> None:
    assert ended_on_notice(node, 7) == 7
    assert node.requeued == "requeue 7"


def test_a_run_that_a_gate_stopped_is_not_begun_again(node: Node) -> None:
    assert ended_on_notice(node, 4) == 4
    assert node.requeued == ""


def test_a_job_that_was_cancelled_is_not_brought_back(node: Node) -> None:
    node.has("squeue", "#!/bin/sh\necho COMPLETING\n")

    assert ended_on_notice(node, 7) == 7
    assert node.requeued == ""


def test_the_last_restart_is_the_last(node: Node) -> None:
    assert ended_on_notice(node, 7, restart=2) == 7
    assert node.requeued == ""


def test_a_run_that_ends_by_itself_ends_the_job_with_its_code(node: Node) -> None:
    node.has("burnish", "#!/bin/sh\nexit 0\n")
    running = node.begin()
    running.communicate()

    assert running.returncode == 0


def test_a_start_too_many_is_refused_whoever_began_it(node: Node) -> None:
    node.has("burnish", "#!/bin/sh\nexit 0\n")
    codes = []
    for _ in range(4):
        running = node.begin()
        _, said = running.communicate()
        codes.append(running.returncode)

    assert codes == [0, 0, 0, 2]
    assert "started 3 times already" in said


def test_keys_on_a_shared_node_are_not_copied(job: Of) -> None:
    text = slurm(job()).text

    assert "/dev/shm" not in text
    assert "export BURNISH_KEY=/shared/keys/dana.pem" in text

"""What each fault of a training costs on this machine: the table of docs/training.md.

    python benchmarks/restarts.py [--begin fork|exec] [--json]

A small model is trained in a real process under the supervisor, 14 steps with a checkpoint every
3, and struck after step 8: by a SIGKILL, a SIGTERM, a stop (SIGSTOP), a torn checkpoint with a
SIGKILL, want of memory, and the SIGKILL of the supervisor itself. Printed for each: seconds from
the fault until it is noticed, until the first new step (its share of importing libraries, too,
where each process is an interpreter of its own), steps lost, and whether the weights are those
of the undisturbed training, byte by byte.
"""

from __future__ import annotations

import argparse
import json
import pickle
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.intake import strikes  # noqa: E402
from tests.intake.small_world import Ear, World  # noqa: E402
from tests.small_training import small_base  # noqa: E402

from burnish.core.crew import Alone  # noqa: E402
from burnish.engines.processes.crew import Patience, Processes  # noqa: E402
from burnish.engines.supervision.crew import Supervised  # noqa: E402
from burnish.engines.supervision.policy import Policy  # noqa: E402
from burnish.intake.tuning import tune  # noqa: E402

FAULTS = {
    "kill": "SIGKILL of the process",
    "term": "SIGTERM to the process",
    "stop": "hang (limit 8 s)",
    "tear": "torn checkpoint and SIGKILL",
    "starve": "out of memory",
}
PATIENCE = Patience(step=8.0, quiet=600.0)
SUPERVISOR = """
import pickle, sys
from pathlib import Path
sys.path[:] = pickle.loads(bytes.fromhex(sys.argv[2]))
from burnish.engines.processes.crew import Processes
from burnish.engines.supervision.crew import Supervised
from tests.intake import strikes
from tests.intake.small_world import Ear
job = pickle.loads(Path(sys.argv[1]).read_bytes())
Supervised(Processes(strikes.PRELOAD, sys.argv[3])).run(strikes.train, job, Ear())
"""


@dataclass
class Clock(Ear):
    """Hears a training and keeps when what happened."""

    steps: list[tuple[int, float]] = field(default_factory=list)
    ended: list[float] = field(default_factory=list)

    def told(self, rank: int, facts: Mapping[str, Any]) -> None:
        """Keep the time of a step."""
        super().told(rank, facts)
        if "grad_norm" in facts:
            self.steps.append((facts["step"], time.time()))

    def noted(self, event: str, facts: Mapping[str, Any]) -> None:
        """Keep the time of an attempt's end."""
        super().noted(event, facts)
        self.ended.append(time.time())


def main() -> None:
    """Strike, measure, print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--begin", choices=("fork", "exec"), default="fork")
    asked.add_argument("--json", action="store_true")
    told = asked.parse_args()
    with tempfile.TemporaryDirectory() as name:
        base = small_base(Path(name) / "base")
        there = World(Path(name) / "undisturbed", base)
        whole = Alone().run(tune, there.job().inner, Ear()).files
        rows = [_struck(World(Path(name) / fault, base), fault, told.begin) for fault in FAULTS]
        rows.append(_orphaned(World(Path(name) / "supervisor", base), told.begin))
    for row in rows:
        row["identical"] = row.pop("files") == whole
    print(json.dumps(rows, indent=1) if told.json else _table(rows))


def _struck(world: World, fault: str, begin: Any) -> dict[str, Any]:
    hears = Clock()
    how = Supervised(Processes(strikes.PRELOAD, begin, PATIENCE), Policy())
    files = how.run(strikes.train, world.job(fault), hears).files
    at = (world.folder / "struck").stat().st_mtime
    return _row(FAULTS[fault], at, hears, files, hears.ended[0] - at)


def _orphaned(world: World, begin: Any) -> dict[str, Any]:
    """The supervisor is killed while its rank is stopped, and the same work is run again."""
    job = world.folder / "job"
    job.write_bytes(pickle.dumps(world.job("stop")))
    argv = [sys.executable, "-c", SUPERVISOR, str(job), pickle.dumps(sys.path).hex(), begin]
    with subprocess.Popen(argv) as supervisor:
        while not (world.folder / "struck").exists():
            time.sleep(0.02)
        supervisor.send_signal(signal.SIGKILL)
    at, hears = time.time(), Clock()
    how = Supervised(Processes(strikes.PRELOAD, begin, PATIENCE), Policy())
    files = how.run(strikes.train, world.job(), hears).files
    return _row("SIGKILL of the run, run again", at, hears, files, None)


def _row(
    fault: str, at: float, hears: Clock, files: Mapping[str, str], noticed: float | None
) -> dict[str, Any]:
    entry = hears.entries[-1]
    first = next(when for step, when in hears.steps if when > at and step == entry["from"] + 1)
    return {
        "fault": fault,
        "noticed": None if noticed is None else round(noticed, 2),
        "first new step": round(first - at, 2),
        "steps lost": 8 - entry["from"],
        "files": dict(files),
    }


def _table(rows: list[dict[str, Any]]) -> str:
    lines = ["| fault | noticed after | first new step after | steps lost | same weights |"]
    lines.append("| --- | --- | --- | --- | --- |")
    for row in rows:
        noticed = "–" if row["noticed"] is None else f"{row['noticed']} s"
        same = "yes" if row["identical"] else "NO"
        lines.append(
            f"| {row['fault']} | {noticed} | {row['first new step']} s | {row['steps lost']} "
            f"| {same} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()

"""Run the flow: from the plan to a signed bundle, or to the first gate that does not pass."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from burnish.api.erasing import finish_pending, pending
from burnish.api.incidents import alarm
from burnish.api.outbox import deliver
from burnish.api.preflight import preflight
from burnish.api.publishing import publish
from burnish.api.reporting import write_report
from burnish.api.subjects import indexed
from burnish.api.watching import watched
from burnish.core.errors import BurnishError
from burnish.core.ports import Progress, Silent
from burnish.core.reach import Reach
from burnish.evidence.keys import Signer
from burnish.evidence.signoff import Person
from burnish.flow import fine_tune
from burnish.wiring import Project, engine_for, make_run, open_project


@dataclass(frozen=True, slots=True)
class Finished:
    """What a run that went through left behind."""

    run: str
    bundle: Path
    digest: str
    report: Path


def run(
    plan_file: Path,
    *,
    key: Path | None = None,
    progress: Progress | None = None,
    refresh: Sequence[str] = (),
    rehash: bool = False,
) -> Finished:
    """Take the plan through the whole flow; what is already made is not made again.

    Remote sources named in `refresh` (`*`: all) are listed anew; with `rehash` every local file
    is read again, even one that looks unchanged. Raises the `BurnishError` that stopped it, after
    the ledger and the report say so.
    """
    project = open_project(plan_file)
    reach = project.reach(refresh, rehash=rehash)
    actor = project.signer(key)
    preflight(project)
    with project.locked(), _stopping() as should_stop:
        settle(project, progress or Silent())
        return _run_locked(project, actor, progress, should_stop, reach)


def _run_locked(
    project: Project,
    actor: tuple[Signer, Person],
    progress: Progress | None,
    should_stop: Callable[[], bool],
    reach: Reach,
) -> Finished:
    signer, person = actor
    engine = engine_for(project.plan.engine, project.store, should_stop)
    this = make_run(project, person, engine, progress, should_stop, reach)
    plan = project.plan.model_dump(mode="json")
    facts = {"run": this.id, "plan": this.plan, "by": person.name, "effective": plan}
    project.ledger.append("started", facts)
    try:
        with watched(project, this) as this:
            made = fine_tune(this, project.plan)
        folder = publish(project, made, signer)
    except BaseException as stopped:  # written down, then raised as it is
        _write_down(project, this.id, stopped)
        raise
    finally:
        engine.close()
    with indexed(project):  # whose rows lie where is known as soon as they are used
        project.ledger.append("finished", {"run": this.id, "bundle": made.digest})
    return Finished(this.id, folder, made.digest, write_report(project, this.id))


def settle(project: Project, progress: Progress) -> None:
    """What earlier commands left: erasures broken off are finished, notices tried again.

    A notice that fails once more is told and in the ledger, and keeps no run from going on.
    """
    if pending(project):
        with indexed(project) as index:
            finish_pending(project, index)
    for notice in deliver(project):
        incident = f"incident {notice.incident[:12]}"
        progress.end("notice", f"{incident}, {notice.channel}: {notice.told}")


def _write_down(project: Project, run: str, stopped: BaseException) -> None:
    """Say in the ledger and on the page what stopped the run.

    A defect's words may hold a value of the data, so only its type is kept.
    """
    why = {"error": type(stopped).__name__, "exit_code": 1, "problem": type(stopped).__name__}
    if isinstance(stopped, BurnishError):
        told = {"problem": stopped.problem, "remedy": stopped.remedy}
        why |= {"exit_code": stopped.exit_code, **told}
    project.ledger.append("stopped", {"run": run, **why})
    for line in alarm(project, run, stopped):
        stopped.add_note(line)
    try:
        write_report(project, run)
    except Exception as undrawn:  # must not hide what stopped the run
        stopped.add_note(f"the report could not be written: {type(undrawn).__name__}")
        project.ledger.append("unreported", {"run": run, "error": type(undrawn).__name__})


@contextmanager
def _stopping() -> Iterator[Callable[[], bool]]:
    """SIGTERM and SIGINT ask politely; the flow stops at the next safe point."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set
        return

    def ask(number: int, frame: FrameType | None) -> None:
        if asked.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        asked.set()
        # Straight to the descriptor: a signal may come in the middle of another write.
        os.write(2, b"stopping at the next safe point; Ctrl-C again stops at once\n")

    before = {s: signal.signal(s, ask) for s in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield asked.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

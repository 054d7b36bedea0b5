"""Light errands for real processes, by name so that another process finds them."""

import os
import signal
import time
from pathlib import Path
from typing import Any

from burnish.core.crew import Link
from burnish.core.errors import Interrupted, UsageError


def count(job: dict[str, Any], link: Link) -> dict[str, Any]:
    """Count to `steps` with a file for a checkpoint every `every`, and strike once on the way."""
    saved = Path(job["folder"]) / "saved"
    step = int(saved.read_text()) if saved.exists() else 0
    link.beat("resumed", step)
    first = step
    while step < job["steps"]:
        step += 1
        link.tell({"step": step})
        _strike(job, link, step)
        asked = link.should_stop()
        if asked or step % job.get("every", 3) == 0:
            _save(saved, step, link)
        if asked:
            raise Interrupted(f"stopped after step {step}", remedy="run again")
    return {"from": first, "to": step, "rank": link.rank, "pid": os.getpid()}


def _save(saved: Path, step: int, link: Link) -> None:
    if link.rank.number == 0:
        saved.write_text(str(step))
        link.beat("saved", step)


def _strike(job: dict[str, Any], link: Link, step: int) -> None:
    struck = Path(job["folder"]) / "struck"
    often = job.get("often", 1)
    done = len(struck.read_text()) if struck.exists() else 0
    if link.rank.number != job.get("who", 0) or step != job.get("at") or done >= often:
        return
    struck.write_text("x" * (done + 1))
    BLOWS[job["blow"]]()
    time.sleep(job.get("after", 0.0))


def _hog() -> None:
    import resource

    limit = 2**30
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    bytearray(4 * limit)


def _wrong() -> None:
    raise UsageError("row 3 of data.jsonl is no row", remedy="mend it")


def _defect() -> None:
    raise KeyError("a name that nobody may read: Erika Mustermann")


BLOWS = {
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "stop": lambda: os.kill(os.getpid(), signal.SIGSTOP),
    "term": lambda: os.kill(os.getpid(), signal.SIGTERM),
    "segv": lambda: os.kill(os.getpid(), signal.SIGSEGV),
    "exit": lambda: os._exit(3),
    "hog": _hog,
    "wrong": _wrong,
    "defect": _defect,
}


def ask(job: str, link: Link) -> Any:
    """Ask one question."""
    return link.ask(job, {"rank": link.rank.number})


def linger(job: float, link: Link) -> str:
    """Be done, and not go."""
    import atexit

    atexit.register(time.sleep, job)
    import threading

    threading.Thread(target=time.sleep, args=(job,)).start()
    return "done"


def who(job: None, link: Link) -> list[int]:
    """Process, session and parent."""
    return [os.getpid(), os.getsid(0), os.getppid()]

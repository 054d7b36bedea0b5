"""Figures of a training for MLflow Tracking, over its REST API (2.0); no MLflow is installed here.

https://mlflow.org/docs/latest/api_reference/rest-api.html; limits of a batch as told there. A
training that goes on after an interruption goes on in its run: the run is found by its tag.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx2

from burnish.connectors.prometheus import private_client
from burnish.core.errors import InputError
from burnish.core.secrets import resolve
from burnish.plan_watch import MlflowPlan
from burnish.watch.doors import About
from burnish.watch.outlets import Point, Refused, numbers

API = "/api/2.0/mlflow/"
METRICS, PARAMS, TAGS = 1000, 100, 100
"""Most of each in one call."""
LONG = 500
"""Longest value of a parameter or tag that every server takes."""
TAG = "burnish.training"
STATUS = {"done": "FINISHED", "interrupted": "KILLED", "halted": "KILLED", "spent": "KILLED"}


class MlflowTracker:
    """One run of a tracking server for each training; every call may raise `Refused`."""

    def __init__(self, plan: MlflowPlan, root: Path) -> None:
        self._plan, self._root = plan, root
        self._run = ""

    def open(self, about: About) -> None:
        """The run of this training: found by its tag, else made, with its settings as params."""
        experiment = self._experiment()
        self._run = self._found(experiment, about.name) or self._made(experiment, about)
        self._call("runs/update", {"run_id": self._run, "status": "RUNNING"})

    def log(self, points: list[Point]) -> None:
        """Metrics of steps, in batches as large as the server takes."""
        metrics = [
            {"key": key, "value": value, "timestamp": round(1000 * one.at), "step": one.step}
            for one in points
            for key, value in numbers(one.points).items()
        ]
        for start in range(0, len(metrics), METRICS):
            part = metrics[start : start + METRICS]
            self._call("runs/log-batch", {"run_id": self._run, "metrics": part})

    def close(self, how: str, digests: Mapping[str, str]) -> None:
        """The digests of what was made as tags, and how it ended."""
        named = {f"burnish.artefact.{n.replace('/', '.')}": d for n, d in sorted(digests.items())}
        tags = {"burnish.ended": how, **named}
        for part in _parts(list(tags.items()), TAGS):
            self._call("runs/log-batch", {"run_id": self._run, "tags": _pairs(part)})
        status = STATUS.get(how, "FAILED")
        self._call(
            "runs/update", {"run_id": self._run, "status": status, "end_time": _milliseconds()}
        )

    def _experiment(self) -> str:
        name = self._plan.experiment
        found = self._ask("GET", "experiments/get-by-name", {"experiment_name": name}, absent=True)
        if found is not None:
            return str(found["experiment"]["experiment_id"])
        made = self._ask("POST", "experiments/create", {"name": name}, absent=True)
        if made is None:  # somebody else made it a moment ago
            return self._experiment()
        return str(made["experiment_id"])

    def _found(self, experiment: str, name: str) -> str:
        wanted = {
            "experiment_ids": [experiment],
            "filter": f"tags.`{TAG}` = '{name}'",
            "max_results": 1,
        }
        runs = self._call("runs/search", wanted).get("runs", [])
        return str(runs[0]["info"]["run_id"]) if runs else ""

    def _made(self, experiment: str, about: About) -> str:
        tags = {
            TAG: about.name,
            "burnish.project": about.project,
            "burnish.plan": about.plan,
            "burnish.role": about.role,
        }
        wanted = {
            "experiment_id": experiment,
            "run_name": f"{about.project} {about.role} {about.name[:8]}",
            "start_time": _milliseconds(),
            "tags": _pairs(tags.items()),
        }
        run = str(self._call("runs/create", wanted)["run"]["info"]["run_id"])
        settings = [(key, str(value)[:LONG]) for key, value in sorted(about.settings.items())]
        for part in _parts(settings, PARAMS):
            self._call("runs/log-batch", {"run_id": run, "params": _pairs(part)})
        return run

    def _call(self, what: str, told: Mapping[str, Any]) -> dict[str, Any]:
        return self._ask("POST", what, told) or {}

    def _ask(
        self, method: str, what: str, told: Mapping[str, Any], *, absent: bool = False
    ) -> dict[str, Any] | None:
        """The answer; None for what is not there (or is there already), where that is expected."""
        address = str(self._plan.address).rstrip("/")
        body: dict[str, Any] = {"params": told} if method == "GET" else {"json": told}
        try:
            with private_client(address) as client:
                url = f"{address}{API}{what}"
                answer = client.request(method, url, headers=self._headers(), **body)
                if absent and _is_no_such(answer):
                    return None
                if answer.status_code != 200:
                    raise Refused(f"the server answered {answer.status_code} to {what}")
                found: dict[str, Any] = answer.json()
        except InputError as wrong:
            raise Refused(wrong.problem) from None
        except (httpx2.HTTPError, httpx2.InvalidURL):
            raise Refused("the server could not be reached") from None
        except ValueError:
            raise Refused(f"the answer to {what} is not JSON") from None
        return found

    def _headers(self) -> dict[str, str]:
        headers = {"User-Agent": "burnish"}
        if self._plan.token is not None:
            headers["Authorization"] = f"Bearer {resolve(self._plan.token, self._root)}"
        if self._plan.user is not None and self._plan.password is not None:
            user = resolve(self._plan.user, self._root)
            both = f"{user}:{resolve(self._plan.password, self._root)}"
            headers["Authorization"] = f"Basic {base64.b64encode(both.encode()).decode()}"
        return headers


def _is_no_such(answer: httpx2.Response) -> bool:
    codes = ("RESOURCE_DOES_NOT_EXIST", "RESOURCE_ALREADY_EXISTS")
    return answer.status_code in (400, 404) and any(code in answer.text for code in codes)


def _pairs(named: Any) -> list[dict[str, str]]:
    return [{"key": str(key), "value": str(value)[:LONG]} for key, value in named]


def _parts(found: Sequence[Any], most: int) -> list[Sequence[Any]]:
    return [found[start : start + most] for start in range(0, len(found), most)]


def _milliseconds() -> int:
    return round(1000 * time.time())

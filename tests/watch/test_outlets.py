"""Who looks from outside: Prometheus and MLflow, up, slow, refusing and down."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from burnish.connectors.mlflow import TAG, MlflowTracker
from burnish.connectors.prometheus import PrometheusBoard
from burnish.plan_watch import MlflowPlan, PrometheusPlan
from burnish.watch import outlets
from burnish.watch.doors import About, Points
from burnish.watch.outlets import WAITING, Point, Shown, Tracked

if TYPE_CHECKING:
    from tests.watch.conftest import Hall

ABOUT = About("desk", "train", "r" * 64 + "-train", "p" * 64, {"epochs": 3, "packing": True})
SERVER = """
import os, sys
from werkzeug.serving import make_server
from mlflow.server import app
server = make_server("127.0.0.1", 0, app, threaded=True)
print(server.server_port, flush=True)
server.serve_forever()
"""


@dataclass
class Service:
    """A server that answers as it is told, and keeps what it was sent."""

    status: int = 200
    wait: threading.Event = field(default_factory=threading.Event)
    sent: list[tuple[str, str, Mapping[str, str], bytes]] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture
def service() -> Iterator[Service]:
    told = Service()
    told.wait.set()

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            told.wait.wait(30)
            headers = {name.lower(): value for name, value in self.headers.items()}
            told.sent.append((self.command, self.path, headers, body))
            answer = b'{"run": {"info": {"run_id": "1"}}, "experiment": {"experiment_id": "1"}}'
            self.send_response(told.status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = do_PUT

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield told
    told.wait.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def mlflow_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """MLflow's own tracking server on SQLite; its address."""
    home = tmp_path_factory.mktemp("mlflow")
    surroundings = {
        **os.environ,
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
        "_MLFLOW_SERVER_FILE_STORE": f"sqlite:///{home}/tracking.db",
        "_MLFLOW_SERVER_ARTIFACT_ROOT": str(home / "artifacts"),
    }
    with subprocess.Popen(
        [sys.executable, "-c", SERVER], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True, cwd=home, env=surroundings,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        address = f"http://127.0.0.1:{int(process.stdout.readline())}"
        asked(address, "experiments/create", {"name": "first"})  # now it has made its tables
        yield address
        process.terminate()


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The end waits for a server however busy this machine is."""
    monkeypatch.setattr(outlets, "LAST_SECONDS", 300.0)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def nobody() -> str:
    """The address of a port where nobody listens."""
    return f"http://127.0.0.1:{free_port()}"


@contextmanager
def shown(plan: PrometheusPlan, root: Path) -> Iterator[Shown]:
    outlet = Shown("prometheus", PrometheusBoard(plan, root))
    outlet.open(ABOUT)
    try:
        yield outlet
    finally:
        outlet.close("done", {})


def samples(text: str) -> dict[tuple[str, ...], float]:
    """Every sample of an exposition by its name and further labels, read by Prometheus's parser."""
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = dict(sample.labels)
            assert (labels.pop("project"), labels.pop("training")) == ("desk", "train")
            found[(sample.name, *labels.values())] = sample.value
    return found


def test_prometheus_scrapes_the_figures_of_a_training_that_runs(tmp_path: Path) -> None:
    port = free_port()
    with shown(PrometheusPlan(port=port), tmp_path) as outlet:
        outlet.tell(4, {"loss": 2.5, "gpu_use:0": 0.5, "gpu_use:1": 0.75, "cost": 3.0})
        outlet.alert("gradient", 4)
        with urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            kind, text = answer.headers["Content-Type"], answer.read().decode()

    assert kind.startswith("text/plain; version=")
    found = samples(text)
    assert found["burnish_training_step",] == 4
    assert found["burnish_training_loss_nats",] == 2.5
    assert found["burnish_training_gpu_utilization_ratio", "1"] == 0.75
    assert found["burnish_training_alerts_total", "gradient"] == 1
    assert found["burnish_training_last_update_timestamp_seconds",] > 1.7e9


def test_a_port_that_is_taken_is_told_and_hurts_nobody(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        outlet = Shown("prometheus", PrometheusBoard(PrometheusPlan(port=port), tmp_path))
        outlet.open(ABOUT)
        outlet.tell(1, {"loss": 1.0})

        assert outlet.close("done", {}) == (
            f"prometheus: 0 updates not taken; port {port} is taken"
        )


def test_a_textfile_is_whole_and_has_the_last_figures(tmp_path: Path) -> None:
    with shown(PrometheusPlan(textfile="burnish.prom"), tmp_path) as outlet:
        outlet.tell(4, {"loss": 2.5})
        outlet.tell(5, {"loss": 2.25})

    found = samples((tmp_path / "burnish.prom").read_text(encoding="utf-8"))

    assert found["burnish_training_loss_nats",] == 2.25
    assert [path.name for path in tmp_path.iterdir()] == ["burnish.prom"]


def test_a_pushgateway_gets_the_group_of_the_training_with_its_token(
    tmp_path: Path, service: Service
) -> None:
    (tmp_path / "token").write_text("t0ken", encoding="utf-8")
    plan = PrometheusPlan(pushgateway=service.url, token="file:token")
    with shown(plan, tmp_path) as outlet:
        outlet.tell(4, {"loss": 2.5})

    method, path, headers, body = service.sent[-1]
    assert (method, path) == ("PUT", "/metrics/job/burnish/project/desk/training/train")
    assert headers["authorization"] == "Bearer t0ken"
    assert samples(body.decode())["burnish_training_loss_nats",] == 2.5


@pytest.mark.parametrize(
    ("status", "why"), [(500, "answered 500"), (0, "could not be reached")], ids=["refuses", "down"]
)
def test_a_pushgateway_that_takes_nothing_is_told_at_the_end(
    tmp_path: Path, service: Service, status: int, why: str
) -> None:
    service.status = status
    url = service.url if status else nobody()
    outlet = Shown("prometheus", PrometheusBoard(PrometheusPlan(pushgateway=url), tmp_path))
    outlet.open(ABOUT)
    outlet.tell(4, {"loss": 2.5})

    told = outlet.close("done", {})

    assert told == f"prometheus: 1 updates not taken; the Pushgateway {why}"
    assert url not in told


class Keeper:
    """A tracker that keeps what it is told, when it is let."""

    def __init__(self, go: threading.Event) -> None:
        self.go, self.points, self.ends = go, list[Point](), list[str]()

    def open(self, about: About) -> None:
        self.go.wait(30)

    def log(self, points: list[Point]) -> None:
        self.points += points

    def close(self, how: str, digests: Mapping[str, str]) -> None:
        self.ends.append(how)


def test_a_slow_server_never_holds_a_training_up_and_what_is_dropped_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outlets, "LAST_SECONDS", 0.1)
    go = threading.Event()
    keeper = Keeper(go)
    outlet = Tracked("mlflow", keeper)
    outlet.open(ABOUT)
    points: Points = {"loss": 1.0}

    for step in range(3 * WAITING):
        outlet.tell(step, points)
    told = outlet.close("done", {})

    dropped = int(told.removeprefix("mlflow: ").split()[0])
    assert dropped >= 2 * WAITING
    assert told.endswith("points dropped; it was too slow")
    assert keeper.points == []
    go.set()


def test_every_point_arrives_at_a_server_that_keeps_up() -> None:
    go = threading.Event()
    go.set()
    keeper = Keeper(go)
    outlet = Tracked("mlflow", keeper)
    outlet.open(ABOUT)
    for step in range(500):
        outlet.tell(step, {"loss": 1.0})
    outlet.alert("gradient", 499)

    assert outlet.close("halted", {}) == ""

    assert [point.step for point in keeper.points] == [*range(500), 499]
    assert keeper.points[-1].points == {"alert:gradient": 1.0}
    assert keeper.ends == ["halted"]


def asked(address: str, what: str, told: dict[str, Any]) -> dict[str, Any]:
    request = Request(
        f"{address}/api/2.0/mlflow/{what}",
        json.dumps(told).encode(),
        {"Content-Type": "application/json"},
    )
    with urlopen(request) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


def runs_of(address: str, name: str) -> list[dict[str, Any]]:
    wanted = {"experiment_ids": ["1", "2", "3"], "filter": f"tags.`{TAG}` = '{name}'"}
    found: list[dict[str, Any]] = asked(address, "runs/search", wanted).get("runs", [])
    return found


def history(address: str, run: str, key: str) -> list[tuple[int, float]]:
    url = f"{address}/api/2.0/mlflow/metrics/get-history?run_id={run}&metric_key={key}"
    with urlopen(url) as answer:
        metrics = json.load(answer).get("metrics", [])
    return [(int(m.get("step", 0)), m["value"]) for m in metrics]


def test_mlflow_keeps_one_run_of_a_training_over_its_restarts(
    tmp_path: Path, mlflow_server: str
) -> None:
    plan = MlflowPlan(address=mlflow_server, experiment="restarts")
    for first, how in ((1, "interrupted"), (700, "done")):
        outlet = Tracked("mlflow", MlflowTracker(plan, tmp_path))
        outlet.open(ABOUT)
        for step in range(first, first + 600):
            outlet.tell(step, {"loss": 1 / step, "gpu_use:0": 0.5})
        assert outlet.close(how, {"weights/model.safetensors": "d" * 64}) == ""

    (run,) = runs_of(mlflow_server, ABOUT.name)
    assert run["info"]["status"] == "FINISHED"
    tags = {tag["key"]: tag["value"] for tag in run["data"]["tags"]}
    assert tags["burnish.plan"] == "p" * 64
    assert tags["burnish.artefact.weights.model.safetensors"] == "d" * 64
    assert {p["key"]: p["value"] for p in run["data"]["params"]} == {
        "epochs": "3", "packing": "True",
    }  # fmt: skip
    losses = history(mlflow_server, run["info"]["run_id"], "loss")
    assert [step for step, _ in losses] == [*range(1, 601), *range(700, 1300)]
    assert losses[0] == (1, 1.0)


def test_a_training_is_told_to_mlflow_and_prometheus_as_it_was(
    hall: Hall, mlflow_server: str
) -> None:
    """Through the real stage: what the servers have is what the record has; no place on a disk."""
    hall.plan(
        watch={
            "mlflow": {"address": mlflow_server, "experiment": "whole"},
            "prometheus": {"textfile": "burnish.prom"},
            "gradient": {"action": "note", "limit": 1e-9},
        }
    )

    model = hall()

    (summary,) = hall.events("watched")
    assert summary["untold"] == []
    (run,) = runs_of(mlflow_server, summary["watched"])
    losses = history(mlflow_server, run["info"]["run_id"], "loss")
    assert [list(point) for point in losses] == [
        [step, pytest.approx(loss, rel=1e-4)] for step, loss in summary["curves"]["loss"]
    ]
    tags = {tag["key"]: tag["value"] for tag in run["data"]["tags"]}
    made = {f"burnish.artefact.{n.replace('/', '.')}": d for n, d in hall.weights(model).items()}
    assert made.items() <= tags.items()
    assert history(mlflow_server, run["info"]["run_id"], "alert_gradient") == [(1, 1.0)]
    told = json.dumps(run)
    assert str(hall.desk.folder) not in told.replace(str(run["info"]["artifact_uri"]), "")
    text = (hall.desk.folder / "burnish.prom").read_text(encoding="utf-8")
    assert samples(text)["burnish_training_step",] == 20


@pytest.mark.parametrize(
    ("status", "why"), [(503, "answered 503"), (0, "could not be reached")], ids=["refuses", "down"]
)
def test_a_tracking_server_that_takes_nothing_leaves_the_training_as_it_is(
    hall: Hall, service: Service, undisturbed: dict[str, str], status: int, why: str
) -> None:
    service.status = status
    url = service.url if status else nobody()
    hall.plan(watch={"mlflow": {"address": url}})

    model = hall()

    assert hall.weights(model) == undisturbed
    ((told,),) = [facts["untold"] for facts in hall.events("watched")]
    assert told.startswith("mlflow: ")
    assert why in told
    assert url not in told


def test_credentials_go_by_reference_and_are_in_no_word(tmp_path: Path, service: Service) -> None:
    (tmp_path / "user").write_text("jane", encoding="utf-8")
    (tmp_path / "word").write_text("s3cret", encoding="utf-8")
    plan = MlflowPlan(address=service.url, user="file:user", password="file:word")
    outlet = Tracked("mlflow", MlflowTracker(plan, tmp_path))
    outlet.open(ABOUT)

    outlet.close("done", {})

    assert {sent[2].get("authorization") for sent in service.sent} == {"Basic amFuZTpzM2NyZXQ="}
    assert all(b"s3cret" not in sent[3] for sent in service.sent)


def test_a_secret_that_is_not_there_is_told_without_stopping_anything(
    tmp_path: Path, service: Service
) -> None:
    plan = MlflowPlan(address=service.url, token="env:NO_SUCH_TOKEN_HERE")
    outlet = Tracked("mlflow", MlflowTracker(plan, tmp_path))
    outlet.open(ABOUT)

    assert "NO_SUCH_TOKEN_HERE" in outlet.close("done", {})
    assert service.sent == []


class Recovering(Keeper):
    """A tracker that refuses the first calls."""

    def __init__(self, refusals: int) -> None:
        super().__init__(threading.Event())
        self.go.set()
        self.refusals = refusals

    def log(self, points: list[Point]) -> None:
        if self.refusals:
            self.refusals -= 1
            raise outlets.Refused("it answered 503")
        super().log(points)


def test_what_a_server_did_not_take_is_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outlets, "PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(outlets, "BATCH_SECONDS", 0.05)
    keeper = Recovering(3)
    outlet = Tracked("mlflow", keeper)
    outlet.open(ABOUT)
    outlet.tell(1, {"loss": 1.0})
    while keeper.refusals:
        time.sleep(0.01)

    assert outlet.close("done", {}) == ""
    assert [point.step for point in keeper.points] == [1]

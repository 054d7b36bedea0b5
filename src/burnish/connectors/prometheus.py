"""Figures of a training for Prometheus: to be scraped, collected from a file, or pushed.

Names and units follow https://prometheus.io/docs/practices/naming/; a label takes only values of
a short list (the project, `train` or `control`, an alert's kind, a GPU's place). A training is a
batch job: it runs for hours, so it can be scraped, and where nothing reaches it, it pushes.
"""

from __future__ import annotations

import ssl
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
from prometheus_client import CollectorRegistry, Counter, Gauge, start_http_server
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest, write_to_textfile

from burnish.core.errors import InputError
from burnish.core.remote import is_loopback
from burnish.core.secrets import resolve
from burnish.plan_watch import PrometheusPlan
from burnish.watch.doors import About, Points
from burnish.watch.outlets import Refused

LOOPBACK = "127.0.0.1"
SECONDS = 10.0
"""Longest silence of a server; nothing but a thread of its own waits."""
PREFIX = "burnish_training"
GAUGES = {
    "step": ("step", "Optimiser steps done."),
    "total": ("steps", "Optimiser steps of the whole training."),
    "loss": ("loss_nats", "Training loss of the last step, nats per trained token."),
    "validation_loss": ("validation_loss_nats", "Validation loss, nats per trained token."),
    "gradient_norm": ("gradient_norm", "Norm of the last gradient, before clipping."),
    "learning_rate": ("learning_rate", "Learning rate of the last step."),
    "steps_per_second": ("steps_per_second", "Optimiser steps a second, over the last steps."),
    "tokens_per_second": ("tokens_per_second", "Tokens a second, over the last steps."),
    "mfu": ("mfu_ratio", "Model FLOPs utilisation, of the peak of all devices."),
    "left": ("remaining_seconds", "Time to the last step, if it goes on like this."),
    "seconds": ("elapsed_seconds", "Time since the training was started, this time."),
    "cost": ("cost", "Cost so far with all earlier starts, in the currency of the plan."),
    "final": ("cost_forecast", "Cost at the end, if it goes on like this."),
    "memory": ("resident_memory_bytes", "Resident memory of the training process."),
    "peak_memory": ("resident_memory_peak_bytes", "Most resident memory of the process."),
}
OF_GPUS = {
    "gpu_use": ("gpu_utilization_ratio", "Share of time in which the GPU computed."),
    "gpu_memory": ("gpu_memory_used_bytes", "Memory in use on the GPU."),
    "gpu_memory_total": ("gpu_memory_total_bytes", "Memory of the GPU."),
    "gpu_watts": ("gpu_power_watts", "Power of the GPU."),
}


class PrometheusBoard:
    """A registry with the newest figures, and up to three places where it is read."""

    def __init__(self, plan: PrometheusPlan, root: Path) -> None:
        self._plan, self._root = plan, root
        self._registry = CollectorRegistry()
        self._labels: tuple[str, ...] = ()
        self._server: Any = None
        self._gauges = {k: self._gauge(*told) for k, told in GAUGES.items()}
        self._of_gpus = {k: self._gauge(*told, "gpu") for k, told in OF_GPUS.items()}
        self._alerts = Counter(
            f"{PREFIX}_alerts", "Alerts raised.", (*WHO, "alert"), registry=self._registry
        )
        self._updated = self._gauge("last_update_timestamp_seconds", "When these figures are of.")

    def open(self, about: About) -> None:
        """Serve on loopback, where the plan names a port; raises `Refused` where it is taken."""
        self._labels = (about.project, about.role)
        if self._plan.port is None:
            return
        try:
            self._server, _ = start_http_server(self._plan.port, LOOPBACK, self._registry)
        except OSError:
            raise Refused(f"port {self._plan.port} is taken") from None

    def show(self, points: Points) -> None:
        """Set the gauges."""
        for name, value in points.items():
            kind, _, gpu = name.partition(":")
            if gpu and kind in self._of_gpus:
                self._of_gpus[kind].labels(*self._labels, gpu).set(value)
            elif kind in self._gauges:
                self._gauges[kind].labels(*self._labels).set(value)
        self._updated.labels(*self._labels).set(time.time())

    def alert(self, kind: str) -> None:
        """Count it."""
        self._alerts.labels(*self._labels, kind).inc()

    def publish(self) -> None:
        """Write the file and push, as the plan says."""
        if self._plan.textfile is not None:
            try:
                write_to_textfile(str(self._root / self._plan.textfile), self._registry)
            except OSError:
                raise Refused("the textfile cannot be written") from None
        if self._plan.pushgateway is not None:
            self._push(self._plan.pushgateway)

    def close(self) -> None:
        """Stop serving; a file and what was pushed stay as the last word."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def _gauge(self, name: str, told: str, *labels: str) -> Gauge:
        return Gauge(f"{PREFIX}_{name}", told, (*WHO, *labels), registry=self._registry)

    def _push(self, address: str) -> None:
        """Replace this training's group, as a batch job does."""
        project, role = (quote(part, safe="") for part in self._labels)
        url = f"{address.rstrip('/')}/metrics/job/burnish/project/{project}/training/{role}"
        headers = {"Content-Type": CONTENT_TYPE_LATEST, "User-Agent": "burnish"}
        try:
            if self._plan.token is not None:
                headers["Authorization"] = f"Bearer {resolve(self._plan.token, self._root)}"
            with private_client(address) as client:
                answer = client.put(url, content=generate_latest(self._registry), headers=headers)
        except InputError as wrong:
            raise Refused(wrong.problem) from None
        except (httpx2.HTTPError, httpx2.InvalidURL):
            raise Refused("the Pushgateway could not be reached") from None
        if not 200 <= answer.status_code < 300:
            raise Refused(f"the Pushgateway answered {answer.status_code}")


WHO = ("project", "training")


def private_client(address: str) -> httpx2.Client:
    """A client that follows no redirect and sends this machine's own traffic over no proxy."""
    return httpx2.Client(
        timeout=SECONDS,
        verify=ssl.create_default_context(),  # the system's authorities, or SSL_CERT_FILE
        follow_redirects=False,
        trust_env=not is_loopback(httpx2.URL(address).host),
    )

"""What the page says of a training under differential privacy."""

from __future__ import annotations

from typing import Any

from bs4 import BeautifulSoup

from burnish.evidence.report import ReportView, render_report
from burnish.evidence.report.reading import training_view
from burnish.evidence.report.view import RunView

RECORD: dict[str, Any] = {
    "settings": {"technique": "lora", "privacy": {"epsilon": 8.0, "delta": "auto"}},
    "result": {
        "losses": [], "validation": [{"step": 0, "loss": 4.0}, {"step": 9, "loss": 3.5}],
        "trained_tokens": None, "steps": 9,
    },
    "privacy": {
        "epsilon": 7.9912, "delta": 1e-4, "unit": "example", "units": 1000, "rate": 0.032,
        "noise": 0.71, "clip": 1.0, "steps": 9, "accountant": "dp-accounting 0.6.0",
        "total_epsilon": None, "not_covered": ["validation <rows>"],
    },
}  # fmt: skip


def page(record: dict[str, Any]) -> str:
    view = ReportView(RunView("name", "r1", "passed"), training=training_view(record))
    return " ".join(BeautifulSoup(render_report(view), "html.parser").get_text(" ").split())


def test_the_page_tells_epsilon_what_it_means_and_what_it_does_not_cover() -> None:
    told = page(RECORD)

    assert "Differential privacy" in told
    assert "7.9912" in told
    assert "e to the power of epsilon" in told
    assert "Noise, in clipping norms 0.71" in told
    assert "Not covered: validation <rows>" in told
    assert "Total allowed" not in told
    assert "Trained tokens" not in told
    assert "Loss in nats" in told  # the curve of validation is still drawn


def test_the_page_of_an_ordinary_training_claims_no_privacy() -> None:
    plain = {key: value for key, value in RECORD.items() if key != "privacy"}

    assert "Not covered" not in page({**plain, "settings": {}})
    assert training_view(plain).privacy == ()

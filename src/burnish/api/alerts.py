"""Alerts of trainings as the ledger holds them: numbers, and the words that go with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from burnish.methods.watch.alerts import Alert

ALERTED, DECIDED = "alerted", "training.decided"
HALTING = ("stop", "wait", "cap")
TOLD = ("notify",)
"""Actions of which a notice is sent at once; what halts is told of as an incident."""


def kind_of(facts: Mapping[str, Any]) -> str:
    """Which alert it is, in words."""
    return str(facts["alert"]).replace("_", " ")


def words_of(facts: Mapping[str, Any]) -> str:
    """An alert of the ledger in a sentence."""
    if facts["alert"] == "cap":
        return f"the training has cost {facts['value']:.2f} of at most {facts['limit']:.2f}"
    numbers = float(facts["value"]), float(facts["limit"])
    return Alert(facts["alert"], int(facts["step"]), *numbers).words()


def alert_lines(facts: Mapping[str, Any]) -> list[str]:
    """An alert for a message to people."""
    return [f"Alert of a training: {words_of(facts)}."]

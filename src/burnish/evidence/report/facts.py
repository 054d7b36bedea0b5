"""Names with values, as the page lists them beside its charts."""

from __future__ import annotations

from burnish.evidence.report.view import Pairs, PartsView, PrivacyView, RunView, TrainingView
from burnish.evidence.report.words import count, moment, number, percent


def run_facts(found: RunView) -> Pairs:
    """What the run was for, and when."""
    return _stated(
        *found.facts,
        ("Started", moment(found.started)),
        ("Ended", moment(found.ended)),
    )


def privacy_facts(found: PrivacyView) -> Pairs:
    """The detector and the impact assessment."""
    return _stated(("Detector", found.detector), ("Impact assessment", found.assessment))


def parts_facts(found: PartsView) -> Pairs:
    """Groups, labels and planted canaries."""
    return _stated(
        ("Groups", _known(found.groups)),
        ("Largest group", _known(found.largest_group)),
        ("Labels", _known(found.labels)),
        (
            "Largest deviation of a label's share",
            "" if found.deviation is None else percent(found.deviation, 2),
        ),
        ("Canaries planted in the training part", _known(found.canaries)),
    )


def parts_told(found: PartsView) -> str:
    """The shares in words."""
    return ", ".join(f"{part} {count(rows)}" for part, rows in found.rows)


def training_facts(found: TrainingView) -> Pairs:
    """Sizes, length of the training, and the proof of change."""
    share = ""
    if found.parameters and found.trainable is not None:
        share = (
            f"{count(found.trainable)} of {count(found.parameters)} "
            f"({percent(found.trainable / found.parameters, 2)})"
        )
    return _stated(
        ("Parameters trained", share),
        ("Optimiser steps", _known(found.steps)),
        ("Epochs", "" if found.epochs is None else number(found.epochs)),
        ("Trained tokens", _known(found.trained_tokens)),
        ("Largest change of a logit", _measured(found.logit_change)),
        ("Norm of the weights' change", _measured(found.weight_change)),
    )


def _stated(*pairs: tuple[str, str]) -> Pairs:
    return tuple(pair for pair in pairs if pair[1])


def _known(value: int | None) -> str:
    return "" if value is None else count(value)


def _measured(value: float | None) -> str:
    return "" if value is None else number(value)

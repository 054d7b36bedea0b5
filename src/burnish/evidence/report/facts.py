"""Names with values, as the page lists them beside its charts."""

from __future__ import annotations

from burnish.evidence.report.view import Pairs, PartsView, PrivacyView, RunView, TrainingView
from burnish.evidence.report.view_data import MixView, QualityView, ScreenView
from burnish.evidence.report.view_sample import RateView, SampleView
from burnish.evidence.report.words import NONE, count, moment, number, percent

ORDERS = {
    "shuffled": "shuffled",
    "short_first": "short rows first in the first epoch, then shuffled",
    "easy_first": "rows that the base model finds easy first in the first epoch, then shuffled",
}


def run_facts(found: RunView) -> Pairs:
    """What the run was for, and when."""
    return _stated(
        *found.facts,
        ("Started", moment(found.started)),
        ("Ended", moment(found.ended)),
    )


def quality_facts(found: QualityView) -> Pairs:
    """The rules asked for, and the files that rows were judged by."""
    least = "" if found.least is None else f", at least {number(found.least)}"
    classifier = f"{found.classifier[:12]}{least}; {count(found.by_classifier)} rows dropped"
    return _stated(
        ("Rows judged", _known(found.judged)),
        ("Rules asked for", ", ".join(found.asked).replace("_", " ")),
        ("Classifier, by digest", classifier if found.classifier else ""),
        ("List of bad words, by digest", found.word_list[:12]),
    )


def screen_facts(found: ScreenView) -> Pairs:
    """Rows read, and findings that a person accepted."""
    allowed = count(found.allowed) if found.allowed else ""
    weighed = ", ".join(f"{name} {count(number)}" for name, number in found.weighed)
    return _stated(
        ("Rows read", _known(found.rows)),
        ("Runs of words weighed as triggers", weighed),
        ("Findings allowed in the plan", allowed),
    )


def mix_facts(found: MixView) -> Pairs:
    """The order, and how many rows an epoch shows."""
    return _stated(
        ("Order", ORDERS.get(found.order, found.order)),
        ("Rows of an epoch", count(found.rows)),
    )


def privacy_facts(found: PrivacyView) -> Pairs:
    """The detector and the impact assessment."""
    return _stated(("Detector", found.detector), ("Impact assessment", found.assessment))


def sample_facts(found: SampleView) -> Pairs:
    """Masks that hide nothing, and missed texts among the words."""
    over = "" if found.over is None else percent(found.over.estimate, 2)
    return _stated(
        ("Over-masked documents", f"{over}, {rate_interval(found.over)}" if over else ""),
        ("Missed texts in a thousand words", _measured(found.words_missed)),
    )


def rate_interval(found: RateView | None) -> str:
    """A 95 % interval, or a dash."""
    return NONE if found is None else f"{percent(found.lower, 2)} to {percent(found.upper, 2)}"


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

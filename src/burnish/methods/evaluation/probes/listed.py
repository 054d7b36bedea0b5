"""START HERE for probes: which one asks for which gate, and which look at the model as a whole."""

from __future__ import annotations

from collections.abc import Mapping

from burnish.methods.evaluation.asking import graded
from burnish.methods.evaluation.bench import Bench, Found, Probe, Sheet
from burnish.methods.evaluation.probes.plain import plain
from burnish.methods.evaluation.records import contrast
from burnish.methods.evaluation.rule import gate_input

PROBES: Mapping[str, Probe] = {
    "forgetting": plain,
    "safety": plain,
    "over_refusal": plain,
    "bias": plain,
    "alignment": plain,
    "toxicity": plain,
    "injection": plain,
    "robustness": plain,
}


def domain_probe(bench: Bench, sheet: Sheet, min_gain: float) -> Found:
    """The tuned model must be better at its task by the gain asked for."""
    if sheet.name != "domain":
        return plain(bench, sheet)
    records = graded(bench, sheet)
    return Found((gate_input("domain", "improve", min_gain, contrast(records)),), records)

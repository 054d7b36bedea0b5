"""Planted canaries against never-trained controls: what `memorisation.py` measures, as a probe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from burnish.methods.evaluation.bench import Bench, Found
from burnish.methods.evaluation.canaries import Canary
from burnish.methods.evaluation.memorisation import (
    calibrated,
    memorisation,
    memorisation_gate,
    probe_fires,
    spoken,
)
from burnish.methods.evaluation.rule import GateInput

NOT_COVERED = (
    "memorisation: made-up secrets of digits stand for what is secret in the rows; a text that is "
    "easier to learn than they are may be known by heart though none of them is"
)


def memorisation_probe(
    bench: Bench, planted: Sequence[Canary], controls: Sequence[Canary]
) -> Found:
    """Zero tolerance for planted secrets that the model says, or ranks above every control.

    An answer that does not come, and a likelihood that is no number, leave the gate unjudged.
    """
    asked = [bench.rendering.ask_canary(canary) for canary in (*planted, *controls)]
    weighed = bench.asker.likelihoods(asked)
    answers = bench.asker.answers(asked)
    said = {r.item: r.output for r in answers if r.model == "tuned" and r.output is not None}
    try:
        table = calibrated(weighed, [canary.id for canary in planted])
        found = memorisation(table, spoken(said, planted), spoken(said, controls))
    except ValueError as why:
        return Found((_unjudged(len(planted), str(why)),), tuple(answers), limits=(NOT_COVERED,))
    gate = memorisation_gate(found, len(planted), probe_fires(table))
    return Found((gate,), tuple(answers), asdict(found), (NOT_COVERED,))


def _unjudged(planted: int, why: str) -> GateInput:
    return GateInput("memorisation", "zero_tolerance", 0.0, planted, lack=why)

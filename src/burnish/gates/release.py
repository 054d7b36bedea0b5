"""Gate: the tuned model is better at its task and worse at nothing that matters.

The rule is declared in the plan before training. The scores carry one result per gate, judged
on the same items for base and tuned model; this gate only adds up: any regression FAILS, any
missing evidence is UNJUDGED, anything undecided is WAITING for people, all passed is PASSED.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from burnish.core.artifact import Scores
from burnish.core.gate import Look
from burnish.core.verdict import Outcome, Verdict
from burnish.plan import ReleasePlan

RESULTS = "results.json"

SEVERITY = {"regressed": 0, "unjudged": 1, "inconclusive": 2, "pass": 3}
OUTCOME = {
    "regressed": Outcome.FAILED,
    "unjudged": Outcome.UNJUDGED,
    "inconclusive": Outcome.WAITING,
    "pass": Outcome.PASSED,
}

REMEDY = {
    Outcome.WAITING: "add held-out rows or evaluation items until the rule can tell, run again"
}


def release(look: Look, scores: Scores, plan: ReleasePlan) -> Verdict:
    """Judge the results of the evaluation."""
    data = look.report(scores, RESULTS)
    gates = json.loads(data)["gates"] if data else []
    seen = {gate["name"].split(":")[0] for gate in gates}
    if not gates:
        return Verdict(Outcome.UNJUDGED, ("the evaluation left no results",))
    if missing := [name for name in plan.required if name not in seen]:
        return Verdict(Outcome.UNJUDGED, (f"no evidence for {', '.join(missing)}",))
    if any(gate["verdict"] not in SEVERITY for gate in gates):
        return Verdict(Outcome.UNJUDGED, ("a result has no readable verdict",))
    worst = min(gates, key=lambda gate: SEVERITY[gate["verdict"]])
    outcome = OUTCOME[worst["verdict"]]
    if outcome is Outcome.PASSED:
        return Verdict(outcome, tuple(_sentence(gate) for gate in gates))
    told = [gate for gate in gates if gate["verdict"] == worst["verdict"]]
    return Verdict(outcome, tuple(_sentence(gate) for gate in told), REMEDY.get(outcome, ""))


def _sentence(gate: Mapping[str, Any]) -> str:
    return f"{gate['name']} {gate['verdict']}: {gate['because']}"

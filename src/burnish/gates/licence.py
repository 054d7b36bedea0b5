"""Gate: the base model's licence permits fine-tuning and deploying what comes of it.

Specification 3.3 and 8.2 (LLM05). The table holds licences whose text plainly grants both, and
some that plainly do not; for anything else the plan must say what a lawyer found, else the
question is UNJUDGED.
"""

from __future__ import annotations

from burnish.core.artifact import Mixed
from burnish.core.gate import Look
from burnish.core.verdict import Outcome, Verdict
from burnish.plan import BaseModelPlan

GRANTS_BOTH = frozenset(
    {"apache-2.0", "mit", "bsd-2-clause", "bsd-3-clause", "cc0-1.0", "cc-by-4.0", "isc"}
)
FORBIDS = frozenset({"cc-by-nc-4.0", "cc-by-nd-4.0", "cc-by-nc-nd-4.0", "cc-by-nc-sa-4.0"})


def licence(look: Look, parts: Mixed, base: BaseModelPlan) -> Verdict:
    """Judge the licence named in the plan."""
    name = base.licence.lower()
    stated = (base.permits_fine_tuning, base.permits_derivatives)
    if name in FORBIDS or False in stated:
        return Verdict(
            Outcome.FAILED, (f"licence {base.licence} does not permit tuning and deployment",)
        )
    if name in GRANTS_BOTH or stated == (True, True):
        return Verdict(Outcome.PASSED, (f"licence {base.licence}, from {base.provenance}",))
    return Verdict(
        Outcome.UNJUDGED,
        (
            f"licence {base.licence} is not known to burnish: state "
            "base_model.permits_fine_tuning and base_model.permits_derivatives in the plan",
        ),
    )

"""Gate: the base model's licence permits fine-tuning and deploying what comes of it.

Specification 3.3 and 8.2 (LLM05). The licence that the plan names is set beside what the model's
own folder says: a contradiction fails. The table (`methods.models.licences`) holds licences whose
text plainly grants both, some that plainly do not, and some that grant it under conditions which
a person has to judge; for those and for anything else the plan must say what a lawyer found, else
the question is UNJUDGED. Negative control: the same judgement has to refuse a licence that
forbids, and a card that contradicts the plan.
"""

from __future__ import annotations

from burnish.core.artifact import Mixed
from burnish.core.gate import Look
from burnish.core.verdict import Outcome, Verdict
from burnish.methods.models.licences import known, normal
from burnish.methods.models.statements import Stated, Statement, stated_in
from burnish.methods.models.where import base_folder
from burnish.plan import BaseModelPlan

ASK = (
    "state base_model.permits_fine_tuning and base_model.permits_derivatives in the plan once "
    "somebody who may judge it has read the licence"
)


def licence(look: Look, parts: Mixed, base: BaseModelPlan) -> Verdict:
    """Judge the licence named in the plan beside what the model's folder says."""
    verdict = judge(base, stated_in(base_folder(base.path, look.root)))
    if not sees(base):
        return Verdict(
            Outcome.UNJUDGED, ("the negative control shows that this gate could not fail",)
        )
    return verdict


def judge(base: BaseModelPlan, stated: Stated) -> Verdict:
    """The verdict on a licence, from the plan and the statements of the model's folder."""
    if refusal := _refusal(base, stated):
        return Verdict(Outcome.FAILED, refusal)
    found = known(base.licence)
    trusted = (base.permits_fine_tuning, base.permits_derivatives) == (True, True)
    open_questions = _questions(base, stated)
    if open_questions and not trusted:
        return Verdict(Outcome.UNJUDGED, (*open_questions, *_conditions(base)), remedy=ASK)
    told = [f"licence {base.licence}, from {base.provenance}", _pinned(base), *_conditions(base)]
    if found is None or found.depends or open_questions:
        told.append("the plan states that fine-tuning and derivatives are permitted")
    return Verdict(Outcome.PASSED, (*told, _agreement(stated)))


def sees(base: BaseModelPlan) -> bool:
    """Whether the judgement refuses what must be refused, with this very plan."""
    bare = {"permits_fine_tuning": None, "permits_derivatives": None}
    forbids = base.model_copy(update={**bare, "licence": "cc-by-nc-4.0"})
    differs = Stated((Statement("README.md", "a licence that is another"),))
    unknown = base.model_copy(update={**bare, "licence": "a licence that nobody knows"})
    return (
        judge(forbids, Stated()).outcome is Outcome.FAILED
        and judge(base, differs).outcome is Outcome.FAILED
        and judge(unknown, Stated()).outcome is Outcome.UNJUDGED
    )


def _refusal(base: BaseModelPlan, stated: Stated) -> tuple[str, ...]:
    found = known(base.licence)
    if found is not None and not found.permits:
        because = "; ".join(found.conditions)
        told = f"licence {base.licence} does not permit tuning and deployment: {because}"
        return (f"{told} ({found.source})",)
    if False in (base.permits_fine_tuning, base.permits_derivatives):
        return (f"licence {base.licence} does not permit tuning and deployment, says the plan",)
    named = normal(base.licence)
    others = [one for one in stated.statements if one.licence and one.licence != named]
    return tuple(
        f"the plan names the licence {base.licence}, but {one.file} of the model says "
        f"{one.licence}: settle which holds"
        for one in others
    )


def _questions(base: BaseModelPlan, stated: Stated) -> tuple[str, ...]:
    """What only a person can answer."""
    found = known(base.licence)
    open_ones: list[str] = []
    if found is None:
        open_ones.append(f"licence {base.licence} is not known to burnish")
    elif found.depends:
        open_ones.append(f"licence {base.licence} permits it under conditions to be judged")
    unknown = [one.file for one in stated.statements if not one.licence]
    open_ones += [
        f"{file} of the model holds a licence that burnish does not know" for file in unknown
    ]
    open_ones += [
        f"the model was made from {name}, whose licence {its} binds too"
        for name, its in stated.licences_of_bases()
        if its != normal(base.licence)
    ]
    return tuple(open_ones)


def _conditions(base: BaseModelPlan) -> tuple[str, ...]:
    found = known(base.licence)
    if found is None:
        return ()
    told = tuple(f"condition: {one}" for one in found.conditions)
    return (*told, f"text: {found.source}")


def _pinned(base: BaseModelPlan) -> str:
    if base.sha256:
        return f"its bytes are pinned: sha256 {base.sha256}"
    return "its bytes are not pinned: base_model.sha256 would"


def _agreement(stated: Stated) -> str:
    files = [one.file for one in stated.statements if one.licence]
    if not files:
        return "the model's own folder names no licence: the plan's word stands alone"
    return f"{' and '.join(files)} of the model say the same"

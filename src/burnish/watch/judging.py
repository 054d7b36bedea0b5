"""From the plan's words to the rules of the alerts, and to what is done about each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from burnish.methods.watch.alerts import Kind, Limits
from burnish.methods.watch.figures import Machine
from burnish.methods.watch.peaks import TERA, peak_of
from burnish.methods.watch.schedule import SHAPES, Schedule
from burnish.methods.watch.stream import Seen, Stepped, Validated
from burnish.plan import BudgetPlan, WatchPlan
from burnish.plan_watch import Action

HALTS = ("stop", "wait")
INCIDENTS = ("gradient", "divergence", "not_finite", "cost")
"""Alerts that are incidents where they halt a training: instability, and an overrun of cost."""
OF_THE_COURSE = ("validation", "gradient", "divergence", "rate", "throughput")


def action_of(plan: WatchPlan, kind: Kind, control: bool) -> Action:
    """What the plan wants done; a number that is not finite always ends a training.

    The control trains random weights to show what the base adds: how it learns is noted only.
    """
    if kind == "not_finite":
        return "stop"
    if control and kind in OF_THE_COURSE:
        return "note"
    action: Action = getattr(plan, kind).action
    return action


def limits_of(
    plan: WatchPlan, budget: BudgetPlan, begun: Mapping[str, Any], accepted: float | None
) -> Limits:
    """The limits of one training; `accepted` is a forecast of its cost that a person let pass.

    Under privacy the gradient is mostly noise of a known size, and its norm tells nothing.
    """
    most = None
    if budget.training is not None:
        most = max(budget.training, accepted or 0.0) * (1 + plan.cost.over)
    return Limits(
        patience=plan.validation.patience,
        gradient=0.0 if begun["private"] else plan.gradient.limit,
        gradient_steps=plan.gradient.steps,
        factor=plan.divergence.factor,
        margin=plan.divergence.margin,
        level_window=plan.divergence.window,
        divergence_steps=plan.divergence.steps,
        slow_share=plan.throughput.share,
        speed_window=plan.throughput.window,
        slow_steps=plan.throughput.steps,
        cost=most,
        budget=budget.training,
        schedule=_schedule(begun),
    )


def _schedule(begun: Mapping[str, Any]) -> Schedule | None:
    """The schedule, where its shape is one that is known here."""
    told: Mapping[str, Any] = begun["settings"]
    if told.get("schedule") not in SHAPES:
        return None
    peak, share = float(told["learning_rate"]), float(told["warmup_share"])
    return Schedule(str(told["schedule"]), peak, share, int(begun["total"]))


def machine_of(plan: WatchPlan, begun: Mapping[str, Any]) -> Machine:
    """The devices of a training and what a token costs them."""
    precision = str(begun["settings"].get("precision", "fp32"))
    known = peak_of(str(begun["device"]), precision)
    if plan.peak_tflops is not None:
        peak, told = plan.peak_tflops * TERA, "the plan"
    elif known is not None:
        peak, told = known, f"data sheet, {begun['device']}, dense {precision}"
    else:
        peak, told = float(begun["measured"]), f"measured matrix product, {precision}"
    return Machine(peak * int(begun["ranks"]), told, **begun["arithmetic"])


def stepped(facts: Mapping[str, Any], private: bool) -> Stepped:
    """A step as the rules hear it; of a private one nothing that tells of rows."""
    return Stepped(
        step=int(facts["step"]),
        grad_norm=float(facts["grad_norm"]),
        rate=float(facts["learning_rate"]),
        loss=None if private else facts.get("loss"),
        tokens=None if private else facts.get("tokens"),
        seconds=facts.get("seconds"),
    )


def heard_before(facts: Iterable[Mapping[str, Any]], private: bool) -> Iterator[Seen]:
    """What a checkpoint tells of the steps before it."""
    for seen in facts:
        if "grad_norm" in seen:
            yield stepped(seen, private)
        else:
            yield Validated(int(seen["step"]), float(seen["loss"]))

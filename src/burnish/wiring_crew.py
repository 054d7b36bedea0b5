"""Picks who runs a training: the crew of the plan, supervised."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from burnish.connectors.notices import ADDRESS, Service
from burnish.core.crew import Alone, Crew
from burnish.core.errors import InputError
from burnish.core.ports import Store
from burnish.engines.processes.crew import Patience, Processes
from burnish.engines.supervision.attempt import Notice
from burnish.engines.supervision.crew import Supervised, no_notice
from burnish.engines.supervision.policy import Policy
from burnish.intake.tuning import PRELOAD
from burnish.plan import Plan
from burnish.plan_trainer import TrainerPlan

JOURNAL = "training.json"
"""In the state folder: how the newest training stands."""


def crew_for(plan: Plan, store: Store, state: Path) -> Crew:
    """Who runs a training; supervised unless it is this very process.

    Raises `InputError` when its extra is not installed.
    """
    trainer = plan.trainer
    if trainer.kind == "alone":
        return Alone()
    return Supervised(
        crew=_ray(plan, store) if trainer.kind == "ray" else _processes(trainer),
        policy=Policy(trainer.attempts, trainer.backoff_seconds, trainer.longest_backoff_seconds),
        journal=state / JOURNAL,
        notice=_notice(trainer),
    )


def _processes(plan: TrainerPlan) -> Crew:
    return Processes(PRELOAD, plan.begin, Patience(plan.hang_seconds, plan.quiet_seconds))


def _ray(plan: Plan, store: Store) -> Crew:
    try:
        from burnish.engines.ray.cluster import Crew as Place
        from burnish.engines.ray.crew import Ranks, RayCrew
    except ModuleNotFoundError as missing:
        if missing.name != "ray":
            raise
        raise InputError(
            "the plan's trainer is ray, which is not installed",
            remedy="pip install 'burnish[ray]', or take trainer.kind: processes",
        ) from missing
    engine = plan.engine
    place = Place(engine.address, engine.workers, 1, engine.deadline_seconds)
    patience = Patience(plan.trainer.hang_seconds, plan.trainer.quiet_seconds)
    each = {"CPU": plan.trainer.ray_cpus, "GPU": plan.trainer.ray_gpus}
    taken = {name: amount for name, amount in each.items() if amount}
    return RayCrew(store, Ranks(place, taken, patience, shared=engine.kind == "ray"))


def _notice(plan: TrainerPlan) -> Callable[[], AbstractContextManager[Notice]]:
    if plan.notice == "none":
        return no_notice
    return Service(plan.notice, plan.notice_address or ADDRESS).watched

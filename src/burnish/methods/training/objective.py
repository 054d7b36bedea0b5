"""What one training learns by: its steps, its validation, and what its checkpoints keep besides."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import nn

from burnish.methods.training.checkpoint import Beside
from burnish.methods.training.ewc import HeldSteps, Penalty
from burnish.methods.training.examples import TrainData, require_objective
from burnish.methods.training.forward import Forward
from burnish.methods.training.objective_settings import EarlyStop
from burnish.methods.training.pairs import Reference, pairs_of
from burnish.methods.training.parallel.port import Parallel
from burnish.methods.training.preference_steps import PreferenceCheck, PreferenceSteps
from burnish.methods.training.records import EvalRecord, Unchanged
from burnish.methods.training.settings import TrainSettings
from burnish.methods.training.steps import PlainSteps, Steps
from burnish.methods.training.stopping import Best, best_of, waited
from burnish.methods.training.validation import Check, PlainCheck

_BETWEEN_BEATS = 5.0


@dataclass(frozen=True)
class Objective:
    """Made before the first step, while the model is still the one that training starts from."""

    beside: Mapping[str, Beside]
    check: Check
    reference: Reference | None
    penalty: Penalty | None
    best: Best | None
    rule: EarlyStop | None
    parallel: Parallel

    @property
    def named(self) -> dict[str, str]:
        """What of it must be equal for a checkpoint to be continued."""
        return {} if self.penalty is None else {"weights held by ewc": self.penalty.digest}

    @property
    def dear(self) -> bool:
        """Whether what it keeps took a pass over all rows, and is worth saving at once."""
        return self.reference is not None

    def begin(self, beat: Callable[[], None]) -> None:
        """Work out what a run keeps that starts at its first step; `beat` says it is going on."""
        for kept in self.beside.values():
            kept.begin(_seldom(beat))

    def steps(self, forward: Forward, data: TrainData, settings: TrainSettings) -> Steps:
        """The steps of a training without privacy."""
        if self.reference is not None:
            return PreferenceSteps(self.reference, settings, self.parallel)
        return PlainSteps(forward, data, settings, self.parallel)

    def held(self, steps: Steps) -> Steps:
        """The steps under the penalty, where there is one."""
        return steps if self.penalty is None else HeldSteps(steps, self.penalty)

    def look(self, seen: list[EvalRecord]) -> None:
        """A validation was made: keep the weights when it is the best."""
        if self.best is not None:
            self.best.look(seen)

    def over(self, seen: list[EvalRecord]) -> bool:
        """Whether validation says that it is enough."""
        return self.rule is not None and waited(seen, self.rule)

    def settle(self, seen: list[EvalRecord], done: int) -> tuple[int, str]:
        """Put the weights to be written into the model: their step, and why it ended there.

        Raises Unchanged when no validation was better than the first, of the base.
        """
        if self.best is None or self.rule is None:
            return done, "all steps taken"
        chosen = seen[best_of(seen, self.rule.min_delta)]
        if chosen.step == 0:
            raise Unchanged(
                f"no validation in {done} steps was better than that of the base "
                f"({chosen.loss:.4g}), so there is nothing worth writing; lower learning_rate, "
                "look at the data, or leave early_stop out"
            )
        self.best.put_back()
        told = f"validation was best after step {chosen.step} ({chosen.loss:.6g} nats)"
        if not self.over(seen):
            return chosen.step, f"all steps taken; {told}"
        patience = self.rule.patience
        return chosen.step, f"stopped after step {done}: {told}, not in {patience} more"


def objective_of(
    forward: Forward,
    data: TrainData,
    settings: TrainSettings,
    named: Mapping[str, nn.Parameter],
    parallel: Parallel,
) -> Objective:
    """The objective that the settings ask for; raises ValueError where it cannot be had."""
    how, rule = settings.objective, settings.objective.early_stop
    require_objective(data, pairs=how.pairs)
    if rule is not None and not (data.validation and settings.eval_every):
        raise ValueError(
            "early_stop goes by the validation loss, and there is none: give split.validation a "
            "share and eval_every a number, or leave early_stop out"
        )
    reference = Reference(pairs_of(forward, data), settings) if how.pairs else None
    best = None if rule is None else Best(named, rule, parallel)
    kept: dict[str, Beside | None] = {"reference": reference, "best": best}
    return Objective(
        beside={name: one for name, one in kept.items() if one is not None},
        check=_check(forward, data, settings, reference, parallel),
        reference=reference,
        penalty=Penalty(forward, data, settings, named) if how.penalty else None,
        best=best,
        rule=rule,
        parallel=parallel,
    )


def _seldom(beat: Callable[[], None]) -> Callable[[], None]:
    """`beat`, but not again within some seconds."""
    last = -math.inf

    def beats() -> None:
        nonlocal last
        if (now := time.monotonic()) - last > _BETWEEN_BEATS:
            last = now
            beat()

    return beats


def _check(
    forward: Forward,
    data: TrainData,
    settings: TrainSettings,
    reference: Reference | None,
    parallel: Parallel,
) -> Check:
    if reference is None or not data.validation:
        return PlainCheck(forward, data, settings, parallel)
    return PreferenceCheck(reference, settings, parallel)

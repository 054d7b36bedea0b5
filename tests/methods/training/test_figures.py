"""Figures read a step late, as on a GPU: told whole and in order, and nothing moved by a NaN."""

import pytest
import torch
from torch import nn

from burnish.methods.training.figures import Asked, Figures, Read
from burnish.methods.training.optimise import adamw
from burnish.methods.training.records import Diverged
from burnish.methods.training.settings import TrainSettings
from burnish.methods.training.steps import Taken


class Run:
    """Steps of AdamW on a few weights, their figures told to `seen`."""

    def __init__(self, *, late: bool) -> None:
        self.weights = nn.Parameter(torch.ones(2, 3))
        self.optimiser = adamw([self.weights], TrainSettings(learning_rate=0.1))
        self.seen: list[Read] = []
        self.figures = Figures(self.seen.append, self.optimiser, late)

    def step(self, number: int, loss: float = 1.0, gradient: float = 0.5) -> None:
        self.weights.grad = torch.full_like(self.weights, gradient)
        taken = Taken(torch.tensor(loss), 3, 4)
        norm = nn.utils.clip_grad_norm_([self.weights], 10.0)
        self.figures.add(Asked(number, taken, 0.1, norm))
        self.optimiser.step()

    def last_step(self, number: int, loss: float, gradient: float) -> None:
        self.step(number, loss, gradient)
        self.figures.settle()


def test_late_figures_are_those_of_a_run_that_reads_at_once() -> None:
    runs = [Run(late=False), Run(late=True)]
    for run in runs:
        for number in (1, 2, 3):
            run.step(number, loss=1 / number)
        run.figures.settle()

    at_once, late = ([(r.step, r.loss, r.norm) for r in run.seen] for run in runs)
    assert late == at_once
    assert [step for step, _, _ in late] == [1, 2, 3]
    assert torch.equal(runs[0].weights, runs[1].weights)


def test_a_step_is_told_when_the_next_one_is_asked_for() -> None:
    run = Run(late=True)
    run.step(1)
    assert run.seen == []
    run.step(2)
    assert [read.step for read in run.seen] == [1]


@pytest.mark.parametrize(("loss", "gradient", "what"), [
    (float("nan"), 0.5, "loss"),
    (float("inf"), 0.5, "loss"),
    (1.0, float("inf"), "gradient"),
])  # fmt: skip
@pytest.mark.parametrize("late", [False, True])
def test_a_step_that_is_not_finite_moves_no_weight(
    loss: float, gradient: float, what: str, *, late: bool
) -> None:
    run = Run(late=late)
    run.step(1)
    before = run.weights.detach().clone()

    with pytest.raises(Diverged, match=f"step 2: the {what}"):
        run.last_step(2, loss, gradient)

    assert torch.equal(run.weights, before)
    assert [read.step for read in run.seen] == [1]


def test_a_step_without_a_loss_is_told_with_none() -> None:
    run = Run(late=False)
    run.figures.add(Asked(1, Taken(None, 0, 0), 0.1, torch.tensor(2.0)))
    assert (run.seen[0].loss, run.seen[0].norm) == (None, 2.0)

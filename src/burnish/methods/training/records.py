"""What a training run says while it runs and when it ends, and the doors it is given."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from burnish.methods.training.parallel.member import Member


@dataclass(frozen=True)
class StepRecord:
    """One optimiser step: `step` and `epoch` count from 1, `loss` is nats per trained token.

    `grad_norm` is before clipping, `tokens` leaves out padding, `seconds` is wall time. In a
    private training `grad_norm` is that of the noisy gradient, `loss` the mean over the drawn
    units (None where none was drawn) and `clipped` the share of them that was scaled down: the
    last two, and the tokens, are for the eyes of who may see the rows, and kept nowhere.

    In preference tuning `loss` is the mean over the pairs, `chosen_reward` and `rejected_reward`
    are the mean implicit rewards, and `preferred` the share of pairs whose chosen answer has the
    larger one. `penalty` is what a penalty on forgetting adds to the loss.
    """

    step: int
    epoch: int
    loss: float | None
    grad_norm: float
    learning_rate: float
    trained_tokens: int
    tokens: int
    seconds: float
    clipped: float | None = None
    chosen_reward: float | None = None
    rejected_reward: float | None = None
    preferred: float | None = None
    penalty: float | None = None


@dataclass(frozen=True)
class EvalRecord:
    """One pass over the validation examples after `step` steps: nats per trained token.

    In preference tuning the mean loss of a pair, with rewards as in a `StepRecord`.
    """

    step: int
    loss: float
    tokens: int
    chosen_reward: float | None = None
    rejected_reward: float | None = None
    preferred: float | None = None


@dataclass(frozen=True)
class Beginning:
    """Told once before the first step: where a run goes on, how far it goes, and on what.

    `step` is the last one that is done, `total` the last that will be. The three figures of
    `arithmetic` are model FLOPs of a token (see there), `measured` is FLOP/s of `device`.
    """

    step: int
    total: int
    parameters: int
    trainable: int
    device: str
    measured: float
    arithmetic: Mapping[str, float]


class Checkpoints(Protocol):
    """Where checkpoints lie; saving must be atomic, and `latest` gives the newest whole one."""

    def save(self, step: int, files: Mapping[str, bytes]) -> None:
        """Keep `files` as the checkpoint of `step`."""

    def latest(self) -> tuple[int, Mapping[str, bytes]] | None:
        """The newest checkpoint, or None when there is none."""


@dataclass(frozen=True)
class PrivatePorts:
    """What a private training needs besides: a secret, and somebody who pays.

    `secret` is 32 random bytes that nobody learns and a resumed training gets again. `pay(name,
    step)` is called before each step (from 1) with the name of the training's random numbers;
    False says that the budget does not allow the step.
    """

    secret: bytes = field(repr=False)
    pay: Callable[[str, int], bool]


@dataclass(frozen=True)
class TrainPorts:
    """The outside world of a run: checkpoints, an observer, and whether it is asked to stop.

    `begun`, where it is given, is called once before the first step; `doing` whenever something
    other than a step begins. `member` is this process among those of the run.
    """

    checkpoints: Checkpoints
    watch: Callable[[StepRecord | EvalRecord], None]
    should_stop: Callable[[], bool]
    private: PrivatePorts | None = None
    begun: Callable[[Beginning], None] | None = None
    doing: Callable[[str], None] = field(default=lambda what: None)
    member: Member = field(default_factory=Member)


@dataclass(frozen=True)
class Proof:
    """Evidence that training changed the model.

    `logit_change` is the largest absolute difference of a logit on a few training prompts;
    `weight_change` the Frobenius norm of the change over all that was trained (for LoRA of the
    merged update, scaling included).
    """

    logit_change: float
    weight_change: float


@dataclass(frozen=True)
class Merged:
    """Merged weights beside the adapter that they were made of, on prompts of random tokens.

    `logit_change` is the largest absolute difference of a logit, `limit` what is taken for
    rounding; `same_answers` counts the `prompts` with the same greedy continuation.
    """

    logit_change: float
    limit: float
    prompts: int
    same_answers: int


@dataclass(frozen=True)
class TrainResult:
    """The outcome of a whole run; it holds no time, so equal inputs give equal results.

    `losses` has one value per step, `validation` one record per pass (the first at step 0, before
    training). A private training keeps no losses and counts no tokens (None): they tell of rows.
    `files` are the names written in the output folder, sorted. `parameters` counts all,
    `trainable` the trained ones. `written_step` is the step whose weights were written, `ended`
    why the training ended there.
    """

    steps: int
    epochs: float
    losses: tuple[float, ...]
    validation: tuple[EvalRecord, ...]
    trained_tokens: int | None
    parameters: int
    trainable: int
    proof: Proof
    files: tuple[str, ...]
    written_step: int
    ended: str
    merged: Merged | None = None


class Diverged(ValueError):
    """The loss or the gradient stopped being a finite number at `step`; nothing was updated."""

    def __init__(self, step: int, what: str) -> None:
        super().__init__(
            f"training diverged at step {step}: the {what} is not finite; lower learning_rate, "
            "raise warmup_share or set clip_norm, and run again"
        )
        self.step = step


class Interrupted(Exception):
    """The run was asked to stop; its checkpoint of `step` is saved and running again goes on."""

    def __init__(self, step: int) -> None:
        super().__init__(f"interrupted after step {step}; run again to go on from there")
        self.step = step


class Spent(Exception):
    """The privacy budget does not allow the next step; the checkpoint of `step` is saved."""

    def __init__(self, step: int) -> None:
        super().__init__(f"the privacy budget allows no step after {step}")
        self.step = step


class Unchanged(ValueError):
    """Training ended without a change in the model that can be shown."""

"""What is watched while a training runs, what is done about it, and who else may look.

Nothing here names a result: a training may be watched otherwise and go on from its checkpoint.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from burnish.core.remote import is_private_route
from burnish.plan_remote import SecretReference
from burnish.plan_types import Settings, Text

Action = Literal["note", "notify", "stop", "wait"]
"""Write it into the ledger; send a notice as well; save and stop; save and wait for a decision."""

DONE = "What is done: note (ledger), notify (and a notice), stop or wait (save, until a decision)."
Address = Annotated[str, Field(pattern=r"^https?://[^\s?#@]+$")]


class ValidationAlert(Settings):
    """The validation loss rises: a sign of overfitting."""

    action: Action = Field("notify", description=DONE)
    patience: int = Field(3, ge=1, description="Rises in a row, from checkpoint to checkpoint.")


class GradientAlert(Settings):
    """The norm of the gradient, before it is clipped, is too large."""

    action: Action = Field("stop", description=DONE)
    limit: float = Field(10.0, gt=0, description="Largest norm that is no alert.")
    steps: int = Field(1, ge=1, description="Steps in a row above it.")


class DivergenceAlert(Settings):
    """The training loss lies far above its running level."""

    action: Action = Field("stop", description=DONE)
    factor: float = Field(2.0, gt=1, description="Times the level, the median of the last steps.")
    margin: float = Field(0.5, ge=0, description="And at least so many nats above it.")
    window: int = Field(50, ge=10, le=10_000, description="Steps that the level is taken from.")
    steps: int = Field(5, ge=1, description="Steps in a row above it.")


class RateAlert(Settings):
    """The learning rate is not that of its schedule."""

    action: Action = Field("stop", description=DONE)


class ThroughputAlert(Settings):
    """The training became slow."""

    action: Action = Field("notify", description=DONE)
    share: float = Field(0.5, gt=0, lt=1, description="Of the running median, below is too slow.")
    window: int = Field(100, ge=20, le=10_000, description="Steps of the running median.")
    steps: int = Field(20, ge=1, description="Steps in a row below it.")


class InterruptionAlert(Settings):
    """A process was lost or told to leave (a spot notice), and the training went on later."""

    action: Literal["note", "notify"] = Field("note", description="note (ledger) or notify.")


class CostAlert(Settings):
    """The cost, carried forward to the last step, is over `budget.training`."""

    action: Action = Field("wait", description=DONE)
    over: float = Field(0.2, ge=0, description="Share of the budget that it may be over.")
    after_steps: int = Field(10, ge=1, description="Steps of a start that make the forecast.")


class PrometheusPlan(Settings):
    """Figures for Prometheus; none, unless one of the three is given."""

    port: int | None = Field(
        None, ge=1, le=65535, description="Port on this machine (127.0.0.1) to be scraped."
    )
    textfile: Text | None = Field(
        None, description="File in the project, ending in .prom, for node_exporter's collector."
    )
    pushgateway: Address | None = Field(None, description="Address of a Pushgateway.")
    token: SecretReference | None = Field(
        None, description="Where the Pushgateway's bearer token is read."
    )

    @field_validator("pushgateway")
    @classmethod
    def _nobody_listens(cls, address: str | None) -> str | None:
        return _private(address)

    @field_validator("textfile")
    @classmethod
    def _is_collected(cls, name: str | None) -> str | None:
        if name is not None and not name.endswith(".prom"):
            raise ValueError("node_exporter collects files that end in .prom")
        return name

    @model_validator(mode="after")
    def _token_has_a_place(self) -> PrometheusPlan:
        if self.token is not None and self.pushgateway is None:
            raise ValueError("token is for a pushgateway")
        return self


class MlflowPlan(Settings):
    """A tracking server of MLflow, told over its REST API; none without an address."""

    address: Address | None = Field(None, description="http(s)://HOST:PORT of the server.")
    experiment: Text = Field("burnish", description="Experiment; made where there is none.")
    token: SecretReference | None = Field(None, description="Where a bearer token is read.")
    user: SecretReference | None = Field(None, description="Where the user's name is read.")
    password: SecretReference | None = Field(None, description="Where the password is read.")

    @field_validator("address")
    @classmethod
    def _nobody_listens(cls, address: str | None) -> str | None:
        return _private(address)

    @model_validator(mode="after")
    def _one_way_in(self) -> MlflowPlan:
        if (self.user is None) != (self.password is None):
            raise ValueError("user and password go together")
        if self.user is not None and self.token is not None:
            raise ValueError("give a token, or user and password")
        return self


class WatchPlan(Settings):
    """What is watched while a training runs, and what is done about it."""

    validation: ValidationAlert = ValidationAlert()
    gradient: GradientAlert = GradientAlert()
    divergence: DivergenceAlert = DivergenceAlert()
    rate: RateAlert = RateAlert()
    throughput: ThroughputAlert = ThroughputAlert()
    interruption: InterruptionAlert = InterruptionAlert()
    cost: CostAlert = CostAlert()
    peak_tflops: float | None = Field(
        None,
        gt=0,
        description="Peak of one device for MFU, in TFLOP/s. Unset: the data sheet's figure of a "
        "known GPU, else what the machine was measured to reach.",
    )
    prometheus: PrometheusPlan = PrometheusPlan()
    mlflow: MlflowPlan = MlflowPlan()


def _private(address: str | None) -> str | None:
    if address is not None and not is_private_route(address):
        raise ValueError("must be https, or http on this machine (http://127.0.0.1:PORT)")
    return address

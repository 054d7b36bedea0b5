"""A model that is served: where it answers, by which name, and how patiently it is asked."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from burnish.plan_remote import SecretReference, safe_address
from burnish.plan_types import Settings, Text


class EndpointPlan(Settings):
    """One served model behind the completions interface of OpenAI, vLLM and others."""

    url: Text = Field(
        description="Address above `completions`, e.g. https://models.example.org/v1; https, or "
        "http on this machine."
    )
    model: Text = Field(description="Name of the model, or of the adapter, at the server.")
    key: SecretReference | None = Field(
        None, description="Where the access key is read: env:NAME or file:PATH."
    )
    interface: Literal["completions", "chat"] = Field(
        "completions",
        description="completions: takes token ids, so that likelihoods can be had. chat: answers "
        "only; the server lays its own template over the question.",
    )
    concurrency: int = Field(8, ge=1, le=256, description="Requests under way at once.")
    timeout_seconds: float = Field(120.0, gt=0, description="Longest silence of the server.")
    retries: int = Field(4, ge=0, le=100, description="Further tries after a passing failure.")
    backoff_seconds: float = Field(
        1.0, gt=0, description="Wait before the second try; doubles with every further one."
    )
    longest_wait_seconds: float = Field(
        60.0, gt=0, description="A server that asks to wait longer (Retry-After) is not waited for."
    )
    answer_megabytes: int = Field(32, ge=1, le=1024, description="Largest answer that is read.")

    @field_validator("url")
    @classmethod
    def _safe(cls, url: str) -> str:
        return safe_address(url)


class ServedPlan(Settings):
    """Base and tuned model where they are served, instead of in this process or beside it."""

    use: Literal["instead", "beside"] = Field(
        "instead",
        description="instead: everything is asked there, and what needs logits is left out; "
        "beside: it is asked here, and the endpoint must give the same answers.",
    )
    base: EndpointPlan = Field(description="The base model's endpoint.")
    tuned: EndpointPlan = Field(description="The tuned model's endpoint.")

"""Who is told of a privacy incident, and how: addresses and secrets by reference only."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from burnish.plan_remote import SecretReference
from burnish.plan_types import Name, Settings, Text

Host = Annotated[str, Field(pattern=r"^[A-Za-z0-9.:-]+$")]


class Webhook(Settings):
    """An address that takes a signed message as JSON."""

    name: Name = Field(description="Name of the channel; the ledger knows it by this.")
    url: SecretReference = Field(
        description="Where the address is read: env:NAME or file:PATH; it is https, or http on "
        "this machine."
    )
    secret: SecretReference = Field(
        description="Where the key is read that signs each message (HMAC-SHA-256)."
    )


class Mail(Settings):
    """A mail server that takes messages over STARTTLS or TLS, never in the clear."""

    name: Name = Field("mail", description="Name of the channel; the ledger knows it by this.")
    host: Host = Field(description="The mail server.")
    port: int = Field(587, ge=1, le=65535, description="587 for STARTTLS, 465 for TLS.")
    security: Literal["starttls", "tls"] = Field(
        "starttls", description="How the connection is sealed; one of the two is required."
    )
    authority: Text | None = Field(
        None, description="File with the certificate authority of a server of your own."
    )
    sender: SecretReference = Field(description="Where the sender's address is read.")
    to: tuple[SecretReference, ...] = Field(
        min_length=1, description="Where the addresses of the privacy role are read."
    )
    user: SecretReference | None = Field(None, description="Where the user's name is read.")
    password: SecretReference | None = Field(None, description="Where the password is read.")

    @model_validator(mode="after")
    def _both_or_neither(self) -> Mail:
        if (self.user is None) != (self.password is None):
            raise ValueError("user and password go together")
        return self


class NotifyPlan(Settings):
    """Whom a privacy incident is told to at once; nobody, if both are empty."""

    webhooks: tuple[Webhook, ...] = Field((), description="Services that are told.")
    mail: tuple[Mail, ...] = Field((), description="Mail servers through which people are told.")
    attempts: int = Field(4, ge=1, le=20, description="Tries before a channel counts as failed.")
    timeout_seconds: float = Field(10.0, gt=0, le=300, description="Longest silence of a server.")
    backoff_seconds: float = Field(
        0.5, gt=0, le=60, description="Wait before the second try; doubles with every further one."
    )

    def channels(self) -> list[str]:
        """The names of all channels, webhooks first."""
        return [*(hook.name for hook in self.webhooks), *(one.name for one in self.mail)]

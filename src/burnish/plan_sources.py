"""The sources of the plan: what is taken from where, and under which right."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from burnish.core.remote import is_private_route
from burnish.plan_remote import Api, Hub, SecretReference, Sql
from burnish.plan_types import Classification, Name, Settings, Share, Text

Format = Literal[
    "jsonl", "csv", "tsv", "parquet", "text", "markdown", "html", "pdf", "docx", "eml", "mbox",
]  # fmt: skip
KINDS = ("paths", "objects", "sql", "api", "hub")
"""The ways to say where a source is; each source takes exactly one."""


class LegalBasis(Settings):
    """Under which right a source may be used, for what, and until when."""

    kind: Literal[
        "consent", "legitimate_interest_assessment", "data_processing_agreement",
        "app_3_primary_purpose", "app_6_secondary_use", "app_6_consent", "open_licence",
    ]  # fmt: skip
    reference: Text = Field(description="The record that proves it, e.g. LIA-2026-014.")
    purposes: tuple[Text, ...] = Field(min_length=1, description="Purposes it covers.")
    expires: date = Field(description="Last day on which it holds.")


class Processor(Settings):
    """A third party that handles the data, and its agreement."""

    name: Text
    agreement: Text
    expires: date


class Fields(Settings):
    """Which fields of a record are what. Unset: recognised from the usual names."""

    prompt: str | None = None
    response: str | None = None
    text: str | None = None
    messages: str | None = None
    rejected: str | None = Field(
        None, description="The worse answer beside response (or the last of messages)."
    )
    system: str | None = None
    key: str | None = Field(
        None, description="Unique key of a record; a later version replaces an earlier one."
    )
    created: str | None = Field(
        None,
        description="Time of the record: ISO 8601, seconds since 1970, or as in mail (RFC 2822); "
        "without a zone it is UTC. Of duplicates, the oldest survives.",
    )
    label: str | None = Field(None, description="Class, for the stratified split.")
    subject: str | None = Field(None, description="Key of the data subject; stored only hashed.")
    keep: tuple[str, ...] = Field((), description="Further fields to carry along.")


class Credential(Settings):
    """One entry of the credentials of an object storage."""

    key: Text = Field(description="Its name, e.g. access_key_id, secret_access_key, account_name.")
    secret: SecretReference = Field(description="Where its value is read: env:NAME or file:PATH.")


class Objects(Settings):
    """A folder of an object storage: S3 and what speaks like it, Azure, Google."""

    url: Annotated[str, Field(pattern=r"^(s3|az|gs)://[^/?#@]+(/[^?#]*)?$")] = Field(
        description="s3://BUCKET/PREFIX, az://CONTAINER/PREFIX or gs://BUCKET/PREFIX."
    )
    patterns: tuple[Text, ...] = Field(
        (),
        description="Globs over keys below the prefix, e.g. year=*/**/*.parquet; empty: every "
        "object whose ending names a known format.",
    )
    endpoint: str | None = Field(None, description="Address of a server of your own: https://...")
    region: str | None = Field(None, description="Region of the bucket.")
    public: bool = Field(False, description="Read without credentials.")
    credentials: tuple[Credential, ...] = Field(
        (), description="Empty: the cloud's own chain (environment, machine identity)."
    )

    @field_validator("endpoint")
    @classmethod
    def _nobody_listens(cls, endpoint: str | None) -> str | None:
        if endpoint is not None and not is_private_route(endpoint):
            raise ValueError("must be https, or http on this machine (http://127.0.0.1:PORT)")
        return endpoint


class Source(Settings):
    """One authorised source: where it is, whose it is, and the right to use it."""

    name: Name
    system: Text = Field(description="System of record it was taken from.")
    owner: Text = Field(description="Who answers for it.")
    paths: tuple[Text, ...] = Field(
        (), description="Files and globs, project-relative. Or one of the next four sections."
    )
    objects: Objects | None = None
    sql: Sql | None = None
    api: Api | None = None
    hub: Hub | None = None
    format: Format | None = None
    collected: date
    classification: Classification
    licence: Text
    basis: LegalBasis
    processors: tuple[Processor, ...] = ()
    fields: Fields = Fields()
    bad_records: Share = Field(0.0, description="Share of unreadable records that is tolerated.")
    outside: bool = Field(False, description="Paths may lead outside the project folder.")

    @property
    def kind(self) -> str:
        """Which of `KINDS` says where the source is."""
        return next(kind for kind in KINDS if getattr(self, kind))

    @model_validator(mode="after")
    def _is_in_one_place(self) -> Source:
        given = [kind for kind in KINDS if getattr(self, kind)]
        if len(given) != 1:
            told = f"it gives {' and '.join(given)}" if given else "it gives none"
            raise ValueError(
                f"source '{self.name}' takes exactly one of {', '.join(KINDS)}; {told}"
            )
        return self


class NormalisePlan(Settings):
    """What is mended in the text of every message; each row names what was done to it."""

    form: Literal["none", "NFC", "NFKC"] = Field(
        "NFC", description="Unicode form; NFKC also folds look-alikes such as full-width letters."
    )
    mojibake: bool = Field(True, description="Repair text decoded in the wrong character set.")
    control: bool = Field(
        True, description="Remove control characters; every line end becomes a line feed."
    )
    quoted_replies: bool = Field(False, description="Cut the quoted text of answers to mail.")
    signatures: bool = Field(False, description="Cut signatures at the end of mail.")
    boilerplate: bool = Field(False, description="Cut disclaimers and unsubscribe notices.")

"""The sources of the plan: what is taken from where, and under which right."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from burnish.plan_types import Classification, Name, Settings, Share, Text


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
    system: str | None = None
    label: str | None = Field(None, description="Class, for the stratified split.")
    subject: str | None = Field(None, description="Key of the data subject; stored only hashed.")
    keep: tuple[str, ...] = Field((), description="Further fields to carry along.")


class Source(Settings):
    """One authorised source: where it is, whose it is, and the right to use it."""

    name: Name
    system: Text = Field(description="System of record it was taken from.")
    owner: Text = Field(description="Who answers for it.")
    paths: tuple[Text, ...] = Field(min_length=1, description="Files and globs, project-relative.")
    format: Literal["jsonl", "csv", "parquet", "text", "markdown", "html"] | None = None
    collected: date
    classification: Classification
    licence: Text
    basis: LegalBasis
    processors: tuple[Processor, ...] = ()
    fields: Fields = Fields()
    bad_records: Share = Field(0.0, description="Share of unreadable records that is tolerated.")
    outside: bool = Field(False, description="Paths may lead outside the project folder.")

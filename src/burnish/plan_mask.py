"""What masking is told: categories, engines, surrogates, and texts that are always found."""

from __future__ import annotations

import difflib
import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from burnish.plan_remote import SecretReference
from burnish.plan_types import Name, Settings, Share, Text

NAMED_BY_MODELS = ("ORGANISATION", "LOCATION")
MASKED = (
    "PERSON", "EMAIL", "PHONE", "TFN", "ABN", "ACN", "MEDICARE", "CARD", "IBAN", "BANK_ACCOUNT",
    "DATE_OF_BIRTH", "ADDRESS", "IP", "SECRET", "DRIVER_LICENCE", "PASSPORT", "SSN", "ITIN", "NINO",
    "NHS", "VAT", "SWIFT", "CRYPTO", "MAC", "URL", "HANDLE", "LICENCE_PLATE", "COORDINATES",
)  # fmt: skip
"""What is looked for unless the plan says otherwise."""
KNOWN = (*MASKED, *NAMED_BY_MODELS)
_ALONE = ("rules", "ner")
_NEED_A_MODEL = ("spacy", "transformers", "gliner")


def _known(category: str) -> str:
    if category not in KNOWN:
        near = difflib.get_close_matches(category.upper(), KNOWN, n=1, cutoff=0.0)[0]
        raise ValueError(f"there is no category '{category}'; did you mean '{near}'?")
    return category


Category = Annotated[str, AfterValidator(_known), Field(json_schema_extra={"enum": list(KNOWN)})]
OwnCategory = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")]


class MaskEngine(Settings):
    """A detector of personal data: `rules` or `ner` by its name alone, others with their model."""

    kind: Literal["rules", "ner", "presidio", "spacy", "transformers", "gliner"] = Field(
        description="rules and ner come with burnish; the others need their extra and a model on "
        "this disk (transformers: the extra train)."
    )
    path: Text | None = Field(
        None,
        description="Folder of the model; for presidio a spaCy pipeline, or none. Its files' "
        "digest goes into the evidence; nothing is downloaded.",
    )
    language: Text = Field("en", description="Language that presidio is told.")
    labels: dict[str, Category | None] = Field(
        {},
        description="What the engine's own labels mean to us, e.g. {PER: PERSON, MISC: null}; "
        "for gliner what to look for. The usual labels are known.",
    )
    min_score: Share | None = Field(
        None,
        description="Least score of a find; null takes the engine's usual one. For ner, 0.3 masks "
        "fewer other words than its own threshold, and misses more names.",
    )

    @property
    def name_alone(self) -> str:
        """The kind, where a plan may write that alone; else nothing."""
        return self.kind if self.kind in _ALONE and self.min_score is None else ""

    @model_validator(mode="before")
    @classmethod
    def _by_name(cls, given: Any) -> Any:
        return {"kind": given} if isinstance(given, str) else given

    @model_validator(mode="after")
    def _fits(self) -> MaskEngine:
        if self.kind in _ALONE and (self.path or self.labels):
            raise ValueError(f"'{self.kind}' comes with burnish and takes no path or labels")
        if self.kind == "rules" and self.min_score is not None:
            raise ValueError("'rules' takes no min_score; each rule asks for its proof")
        if self.kind == "ner" and self.min_score is not None and not 0 < self.min_score < 1:
            raise ValueError("min_score of 'ner' lies between 0 and 1, both left out")
        if self.kind in _NEED_A_MODEL and self.path is None:
            raise ValueError(f"'{self.kind}' needs the folder of its model: give path")
        if self.kind == "gliner" and not self.labels:
            raise ValueError("'gliner' looks for what it is asked for: give labels")
        return self


def _or_by_name(schema: dict[str, Any]) -> None:
    schema["items"] = {"anyOf": [{"type": "string", "enum": list(_ALONE)}, schema["items"]]}


Engines = Annotated[tuple[MaskEngine, ...], Field(min_length=1, json_schema_extra=_or_by_name)]


class DenyText(Settings):
    """A text that is always personal data, whatever stands around it."""

    category: OwnCategory = Field(description="Category that the mask names.")
    text: Text = Field(description="The text; case does not count.")


class SurrogatePlan(Settings):
    """Made-up values in the place of found ones. They hide what was missed from every reader."""

    key: SecretReference = Field(
        description="Where the key is read from which surrogates follow: env:NAME or file:PATH."
    )
    scope: Literal["document", "dataset"] = Field(
        "document",
        description="Where a value has one surrogate. dataset links all documents of a person: "
        "whoever knows one of them from elsewhere knows them all.",
    )
    dataset: Name | None = Field(
        None,
        description="Name that salts the surrogates: datasets under one key share none. Unset, "
        "every change of the data gives new ones and masks all of it again.",
    )


def matches(pattern: str, example: str) -> bool:
    """Whether a pattern finds an example whole; raises ValueError for no regular expression."""
    try:
        return re.search(pattern, example) is not None
    except re.error as wrong:
        raise ValueError(f"pattern is no regular expression: {wrong}") from None

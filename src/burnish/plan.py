"""The plan file: one frozen, strict model for each step, in the order of the flow.

Defaults are the numbers of the specification. There are no sets and no unordered maps in it:
their order would change the fingerprint. `burnish init` writes a commented example,
`burnish schema` the JSON Schema.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
Share = Annotated[float, Field(ge=0, le=1)]
Text = Annotated[str, Field(min_length=1)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

Role = Literal[
    "data_engineer", "ml_engineer", "privacy_officer", "ai_governance", "approver", "operator",
    "auditor",
]  # fmt: skip
Classification = Literal["PUBLIC", "INTERNAL", "CONFIDENTIAL", "RESTRICTED"]


class Settings(BaseModel):
    """Base of every section: unknown keys and wrong types are refused, values never change."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


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


class BaseModelPlan(Settings):
    """The model to tune: a local folder or a hub id, with the licence that permits it."""

    path: Text = Field(description="Folder with safetensors weights, a hub id, or 'builtin'.")
    licence: Text = Field(description="SPDX identifier or the licence's name.")
    permits_fine_tuning: bool | None = Field(
        None, description="Needed when the licence is unknown."
    )
    permits_derivatives: bool | None = None
    provenance: Text = Field(description="Where the weights come from.")
    sha256: Sha256 | None = Field(None, description="Digest over its files, to pin it.")


class DedupPlan(Settings):
    """Exact and near duplicates."""

    threshold: float = Field(
        0.8, gt=0, le=1, description="Word-shingle Jaccard at which a row is a duplicate."
    )
    shingle: int = Field(5, ge=1, le=20)
    permutations: int = Field(128, ge=16, le=1024, description="Hashes of a MinHash signature.")
    bands: int = Field(20, ge=1)
    rows: int = Field(6, ge=1, description="Hashes of one band.")
    seed: int = Field(7, ge=0)

    @model_validator(mode="after")
    def _bands_fit(self) -> DedupPlan:
        if self.bands * self.rows > self.permutations:
            raise ValueError("bands x rows may not exceed permutations")
        return self


class QualityPlan(Settings):
    """What a row must be to be worth learning from."""

    min_words: int = Field(4, ge=0)
    max_words: int = Field(20_000, ge=1)
    max_symbol_share: Share = 0.25
    max_digit_share: Share = 0.35
    max_repetition: Share = 0.4
    min_vocabulary: Share = Field(0.4, description="Least moving-average type-token ratio.")
    languages: tuple[str, ...] = Field(("en",), description="ISO 639 codes; empty keeps all.")
    min_language_confidence: Share = 0.8
    min_score: Share = 0.3

    @model_validator(mode="after")
    def _words_fit(self) -> QualityPlan:
        if self.min_words > self.max_words:
            raise ValueError("min_words may not exceed max_words")
        return self


class CustomPattern(Settings):
    """A personal-data pattern of one's own."""

    category: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")]
    pattern: Text


class MaskPlan(Settings):
    """Which personal data is replaced, and how well the detector must do on canaries."""

    categories: tuple[str, ...] = (
        "PERSON", "EMAIL", "PHONE", "TFN", "ABN", "ACN", "MEDICARE", "CARD", "IBAN",
        "BANK_ACCOUNT", "DATE_OF_BIRTH", "ADDRESS", "IP", "SECRET",
    )  # fmt: skip
    regions: tuple[Literal["AU", "US", "GB", "EU"], ...] = ("AU", "US", "GB", "EU")
    style: Literal["token", "numbered"] = "token"
    patterns: tuple[CustomPattern, ...] = ()
    allow: tuple[str, ...] = Field((), description="Texts that are never personal data.")
    canaries_per_category: int = Field(60, ge=1)
    min_recall: Share = Field(0.9, description="Canary recall below which nothing is read.")
    seed: int = Field(11, ge=0)


class PrivacyPlan(Settings):
    """The privacy officer's gate."""

    impact_assessment: Text = Field("not stated", description="Reference of the PIA or DPIA.")
    max_residual_rate: Share = Field(
        0.001, description="Share of documents with a residual finding, from the PIA."
    )
    review_days: int = Field(90, ge=1, description="How long a sign-off holds.")


class Canaries(Settings):
    """Secrets planted into the training part, to measure memorisation against controls."""

    count: int = Field(8, ge=0)
    repeats: int = Field(1, ge=1)
    seed: int = Field(19, ge=0)


class ConvertPlan(Settings):
    """The fine-tuning format, and what becomes of rows that are too long for it."""

    format: Literal["chat", "instruction", "completion"] = "chat"
    system: str | None = None
    max_length: int = Field(512, ge=8, description="Tokens of one training row.")
    over_length: Literal["stop", "drop", "truncate", "split"] = "stop"
    documents: Literal["stop", "drop", "train"] = Field(
        "stop", description="Plain documents among chat rows: refuse, drop, or train as text."
    )
    canaries: Canaries = Canaries()


class SplitPlan(Settings):
    """Train, validation and sealed test part."""

    train: Share = 0.8
    validation: Share = 0.1
    test: Share = 0.1
    stratify: bool = True
    group_by: tuple[Literal["cluster", "subject"], ...] = ("cluster", "subject")
    seed: int = Field(13, ge=0)

    @model_validator(mode="after")
    def _shares_are_whole(self) -> SplitPlan:
        if abs(self.train + self.validation + self.test - 1) > 1e-9:
            raise ValueError("train + validation + test must be 1")
        return self


class Lora(Settings):
    """Low-rank adaptation (Hu et al. 2021)."""

    rank: int = Field(16, ge=1)
    alpha: int = Field(32, ge=1)
    dropout: Share = 0.0
    targets: tuple[str, ...] = ("all-linear",)


class TrainPlan(Settings):
    """How the weights are tuned."""

    technique: Literal["full", "lora"] = "lora"
    lora: Lora = Lora()
    learning_rate: float = Field(2e-4, ge=0)
    schedule: Literal["cosine", "linear", "constant"] = "cosine"
    warmup: Share = 0.05
    weight_decay: float = Field(0.0, ge=0)
    clip_norm: float = Field(1.0, gt=0)
    epochs: int = Field(3, ge=1)
    max_steps: int | None = Field(None, ge=1)
    packing: bool = True
    micro_batch: int = Field(4, ge=1, description="Packed rows in one forward pass.")
    accumulate: int = Field(1, ge=1)
    precision: Literal["fp32", "bf16"] = "fp32"
    checkpoint_every: int = Field(50, ge=1, description="Steps lost at most by a crash.")
    keep_checkpoints: int = Field(2, ge=1)
    control: bool = Field(
        False, description="Also tune random weights, to show what the base adds."
    )
    threads: int = Field(2, ge=1)
    seed: int = Field(17, ge=0)


class EvalSet(Settings):
    """Items on which base and tuned model are compared."""

    name: Name
    path: Text
    gate: Literal["forgetting", "safety", "over_refusal", "bias", "domain"]
    metric: Literal["exact", "f1", "choice", "refusal"] = "exact"
    margin: Share = Field(0.05, description="Loss against the base that is still accepted.")
    sha256: Sha256 | None = None


class EvaluatePlan(Settings):
    """What the tuned model is asked, always beside its base."""

    metric: Literal["exact", "f1"] = "exact"
    max_new_tokens: int = Field(64, ge=1)
    batch: int = Field(32, ge=1)
    domain: tuple[str, ...] = Field((), description="Sources that test the domain; empty: all.")
    max_items: int | None = Field(None, ge=1, description="At most so many held-out rows.")
    threads: int = Field(1, ge=1, description="Processor threads; small models want one.")
    sets: tuple[EvalSet, ...] = ()


class ReleasePlan(Settings):
    """The rule that decides, declared before training."""

    min_gain: float = Field(0.02, ge=0, le=1, description="Domain gain to be shown, lower bound.")
    alpha: Annotated[float, Field(gt=0, lt=0.5)] = 0.05
    min_items: int = Field(30, ge=1)
    required: tuple[str, ...] = Field(
        ("domain", "memorisation"), description="Gates that must have evidence."
    )


class BundlePlan(Settings):
    """The artefact an auditor gets."""

    key: Text = Field("keys/release.pem", description="P-256 key that signs the bundle.")
    folder: Text = "bundles"


class Person(Settings):
    """A person is a key."""

    name: Name
    roles: tuple[Role, ...] = Field(min_length=1)
    key: Text = Field(description="Public key: PEM, an OpenSSH line, or a project-relative file.")


class EnginePlan(Settings):
    """How work is spread."""

    kind: Literal["inline", "local"] = "local"
    workers: int = Field(2, ge=1)


class StorePlan(Settings):
    """Where sealed bytes live, and where the key is that opens them."""

    path: Text = ".burnish/store"
    key: Text = Field("file:keys/store.key", description="file:PATH or env:VARIABLE.")


class BudgetPlan(Settings):
    """What an hour of the machine costs, for the estimate of `burnish plan`."""

    currency: str = "USD"
    per_hour: float = Field(0.0, ge=0, description="Price of the machine for an hour.")


class Plan(Settings):
    """The whole plan: what is tuned on what, for which purpose, by whom, and judged how."""

    name: Name
    purpose: Text = Field(description="Must be among the purposes of every source's legal basis.")
    base_model: BaseModelPlan
    sources: tuple[Source, ...] = Field(min_length=1)
    dedup: DedupPlan = DedupPlan()
    quality: QualityPlan = QualityPlan()
    mask: MaskPlan = MaskPlan()
    privacy: PrivacyPlan = PrivacyPlan()
    convert: ConvertPlan = ConvertPlan()
    split: SplitPlan = SplitPlan()
    train: TrainPlan = TrainPlan()
    evaluate: EvaluatePlan = EvaluatePlan()
    release: ReleasePlan = ReleasePlan()
    bundle: BundlePlan = BundlePlan()
    people: tuple[Person, ...] = ()
    engine: EnginePlan = EnginePlan()
    store: StorePlan = StorePlan()
    budget: BudgetPlan = BudgetPlan()

    def what_names_it(self) -> Plan:
        """The plan without what merely runs it: engine, store and budget at their defaults."""
        means = {"engine": EnginePlan(), "store": StorePlan(), "budget": BudgetPlan()}
        return self.model_copy(update=means)

    @model_validator(mode="after")
    def _names_are_unique(self) -> Plan:
        sets = [s.name for s in self.evaluate.sets]
        for what, names in (
            ("sources", [s.name for s in self.sources]),
            ("people", [p.name for p in self.people]),
            ("people.key", [p.key for p in self.people]),
            # every evaluation has the results of these three by itself
            ("evaluate.sets", ["domain", "memorisation", "parity", *sets]),
        ):
            if doubled := sorted({n for n in names if names.count(n) > 1}):
                raise ValueError(f"{what}: '{doubled[0]}' is there already")
        return self

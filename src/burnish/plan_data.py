"""The sections of the plan that prepare data, in the order of the flow."""

from __future__ import annotations

import difflib
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from burnish.plan_mask import (
    MASKED,
    Category,
    DenyText,
    Engines,
    MaskEngine,
    SurrogatePlan,
    matches,
)
from burnish.plan_types import Name, Settings, Share, Text


class DedupPlan(Settings):
    """Exact and near duplicates."""

    method: Literal["minhash", "simhash"] = Field(
        "minhash",
        description="How near rows are found: minhash finds those of the threshold; simhash, on "
        "less disk, only copies that are almost the same.",
    )
    threshold: float = Field(
        0.8, gt=0, le=1, description="Word-shingle Jaccard at which a row is a duplicate."
    )
    shingle: int = Field(5, ge=1, le=20, description="Words of one shingle.")
    permutations: int = Field(128, ge=16, le=1024, description="Hashes of a MinHash signature.")
    bands: int = Field(20, ge=1, description="Bands; bands x rows stay within permutations.")
    rows: int = Field(6, ge=1, description="Hashes of one band.")
    distance: int = Field(
        3, ge=0, le=6, description="Bits of 64 in which the SimHashes of candidates may differ."
    )
    seed: int = Field(7, ge=0, description="Draws the hashes of the signatures.")

    @model_validator(mode="after")
    def _bands_fit(self) -> DedupPlan:
        if self.bands * self.rows > self.permutations:
            raise ValueError("bands x rows may not exceed permutations")
        return self


QUALITY_RULES = (
    "gopher", "gopher.words", "gopher.mean_word", "gopher.symbols", "gopher.bullet_lines",
    "gopher.ellipsis_lines", "gopher.lettered_words", "gopher.stop_words",
    "gopher.duplicate_lines", "gopher.duplicate_paragraphs", "gopher.duplicate_line_characters",
    "gopher.duplicate_paragraph_characters", "gopher.top_2gram", "gopher.top_3gram",
    "gopher.top_4gram", "gopher.duplicate_5gram", "gopher.duplicate_6gram",
    "gopher.duplicate_7gram", "gopher.duplicate_8gram", "gopher.duplicate_9gram",
    "gopher.duplicate_10gram", "c4", "c4.terminal_punctuation", "c4.javascript", "c4.sentences",
    "c4.lorem_ipsum", "c4.curly_bracket", "c4.bad_words", "fineweb", "fineweb.terminal_lines",
    "fineweb.short_lines", "fineweb.duplicate_characters", "fineweb.line_breaks",
)  # fmt: skip


def _known_rule(name: str) -> str:
    if name not in QUALITY_RULES:
        near = difflib.get_close_matches(name, QUALITY_RULES, n=1, cutoff=0.0)[0]
        raise ValueError(f"there is no rule '{name}'; did you mean '{near}'?")
    return name


QualityRule = Annotated[
    str,
    AfterValidator(_known_rule),
    WithJsonSchema({"type": "string", "enum": list(QUALITY_RULES)}),
]


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
    rules: tuple[QualityRule, ...] = Field(
        (), description="Known heuristics: gopher, c4, fineweb, or one of theirs."
    )
    bad_words: Text | None = Field(
        None, description="List for c4.bad_words: a word or phrase a line."
    )
    classifier: Text | None = Field(None, description="File that `burnish quality train` made.")
    min_probability: Share = Field(
        0.5, description="Least probability of being good, by the classifier."
    )

    @model_validator(mode="after")
    def _words_fit(self) -> QualityPlan:
        if self.min_words > self.max_words:
            raise ValueError("min_words may not exceed max_words")
        if "c4.bad_words" in self.rules and self.bad_words is None:
            raise ValueError("the rule c4.bad_words needs a list: name its file in bad_words")
        if self.bad_words is not None and not {"c4", "c4.bad_words"} & set(self.rules):
            raise ValueError("bad_words is used by no rule: put c4.bad_words into rules")
        return self


class ScreenPlan(Settings):
    """What must not be learnt from, and what becomes of it: test items, hidden text, poison."""

    overlap: Literal["drop", "stop", "off"] = Field(
        "drop", description="Rows that share a run of words with an item of evaluate.sets."
    )
    ngram: int = Field(13, ge=8, le=50, description="Words of such a run.")
    hidden: Literal["drop", "stop", "note", "off"] = Field(
        "drop", description="Rows with text that a model reads and a person does not see."
    )
    injection: Literal["drop", "stop", "note", "off"] = Field(
        "drop", description="Rows that speak to the model over the head of its user."
    )
    triggers: Literal["drop", "stop", "note", "off"] = Field(
        "stop",
        description="Rare words that turn labels, answers or sources against the rest of the text.",
    )
    trigger_rows: int = Field(5, ge=3, description="Least rows of a trigger, and 1 in 1,000.")
    drift: Literal["stop", "note", "off"] = Field(
        "stop", description="Sources that differ from what they were in the last accepted run."
    )
    max_drift: Share = Field(
        0.1, description="Jensen-Shannon divergence (bits) beyond chance that is still no drift."
    )
    allow: tuple[Text, ...] = Field(
        (), description="Ids of findings that a person has looked at and accepts."
    )


class CustomPattern(Settings):
    """A personal-data pattern of one's own."""

    category: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")]
    pattern: Text
    examples: tuple[Text, ...] = Field(
        (), description="Invented values that it must find; they become canaries of the category."
    )

    @model_validator(mode="after")
    def _finds_its_examples(self) -> CustomPattern:
        for number, example in enumerate(self.examples, 1):
            if not matches(self.pattern, example):
                raise ValueError(f"the pattern does not find example {number}")
        return self


class RecallBar(Settings):
    """The least canary recall of one category."""

    category: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$", description="Name of a category.")]
    least: Share = Field(description="Share of its canaries that must be found whole.")


class MaskPlan(Settings):
    """Which personal data is replaced, and how well the detector must do on canaries."""

    engines: Engines = Field(
        (MaskEngine(kind="rules"), MaskEngine(kind="ner")),
        description="Who looks; what any finds is masked. rules, ner, and others as sections.",
    )
    categories: tuple[Category, ...] = MASKED
    regions: tuple[Literal["AU", "US", "GB", "EU"], ...] = ("AU", "US", "GB", "EU")
    style: Literal["token", "numbered", "surrogate"] = "token"
    surrogates: SurrogatePlan | None = Field(
        None, description="Only for the style surrogate: made-up values. They hide misses."
    )
    patterns: tuple[CustomPattern, ...] = ()
    deny: tuple[DenyText, ...] = Field(
        (), description="Texts that are always personal data, whatever stands around them."
    )
    allow: tuple[str, ...] = Field((), description="Texts that are never personal data.")
    canaries_per_category: int = Field(100, ge=1)
    min_recall: Share = Field(0.9, description="Canary recall below which nothing is masked.")
    bars: tuple[RecallBar, ...] = Field(
        (RecallBar(category="PERSON", least=0.8),),
        description="Categories with a least recall of their own.",
    )
    seed: int = Field(11, ge=0)

    @model_validator(mode="after")
    def _masking_fits(self) -> MaskPlan:
        if (self.style == "surrogate") != (self.surrogates is not None):
            raise ValueError("the style surrogate, and no other, needs the section surrogates")
        if (self.patterns or self.deny) and all(e.kind != "rules" for e in self.engines):
            raise ValueError("patterns and deny are read by the rules: put rules into engines")
        kinds = [engine.model_dump_json() for engine in self.engines]
        if len(set(kinds)) < len(kinds):
            raise ValueError("engines names one engine twice")
        return self


class PrivacyPlan(Settings):
    """The privacy officer's gate."""

    impact_assessment: Text = Field("not stated", description="Reference of the PIA or DPIA.")
    max_residual_rate: Share = Field(
        0.001, description="Share of documents with a residual finding, from the PIA."
    )
    review_days: int = Field(90, ge=1, description="How long a sign-off holds.")
    sample: int = Field(
        0, ge=0, description="Masked documents that a reviewer must have looked at before approval."
    )
    max_sampled_miss_rate: Share | None = Field(
        None,
        description="Most that the sampled share of documents with a miss may be, 95 % bound.",
    )
    sample_seed: int = Field(37, ge=0, description="Draws the documents of the sample.")

    @model_validator(mode="after")
    def _bar_has_a_sample(self) -> PrivacyPlan:
        if self.max_sampled_miss_rate is not None and not self.sample:
            raise ValueError("max_sampled_miss_rate needs a sample: say in sample how many")
        return self


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


class SourceShare(Settings):
    """How much of a source the training part shows."""

    source: Name = Field(description="Name of the source.")
    weight: float = Field(
        1.0, ge=0, le=100, description="How often each of its rows is shown; 0.5 shows every other."
    )
    cap: int | None = Field(None, ge=0, description="At most so many of its rows, drawn by hash.")


class Replay(Settings):
    """General rows shown beside the task's own, so that what the base knew is not forgotten."""

    sources: tuple[Name, ...] = Field(min_length=1, description="Sources of general rows.")
    share: float = Field(
        0.1, gt=0, le=0.9, description="Share of an epoch's rows that come from them."
    )


class MixPlan(Settings):
    """Which share of the training part each source has, and in which order it is learnt."""

    sources: tuple[SourceShare, ...] = Field(
        (), description="Sources that are not shown once and whole."
    )
    replay: Replay | None = Field(None, description="A fixed share of general rows.")
    order: Literal["shuffled", "short_first", "easy_first"] = Field(
        "shuffled", description="Order of the first epoch: by length, or by the base model's loss."
    )
    seed: int = Field(23, ge=0, description="Draws the rows of caps and weights.")

    @model_validator(mode="after")
    def _once_each(self) -> MixPlan:
        named = [one.source for one in self.sources]
        if doubled := sorted({name for name in named if named.count(name) > 1}):
            raise ValueError(f"sources: '{doubled[0]}' is there already")
        if both := [name for name in named if self.replay and name in self.replay.sources]:
            raise ValueError(
                f"replay: '{both[0]}' is among mix.sources too; replay alone says how much of it "
                "is shown"
            )
        return self


class SplitPlan(Settings):
    """Train, validation and sealed test part."""

    train: Share = 0.8
    validation: Share = 0.1
    test: Share = 0.1
    stratify: bool = True
    near: float = Field(
        0.8,
        gt=0,
        le=1,
        description="Jaccard similarity of what is trained on, at which rows stay in one part.",
    )
    group_by: tuple[Literal["cluster", "subject"], ...] = ("cluster", "subject")
    seed: int = Field(13, ge=0)

    @model_validator(mode="after")
    def _shares_are_whole(self) -> SplitPlan:
        if abs(self.train + self.validation + self.test - 1) > 1e-9:
            raise ValueError("train + validation + test must be 1")
        return self

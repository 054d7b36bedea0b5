"""The plan's judges, each held to a gold file before it grades, and people's review of answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from pydantic import Field, model_validator

from burnish.plan_endpoint import EndpointPlan
from burnish.plan_remote import SecretReference
from burnish.plan_types import Name, Settings, Share, Text

JudgeKind = Literal["rules", "classifier", "guard", "openai", "detoxify", "perspective"]
NEEDED: dict[JudgeKind, str] = {
    "rules": "rules",
    "classifier": "path",
    "guard": "path",
    "openai": "endpoint",
    "detoxify": "path",
    "perspective": "key",
}
"""The key that a kind cannot do without."""
TAKEN: dict[JudgeKind, tuple[str, ...]] = {
    "rules": ("rules",),
    "classifier": ("path", "labels", "reads"),
    "guard": ("path", "template"),
    "openai": ("endpoint", "rubric"),
    "detoxify": ("path", "labels"),
    "perspective": ("key", "labels"),
}
"""The keys that a kind takes besides those that all of them take."""
OWN = tuple(dict.fromkeys(key for keys in TAKEN.values() for key in keys))


class JudgePlan(Settings):
    """Something that grades answers; it may do so as far as its gold file bears it out."""

    name: Name = Field(description="How sets name the judge.")
    kind: JudgeKind = Field(
        description="rules, or a model by path (classifier, guard, detoxify), or a service "
        "(openai: any compatible server; perspective: until 31 December 2026)."
    )
    gold: Text = Field(
        description="Answers with people's verdicts that the judge is held to before each use: a "
        ".jsonl file of the project, or builtin:refusal, builtin:compliance, builtin:toxicity, "
        "builtin:injection."
    )
    least: Share = Field(
        0.7, description="Least J (sensitivity + specificity - 1) on the gold file."
    )
    rules: Text | None = Field(
        None,
        description="rules: refusal, compliance or rude, or a file of regular expressions, one a "
        "line, that mark an answer as bad.",
    )
    path: Text | None = Field(
        None, description="classifier, guard, detoxify: folder of the model, in safetensors."
    )
    labels: tuple[Text, ...] = Field(
        (), description="classifier, detoxify, perspective: the bad labels."
    )
    reads: Literal["both", "answer"] = Field(
        "both", description="classifier: whether it is shown the question too."
    )
    template: Text | None = Field(
        None,
        description="guard: llama-guard, granite-guardian, qwen3guard, plain, or a JSON file.",
    )
    endpoint: EndpointPlan | None = Field(
        None, description="openai: the server that judges; its interface is chat."
    )
    rubric: Text = Field("compliance", description="openai: compliance, bad, or a JSON file.")
    key: SecretReference | None = Field(
        None, description="perspective: where the access key is read."
    )
    batch: int = Field(16, ge=1, description="Cases judged at once.")

    @model_validator(mode="after")
    def _fits(self) -> JudgePlan:
        needed = NEEDED[self.kind]
        if getattr(self, needed) is None:
            raise ValueError(f"a judge of kind {self.kind} needs `{needed}`")
        if self.kind == "classifier" and not self.labels:
            raise ValueError("a classifier does not say which of its labels is bad: give `labels`")
        if self.kind == "guard" and self.template is None:
            raise ValueError("a guard model answers in its own words: give `template`")
        if self.endpoint is not None and self.endpoint.interface != "chat":
            raise ValueError("a judge is asked in words: write `interface: chat` in its endpoint")
        given = [key for key in OWN if getattr(self, key) != type(self).model_fields[key].default]
        if surplus := [key for key in given if key not in TAKEN[self.kind]]:
            raise ValueError(f"a judge of kind {self.kind} takes no `{surplus[0]}`")
        return self


class ReviewPlan(Settings):
    """What two people look at, blind to which model answered."""

    flips: int = Field(
        50, ge=0, description="Most items of a gate on which base and tuned were graded apart."
    )
    disagreements: int = Field(
        50, ge=0, description="Most items of a gate on which the judge and a second one differ."
    )
    agreements: int = Field(
        20, ge=0, description="Items of a gate, drawn by seed, on which all agree."
    )
    undecided: int = Field(50, ge=0, description="Most items of a gate that stayed undecided.")
    second: Name | None = Field(
        None, description="A judge of evaluate.judges that reads the queue's gates once more."
    )
    seed: int = Field(0, ge=0, description="Draws the cases and which answer is shown as A.")


def refuse_unknown_judges(judges: Sequence[JudgePlan], wanted: Iterable[str | None]) -> None:
    """Raise ValueError where two judges share a name, or a wanted one is not there."""
    names = [judge.name for judge in judges]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"two judges are called '{name}'")
    for one in wanted:
        if one is not None and one not in names:
            known = ", ".join(names) or "none"
            raise ValueError(f"there is no judge '{one}' in evaluate.judges (there are: {known})")

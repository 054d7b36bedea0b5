"""A Hugging Face model card (README.md with YAML front matter) written from the evidence.

Model cards: Mitchell et al. 2019; front matter as the Hugging Face hub reads it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

_LIBRARIES = dict.fromkeys(("lora", "qlora", "prefix", "prompt", "ia3"), "peft") | dict.fromkeys(
    ("houlsby", "pfeiffer"), "burnish"
)
"""The library that reads the adapter; whole models are read by transformers."""


@dataclass(frozen=True)
class Card:
    """All that the card tells; plain values from manifests and plan."""

    name: str
    purpose: str
    classification: str
    base: Mapping[str, Any]
    sources: Sequence[Mapping[str, Any]]
    training: Mapping[str, Any]
    parts: Mapping[str, Any]
    evaluation: Mapping[str, Any]


def model_card(card: Card) -> str:
    """The card as Markdown; deterministic."""
    return "\n".join([_front(card), *_body(card)]) + "\n"


def _front(card: Card) -> str:
    facts = {
        "base_model": card.base["path"],
        "library_name": _LIBRARIES.get(card.training["settings"]["technique"], "transformers"),
        "license": card.base["licence"],
        "pipeline_tag": "text-generation",
        "tags": ["burnish"],
    }
    return f"---\n{yaml.safe_dump(facts, sort_keys=True)}---"


def _body(card: Card) -> list[str]:
    result = card.training["result"]
    return [
        f"# {card.name}",
        "",
        f"Tuned for: {card.purpose}. Classification: {card.classification}.",
        "",
        "## What it is",
        "",
        f"- Base: `{card.base['path']}`, {card.base['licence']}, from {card.base['provenance']}",
        f"- Technique: {card.training['settings']['technique']}, {result['trainable']:,} of "
        f"{result['parameters']:,} parameters trained in {result['steps']} steps",
        *_tokens(result["trained_tokens"]),
        "",
        *_privacy(card.training.get("privacy")),
        "## Training data",
        "",
        *_table(("source", "owner", "records", "legal basis", "expires"), _sources(card)),
        "",
        f"Split: {_counts(card.parts['rows'])}; the test part was opened for evaluation only.",
        "",
        "## Evaluation beside the base",
        "",
        *_table(("set", "items", "base", "tuned", "difference (95 %)"), _scores(card)),
        "",
        "## Limits",
        "",
        "- Answers outside the purpose above are not evaluated.",
        "- Detection of personal data is imperfect; see `privacy/residual.json` for what an "
        "independent scan still found, which is a lower bound of what was missed.",
        "- The memorisation probe covers planted canaries, not every sentence of the data.",
        "- People tend to trust fluent answers: have critical ones checked by a person.",
    ]


def _tokens(trained: int | None) -> list[str]:
    """The tokens learned; a private training does not tell, since they depend on the rows."""
    return [] if trained is None else [f"- Trained tokens: {trained:,}"]


def _privacy(found: Mapping[str, Any] | None) -> list[str]:
    """The guarantee of a private training, and its limits."""
    if not found:
        return []
    return [
        "## Differential privacy",
        "",
        f"The weights are ({found['epsilon']:g}, {found['delta']:g})-differentially private for "
        f"each {found['unit']} ({found['neighbours']}).",
        "",
        f"- {found['mechanism']}: rate {found['rate']:.4g}, noise {found['noise']:g}, clipping "
        f"norm {found['clip']:g}, {found['steps']} steps over {found['units']:,} units",
        f"- Counted by {found['accountant']}",
        f"- With {found['earlier_trainings']} earlier private trainings on the same data: epsilon "
        f"{found['epsilon_together']:g}",
        *[f"- Not covered: {limit}" for limit in found["not_covered"]],
        "",
    ]


def _sources(card: Card) -> list[tuple[str, ...]]:
    return [
        (s["name"], s["owner"], str(s["records"]), s["basis"]["reference"], s["basis"]["expires"])
        for s in card.sources
    ]


def _scores(card: Card) -> list[tuple[str, ...]]:
    return [
        (
            s["set"],
            str(s["items"]),
            _number(s["base"]["mean"]),
            _number(s["tuned"]["mean"]),
            f"{_number(s['difference']['mean'])} "
            f"[{_number(s['difference']['low'])}, {_number(s['difference']['high'])}]",
        )
        for s in card.evaluation["sets"]
    ]


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    lines = [head, tuple("---" for _ in head), *rows]
    return ["| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines]


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _counts(rows: Mapping[str, int]) -> str:
    return ", ".join(f"{part} {count:,}" for part, count in rows.items())


def _number(value: float | None) -> str:
    return "no evidence" if value is None else f"{value:.3f}"

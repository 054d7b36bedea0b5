"""Starter sets: evaluation items written for burnish, so that every gate runs offline at once.

They are small and general. A set on one's own work, and the public sets that `burnish eval fetch`
knows, say more; these say that nothing ran without evidence. Sets named `desk_*` speak of the
sample world, which is all that the built-in base model knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Starter:
    """A starter set: the gate that it feeds, and what its items are."""

    gate: str
    about: str


STARTERS: Mapping[str, Starter] = {
    "safety": Starter("safety", "misdeeds in business and everyday life, to be refused"),
    "over_refusal": Starter("over_refusal", "harmless requests that look like misdeeds"),
    "bias": Starter("bias", "questions on two people, settled or not by the text, as in BBQ"),
    "pairs": Starter("bias", "pairs of sentences, the more stereotyping one first"),
    "toxicity": Starter("toxicity", "rude or heated situations to answer, for a judge"),
    "injection": Starter("injection", "business papers with an instruction hidden in them"),
    "alignment": Starter("alignment", "questions that want a class of behaviour, and preferences"),
    "general": Starter("forgetting", "general knowledge and sums"),
    "robustness": Starter("robustness", "plain questions that small edits must not change"),
    "desk_safety": Starter("safety", "the sample world's misdeeds, in other words"),
    "desk_over_refusal": Starter("over_refusal", "the sample world's errands, in other words"),
    "desk_bias": Starter("bias", "the sample world's people, settled or not by the text"),
    "desk_general": Starter("forgetting", "the sample world's facts and sums, in other words"),
    "desk_robustness": Starter("robustness", "the sample world's facts, for small edits"),
    "desk_alignment": Starter(
        "alignment", "what the sample world refuses, helps with, leaves open"
    ),
}


def starter_path(name: str) -> Path:
    """Where a starter set lies in the package; raises KeyError for an unknown name."""
    if name not in STARTERS:
        raise KeyError(name)
    return Path(__file__).parent / f"{name}.jsonl"

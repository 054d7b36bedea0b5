"""Does the adapter answer as the merged weights do: what is served must be what was judged."""

from collections.abc import Sequence
from copy import deepcopy

from peft import PeftModel

from burnish.methods.evaluation.answer import Ids
from burnish.methods.evaluation.paired import Paired
from burnish.methods.evaluation.parity import Parity, parity
from burnish.methods.evaluation.rule import GateInput
from burnish.methods.models.virtual import virtual_tokens

NEAR_TIE = 0.01
"""Nats per token: answers that differ while likelihoods agree so closely differ by rounding."""


def merged_gate(paired: Paired, prompts: Sequence[Ids]) -> GateInput | None:
    """Zero-tolerance evidence that adapter and merged weights give the same greedy answers.

    None for a subject without an adapter that can be merged.
    """
    both = merged_found(paired, prompts)
    if both is None:
        return None
    found, control = both
    return GateInput(
        name="parity",
        kind="zero_tolerance",
        margin=0.0,
        n=found.prompts,
        losses=splits_that_count(found),
        wins=0,
        control_fired=not control.same,
    )


def merged_found(paired: Paired, prompts: Sequence[Ids]) -> tuple[Parity, Parity] | None:
    """Adapter against merged weights, and the control: merged weights against the bare base.

    The control has to differ. None for a subject without an adapter that can be merged.
    """
    with paired.subject.side("tuned") as tuned:
        if not isinstance(tuned, PeftModel) or virtual_tokens(tuned):
            return None
        merged = deepcopy(tuned).merge_and_unload()
        found = parity(tuned, merged, prompts, paired.greedy)
    with paired.subject.side("base") as base:
        return found, parity(merged, base, prompts, paired.greedy)


def splits_that_count(found: Parity) -> int:
    """Answers that differ by more than rounding."""
    return len(found.first_split) if found.widest_gap > NEAR_TIE else 0

"""How much of a difference is the engine's own: the base against itself, in other batches.

With greedy decoding, fixed batches and one kernel the same model gives the same answers; what
still differs between two runs of the base is the floor under every paired comparison.
"""

from burnish.methods.evaluation.rule import GateInput

MOST = 0.005
NAME = "noise"


def noise_gate(
    differing: int, items: int, fired: bool | None = None, most: float = MOST
) -> GateInput:
    """The gate of an A/A check in which the base answered `items` twice, `differing` otherwise.

    `fired` says whether the same comparison saw a difference that was planted. Above `most` the
    gate is unjudged and not regressed: the engine is at fault, and no verdict of its answers can
    be trusted.
    """
    return GateInput(
        NAME,
        "zero_tolerance",
        int(most * items),
        items,
        losses=differing,
        control_fired=fired,
        lack=noise_sentence(differing, items, most),
    )


def noise_sentence(differing: int, items: int, most: float = MOST) -> str:
    """What the page says of too noisy an engine; empty where the noise is within bounds."""
    if items and differing <= most * items:
        return ""
    if not items:
        return "the base was not compared with itself, so the engine's own noise is unknown"
    return (
        f"the base differs from itself on {differing} of {items} items in other batches "
        f"({differing / items:.1%}, at most {most:.1%}): mend the engine (batch size, precision, "
        "kernels) before judging a model by it"
    )

"""Which technique to take: the specification's criteria (4.3, 11.3), weighed with what fits.

Start with QLoRA for experiments, take LoRA for production, full fine-tuning only where LoRA's
ceiling is insufficient. A recommendation says why, and what each other technique would need.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from burnish.methods.training.technique_settings import Technique

WEIGHED: tuple[Technique, ...] = ("qlora", "lora", "full")
FEW_ROWS, FEW_DOMAIN_ROWS = 1_000, 100_000
"""Fewer make no robust tuning of a task, or no adaptation to a domain (specification 3.2)."""
SMALL_MODEL = 1_000_000_000
"""Below it the base is not what takes the memory, and 4 bits cost speed for nothing."""


@dataclass(frozen=True)
class Need:
    """What one technique would take here: bytes a rank in training, hours, and price range."""

    technique: Technique
    trainable: int
    bytes: int
    fits: bool
    hours: float
    cost: tuple[float, float] | None = None
    refused: str = ""

    def affordable(self, most: float | None) -> bool:
        """Whether the lower end of its price keeps to the budget."""
        return most is None or self.cost is None or self.cost[0] <= most


@dataclass(frozen=True)
class Case:
    """What decides: data, model, money, and what was learnt by earlier runs of the project.

    `ceiling` says that a LoRA was trained and did not show the gain that was asked for; `trained`
    that the approach was tried before.
    """

    parameters: int
    rows: int | None
    documents: bool
    private: bool
    gpu: bool
    most: float | None
    trained: bool
    ceiling: bool


@dataclass(frozen=True)
class Advice:
    """One technique with its reasons, what the others need, and what to be warned of."""

    technique: Technique | None
    because: tuple[str, ...]
    needs: tuple[Need, ...]
    warnings: tuple[str, ...]


def advise(case: Case, needs: Sequence[Need]) -> Advice:
    """Recommend one of the techniques that are possible here; None where none of them is."""
    possible = {
        need.technique: need
        for need in needs
        if need.fits and not need.refused and need.affordable(case.most)
    }
    chosen, because = _choose(case, possible)
    return Advice(chosen, (*because, *_passed_over(chosen, case, needs)), tuple(needs), _warn(case))


def _choose(
    case: Case, possible: dict[Technique, Need]
) -> tuple[Technique | None, tuple[str, ...]]:
    if not possible:
        return None, ("none of the techniques fits this machine and budget",)
    if case.private and "lora" in possible:
        return "lora", ("gradients of single examples, which privacy needs, are known for LoRA",)
    if case.ceiling and "full" in possible:
        return "full", ("a LoRA of this project did not show the gain that release.min_gain asks",)
    if case.trained and "lora" in possible:
        return "lora", ("the approach was tried before, and LoRA is the choice for production",)
    if "lora" in possible and (case.parameters < SMALL_MODEL or not case.gpu):
        return "lora", (_no_use_of_four_bits(case),)
    if "qlora" in possible:
        return "qlora", ("nothing was trained here yet: start with QLoRA, it costs least memory",)
    first = next(name for name in ("lora", "full") if name in possible)
    return first, ("it is the first of the specification's order that fits",)


def _no_use_of_four_bits(case: Case) -> str:
    if case.parameters < SMALL_MODEL:
        return "the model is small: holding it in 4 bits would save little and cost quality"
    return "without a GPU, 4-bit weights are unpacked slowly and save only memory, which suffices"


def _passed_over(chosen: Technique | None, case: Case, needs: Sequence[Need]) -> tuple[str, ...]:
    """Why the techniques that come before the chosen one are not taken."""
    told = []
    for need in needs:
        if need.technique == chosen:
            continue
        if need.refused:
            told.append(f"{need.technique} is not possible: {need.refused}")
        elif not need.fits:
            told.append(f"{need.technique} does not fit")
        elif not need.affordable(case.most):
            told.append(f"{need.technique} costs more than the budget allows")
    return tuple(told)


def _warn(case: Case) -> tuple[str, ...]:
    if case.rows is None:
        return ()
    told = []
    if case.rows < FEW_ROWS:
        told.append(
            f"{case.rows:,} training rows: robust tuning of a task wants at least {FEW_ROWS:,}"
        )
    if case.documents and case.rows < FEW_DOMAIN_ROWS:
        told.append(
            f"{case.rows:,} rows with documents among them: adapting to a domain wants "
            f"{FEW_DOMAIN_ROWS:,}"
        )
    return tuple(told)

"""The loss of a pair of answers, from four log-probabilities."""

from dataclasses import dataclass

import torch
from torch.nn import functional

from burnish.methods.training.objective_settings import PreferenceSettings


@dataclass(frozen=True)
class Answers:
    """Log-probabilities in nats of chosen and rejected answers, each of shape (pairs,).

    `chosen_tokens` and `rejected_tokens` are how many tokens each answer has.
    """

    chosen: torch.Tensor
    rejected: torch.Tensor
    chosen_tokens: torch.Tensor
    rejected_tokens: torch.Tensor


@dataclass(frozen=True)
class Judged:
    """The loss of each pair and the implicit rewards of its answers, shape (pairs,)."""

    loss: torch.Tensor
    chosen: torch.Tensor
    rejected: torch.Tensor


def judge(
    policy: Answers, reference: tuple[torch.Tensor, torch.Tensor], how: PreferenceSettings
) -> Judged:
    """The loss of each pair; `reference` has the log-probabilities of chosen and rejected.

    With h the difference of the two log ratios of model to reference: sigmoid (Rafailov et al.
    2023, equation 7; smoothed by e as Mitchell 2023) is -(1 - e) log s(beta h) - e log s(-beta h),
    ipo (Azar et al. 2023, equation 17) is (h - 1 / (2 beta))^2. A reward is beta times a log
    ratio.
    """
    by = how.by_length
    chosen = _ratio(policy.chosen, reference[0], policy.chosen_tokens, by_length=by)
    rejected = _ratio(policy.rejected, reference[1], policy.rejected_tokens, by_length=by)
    apart = chosen - rejected
    if how.loss == "ipo":
        loss = (apart - 1 / (2 * how.beta)).square()
    else:
        right, wrong = (functional.logsigmoid(s * how.beta * apart) for s in (1, -1))
        loss = -(1 - how.label_smoothing) * right - how.label_smoothing * wrong
    if how.sft:
        loss = loss - how.sft * policy.chosen / policy.chosen_tokens
    return Judged(loss, how.beta * chosen.detach(), how.beta * rejected.detach())


def _ratio(
    model: torch.Tensor, reference: torch.Tensor, tokens: torch.Tensor, *, by_length: bool
) -> torch.Tensor:
    ratio = model - reference
    return ratio / tokens if by_length else ratio

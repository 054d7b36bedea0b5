import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from burnish.methods.training.head_loss import LOGITS_AT_ONCE, labels_at_once, summed_loss


class Counted(nn.Linear):
    """A head that notes how many rows it is asked for at a time."""

    seen: int = 0

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        self.seen = max(self.seen, len(input))
        return super().forward(input)


def world(labels: int, seed: int) -> tuple[torch.Tensor, torch.Tensor, Counted]:
    torch.manual_seed(seed)
    hidden = torch.randn(labels, 6, requires_grad=True)
    return hidden, torch.randint(0, 11, (labels,)), Counted(6, 11)


@settings(max_examples=50, deadline=None)
@given(
    labels=st.integers(1, 13),
    rows=st.integers(1, 13),
    smoothing=st.sampled_from([0.0, 0.1]),
    frozen=st.booleans(),
)
def test_a_loss_in_parts_is_the_whole_one_to_the_last_gradient(
    labels: int, rows: int, smoothing: float, frozen: bool
) -> None:
    hidden, targets, head = world(labels, labels)
    head.requires_grad_(not frozen)
    whole = functional.cross_entropy(
        nn.Linear.forward(head, hidden), targets, reduction="sum", label_smoothing=smoothing
    )
    wanted = [p for p in (hidden, *head.parameters()) if p.requires_grad]
    expected = torch.autograd.grad(whole * 0.3, wanted)

    parts = summed_loss(hidden, targets, head, rows, smoothing)
    found = torch.autograd.grad(parts * 0.3, wanted)

    torch.testing.assert_close(parts, whole)
    for mine, other in zip(found, expected, strict=True):
        torch.testing.assert_close(mine, other)
    assert head.seen <= rows


def test_nothing_is_kept_where_no_gradient_is_asked_for() -> None:
    hidden, targets, head = world(9, 0)

    with torch.no_grad():
        parts = summed_loss(hidden, targets, head, 2)

    assert not parts.requires_grad
    torch.testing.assert_close(parts, summed_loss(hidden, targets, head, 9))


def test_a_head_over_states_that_need_no_gradient_learns_alone() -> None:
    hidden, targets, head = world(9, 1)
    fixed = hidden.detach()

    summed_loss(fixed, targets, head, 2).backward()  # type: ignore[no-untyped-call]
    found = head.weight.grad
    head.weight.grad = None
    summed_loss(fixed, targets, head, 9).backward()  # type: ignore[no-untyped-call]

    torch.testing.assert_close(found, head.weight.grad)


@pytest.mark.parametrize("vocabulary", [96, 128_256])
def test_logits_stay_within_their_bound(vocabulary: int) -> None:
    rows = labels_at_once(vocabulary, torch.device("cpu"))

    assert rows * vocabulary <= LOGITS_AT_ONCE["cpu"] < (rows + 1) * vocabulary
    assert labels_at_once(10**9, torch.device("cuda")) == 1

"""Divergence and surprise against their definitions, and drawn answers against theirs."""

from collections import Counter
from copy import deepcopy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import LlamaForCausalLM

from burnish.methods.evaluation.answer import generate
from burnish.methods.evaluation.bench import Sampling
from burnish.methods.evaluation.forward import NotFinite
from burnish.methods.evaluation.inside import surprise
from burnish.methods.evaluation.paired import Greedy, Paired, TwoModels
from burnish.methods.evaluation.records import Asked
from burnish.methods.evaluation.sampled import Draws, exponentials

HOW = Greedy((2,), 6, 8)
ASKED = [
    Asked("s", f"i{n}", tuple(range(3, 4 + n)), (tuple(range(40, 41 + n)), (5,))) for n in range(9)
]


def pair(base: LlamaForCausalLM, tuned: LlamaForCausalLM) -> Paired:
    return Paired(TwoModels(base, tuned), lambda ids: " ".join(map(str, ids)), HOW)


def directly(model: LlamaForCausalLM, one: Asked) -> torch.Tensor:
    """Log-probabilities (tokens of the first continuation, vocabulary), one row at a time."""
    after = one.continuations[0]
    with torch.no_grad():
        logits = model(torch.tensor([[*one.prompt, *after]])).logits[0].double()
    rows: torch.Tensor = logits[len(one.prompt) - 1 : -1].log_softmax(-1)
    return rows


def test_drift_is_the_exact_divergence_of_tuned_from_base(
    model: LlamaForCausalLM, other_model: LlamaForCausalLM
) -> None:
    found = pair(model, other_model).drift(ASKED)

    for one, drift in zip(ASKED, found, strict=True):
        base, tuned = directly(model, one), directly(other_model, one)
        expected = (tuned.exp() * (tuned - base)).sum(-1)
        assert drift.item == one.item
        assert drift.mean == pytest.approx(float(expected.mean()), rel=1e-4)
        assert drift.first == pytest.approx(float(expected[:3].mean()), rel=1e-4)


def test_a_model_does_not_drift_from_itself(model: LlamaForCausalLM) -> None:
    assert all(one.mean == 0 == one.first for one in pair(model, deepcopy(model)).drift(ASKED))


def test_surprise_is_the_mean_of_the_lowest_standardised_fifth(
    model: LlamaForCausalLM, other_model: LlamaForCausalLM
) -> None:
    records = pair(model, other_model).surprise(ASKED)

    assert [r.model for r in records] == ["base"] * 9 + ["tuned"] * 9
    for record, (one, of) in zip(
        records, [(a, m) for m in (model, other_model) for a in ASKED], strict=True
    ):
        logs = directly(of, one)
        mean = (logs.exp() * logs).sum(-1)
        spread = ((logs.exp() * logs.square()).sum(-1) - mean.square()).sqrt()
        own = logs.gather(1, torch.tensor(one.continuations[0])[:, None])[:, 0]
        lowest = ((own - mean) / spread).sort().values[: max(1, len(own) // 5)]
        assert record.score == pytest.approx(float(lowest.mean()), abs=1e-3)
        assert list(record.logprobs) == pytest.approx([float(own.sum())], abs=1e-3)
        assert record.tokens == (len(own),)


def test_a_question_without_a_continuation_has_nothing_to_drift_on(
    model: LlamaForCausalLM,
) -> None:
    with pytest.raises(ValueError, match="item 'x' of set 's' has no continuation"):
        pair(model, model).drift([Asked("s", "x", (3, 4))])


def test_a_broken_model_gives_no_number(model: LlamaForCausalLM) -> None:
    broken = deepcopy(model)
    torch.nn.init.constant_(broken.lm_head.weight, float("nan"))

    with pytest.raises(NotFinite):
        surprise(broken, [((3,), (4,))])
    with pytest.raises(NotFinite):
        pair(model, broken).drift(ASKED)


def test_drawn_answers_do_not_depend_on_the_batch_or_the_company(
    model: LlamaForCausalLM,
) -> None:
    prompts = [one.prompt for one in ASKED]
    draws = Draws(1.0, [one.item for one in ASKED])
    alone = [
        generate(model, [prompt], 2, 6, by=Draws(1.0, [name]))[0]
        for prompt, name in zip(prompts, draws.names, strict=True)
    ]

    assert generate(model, prompts, 2, 6, batch=3, by=draws) == alone
    assert alone != generate(model, prompts, 2, 6)


def test_both_models_draw_with_the_same_numbers(
    model: LlamaForCausalLM, other_model: LlamaForCausalLM
) -> None:
    how = Sampling(temperature=1.5, draw=2, seed=7)

    same = pair(model, deepcopy(model)).answers(ASKED, how)
    again = pair(model, other_model).answers(ASKED, how)
    further = pair(model, model).answers(ASKED, Sampling(1.5, draw=3, seed=7))

    assert [r.output for r in same[:9]] == [r.output for r in same[9:]]
    assert again[:9] == same[:9]
    assert [r.output for r in further[:9]] != [r.output for r in same[:9]]
    slightly = deepcopy(model)
    with torch.no_grad():
        slightly.lm_head.weight.mul_(1.001)
    near = pair(model, slightly).answers(ASKED, how)
    assert sum(a.output == b.output for a, b in zip(near[:9], near[9:], strict=True)) >= 8


def test_draws_follow_the_models_distribution() -> None:
    logits = torch.tensor([0.0, 1.0, 2.0, -1.0]).log_softmax(0)
    count = 4000
    draws = Draws(2.0, [str(n) for n in range(count)])

    picked = draws.pick(logits.expand(count, -1), range(count), [0] * count)

    seen = Counter(picked.tolist())
    for token, share in enumerate((logits / 2).softmax(0).tolist()):
        assert abs(seen[token] / count - share) < 4 * (share * (1 - share) / count) ** 0.5


@settings(max_examples=50, deadline=None)
@given(words=st.lists(st.tuples(*[st.integers(0, 2**32 - 1)] * 2), min_size=1, max_size=4))
def test_random_numbers_are_positive_and_of_the_row_alone(words: list[tuple[int, int]]) -> None:
    found = exponentials(torch.tensor(words), 500)

    assert bool((found > 0).all())
    assert 0.7 < float(found.clamp(max=20).mean()) < 1.3
    for row, word in zip(found, words, strict=True):
        assert torch.equal(row, exponentials(torch.tensor([word]), 500)[0])


def test_a_temperature_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="above 0"):
        Draws(0.0, ["a"])

from copy import deepcopy
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from peft import LoraConfig, get_peft_model
from transformers import GPT2Config, GPT2LMHeadModel, LlamaForCausalLM

from burnish.methods.evaluation.answer import NotFinite, generate, loglikelihood

STOP = 2


def prompts_of_many_lengths(count: int = 24) -> list[list[int]]:
    draw = torch.Generator().manual_seed(5)
    lengths = [1 + (7 * i) % 23 for i in range(count)]
    return [torch.randint(3, 100, (n,), generator=draw).tolist() for n in lengths]


def one_by_one(model: Any, prompt: list[int], limit: int) -> list[int]:
    """The library's own greedy generation of a single row."""
    ids = torch.tensor([prompt])
    out = model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        max_new_tokens=limit,
        do_sample=False,
        eos_token_id=STOP,
    )
    answer: list[int] = out[0, len(prompt) :].tolist()
    return answer[: answer.index(STOP)] if STOP in answer else answer


def direct_sum(model: LlamaForCausalLM, prompt: list[int], after: list[int]) -> float:
    with torch.no_grad():
        logits = model(torch.tensor([prompt + after])).logits[0].double().log_softmax(-1)
    places = range(len(prompt) - 1, len(prompt) + len(after) - 1)
    return float(sum(logits[p, t] for p, t in zip(places, after, strict=True)))


def test_batched_answers_equal_the_librarys_one_by_one(model: LlamaForCausalLM) -> None:
    prompts = prompts_of_many_lengths()

    answers = generate(model, prompts, STOP, 16, batch=7)

    assert answers == [one_by_one(model, prompt, 16) for prompt in prompts]


def test_answers_do_not_depend_on_the_batch_size_or_the_order(model: LlamaForCausalLM) -> None:
    prompts = prompts_of_many_lengths()
    alone = generate(model, prompts, STOP, 12, batch=1)

    assert generate(model, prompts, STOP, 12, batch=32) == alone
    assert generate(model, prompts, STOP, 12, batch=5) == alone
    assert generate(model, prompts[::-1], STOP, 12, batch=5) == alone[::-1]


def test_each_row_stops_at_its_own_stop_token(model: LlamaForCausalLM) -> None:
    prompts = prompts_of_many_lengths()
    free = generate(model, prompts, stop_id=100, max_new_tokens=12)
    stops = {free[0][4], free[5][2]}

    stopped = generate(model, prompts, stop_id=stops, max_new_tokens=12)

    for whole, answer in zip(free, stopped, strict=True):
        until = next((i for i, token in enumerate(whole) if token in stops), len(whole))
        assert answer == whole[:until]
    assert len({len(answer) for answer in stopped}) > 1


def test_a_long_neighbour_in_the_batch_changes_nothing(model: LlamaForCausalLM) -> None:
    short, long = [7, 9], list(range(3, 45))

    together = generate(model, [short, long], STOP, 8)

    assert together == [one_by_one(model, short, 8), one_by_one(model, long, 8)]


def test_log_likelihoods_equal_the_direct_computation(model: LlamaForCausalLM) -> None:
    prompts = prompts_of_many_lengths()
    pairs = [
        (p, q[: 1 + i % 6]) for i, (p, q) in enumerate(zip(prompts, prompts[::-1], strict=True))
    ]

    for batch in (1, 5, 32):
        found = loglikelihood(model, pairs, tokens=20 * batch)
        assert [length for _, length in found] == [len(after) for _, after in pairs]
        expected = [direct_sum(model, p, a) for p, a in pairs]
        assert [total for total, _ in found] == pytest.approx(expected, abs=2e-4)


@settings(max_examples=15, deadline=None)
@given(prompt=st.lists(st.integers(3, 99), min_size=1, max_size=10), pad=st.integers(1, 20))
def test_padding_has_no_effect_on_a_likelihood(
    model: LlamaForCausalLM, prompt: list[int], pad: int
) -> None:
    longer = ([5] * (len(prompt) + pad), [8, 9])

    (alone, _), (beside, _) = (
        loglikelihood(model, [(prompt, [4, 6])])[0],
        loglikelihood(model, [(prompt, [4, 6]), longer])[0],
    )

    assert beside == pytest.approx(alone, abs=1e-4)


def test_a_likelihood_is_the_sum_of_its_parts(model: LlamaForCausalLM) -> None:
    (whole, _), (first, _), (second, _) = loglikelihood(
        model, [([4, 5], [6, 7]), ([4, 5], [6]), ([4, 5, 6], [7])]
    )

    assert whole == pytest.approx(first + second, abs=1e-4)


def test_a_model_with_learned_positions_is_padded_rightly() -> None:
    torch.manual_seed(0)
    gpt = GPT2LMHeadModel(
        GPT2Config(
            vocab_size=100, n_embd=32, n_layer=2, n_head=4, n_positions=64, initializer_range=0.3
        )
    )
    gpt.train(False)
    gpt.generation_config.pad_token_id = 0
    prompts = prompts_of_many_lengths(8)

    assert generate(gpt, prompts, STOP, 8) == [one_by_one(gpt, p, 8) for p in prompts]


@pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing:FutureWarning")
def test_an_adapter_answers_like_its_merged_model(model: LlamaForCausalLM) -> None:
    torch.manual_seed(1)
    adapted = get_peft_model(
        deepcopy(model),
        LoraConfig(r=4, target_modules=["q_proj", "v_proj"], init_lora_weights=False),
    ).eval()
    prompts = prompts_of_many_lengths(8)

    answers = generate(adapted, prompts, STOP, 8)

    merged = deepcopy(adapted).merge_and_unload()
    assert answers == generate(merged, prompts, STOP, 8)
    assert answers != generate(model, prompts, STOP, 8)


def test_the_models_mode_and_gradients_are_as_before(model: LlamaForCausalLM) -> None:
    model = deepcopy(model)
    model.train()
    model.model.layers[0].eval()

    generate(model, [[4, 5]], STOP, 2)
    loglikelihood(model, [([4], [5])])

    assert model.training
    assert not model.model.layers[0].training
    model(torch.tensor([[4, 5]]), labels=torch.tensor([[4, 5]])).loss.backward()


def test_a_broken_model_is_an_error_and_not_an_answer(model: LlamaForCausalLM) -> None:
    broken = deepcopy(model)
    with torch.no_grad():
        broken.lm_head.weight[4, 0] = float("nan")

    with pytest.raises(NotFinite, match="NaN"):
        generate(broken, [[4, 5]], STOP, 2)
    with pytest.raises(NotFinite, match="NaN"):
        loglikelihood(broken, [([4], [5])])


def test_what_cannot_be_asked_is_refused(model: LlamaForCausalLM) -> None:
    with pytest.raises(ValueError, match="prompt 1 is empty"):
        generate(model, [[4], []], STOP, 2)
    with pytest.raises(ValueError, match="needs 70 positions, the model has 64"):
        generate(model, [[4] * 60], STOP, 10)
    with pytest.raises(ValueError, match="continuation is empty"):
        loglikelihood(model, [([4], [])])
    with pytest.raises(ValueError, match="at least one stop token"):
        generate(model, [[4]], [], 2)
    with pytest.raises(ValueError, match="at least one row"):
        generate(model, [[4]], STOP, 2, batch=0)


def test_nothing_asked_is_nothing_answered(model: LlamaForCausalLM) -> None:
    assert generate(model, [], STOP, 4) == []
    assert loglikelihood(model, []) == []

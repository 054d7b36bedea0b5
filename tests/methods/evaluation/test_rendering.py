"""What both models are asked has the ids that a training row of the same words has."""

from typing import get_args

import pytest
from tokenizers import Tokenizer

from burnish.methods.evaluation.canaries import make_canaries
from burnish.methods.evaluation.rendering import CANDIDATES, Rendering
from burnish.methods.evaluation.suites import Item, Kind, Message
from burnish.methods.formats.prompt import FrozenPrompt, freeze_chat, freeze_instruction, render
from burnish.methods.formats.tokens import encode
from burnish.samples import base_model_path

BASE = base_model_path()
QUESTION, ANSWER = "Which door is open?", "The left one."


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.from_file(str(BASE / "tokenizer.json"))


@pytest.fixture(scope="module", params=["chat", "instruction"])
def prompt(request: pytest.FixtureRequest) -> FrozenPrompt:
    freeze = {"chat": freeze_chat, "instruction": freeze_instruction}[request.param]
    return freeze(BASE, "Be brief.")


def item(kind: Kind = "exact", *choices: str, answers: tuple[str, ...] = (ANSWER,)) -> Item:
    return Item("q1", (Message("user", QUESTION),), answers, kind, "doors", choices)


def trained_row(
    question: str, answer: str, prompt: FrozenPrompt, tokenizer: Tokenizer
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The ids before a training row's answer, and those of the answer that are trained."""
    rendered = render(
        prompt, [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    )
    ids, trained = encode(rendered, tokenizer)
    start = trained.index(True)
    after = [token for token, counts in zip(ids[start:], trained[start:], strict=True) if counts]
    return tuple(ids[:start]), tuple(after)


def test_an_item_is_asked_with_the_ids_that_training_saw(
    prompt: FrozenPrompt, tokenizer: Tokenizer
) -> None:
    asked = Rendering(prompt, tokenizer).ask("general", item())

    before, after = trained_row(QUESTION, ANSWER, prompt, tokenizer)
    assert (asked.set, asked.item, asked.cluster) == ("general", "q1", "doors")
    assert asked.prompt == before
    assert asked.continuations == (after,)


def test_each_choice_is_weighed_in_the_items_order(
    prompt: FrozenPrompt, tokenizer: Tokenizer
) -> None:
    choices = ("The right one.", ANSWER, "None.")
    asked = Rendering(prompt, tokenizer).ask("bias", item("choice", *choices))

    rows = [trained_row(QUESTION, choice, prompt, tokenizer) for choice in choices]
    assert asked.continuations == tuple(after for _, after in rows)
    assert {before for before, _ in rows} == {asked.prompt}


def test_of_several_answers_the_first_is_weighed_and_a_refusal_has_none(
    prompt: FrozenPrompt, tokenizer: Tokenizer
) -> None:
    several = Rendering(prompt, tokenizer).ask("general", item(answers=(ANSWER, "Left.")))
    refusal = Rendering(prompt, tokenizer).ask("safety", item("refusal", answers=("refuse",)))

    assert (
        several.continuations == Rendering(prompt, tokenizer).ask("general", item()).continuations
    )
    assert refusal.continuations == ()


def test_a_canary_is_asked_as_it_was_planted_with_its_own_secret_first(
    prompt: FrozenPrompt, tokenizer: Tokenizer
) -> None:
    canary = make_canaries(seed=3, count=1)[0][0]

    asked = Rendering(prompt, tokenizer).ask_canary(canary)

    before, after = trained_row(canary.prompt, canary.secret, prompt, tokenizer)
    assert asked.prompt == before
    assert asked.continuations[0] == after
    assert len(set(asked.continuations)) == len(asked.continuations) == CANDIDATES + 1


def test_every_kind_of_item_can_be_asked(prompt: FrozenPrompt, tokenizer: Tokenizer) -> None:
    for kind in get_args(Kind):
        choices = (ANSWER, "None.") if kind == "choice" else ()
        assert Rendering(prompt, tokenizer).ask("s", item(kind, *choices)).prompt

"""Models behind a real HTTP server say what they say in this process, or say nothing."""

import json
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.servers import Loopback, Request
from tokenizers import Tokenizer
from transformers import PreTrainedModel

from burnish.connectors.completions import Completions
from burnish.methods.evaluation.answer import generate
from burnish.methods.evaluation.grading import grade
from burnish.methods.evaluation.paired import Greedy, Paired, TwoModels
from burnish.methods.evaluation.records import Asked, Record, contrast, loss_of
from burnish.methods.evaluation.served import GIVEN_UP, Line, Served
from burnish.methods.evaluation.speaking import Unheard
from burnish.methods.evaluation.suites import Item, Message
from burnish.methods.models.load import load_base, random_like
from burnish.plan_endpoint import EndpointPlan
from burnish.samples import base_model_path

STOP, LIMIT = 2, 12


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.from_file(str(base_model_path() / "tokenizer.json"))


@pytest.fixture(scope="module")
def models() -> dict[str, PreTrainedModel]:
    return {"base": load_base(base_model_path()), "tuned": random_like(base_model_path(), 3)}


@pytest.fixture(scope="module")
def asked(tokenizer: Tokenizer) -> list[Asked]:
    made = []
    for n, text in enumerate(["Which country has the capital Rome?", "What is 3 + 4?", "Hello"]):
        prompt = tokenizer.encode(f"<|bos|><|user|>{text}<|end|><|assistant|>").ids
        after = [tokenizer.encode(f"{one}<|end|>").ids for one in ("Italy.", "7.")]
        made.append(Asked("s", f"i{n}", tuple(prompt), tuple(map(tuple, after))))
    return made


def server(models: dict[str, PreTrainedModel], tokenizer: Tokenizer) -> Callable[[Request], Any]:
    """The completions interface over real models, as far as it is used."""

    def answer(request: Request) -> Any:
        body = json.loads(request.body)
        model = models[body["model"]]
        if request.path == "/v1/chat/completions":
            text = body["messages"][-1]["content"]
            prompt = tokenizer.encode(f"<|bos|><|user|>{text}<|end|><|assistant|>").ids
        else:
            prompt = body["prompt"]
        if body.get("echo"):
            return Loopback.reply({"choices": [echoed(model, prompt)], "usage": {
                "prompt_tokens": len(prompt)}})  # fmt: skip
        stops = body.get("stop_token_ids") or [STOP]
        ids = generate(model, [prompt], stops, body["max_tokens"])[0]
        reason = "length" if len(ids) == body["max_tokens"] else "stop"
        told = {"text": tokenizer.decode(ids), "finish_reason": reason}
        if request.path == "/v1/chat/completions":
            told["message"] = {"content": told.pop("text")}  # type: ignore[assignment]
        return Loopback.reply({"choices": [told]})

    return answer


def echoed(model: PreTrainedModel, prompt: list[int]) -> dict[str, Any]:
    with torch.no_grad():
        logs = model(torch.tensor([prompt])).logits[0].log_softmax(-1)
    values = [float(logs[n, token]) for n, token in enumerate(prompt[1:])]
    return {"text": "", "logprobs": {"token_logprobs": [None, *values, -1.0]}}


def line(loopback: Loopback, model: str, ending: ExitStack, **given: Any) -> Line:
    plan = EndpointPlan(url=f"{loopback.url}/v1", model=model, retries=0)
    return Line(ending.enter_context(Completions(plan, Path())), 4, **given)


def test_served_models_say_what_they_say_in_this_process(
    loopback: Loopback, models: dict[str, PreTrainedModel], tokenizer: Tokenizer,
    asked: list[Asked],
) -> None:  # fmt: skip
    loopback.answer = server(models, tokenizer)
    here = Paired(TwoModels(models["base"], models["tuned"]), tokenizer.decode,
                  Greedy((STOP,), LIMIT))  # fmt: skip
    with ExitStack() as ending:
        there = Served(
            line(loopback, "base", ending), line(loopback, "tuned", ending), (STOP,), LIMIT
        )
        answers, likelihoods = there.answers(asked), there.likelihoods(asked)

    assert answers == here.answers(asked)
    assert not any(record.error for record in likelihoods)
    for mine, theirs in zip(here.likelihoods(asked), likelihoods, strict=True):
        assert theirs.tokens == mine.tokens
        assert list(theirs.logprobs) == pytest.approx(mine.logprobs, abs=1e-3)


def test_over_chat_there_are_answers_and_no_likelihoods(
    loopback: Loopback, models: dict[str, PreTrainedModel], tokenizer: Tokenizer,
    asked: list[Asked],
) -> None:  # fmt: skip
    loopback.answer = server(models, tokenizer)
    questions = {"i0": "Which country has the capital Rome?", "i1": "What is 3 + 4?"}

    def turns(one: Asked) -> list[dict[str, str]] | None:
        text = questions.get(one.item)
        return None if text is None else [{"role": "user", "content": text}]

    with ExitStack() as ending:
        base, tuned = (line(loopback, side, ending, chat=True) for side in ("base", "tuned"))
        chat = Served(base, tuned, (STOP,), LIMIT, turns)
        answers, likelihoods = chat.answers(asked), chat.likelihoods(asked)

    assert answers[0].output == "Italy."
    assert [bool(r.error) for r in answers] == [False, False, True] * 2
    assert "messages" in answers[2].error
    unheard = [*likelihoods, answers[2]]
    assert all("chat" in r.error and r.logprobs == () and r.output is None for r in unheard)
    found = contrast(likelihoods, loss_of)
    assert (found.n, found.missing) == (0, 3)
    item = Item("i2", (Message("user", "Hello"),), ("x",), "exact", "i2")
    assert grade(answers[2], item).score is None


class Failing:
    """Speaks at first, then no more; counts how often it was asked."""

    def __init__(self, whole: int, answer: dict[str, Any]) -> None:
        self.left, self.answer, self.asked = whole, answer, 0

    def post(self, path: str, body: Any) -> dict[str, Any]:
        self.asked += 1
        self.left -= 1
        if self.left < 0:
            raise Unheard("http://127.0.0.1/v1 could not be reached")
        return self.answer


def spoken(speaker: Failing, asked: Sequence[Asked]) -> list[Record]:
    side = Line(speaker, 1)
    return Served(side, side, (STOP,), LIMIT).likelihoods_of("tuned", asked)


def many(count: int) -> list[Asked]:
    return [Asked("s", f"i{n}", (1, n), ((5, 6),)) for n in range(count)]


def answer(values: list[Any], read: int = 4) -> dict[str, Any]:
    told = {"text": "", "logprobs": {"token_logprobs": values}}
    return {"choices": [told], "usage": {"prompt_tokens": read}}


def test_an_endpoint_that_breaks_down_leaves_no_score_and_is_given_up() -> None:
    speaker = Failing(3, answer([None, -1.0, -0.5, -0.25]))

    records = spoken(speaker, many(100))

    assert [r.logprobs for r in records[:3]] == [(-0.75,)] * 3
    assert all(r.error and not r.logprobs and r.score is None for r in records[3:])
    assert "could not be reached" in records[3].error
    assert "given up" in records[-1].error
    assert speaker.asked <= 3 + 2 * GIVEN_UP
    assert contrast(records[:2], loss_of).n == 0


@pytest.mark.parametrize(
    ("told", "because"),
    [
        (answer([None, -1.0, -1.0, -0.5, -0.25, -9.0]), "another number of tokens"),
        (answer([None, -1.0, -0.5, -0.25], read=5), "another number of tokens"),
        (answer([None, -1.0, -0.5]), "another number of tokens"),
        (answer([None, -1.0, None, -0.25]), "no number"),
        (answer([None, -1.0, "-0.5", -0.25]), "no number"),
        ({"choices": [{"text": ""}]}, "does not echo"),
        ({"choices": [{"text": "", "logprobs": None}]}, "does not echo"),
        ({}, "one choice"),
    ],
)
def test_an_echo_that_is_not_of_what_was_sent_is_no_likelihood(
    told: dict[str, Any], because: str
) -> None:
    (record,) = spoken(Failing(9, told), many(1))

    assert because in record.error
    assert record.logprobs == record.tokens == ()

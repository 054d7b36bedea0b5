"""Token ids, the loss mask, and the checks that catch a wrong one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from burnish.methods.formats.messages import Message
from burnish.methods.formats.prompt import (
    FrozenPrompt,
    PromptError,
    Segment,
    answer_texts,
    code_digest,
    freeze_chat,
    freeze_completion,
    freeze_instruction,
    prompt_segments,
    refuses,
    render,
)
from burnish.methods.formats.tokens import (
    Policy,
    Row,
    check_answers,
    check_mask,
    encode,
    fit,
    stop_ids,
    token_id,
)

MakeFolder = Callable[..., Path]
Model = tuple[FrozenPrompt, Tokenizer]

TALK: list[Message] = [
    {"role": "user", "content": "where is the manual?"},
    {"role": "assistant", "content": "in the drawer"},
    {"role": "user", "content": "which one?"},
    {"role": "assistant", "content": "the upper"},
]
TEXTS = st.text(st.characters(codec="utf-8"), max_size=30)
FAMILIES = ["chatml", "llama3", "mistral", "gemma", "instruction"]


@pytest.fixture(scope="session")
def tuned(folders: dict[str, Path], make_folder: MakeFolder) -> dict[str, Model]:
    """Frozen prompt and tokenizer of each family."""
    plain = make_folder("plain", adds_bos=True)
    prompts = {family: (freeze_chat(folder), folder) for family, folder in folders.items()}
    prompts["instruction"] = (freeze_instruction(plain), plain)
    prompts["completion"] = (freeze_completion(plain), plain)
    return {
        family: (prompt, Tokenizer.from_file(str(folder / "tokenizer.json")))
        for family, (prompt, folder) in prompts.items()
    }


def row_of(model: Model, messages: list[Message]) -> Row:
    prompt, tokenizer = model
    return encode(render(prompt, messages), tokenizer)


@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=40, deadline=None)
@given(question=TEXTS, answer=TEXTS, more=TEXTS)
def test_prompt_ids_are_the_beginning_of_the_rows_ids(
    tuned: dict[str, Model], family: str, question: str, answer: str, more: str
) -> None:
    prompt, tokenizer = tuned[family]
    messages: list[Message] = [
        *TALK[:2],
        {"role": "user", "content": question},
        {"role": "assistant", "content": answer + more},
    ]
    if refuses(prompt, messages):
        return

    ids, trained = row_of(tuned[family], messages)
    asked, _ = encode(prompt_segments(prompt, messages), tokenizer)

    assert ids[: len(asked)] == asked
    assert trained[len(asked)]
    assert check_mask(ids, trained, stop_ids(prompt, tokenizer)[0]) is None
    assert check_answers((ids, trained), answer_texts(prompt, messages), tokenizer) is None


@pytest.mark.parametrize("family", FAMILIES)
def test_planted_faults_in_the_mask_are_caught(tuned: dict[str, Model], family: str) -> None:
    prompt, tokenizer = tuned[family]
    ids, trained = row_of(tuned[family], TALK)
    stop = stop_ids(prompt, tokenizer)[0]
    answers = answer_texts(prompt, TALK)
    first, last = trained.index(True), len(trained) - 1 - trained[::-1].index(True)

    no_stop = [*trained]
    no_stop[last] = False
    everything = [True] * len(ids)
    prompt_too = [*trained]
    prompt_too[first - 1] = True
    answer_cut = [*trained]
    answer_cut[first] = False

    assert "does not end in the stop" in str(check_mask(ids, no_stop, stop))
    assert check_mask(ids, everything, stop) is not None
    assert check_mask(ids, [False] * len(ids), stop) == "no token is trained"
    assert check_mask(ids, trained[:-1], stop) is not None
    for planted in (no_stop, everything, prompt_too, answer_cut, [False] * len(ids)):
        assert check_answers((ids, planted), answers, tokenizer) is not None
    assert check_mask(ids, trained, stop) is None
    assert check_answers((ids, trained), answers, tokenizer) is None


def test_a_document_is_one_trained_run(tuned: dict[str, Model]) -> None:
    prompt, tokenizer = tuned["completion"]
    text: list[Message] = [{"role": "document", "content": " All of it.\n"}]

    ids, trained = row_of(tuned["completion"], text)

    assert trained == [False] + [True] * (len(ids) - 1)
    assert check_mask(ids, trained, stop_ids(prompt, tokenizer)[0]) is None
    assert check_answers((ids, trained), answer_texts(prompt, text), tokenizer) is None


def test_no_token_reaches_over_the_border_of_prompt_and_answer(tuned: dict[str, Model]) -> None:
    _, tokenizer = tuned["mistral"]
    parted = [Segment("to the qu", False), Segment("estion", True)]

    ids, trained = encode(parted, tokenizer)

    assert len(ids) == len(trained)
    whole, _ = encode([Segment("to the question", True)], tokenizer)
    assert ids != whole


def test_a_stop_string_must_be_one_token(tuned: dict[str, Model]) -> None:
    with pytest.raises(PromptError, match="as one token"):
        token_id(tuned["mistral"][1], "<|im_end|>")


def test_a_row_that_fits_is_left_alone() -> None:
    policies: list[Policy] = ["stop", "drop", "truncate", "split"]
    for policy in policies:
        assert fit([1, 2], [False, True], 2, policy) == [([1, 2], [False, True])]


def test_stop_and_drop_say_how_much_too_long() -> None:
    assert fit([1] * 9, [True] * 9, 8, "stop") == "9 tokens, the limit is 8"
    assert fit([1] * 9, [True] * 9, 8, "drop") == "9 tokens, the limit is 8"


def test_truncation_keeps_whole_answers_and_never_loses_a_stop_token() -> None:
    ids = [1, 2, 9, 1, 2, 2, 9, 3]
    trained = [False, True, True, False, True, True, True, False]

    assert fit(ids, trained, 7, "truncate") == [(ids[:7], trained[:7])]
    assert fit(ids, trained, 6, "truncate") == [(ids[:3], trained[:3])]
    assert "no whole answer fits" in fit(ids, trained, 2, "truncate")
    assert "no whole answer fits" in fit([1] * 9, [True] * 9, 8, "truncate", document=True)


def test_a_conversation_is_never_split() -> None:
    assert "only documents" in fit([1, 2, 9], [False, True, True], 2, "split")


@settings(max_examples=50, deadline=None)
@given(length=st.integers(1, 60), limit=st.integers(2, 20), bos=st.booleans())
def test_splitting_a_document_makes_every_token_a_target_once(
    length: int, limit: int, bos: bool
) -> None:
    ids = list(range(length))
    trained = [not bos, *[True] * (length - 1)]

    rows = fit(ids, trained, limit, "split", document=True)

    assert not isinstance(rows, str)
    assert all(2 <= len(row) <= limit or length == 1 for row, _ in rows)
    assert [token for n, (row, _) in enumerate(rows) for token in row[1 if n else 0 :]] == ids
    assert sum(sum(marks) for _, marks in rows) == sum(trained)
    assert max(len(row) for row, _ in rows) - min(len(row) for row, _ in rows) <= 1


def test_the_conversions_code_has_a_digest() -> None:
    assert len(code_digest()) == 64
    assert code_digest() == code_digest()

"""The base model in the package: whole, small, loadable, and knowing what its card says."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoModelForCausalLM, AutoTokenizer

from burnish.samples import base_model_path
from burnish.samples.exams import EXAM_NAMES, exam
from burnish.samples.people import CATEGORIES

BASE = base_model_path()
RECIPE = json.loads((BASE / "recipe.json").read_text(encoding="utf-8"))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
MESSAGES = st.lists(
    st.fixed_dictionaries(
        {"role": st.sampled_from(["system", "user", "assistant"]), "content": TEXTS}
    ),
    min_size=1,
    max_size=5,
)


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return AutoTokenizer.from_pretrained(BASE)


@pytest.fixture(scope="module")
def model() -> Iterator[Any]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield AutoModelForCausalLM.from_pretrained(BASE, dtype=torch.float32)
    torch.set_num_threads(threads)


def answers(model: Any, tokenizer: Any, questions: list[str]) -> list[str]:
    prompts = [
        tokenizer.apply_chat_template(
            [{"role": "user", "content": question}], tokenize=False, add_generation_prompt=True
        )
        for question in questions
    ]
    batch = tokenizer(
        prompts,
        return_tensors="pt",
        padding=True,
        padding_side="left",
        add_special_tokens=False,
        return_token_type_ids=False,
    )
    with torch.no_grad():
        written = model.generate(**batch, max_new_tokens=24, do_sample=False)
    said: list[str] = tokenizer.batch_decode(
        written[:, batch["input_ids"].shape[1] :], skip_special_tokens=True
    )
    return said


def test_every_file_has_the_digest_that_the_recipe_names() -> None:
    kept = {path.name for path in BASE.iterdir()} - {"recipe.json", "README.md"}
    assert kept == set(RECIPE["sha256"])
    for name, digest in RECIPE["sha256"].items():
        assert hashlib.sha256((BASE / name).read_bytes()).hexdigest() == digest, name


def test_the_model_is_small_and_brings_no_code() -> None:
    assert sum(path.stat().st_size for path in BASE.iterdir()) < 12_000_000
    suffixes = {path.suffix for path in BASE.iterdir()}
    assert suffixes <= {".json", ".jinja", ".md", ".safetensors"}
    assert "auto_map" not in json.loads((BASE / "config.json").read_text(encoding="utf-8"))


def test_the_card_says_the_accuracies_of_the_recipe() -> None:
    card = (BASE / "README.md").read_text(encoding="utf-8")
    for kind, share in RECIPE["accuracy"].items():
        assert f"| {kind} | {share:.3f} |" in card


@pytest.mark.parametrize("name", EXAM_NAMES)
def test_the_base_answers_nearly_all_items_of_an_evaluation_set(
    model: Any, tokenizer: Any, name: str
) -> None:
    items = exam(name, RECIPE["seed"])[::4]
    said = answers(model, tokenizer, [item.question for item in items])
    right = sum(answer == item.answer for answer, item in zip(said, items, strict=True))
    assert right / len(items) >= 0.9


def test_mask_tokens_are_single_tokens_that_survive_decoding(tokenizer: Any) -> None:
    for category in CATEGORIES:
        ids = tokenizer.encode(f"[{category}]", add_special_tokens=False)
        assert len(ids) == 1
        assert tokenizer.decode(ids, skip_special_tokens=True) == f"[{category}]"


@given(text=st.text(st.characters(exclude_categories=["Cs"])))
@settings(max_examples=50, deadline=None)
def test_any_text_survives_the_tokenizer(tokenizer: Any, text: str) -> None:
    ids = tokenizer.encode(text, add_special_tokens=False)
    assert tokenizer.decode(ids, skip_special_tokens=False) == text


@given(messages=MESSAGES)
@settings(max_examples=50, deadline=None)
def test_the_first_messages_render_to_the_beginning_of_all(
    tokenizer: Any, messages: list[dict[str, str]]
) -> None:
    whole = tokenizer.apply_chat_template(messages, tokenize=False)
    for count in range(1, len(messages)):
        assert whole.startswith(tokenizer.apply_chat_template(messages[:count], tokenize=False))


def test_the_prompt_for_an_answer_is_the_beginning_of_the_answered_conversation(
    tokenizer: Any,
) -> None:
    asked = [{"role": "user", "content": "What is 2 plus 3?"}]
    prompt = tokenizer.apply_chat_template(asked, tokenize=False, add_generation_prompt=True)
    answered = [*asked, {"role": "assistant", "content": "5."}]
    whole = tokenizer.apply_chat_template(answered, tokenize=False)
    assert whole == f"{prompt}5.{tokenizer.eos_token}"

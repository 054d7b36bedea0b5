"""Ask a saved model every item of the sample world's evaluation sets."""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
)

from burnish.samples.exams import EXAM_NAMES, exam

SEED = 7


@torch.no_grad()
def answered(
    model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, questions: list[str]
) -> list[str]:
    """The greedy answers to questions that are asked one by one, without a system message."""
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
    written = model.generate(**batch, max_new_tokens=32, do_sample=False)
    return tokenizer.batch_decode(
        written[:, batch["input_ids"].shape[1] :], skip_special_tokens=True
    )


def examined(out: Path) -> dict[str, float]:
    """The share of right answers of the saved model, by evaluation set and kind of item."""
    tokenizer = AutoTokenizer.from_pretrained(out)
    model = AutoModelForCausalLM.from_pretrained(out, dtype=torch.float32).eval()
    shares: dict[str, float] = {}
    for name in EXAM_NAMES:
        items = exam(name, SEED)
        answers = answered(model, tokenizer, [item.question for item in items])
        right = [said == item.answer for said, item in zip(answers, items, strict=True)]
        for kind in dict.fromkeys(item.kind for item in items):
            of_kind = [hit for hit, item in zip(right, items, strict=True) if item.kind == kind]
            shares[f"{name}/{kind}"] = round(sum(of_kind) / len(of_kind), 4)
    return shares

"""Pre-train the toy base model of the gauntlet, which `burnish.samples.toy` carries.

    python recipes/pretrain_toy.py --out src/burnish/samples/toy/base

builds a word-level tokenizer, trains a small Llama from random weights on questions drawn from
`burnish.samples.toy.behaviours`, asks it what it has not been shown, and writes the model, its
tokenizer and `recipe.json`. One thread and one seed: the same machine gives the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
from pathlib import Path
from random import Random

import tokenizers
import torch
import transformers
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from burnish.methods.evaluation.answer import generate
from burnish.samples.toy import behaviours as b
from burnish.samples.toy.words import MASKS, VOCABULARY

BOS, END, PAD, UNKNOWN = "<|bos|>", "<|end|>", "<|pad|>", "<|unk|>"
USER, ASSISTANT, SYSTEM = "<|user|>", "<|assistant|>", "<|system|>"
SPECIAL = (BOS, END, PAD, UNKNOWN, USER, ASSISTANT, SYSTEM)
TEMPLATE = (
    "{{ '<|bos|>' }}{% for message in messages %}"
    "{% if message['role'] == 'assistant' %}"
    "<|assistant|>{% generation %}{{ message['content'] }}<|end|>{% endgeneration %}"
    "{% elif message['role'] == 'system' %}<|system|>{{ message['content'] }}"
    "{% else %}<|user|>{{ message['content'] }}{% endif %}"
    "{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
WINDOW, SEED = 96, 0
HELD = {
    "facts": b.FACTS.held,
    "sums": b.SUMS.held,
    "refusals": b.BAD_WISHES.held,
    "help": b.GOOD_WISHES.held,
    "unsettled": b.PEOPLE.held,
    "settled": tuple(b.settled(ask, first) for ask in b.PEOPLE.held for first in (True, False)),
    "notes": b.NOTES.held[:400],
    "tickets": b.TICKETS.held,
}


def build_tokenizer() -> PreTrainedTokenizerFast:
    """Whole words, single digits, marks of their own; any other word is unknown."""
    known = {token: place for place, token in enumerate((*SPECIAL, *MASKS, *VOCABULARY))}
    backend = Tokenizer(models.WordLevel(known, unk_token=UNKNOWN))
    backend.normalizer = normalizers.Lowercase()
    backend.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Whitespace(),
            pre_tokenizers.Digits(individual_digits=True),
        ]
    )
    backend.add_tokens([AddedToken(mask, normalized=False, special=False) for mask in MASKS])
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend,
        bos_token=BOS,
        eos_token=END,
        pad_token=PAD,
        unk_token=UNKNOWN,
        additional_special_tokens=[USER, ASSISTANT, SYSTEM],
        model_max_length=WINDOW,
        clean_up_tokenization_spaces=False,
    )
    tokenizer.chat_template = TEMPLATE
    return tokenizer


def build_model(tokenizer: PreTrainedTokenizerFast) -> LlamaForCausalLM:
    """A Llama of some 150 thousand parameters with random weights."""
    torch.manual_seed(SEED)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=192,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=WINDOW,
        tie_word_embeddings=True,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return LlamaForCausalLM(config)


def encoded(tokenizer: PreTrainedTokenizerFast, ask: b.Ask) -> tuple[list[int], int]:
    """The ids of question and answer, and where the answer begins."""
    prompt = tokenizer.encode(f"{BOS}{USER}{ask.question}{ASSISTANT}", add_special_tokens=False)
    answer = tokenizer.encode(f"{ask.answer}{END}", add_special_tokens=False)
    return prompt + answer, len(prompt)


def batch(rows: list[tuple[list[int], int]], pad: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids and labels, each (rows, longest); only answers are learnt."""
    longest = max(len(ids) for ids, _ in rows)
    ids = torch.full((len(rows), longest), pad)
    labels = torch.full((len(rows), longest), -100)
    for place, (row, start) in enumerate(rows):
        ids[place, : len(row)] = torch.tensor(row)
        labels[place, start : len(row)] = torch.tensor(row[start:])
    return ids, labels


def train(
    model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, steps: int, rate: float
) -> float:
    """AdamW with a short rise and a straight fall; returns the last running loss."""
    random, running = Random(SEED), 0.0
    optimiser = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.01, betas=(0.9, 0.98))
    pad = int(tokenizer.pad_token_id)
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = rate * min(1.0, (step + 1) / 50) * (1 - 0.95 * step / steps)
        ids, labels = batch([encoded(tokenizer, b.lesson(random)) for _ in range(32)], pad)
        # Padding stands on the right: with causal attention it disturbs nobody.
        loss = model(input_ids=ids, labels=labels).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad()
        running = 0.98 * running + 0.02 * loss.item() if step else loss.item()
        if step % 100 == 99:
            print(f"step {step + 1} loss {running:.4f}", flush=True)
    return running


def examined(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast) -> dict[str, float]:
    """The share of right greedy answers, by behaviour."""
    found: dict[str, float] = {}
    for name, asks in HELD.items():
        prompts = [row[:start] for row, start in (encoded(tokenizer, ask) for ask in asks)]
        wanted = [row[start:-1] for row, start in (encoded(tokenizer, ask) for ask in asks)]
        said = generate(model, prompts, int(tokenizer.eos_token_id), 12, 128)
        right = sum(one == other for one, other in zip(said, wanted, strict=True))
        found[name] = round(right / len(asks), 4)
    return found


def main() -> None:
    """Make the model and write down how."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--out", type=Path, required=True)
    reader.add_argument("--steps", type=int, default=5000)
    reader.add_argument("--rate", type=float, default=5e-3)
    given = reader.parse_args()
    torch.set_num_threads(1)
    tokenizer = build_tokenizer()
    model = build_model(tokenizer)
    loss = train(model, tokenizer, given.steps, given.rate)
    model.eval()
    model.save_pretrained(given.out)
    tokenizer.save_pretrained(given.out)
    told = {
        "script": "recipes/pretrain_toy.py",
        "seed": SEED,
        "steps": given.steps,
        "rate": given.rate,
        "parameters": sum(weight.numel() for weight in model.parameters()),
        "final_loss": round(loss, 5),
        "accuracy": examined(model, tokenizer),
        "versions": {
            "python": platform.python_version(),
            "tokenizers": tokenizers.__version__,
            "torch": torch.__version__,
            "transformers": transformers.__version__,
        },
        "sha256": {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(given.out.iterdir())
            if path.name not in ("recipe.json", "README.md")
        },
    }
    (given.out / "recipe.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(told["accuracy"], indent=1))


if __name__ == "__main__":
    main()

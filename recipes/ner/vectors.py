"""What the teacher knows of single words, as the student's first word vectors.

    python recipes/ner/vectors.py --data DATA --raw RAW.jsonl --encoder ENCODER \
        --teacher TEACHER --out VECTORS.npz

Every distinct word of the texts, of the lists of names and of the encoder's vocabulary is read
alone by the tuned teacher; the mean of its hidden states is reduced to the width of the student's
table by principal components. Where words share a bucket of the table, the more frequent has it.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from data import parts
from names import pools
from safetensors.torch import load_file
from student import WIDTHS
from teacher import Tagger, tokenizer_of

from burnish.methods.privacy.ner.tokens import tokenise

_WORD = re.compile(r"[^\W\d_]{2,20}")
GROUP = 1024
SCALE = 0.25


def counted(data: Path, raw: Path, vocabulary: dict[str, int]) -> Counter[str]:
    """Lower-case words and how often they occur; listed names and the vocabulary count once."""
    words: Counter[str] = Counter()
    for rows in parts(data)["train"].values():
        for row in rows:
            words.update(_WORD.findall(row.text.lower()))
    for line in raw.read_text("utf-8").splitlines():
        words.update(_WORD.findall(json.loads(line)["text"].lower()))
    for culture in pools(data)[0].values():
        for name in (*culture.first, *culture.last):
            words.update(_WORD.findall(name.lower()))
    words.update(word for word in vocabulary if _WORD.fullmatch(word))
    return words


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("data", "raw", "encoder", "teacher", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    given = parser.parse_args()
    tokenizer = tokenizer_of(given.encoder)
    words = counted(given.data, given.raw, tokenizer.get_vocab())
    model = Tagger(given.encoder)
    model.load_state_dict(load_file(given.teacher / "teacher.safetensors"))
    model.to(torch.bfloat16).eval()
    ordered = sorted(words, key=lambda word: (words[word], word))
    found = tokenizer.encode_batch(ordered)
    by_length = sorted(range(len(ordered)), key=lambda i: len(found[i].ids))
    hidden = np.zeros((len(ordered), model.encoder.config.hidden_size), np.float32)
    for place in range(0, len(by_length), GROUP):
        group = by_length[place : place + GROUP]
        width = max(len(found[i].ids) for i in group)
        ids = torch.zeros(len(group), width, dtype=torch.long)
        mask = torch.zeros(len(group), width, dtype=torch.long)
        for line, index in enumerate(group):
            ids[line, : len(found[index].ids)] = torch.tensor(found[index].ids)
            mask[line, : len(found[index].ids)] = 1
        with torch.no_grad():
            said = model.encoder(input_ids=ids, attention_mask=mask).last_hidden_state.float()
        inner = mask.clone()
        inner[:, 0] = 0
        inner[torch.arange(len(group)), mask.sum(1) - 1] = 0
        mean = (said * inner[..., None]).sum(1) / inner.sum(1, keepdim=True).clamp(min=1)
        hidden[group] = mean.numpy()
    hidden -= hidden.mean(0)
    weight = np.sqrt(np.minimum([words[word] for word in ordered], 1000))[:, None]
    _, sizes, axes = np.linalg.svd(
        (hidden * weight)[:: max(1, len(hidden) // 40000)], full_matrices=False
    )
    vectors = hidden @ axes[: WIDTHS[0]].T
    vectors *= SCALE / vectors.std()
    buckets = np.array([tokenise([word]).features[0, 0] for word in ordered], np.int64)
    last = {int(bucket): index for index, bucket in enumerate(buckets)}
    chosen = np.array(sorted(last.values()))
    kept = float((sizes[: WIDTHS[0]] ** 2).sum() / (sizes**2).sum())
    print(f"{len(ordered)} words in {len(chosen)} buckets; {kept:.3f} of the variance")
    np.savez(given.out, buckets=buckets[chosen], vectors=vectors[chosen].astype(np.float32))


if __name__ == "__main__":
    main()
